/// One way to climb the bound: coordinate, accelerated, incremental, stochastic, gradient.
public protocol Ascent: Sendable {
  /// What is climbed on: all the data, or a source of batches of them.
  associatedtype Observations: Sendable
  /// All that the next step depends on, besides the observations.
  associatedtype State: Sendable

  /// Whether the bound can only rise, up to rounding.
  var isMonotone: Bool { get }

  /// Performs one step.
  ///
  /// - Returns: the bound, taken after the q-step and before the θ-step: the bound *of the parameters in*
  ///   `state` as the step leaves them.
  func step(_ state: inout State, on observations: Observations) throws(InferenceError) -> Bound

  /// Whether an ascent with this trace has arrived, by a rule.
  ///
  /// By default what ``StoppingRule/hasConverged(_:stride:)`` says where the ascent is monotone, and never elsewhere.
  func hasConverged(
    _ trace: [Bound], at state: State, on observations: Observations, by rule: StoppingRule
  ) -> Bool

  /// The bound that an ascent which has come to its end is judged by.
  ///
  /// By default that of its last step, which costs nothing; where steps only estimate it, a better one.
  func finalBound(
    of trace: [Bound], at state: State, on observations: Observations
  ) throws(InferenceError) -> Bound

  /// What is worth keeping of a state that an ascent which diverged was left in; by default all of it.
  func lastGoodState(of state: State) -> State
}

extension Ascent {
  public func finalBound(
    of trace: [Bound], at state: State, on observations: Observations
  ) throws(InferenceError) -> Bound { trace[trace.count - 1] }

  public func lastGoodState(of state: State) -> State { state }

  public func hasConverged(
    _ trace: [Bound], at state: State, on observations: Observations, by rule: StoppingRule
  ) -> Bool {
    isMonotone && rule.hasConverged(trace)
  }
}

/// The state of an ascent of a conjugate model, as far as all of them have it in common.
public protocol ModelState<Parameters>: Sendable {
  associatedtype Parameters: Sendable
  /// θ, or the hyperparameters of q(θ).
  var parameters: Parameters { get }
  /// Steps taken.
  var iteration: Int { get }
}
