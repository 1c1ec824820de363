/// One way to climb the bound: coordinate, stochastic, gradient.
public protocol Ascent: Sendable {
  associatedtype Observations: ObservationBatch
  /// All that the next step depends on, besides the observations.
  associatedtype State: Sendable

  /// Whether the bound can only rise, up to rounding.
  var isMonotone: Bool { get }

  /// Performs one step.
  ///
  /// - Returns: the bound, taken after the q-step and before the θ-step: the bound *of the parameters in*
  ///   `state` as the step leaves them.
  func step(_ state: inout State, on observations: Observations) throws(InferenceError) -> Bound
}
