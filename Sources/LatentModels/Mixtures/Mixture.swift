// N observations, D dimensions, K components

public import LatentEvidence
public import LatentFiles
public import LatentNumerics

/// A mixture of K components from one family:
///
///     p(x | θ) = Σₖ π[k] p(x | θ[k]),
///
/// fitted by coordinate ascent: EM where weights and components are points, with or without a prior, and variational
/// Bayes where they are distributions.
///
/// - Source: Bishop (2006), §9.3 and §10.2.
public struct Mixture<Family: Emission>: ConjugateModel {
  public typealias Scalar = Family.Scalar
  public typealias Observations = Rows<Family.Scalar>
  public typealias Parameters = MixtureParameters<Family.Parameters>
  public typealias Statistics = Family.Statistics
  public typealias ModelOracle = MixtureOracle<Family>

  /// K.
  public let components: Int
  /// The family of the components.
  public let emission: Family
  /// How the weights are inferred.
  public let mixing: Mixing
  /// How many components of each row may have a responsibility during a fit; nil for all. See ``keeping(_:)``.
  public private(set) var kept: Int?

  /// - Throws: `.invalidParameter` without a component or a dimension, or for a concentration that is not positive.
  public init(
    components: Int, of emission: Family, mixing: Mixing = .maximumLikelihood
  ) throws(InferenceError) {
    guard components > 0 else {
      throw .invalidParameter(name: "components", value: "\(components)", requirement: "at least 1")
    }
    guard emission.dimensions > 0 else {
      throw .invalidParameter(name: "dimensions", value: "\(emission.dimensions)", requirement: "at least 1")
    }
    try mixing.validate()
    self.components = components
    self.emission = emission
    self.mixing = mixing
  }

  /// The same mixture with sparse responsibilities: in a fit, the `best` components of each row share it, and the others
  /// have none.
  ///
  /// q(z) then is the best among the distributions over that many components a row, so that the bound is a lower bound,
  /// the ascent is monotone, and what is lost is the logarithm of the share that the row's other components had.
  /// Scores and posteriors remain exact.
  ///
  /// - Parameter best: nil for all.
  /// - Throws: `.invalidParameter` for a number that is not from 1 to 32.
  /// - Source: Neal & Hinton (1998), §5; Hughes & Sudderth (2016), Fast learning of clusters and topics via sparse
  ///   posteriors.
  public func keeping(_ best: Int?) throws(InferenceError) -> Mixture {
    if let best, best < 1 || best > Kernels.kept {
      throw .invalidParameter(
        name: "number of kept components", value: "\(best)", requirement: "from 1 to \(Kernels.kept)")
    }
    var mixture = self
    mixture.kept = best
    return mixture
  }

  /// D.
  public var dimensions: Int { emission.dimensions }

  /// The number of free parameters: those of the weights and those of the components.
  public var freeParameters: Int {
    mixing.freeParameters(components: components) + emission.freeParameters(components: components)
  }

  /// Whether weights and components are distributions: then the bound is one on ln p(x), and comparable over K.
  public var isVariational: Bool { mixing.isDistribution && emission.isVariational }

  /// The number of rows that θ says belong to each component, `[K]`, of this many rows in total.
  public func expectedCounts(at θ: Parameters, total: Double) -> [Double] {
    mixing.expectedCounts(at: θ.mixing, total: total)
  }

  /// How many components hold at least one row in expectation, of this many rows in total.
  ///
  /// - Parameters:
  ///   - θ: the parameters.
  ///   - total: the weight of all rows.
  ///   - row: what counts as one row (`Rows.weightOfOneRow`).
  public func effectiveComponents(at θ: Parameters, total: Double, row: Double = 1) -> Int {
    expectedCounts(at: θ, total: total).count { $0 >= row }
  }

