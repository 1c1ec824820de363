public import LatentEvidence
public import LatentNumerics

/// The densities p(x | z = k, θ[k]) of K components, from one family: what a mixture is made of.
///
/// A family says how densities and moments of a block of rows are computed and how parameters follow from moments;
/// which component a row belongs to is the business of the model around it. For maximum likelihood and the posterior
/// mode the parameters are θ; for variational Bayes they are the hyperparameters of q(θ), and ln p(x | z = k, θ[k])
/// stands for its expectation under q(θ), integrated over what is missing of x.
public protocol Emission: Sendable {
  /// The precision of the rows and of the arithmetic over them.
  associatedtype Scalar: LatentScalar
  /// θ, or the hyperparameters of q(θ), of all K components.
  associatedtype Parameters: EmissionParameters
  associatedtype Statistics: EmissionStatistics
  associatedtype Densities: EmissionDensities<Scalar, Statistics>

  /// D.
  var dimensions: Int { get }

  /// Whether q(θ) is a distribution, and not a point.
  var isVariational: Bool { get }

  /// The number of free parameters of K components.
  func freeParameters(components: Int) -> Int

  /// Checks that the family can have produced these values; nothing to check, unless a family says so.
  ///
  /// - Throws: `.notBinary`, `.unknownCategory` with row and column in the source.
  func validate(_ rows: Rows<Scalar>) throws(InferenceError)

  /// Prepares what depends on the parameters alone.
  ///
  /// `logWeights` is ln π, `[K]`, or its expectation, and is added to the densities.
  ///
  /// - Throws: `.collapsed`, `.notFinite`, `.wrongWidth`.
  func densities(
    at parameters: Parameters, logWeights: [Double], threads: Int
  ) throws(InferenceError) -> Densities

  /// The θ-step: argmax over the parameters of the bound, given expected statistics.
  ///
  /// - Throws: `.collapsed` when the statistics leave a component nothing to be estimated from.
  func parameters(maximizing statistics: Statistics, threads: Int) throws(InferenceError) -> Parameters

  /// The parameters moved within the limits that the θ-step keeps to; themselves, unless a family has limits.
  func withinLimits(_ parameters: Parameters) -> Parameters

  /// Parameters to start from, with the weights π that go with them.
  ///
  /// The caller has checked that there are D columns, each with a value, and K rows or more of positive weight. `sharesUnits`
  /// says whether all columns are in one unit (pixels, say), so that distances need no rescaling.
  ///
  /// - Throws: `.noVariation`, `.notFinite`, `.wrongWidth`, `.invalidParameter`.
  func initialParameters(
    for x: Rows<Scalar>, start: MixtureStart, components: Int, sharesUnits: Bool, using stream: RandomStream,
    threads: Int
  ) throws(InferenceError) -> (weights: [Double], parameters: Parameters)

  /// What draws rows of the components at these parameters; for variational Bayes from the posterior predictive.
  ///
  /// - Throws: `.notPositiveDefinite`.
  func sampler(at parameters: Parameters) throws(InferenceError) -> any EmissionSampler

  /// These components and one more, which no row has and whose distribution is the prior: what a Dirichlet process expects
  /// beyond the components it knows. nil, unless a family infers distributions and says otherwise.
  func appendingUnseen(to parameters: Parameters) -> Parameters?
}

extension Emission {
  public func validate(_ rows: Rows<Scalar>) throws(InferenceError) {}
  public func withinLimits(_ parameters: Parameters) -> Parameters { parameters }
  public func appendingUnseen(to parameters: Parameters) -> Parameters? { nil }
}

/// The parameters of K components.
public protocol EmissionParameters: Sendable, Equatable {
  /// K.
  var components: Int { get }
  /// D.
  var dimensions: Int { get }
}

/// Statistics of K components.
public protocol EmissionStatistics: SufficientStatistics {
  /// The expected number of rows of each component, `[K]`.
  var counts: [Double] { get }
}

extension EmissionStatistics {
  /// R[k] / Σ R, the weights π that go with the statistics.
  var shares: [Double] {
    let total = counts.reduce(0, +)
    return counts.map { $0 / total }
  }
}

/// Draws rows of one component or another.
public protocol EmissionSampler: Sendable {
  /// D numbers drawn from component k.
  func draw(from k: Int, using stream: inout RandomStream) -> [Double]
}

/// The densities of K components at fixed parameters.
public protocol EmissionDensities<Scalar, Statistics>: Sendable {
  associatedtype Scalar: LatentScalar
  associatedtype Statistics: EmissionStatistics
  associatedtype Lane: EmissionLane<Scalar, Statistics>

  /// Statistics of no observations.
  var zero: Statistics { get }
  /// KL(q(θ) ‖ p(θ)) of the components' parameters, or −ln p(θ) for a point with a prior, in nats.
  var parameterKL: Double { get }
  /// How many rows a block should have: as many as stay in a core's cache, a multiple of `Kernels.group`.
  var blockRows: Int { get }

  /// The work space of one thread.
  func lane() -> Lane

  /// What rounding may have done to the bound of rows of this total weight, besides the sums over rows, in nats.
  func roundoff(weight: Double) -> Double

  /// The same for these rows, whose missing cells may make it larger.
  func roundoff(of rows: Rows<Scalar>) -> Double

  /// The same densities, exact however far one lies below a row's largest: for models in which something else besides the
  /// row tells components apart.
  var exact: Self { get }
}

extension EmissionDensities {
  public var exact: Self { self }
  public func roundoff(of rows: Rows<Scalar>) -> Double { roundoff(weight: rows.totalWeight) }
}

/// One thread's pass over rows, block by block.
///
/// The pointers of a block are valid during the call they are given to; what `logJoint` prepares for a block, `add`
/// may use if it comes before the next block.
public protocol EmissionLane<Scalar, Statistics> {
  associatedtype Scalar: LatentScalar
  associatedtype Statistics: EmissionStatistics

  /// Writes ln (π[k] p(x | k)) at `block.joint[k * block.stride + i]` for the block's rows and the largest of each row at
  /// `block.best[i]`. Where one lies so far below a row's largest that its responsibility is 0, an upper bound that
  /// is also that far below will do.
  mutating func logJoint(of block: RowBlock<Scalar>)

  /// Adds the block's moments, weighted by `block.responsibilities`.
  mutating func add(_ block: RowBlock<Scalar>, into statistics: inout Statistics)

  /// Adds what is still held back of these rows, all of whose blocks have been added, and forgets it: another table may
  /// follow.
  mutating func finish(_ rows: Rows<Scalar>, into statistics: inout Statistics)
}
