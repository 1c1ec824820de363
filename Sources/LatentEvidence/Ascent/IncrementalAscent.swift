public import LatentNumerics

/// Incremental ascent: coordinate ascent that moves θ after every batch, and remembers the statistics of all batches.
///
/// The first step takes q(z) of all batches at the start's parameters. Each step after moves θ to the maximum for the sum
/// of all batches' statistics, takes q(z) of one batch at the new θ, and puts its statistics in place of its old ones.
/// Every batch's q is then known, if not at the present θ, so the bound is exact, and no step can lower it:
///
///     L = E_q[ln p(x, z | θ)] + Σ_b H(q_b) − KL(q(θ) ‖ p(θ))
///
/// with the expectation from the summed statistics and the entropies as they were left. There is no step size. A state
/// holds the statistics of every batch twice over, in a tree of their sums. With one batch it is coordinate ascent.
///
/// - Source: Neal & Hinton (1998), A view of the EM algorithm that justifies incremental, sparse, and other variants;
///   for variational Bayes, where it is called memoised: Hughes & Sudderth (2013), NIPS 26.
public struct IncrementalAscent<Model: LinearModel, Source: ObservationSource>: Ascent
where Source.Batch == Model.Observations {
  public typealias Observations = Source

  public let model: Model
  /// The number of threads; the result does not depend on it.
  public var threads: Int { batchAscent.threads }
  private let batchAscent: CoordinateAscent<Model>
  private let order: BatchOrder

  /// - Parameters:
  ///   - model: the model.
  ///   - stream: draws the order of the batches, anew for each pass.
  ///   - threads: the number of threads.
  public init(_ model: Model, using stream: RandomStream, threads: Int = Lanes.availableThreads) {
    self.model = model
    batchAscent = CoordinateAscent(model, threads: threads)
    order = BatchOrder(stream: stream)
  }

  public struct State: ModelState {
    public internal(set) var parameters: Model.Parameters
    public internal(set) var iteration: Int
    /// Of each batch; nil before the first step.
    var tree: StatisticsTree<Model.Statistics>?
    /// What else is remembered of each batch.
    var parts: [Part] = []

    public init(parameters: Model.Parameters) {
      self.parameters = parameters
      iteration = 0
    }

    /// The statistics of all observations; nil before the first step.
    public var statistics: Model.Statistics? { tree?.total }
  }

  /// What is remembered of a batch beside its statistics.
  struct Part: Sendable {
    /// What its bound's terms hold beside the expected log joint density: the entropy of its q, and terms of x alone.
    var reconstruction: Double
    var latentKL: Double
    var count: Double
    var roundoff: Double
  }

  public var isMonotone: Bool { true }

  public func step(_ state: inout State, on source: Source) throws(InferenceError) -> Bound {
    guard let statistics = state.statistics else { return try visitAll(&state, on: source) }
    precondition(state.parts.count == source.batchCount, "another number of batches")
    let parameters = try model.parameters(maximizing: statistics, threads: threads)
    // The first step made a pass; the passes after it are numbered from 0.
    let i = order.batch(at: state.iteration - 1, of: source.batchCount)
    let (new, part, bound) = try visit(i, of: source, at: parameters)
    state.parameters = parameters
    state.tree?[i] = new
    state.parts[i] = part
    state.iteration += 1
    return try total(of: state, parameterKL: bound.parameterKL)
  }

  private func visitAll(_ state: inout State, on source: Source) throws(InferenceError) -> Bound {
    var statistics: [Model.Statistics] = []
    var parts: [Part] = []
    var parameterKL = 0.0
    for i in 0..<source.batchCount {
      let (new, part, bound) = try visit(i, of: source, at: state.parameters)
      statistics.append(new)
      parts.append(part)
      parameterKL = bound.parameterKL
    }
    state.tree = StatisticsTree(statistics)
    state.parts = parts
    state.iteration = 1
    return try total(of: state, parameterKL: parameterKL)
  }

  private func visit(
    _ i: Int, of source: Source, at parameters: Model.Parameters
  ) throws(InferenceError) -> (statistics: Model.Statistics, part: Part, bound: Bound) {
    let (_, statistics, bound) = try source.expectation(of: i, at: parameters, by: batchAscent)
    let joint = try model.expectedLogJoint(of: statistics, at: parameters)
    let part = Part(
      reconstruction: bound.reconstruction - joint.observed,
      latentKL: bound.latentKL + joint.latent, count: bound.count, roundoff: bound.roundoff + joint.roundoff)
    return (statistics, part, bound)
  }

  /// L, from what is remembered of all batches.
  private func total(of state: State, parameterKL: Double) throws(InferenceError) -> Bound {
    guard let statistics = state.statistics else { return .zero }
    let joint = try model.expectedLogJoint(of: statistics, at: state.parameters)
    var bound = Bound(
      reconstruction: joint.observed, latentKL: -joint.latent, parameterKL: parameterKL, count: 0,
      roundoff: joint.roundoff + 16 * .ulpOfOne * parameterKL.magnitude)
    for part in state.parts {
      bound.reconstruction += part.reconstruction
      bound.latentKL += part.latentKL
      bound.count += part.count
      bound.roundoff += part.roundoff
    }
    guard bound.isFinite else { throw .notFinite(quantity: "bound", row: nil) }
    return bound
  }

  /// By gains over passes.
  public func hasConverged(
    _ trace: [Bound], at state: State, on source: Source, by rule: StoppingRule
  ) -> Bool {
    rule.hasConverged(trace, stride: source.batchCount)
  }
}
