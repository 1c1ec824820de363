// D dimensions, K components; R, S, M the statistics, see BernoulliStatistics

public import LatentEvidence
public import LatentNumerics
import RealModule

/// Bernoulli components for rows of zeros and ones,
///
///     p(x | k) = Πⱼ μ[k,j]^xⱼ (1 − μ[k,j])^(1 − xⱼ)   over the observed cells,
///
/// with μ a point: of maximum likelihood, or, with a prior, the posterior mode.
///
/// - Source: Bishop (2006), §9.3.3.
public struct BernoulliEmission<Scalar: LatentScalar>: Emission {
  public typealias Parameters = BernoulliParameters
  public typealias Statistics = BernoulliStatistics
  public typealias Densities = BernoulliDensities<Scalar>

  public let dimensions: Int
  /// The prior on every μ[k]ⱼ; nil for maximum likelihood.
  public let prior: BetaPrior?

  /// - Throws: `.invalidParameter` for a prior with an exponent below 1, whose density has no largest value.
  public init(dimensions: Int, prior: BetaPrior? = nil) throws(InferenceError) {
    if let prior, Swift.min(prior.ones, prior.zeros) < 1 {
      throw .invalidParameter(
        name: "prior's exponent", value: "\(Swift.min(prior.ones, prior.zeros))",
        requirement: "at least 1 for a posterior mode")
    }
    self.dimensions = dimensions
    self.prior = prior
  }

  public var isVariational: Bool { false }

  public func freeParameters(components K: Int) -> Int { K * dimensions }

  public func validate(_ rows: Rows<Scalar>) throws(InferenceError) { try rows.requireBinary() }

  public func densities(
    at θ: BernoulliParameters, logWeights: [Double], threads: Int
  ) throws(InferenceError) -> BernoulliDensities<Scalar> {
    let μ = θ.probabilities
    guard μ.elements.allSatisfy({ $0 >= 0 && $0 <= 1 }) else {
      throw .notFinite(quantity: "probability", row: nil)
    }
    func map(_ f: (Double) -> Double) -> Matrix<Double> {
      Matrix(rows: μ.rows, columns: μ.columns, elements: μ.elements.map(f))
    }
    let prior = prior?.distribution
    return BernoulliDensities(
      logOne: map { .log($0) }, logZero: map { .log(onePlus: -$0) }, logWeights: logWeights,
      parameterKL: prior.map { prior in μ.elements.reduce(0) { $0 - prior.logDensity($1) } } ?? 0)
  }

  /// The M-step: μ[k,j] = (S[k,j] + a − 1) / (M[k,j] + a + b − 2), with a = b = 1 for maximum likelihood.
  ///
  /// Where maximum likelihood has nothing to go by, because none of a component's rows has the cell observed, any μ
  /// attains the maximum; it is the column's mean, or ½ for a column that is never observed. A probability within
  /// rounding of 1 is 1.
  ///
  /// - Throws: `.collapsed` for a component without observations, where no prior says what it should be.
  /// - Complexity: O(K·D).
  /// - Source: Bishop (2006), eq. 9.59.
  public func parameters(
    maximizing statistics: BernoulliStatistics, threads: Int
  ) throws(InferenceError) -> BernoulliParameters {
    let R = statistics.counts
    let (K, D) = (R.count, dimensions)
    if prior == nil, let empty = R.firstIndex(where: { !($0 > 0) }) {
      throw .collapsed(.init(component: empty, components: K, count: R[empty], cause: .empty))
    }
    let (a, b) = ((prior?.ones ?? 1) - 1, (prior?.zeros ?? 1) - 1)
    let resolved = 1 - 32 * Double(Scalar.ulpOfOne)
    let (S, M) = (statistics.ones.elements, statistics.observed.elements)
    var μ = Matrix<Double>(rows: K, columns: D)
    μ.withUnsafeMutableElements { μ in
      for i in 0..<K * D where M[i] + a + b > 0 {
        let share = (S[i] + a) / (M[i] + a + b)
        μ[i] = share > resolved ? 1 : Swift.max(share, 0)
      }
      for i in 0..<K * D where !(M[i] + a + b > 0) {
        let column = stride(from: i % D, to: K * D, by: D)
        let total = column.reduce(0) { $0 + M[$1] }
        μ[i] = total > 0 ? Swift.min(column.reduce(0) { $0 + S[$1] } / total, 1) : 0.5
      }
    }
    return BernoulliParameters(probabilities: μ)
  }

  public func initialParameters(
    for rows: Rows<Scalar>, start: MixtureStart, components K: Int, sharesUnits: Bool,
    using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> (weights: [Double], parameters: BernoulliParameters) {
    let statistics = try BernoulliStatistics.start(
      for: rows, start: start, components: K, using: stream, threads: threads)
    return (statistics.shares, try parameters(maximizing: statistics, threads: threads))
  }

  public func sampler(at θ: BernoulliParameters) throws(InferenceError) -> any EmissionSampler {
    BernoulliPrediction(θ)
  }
}

extension BernoulliEmission: ImputingEmission {
  public func imputer(at θ: BernoulliParameters) throws(InferenceError) -> any EmissionImputer {
    BernoulliPrediction(θ)
  }
}

/// A mixture of Bernoulli components.
public typealias BernoulliMixture<Scalar: LatentScalar> = Mixture<BernoulliEmission<Scalar>>
/// θ of a Bernoulli mixture.
public typealias BernoulliMixtureParameters = MixtureParameters<BernoulliParameters>

extension Mixture {
  /// A mixture of K Bernoulli components in D columns.
  ///
  /// - Parameters:
  ///   - components: K.
  ///   - dimensions: D.
  ///   - prior: the prior on the probabilities, with a uniform one on the weights; nil for maximum likelihood.
  /// - Throws: `.invalidParameter` without a component or a dimension, or for a prior without a mode.
  public init<S>(components: Int, dimensions: Int, prior: BetaPrior? = nil) throws(InferenceError)
  where Family == BernoulliEmission<S> {
    try self.init(
      components: components, of: BernoulliEmission(dimensions: dimensions, prior: prior),
      mixing: prior == nil ? .maximumLikelihood : .uniformPrior)
  }
}
