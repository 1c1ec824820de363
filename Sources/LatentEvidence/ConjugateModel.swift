/// Observations that can be cut into chunks: rows of a table, sequences.
public protocol ObservationBatch: Sendable {
  /// The number of observations.
  var observationCount: Int { get }
  /// The numbers they hold, for deciding how finely to cut.
  var scalarCount: Int { get }
  /// What they count for together: their number, or the sum of their weights.
  var totalWeight: Double { get }
  /// A part of the observations; copies nothing.
  func chunk(_ range: Range<Int>) -> Self
  /// The observations at these indices, as a batch of their own.
  func selecting(_ indices: [Int]) -> Self
  /// Where observation i stands in the source, for messages: a batch may keep them in an order of its own.
  func sourceIndex(of i: Int) -> Int
  /// The fewest observations that are worth a lane of their own: 256, unless one is much more than a row.
  var observationsPerLane: Int { get }
}

extension ObservationBatch {
  public var observationsPerLane: Int { 256 }
  public var totalWeight: Double { Double(observationCount) }
  public func sourceIndex(of i: Int) -> Int { i }
}

/// Additive expected statistics: all that a parameter update needs to know about the observations.
public protocol SufficientStatistics: Sendable {
  /// The numbers they hold, for deciding how finely to cut.
  var scalarCount: Int { get }
  /// The statistics of two batches together. Where they are taken about different origins, about those of `a`.
  static func += (a: inout Self, b: Self)
  /// The statistics of every observation `factor` times; `factor` ≥ 0.
  mutating func scale(by factor: Double)
}

/// q(z) at fixed parameters. What depends on θ alone (Cholesky factors, constants) is prepared once, when the
/// oracle is made.
public protocol Oracle<Observations, Statistics>: Sendable {
  associatedtype Observations: ObservationBatch
  associatedtype Statistics: SufficientStatistics

  /// Statistics of no observations.
  var zero: Statistics { get }

  /// KL(q(θ) ‖ p(θ)), or −ln p(θ) for a point with a prior: enters the bound once, not once a chunk.
  var parameterKL: Double { get }

  /// Adds the expected statistics of `x` under q(z).
  ///
  /// - Returns: the bound of `x` alone, its `parameterKL` 0.
  /// - Throws: `.notFinite`, with the row counted within `x`; errors about values, with the row in the source.
  func accumulate(_ x: Observations, into statistics: inout Statistics) throws(InferenceError) -> Bound
}

/// A model whose coordinate steps have closed forms: the oracle's statistics, and the parameters that maximise
/// the bound given them.
///
/// For EM the parameters are θ; for variational Bayes they are the hyperparameters of q(θ).
public protocol ConjugateModel: Sendable {
  associatedtype Observations
  associatedtype Parameters: Sendable
  associatedtype Statistics
  associatedtype ModelOracle: Oracle<Observations, Statistics>

  /// The oracle at these parameters. `threads` bounds the work over components; the result does not depend on
  /// it.
  ///
  /// - Throws: `.notPositiveDefinite`; `.collapsed`, with the component's share of the observations as its count, when
  ///   the parameters lie on the boundary of their space; `.notFinite` when they are no numbers.
  func oracle(at parameters: Parameters, threads: Int) throws(InferenceError) -> ModelOracle

  /// The θ-step: argmax over θ of the bound, given the statistics of q(z).
  ///
  /// - Throws: `.collapsed` when the statistics leave a component nothing to be estimated from.
  func parameters(maximizing statistics: Statistics, threads: Int) throws(InferenceError) -> Parameters

  /// The parameters moved within the limits that the θ-step keeps to: an ascent that makes up parameters of its own takes
  /// q(z) there, since from beyond the limits the next θ-step could only go down.
  ///
  /// By default the parameters themselves, for a model without limits.
  func withinLimits(_ parameters: Parameters) -> Parameters
}

extension ConjugateModel {
  public func withinLimits(_ parameters: Parameters) -> Parameters { parameters }
}
