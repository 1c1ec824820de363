public import LatentNumerics

/// A model whose bound has a gradient: black-box variational inference, auto-encoders, filters.
///
/// All that is learned, parameters of the model and of q alike, lies in one flat buffer. The bound belongs to observations
/// one by one, but for KL(q(θ) ‖ p(θ)), which enters once.
public protocol DifferentiableModel: Sendable {
  /// The precision of parameters and gradients.
  associatedtype Scalar: LatentScalar
  associatedtype Observations: ObservationBatch
  /// Scratch memory, such as a tape. One is used by one thread at a time, though not always by the same one.
  associatedtype Workspace
  /// What may leave gradients as factors.
  associatedtype Factors: GradientFactors = NoGradientFactors<Scalar> where Factors.Scalar == Scalar

  /// The parameters.
  var layout: ParameterLayout { get }

  /// Whether the model reads ``ParameterPoint/rounded``.
  var readsRoundedParameters: Bool { get }

  func makeWorkspace() -> Workspace

  /// What may leave gradients as factors in a workspace; nil, as by default, where ``boundAndGradient(of:in:at:noise:objective:workspace:into:)``
  /// writes them all. Asked once for each workspace, and answered for all or none. No `parameterKL` may depend on a matrix whose gradient is left so.
  func factors(in workspace: Workspace) -> Factors?

  /// The bound of some observations, and the gradient of its weighted form.
  ///
  /// - Parameters:
  ///   - rows: the indices of the observations in `x`, at least one, in any order.
  ///   - x: all observations.
  ///   - p: the parameters.
  ///   - noise: belongs to this step. What is drawn for observation i is drawn from `noise.substream(i)`, so that it does not
  ///     depend on how a batch is cut; what is drawn for all together from `noise` itself, by every call the same.
  ///   - objective: the weights of the terms. The bound returned is the true one.
  ///   - workspace: one made by ``makeWorkspace()``.
  ///   - g: the gradient of the sum over `rows`, in the layout of the parameters, all of it written: what was there
  ///     does not count, elements that the bound does not depend on become 0. Nil where the bound alone is wanted. Where
  ///     ``factors(in:)`` may keep factors, the matrices left so are not written.
  /// - Returns: the bound of these observations in nats, a sum, its `parameterKL` 0, its `count` their weight.
  /// - Throws: `.notFinite` with the index in `x`; `.invalidParameter` for a weight the model does not know. A bound that is not
  ///   finite may be returned as well: the ascent ends with `.diverged`.
  func boundAndGradient(
    of rows: ArraySlice<Int>, in x: Observations, at p: ParameterPoint<Scalar>, noise: RandomStream,
    objective: ObjectiveWeights, workspace: inout Workspace, into g: UnsafeMutablePointer<Scalar>?
  ) throws(InferenceError) -> Bound

  /// KL(q(θ) ‖ p(θ)), or −ln p(θ) for a point with a prior, in nats.
  ///
  /// - Parameters:
  ///   - p: the parameters.
  ///   - noise: belongs to this step.
  ///   - scale: what the gradient is multiplied with before it is *subtracted* from `g`.
  ///   - g: a gradient of the layout of the parameters; nil where the divergence alone is wanted.
  func parameterKL(
    at p: ParameterPoint<Scalar>, noise: RandomStream, subtractingGradientTimes scale: Scalar,
    from g: UnsafeMutablePointer<Scalar>?
  ) throws(InferenceError) -> Double
}

extension DifferentiableModel {
  public var readsRoundedParameters: Bool { false }

  public func factors(in workspace: Workspace) -> Factors? { nil }

  /// Maximum likelihood: 0.
  public func parameterKL(
    at p: ParameterPoint<Scalar>, noise: RandomStream, subtractingGradientTimes scale: Scalar,
    from g: UnsafeMutablePointer<Scalar>?
  ) throws(InferenceError) -> Double { 0 }
}

/// The parameters that a gradient is taken at.
public struct ParameterPoint<Scalar: LatentScalar> {
  /// The flat buffer.
  public let values: UnsafePointer<Scalar>
  /// The same rounded to bfloat16 (to the nearest, ties to even), where the model reads them so.
  public let rounded: UnsafePointer<UInt16>?

  public init(values: UnsafePointer<Scalar>, rounded: UnsafePointer<UInt16>? = nil) {
    self.values = values
    self.rounded = rounded
  }
}