  public func oracle(at θ: Parameters, threads: Int) throws(InferenceError) -> MixtureOracle<Family> {
    guard θ.dimensions == dimensions else { throw .wrongWidth(expected: dimensions, actual: θ.dimensions) }
    let logWeights = θ.mixing.logWeights
    let densities = try emission.densities(at: θ.emission, logWeights: logWeights, threads: threads)
    let mixingKL = try mixing.parameterKL(at: θ.mixing)
    return MixtureOracle(
      emission: emission, densities: densities, logWeights: logWeights,
      parameterKL: mixingKL.value + densities.parameterKL,
      parameterRoundoff: 4 * .ulpOfOne * mixingKL.magnitude,
      skipsEmptyRows: mixing.isDistribution || emission.isVariational, kept: kept)
  }

  public func parameters(
    maximizing statistics: Statistics, threads: Int
  ) throws(InferenceError) -> Parameters {
    let emission = try emission.parameters(maximizing: statistics, threads: threads)
    return Parameters(mixing: mixing.parameters(counts: statistics.counts), emission: emission)
  }

  public func withinLimits(_ θ: Parameters) -> Parameters {
    Parameters(mixing: θ.mixing, emission: emission.withinLimits(θ.emission))
  }
}

/// The parameters of a mixture: of its weights and of its components.
public struct MixtureParameters<EmissionParameters: LatentModels.EmissionParameters>: Sendable, Equatable {
  public var mixing: MixingParameters
  public var emission: EmissionParameters

  public init(mixing: MixingParameters, emission: EmissionParameters) {
    precondition(mixing.components == emission.components, "a weight for every component")
    self.mixing = mixing
    self.emission = emission
  }

  /// K.
  public var components: Int { mixing.components }
  /// D.
  public var dimensions: Int { emission.dimensions }
  /// π, or its expectation, `[K]`.
  public var weights: [Double] { mixing.weights }
}

extension MixtureParameters: Archivable where EmissionParameters: Archivable {
  public func write(to archive: inout Archive, at path: String) {
    mixing.write(to: &archive, at: path)
    emission.write(to: &archive, at: path)
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    let mixing = try MixingParameters(from: archive, at: path)
    let emission = try EmissionParameters(from: archive, at: path)
    guard mixing.components == emission.components else { throw archive.invalidValue(path) }
    self.init(mixing: mixing, emission: emission)
  }
}

/// Where the components of a mixture start.
public enum MixtureStart: Sendable, Equatable {
  /// k-means++ seeding and Lloyd's steps; then a θ-step with the hard clusters.
  case kMeans
  /// K distinct rows as centres, drawn in proportion to their weights; equal weights, the data's spread around them.
  case randomRows
  /// These centres, `[K, D]`; equal weights, the data's spread around them.
  case means(Matrix<Double>)
}

extension Mixture {
  /// Parameters to start from.
  ///
  /// - Parameters:
  ///   - x: the observations to be fitted, `[N, D]`.
  ///   - start: where the components come from.
  ///   - sharesUnits: whether all columns are in one unit (pixels, say), so that distances need no rescaling.
  ///   - stream: the randomness of the start.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Throws: `.tooFewRows` of positive weight, `.columnMissing`, `.wrongWidth`, `.noVariation`, `.notFinite`; what the
  ///   family's `validate(_:)` throws.
  public func initialParameters(
    for x: Rows<Scalar>, start: MixtureStart = .kMeans, sharesUnits: Bool = false, using stream: RandomStream,
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> Parameters {
    guard x.columns == dimensions else { throw .wrongWidth(expected: dimensions, actual: x.columns) }
    guard x.countedRows >= components else { throw .tooFewRows(rows: x.countedRows, needed: components) }
    try emission.validate(x)
    if let column = x.columnWithoutValues { throw .columnMissing(column) }
    if case .means(let means) = start {
      guard means.columns == dimensions else {
        throw .wrongWidth(expected: dimensions, actual: means.columns)
      }
      guard means.rows == components else {
        throw .invalidParameter(
          name: "initial means", value: "\(means.rows)", requirement: "\(components), one for each component")
      }
    }
    let (weights, emission) = try emission.initialParameters(
      for: x, start: start, components: components, sharesUnits: sharesUnits, using: stream, threads: threads)
    return Parameters(mixing: mixing.start(weights: weights, total: x.totalWeight), emission: emission)
  }
}
