// D dimensions, K components; R, S, M the statistics, see BernoulliStatistics

public import LatentEvidence
public import LatentNumerics

/// Bernoulli components whose probabilities have posteriors q(μ[k]ⱼ) = Beta(a[k,j], b[k,j]), by variational Bayes.
///
/// - Source: Bishop (2006), §10.2 for the scheme and exercise 10.30's family; the updates are those of any conjugate
///   exponential family, §10.4.1.
public struct VariationalBernoulliEmission<Scalar: LatentScalar>: Emission {
  public typealias Parameters = BernoulliPosterior
  public typealias Statistics = BernoulliStatistics
  public typealias Densities = BernoulliDensities<Scalar>

  public let dimensions: Int
  /// The prior on every μ[k]ⱼ.
  public let prior: BetaPrior

  public init(dimensions: Int, prior: BetaPrior = .uniform) {
    self.dimensions = dimensions
    self.prior = prior
  }

  public var isVariational: Bool { true }

  public func freeParameters(components K: Int) -> Int { K * dimensions }

  public func validate(_ rows: Rows<Scalar>) throws(InferenceError) { try rows.requireBinary() }

  /// E[ln μ] = ψ(a) − ψ(a + b), E[ln (1 − μ)] = ψ(b) − ψ(a + b), and the sum of KL(q(μ[k]ⱼ) ‖ p(μ[k]ⱼ)).
  ///
  /// - Complexity: O(K·D).
  public func densities(
    at λ: BernoulliPosterior, logWeights: [Double], threads: Int
  ) throws(InferenceError) -> BernoulliDensities<Scalar> {
    guard zip(λ.ones.elements, λ.zeros.elements).allSatisfy({ $0 > 0 && $1 > 0 && ($0 + $1).isFinite }) else {
      throw .notFinite(quantity: "posterior", row: nil)
    }
    let (K, D) = (λ.components, λ.dimensions)
    let prior = prior.distribution
    let parts = Lanes.map(K, threads: K * D > 2000 ? threads : 1) { k in
      var part = (one: [Double](repeating: 0, count: D), zero: [Double](repeating: 0, count: D), KL: 0.0)
      for j in 0..<D {
        let q = λ.distribution(component: k, column: j)
        let (one, zero) = q.expectedLogarithms
        part.one[j] = one
        part.zero[j] = zero
        part.KL += q.divergence(from: prior)
      }
      return part
    }
    return BernoulliDensities(
      logOne: Matrix(parts.map(\.one)), logZero: Matrix(parts.map(\.zero)), logWeights: logWeights,
      parameterKL: parts.reduce(0) { $0 + $1.KL })
  }

  /// a[k,j] = a₀ + S[k,j], b[k,j] = b₀ + M[k,j] − S[k,j].
  public func parameters(
    maximizing statistics: BernoulliStatistics, threads: Int
  ) throws(InferenceError) -> BernoulliPosterior {
    let (K, D) = (statistics.counts.count, dimensions)
    let (S, M) = (statistics.ones.elements, statistics.observed.elements)
    return BernoulliPosterior(
      ones: Matrix(rows: K, columns: D, elements: S.map { prior.ones + Swift.max($0, 0) }),
      zeros: Matrix(rows: K, columns: D, elements: zip(S, M).map { prior.zeros + Swift.max($1 - $0, 0) }))
  }

  public func initialParameters(
    for rows: Rows<Scalar>, start: MixtureStart, components K: Int, sharesUnits: Bool,
    using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> (weights: [Double], parameters: BernoulliPosterior) {
    let statistics = try BernoulliStatistics.start(
      for: rows, start: start, components: K, using: stream, threads: threads)
    return (statistics.shares, try parameters(maximizing: statistics, threads: threads))
  }

  public func sampler(at λ: BernoulliPosterior) throws(InferenceError) -> any EmissionSampler {
    BernoulliPrediction(λ.mean)
  }

  public func appendingUnseen(to λ: BernoulliPosterior) -> BernoulliPosterior? {
    let (K, D) = (λ.components + 1, dimensions)
    func appending(_ exponent: Double, to matrix: Matrix<Double>) -> Matrix<Double> {
      Matrix(rows: K, columns: D, elements: matrix.elements + Array(repeating: exponent, count: D))
    }
    return BernoulliPosterior(
      ones: appending(prior.ones, to: λ.ones), zeros: appending(prior.zeros, to: λ.zeros))
  }
}

extension VariationalBernoulliEmission: ImputingEmission {
  public func imputer(at λ: BernoulliPosterior) throws(InferenceError) -> any EmissionImputer {
    BernoulliPrediction(λ.mean)
  }
}

/// A mixture of Bernoulli components by variational Bayes.
public typealias VariationalBernoulliMixture<Scalar: LatentScalar> =
  Mixture<VariationalBernoulliEmission<Scalar>>
