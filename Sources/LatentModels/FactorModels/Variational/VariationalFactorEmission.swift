// N rows, D columns, K components, L factors

import LatentDistributions
public import LatentEvidence
public import LatentFiles
public import LatentNumerics

/// Probabilistic principal component analysis with a distribution over its parameters,
///
///     q(z) q(W) q(μ) q(α) q(τ),
///
/// and automatic relevance: factors that the data do not support are switched off by `RelevancePrior`. One component is
/// variational PCA; several, with variational weights, a variational mixture of them.
///
/// The bound has every constant. The factors z are integrated out given q(θ), and so is what is missing of x, together
/// with z: with cells missing the bound is one on ln p(x observed) all the same.
///
/// - Source: Bishop (1999), Variational principal components, ICANN 99.
public struct VariationalFactorEmission<Scalar: LatentScalar>: Emission {
  public typealias Parameters = VariationalFactorParameters
  public typealias Statistics = FactorStatistics
  public typealias Densities = FactorDensities<Scalar>

  /// L, the most factors that there may be.
  public let factors: Int
  public let prior: RelevancePrior

  /// - Throws: `.invalidParameter` unless 1 ≤ L ≤ D.
  public init(factors: Int, prior: RelevancePrior) throws(InferenceError) {
    guard factors >= 1, factors <= prior.mean.count else {
      throw .invalidParameter(
        name: "factors", value: "\(factors)",
        requirement: "from 1 to \(prior.mean.count), the number of columns")
    }
    self.factors = factors
    self.prior = prior
  }

  public var dimensions: Int { prior.mean.count }
  public var isVariational: Bool { true }

  public func freeParameters(components K: Int) -> Int {
    let (D, L) = (dimensions, factors)
    return K * (D + D * L - L * (L - 1) / 2 + 1)
  }

  public func densities(
    at q: VariationalFactorParameters, logWeights: [Double], threads: Int
  ) throws(InferenceError) -> FactorDensities<Scalar> {
    let terms = (0..<q.components).flatMap { divergences(of: q, component: $0) }
    return try FactorDensities(
      (0..<q.components).map { q.component($0) }, logWeights: logWeights,
      zero: FactorStatistics(origins: q.means, factors: q.factors, hyperparameters: q),
      parameterKL: terms.reduce(0, +),
      parameterRoundoff: 64 * .ulpOfOne * terms.reduce(0) { $0 + $1.magnitude }, threads: threads)
  }

  /// KL(q(μ) ‖ p), E_α[KL(q(W) ‖ p(W | α))], KL(q(α) ‖ p), KL(q(τ) ‖ p) of component k, in nats.
  private func divergences(of q: VariationalFactorParameters, component k: Int) -> [Double] {
    let (D, L) = (Double(dimensions), factors)
    let (β, v) = (prior.meanPrecision, q.meanVariances[k])
    let offsets = zip(q.means.row(k), prior.mean).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }
    let ofMean = 0.5 * (β * offsets + D * (β * v - 1 - Double.log(β * v)))
    let α = (0..<L).map { Gamma(shape: q.relevanceShape, rate: q.relevanceRates[k, $0]) }
    let squares = q.loadings[k].transposed().rowSquares()
    let S = q.loadingCovariances[k]
    let logDeterminant = Cholesky(S)?.logDeterminant ?? -.infinity
    var ofLoadings = -0.5 * D * (logDeterminant + Double(L))
    for l in 0..<L {
      ofLoadings += 0.5 * (α[l].mean * (squares[l] + D * S[l, l]) - D * α[l].expectedLogarithm)
    }
    return [ofMean, ofLoadings] + α.map { $0.divergence(from: prior.relevance) }
      + [Gamma(shape: q.noiseShapes[k], rate: q.noiseRates[k]).divergence(from: prior.noise)]
  }

  /// The principal axes of clusters, as `FactorAnalyserEmission` starts, with the spread that rows in equal shares leave.
  public func initialParameters(
    for x: Rows<Scalar>, start: MixtureStart, components K: Int, sharesUnits: Bool,
    using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> (weights: [Double], parameters: VariationalFactorParameters) {
    let point = try FactorAnalyserEmission<Scalar>(
      dimensions: dimensions, factors: factors, noise: .isotropic)
    let (weights, θ) = try point.initialParameters(
      for: x, start: start, components: K, sharesUnits: sharesUnits, using: stream, threads: threads)
    let (D, L) = (dimensions, factors)
    let share = Swift.max(x.totalWeight / Double(K), 1)
    let σ² = θ.noise.column(0)
    let shape = prior.noise.shape + 0.5 * share * Double(D)
    let relevanceShape = prior.relevance.shape + 0.5 * Double(D)
    let squares = θ.loadings.map { $0.transposed().rowSquares() }
    return (
      weights,
      VariationalFactorParameters(
        means: θ.means, meanVariances: σ².map { $0 / share }, loadings: θ.loadings,
        loadingCovariances: σ².map { .diagonal(Array(repeating: $0 / share, count: L)) },
        relevanceShape: relevanceShape,
        relevanceRates: Matrix(
          rows: K, columns: L,
          elements: (0..<K).flatMap { k in
            squares[k].map { relevanceShape * ($0 / Double(D) + σ²[k] / share) }
          }), noiseShapes: Array(repeating: shape, count: K), noiseRates: σ².map { shape * $0 })
    )
  }

  public func sampler(at q: VariationalFactorParameters) throws(InferenceError) -> any EmissionSampler {
    VariationalFactorSampler(q: q)
  }
}

extension VariationalFactorEmission: ImputingEmission {
  /// From the Gaussians with the moments of the posterior predictive.
  public func imputer(at q: VariationalFactorParameters) throws(InferenceError) -> any EmissionImputer {
    FactorImputer(q.predictive)
  }
}

/// Draws from the posterior predictive: z and τ, then x with W and μ integrated out, whose columns are independent given
/// z and τ: 𝒩(E[wⱼ]ᵀ z + E[μⱼ], zᵀ Cov[wⱼ] z + Var[μⱼ] + 1/τ).
struct VariationalFactorSampler: EmissionSampler {
  let q: VariationalFactorParameters

  func draw(from k: Int, using stream: inout RandomStream) -> [Double] {
    let L = q.factors
    let z = (0..<L).map { _ in stream.normal() }
    let S = q.loadingCovariances[k]
    var variance = q.meanVariances[k]
    variance += 1 / Gamma(shape: q.noiseShapes[k], rate: q.noiseRates[k]).sample(using: &stream)
    for a in 0..<L { for b in 0..<L { variance += z[a] * S[a, b] * z[b] } }
    let deviation = variance.squareRoot()
    return (0..<q.dimensions).map { j in
      (0..<L).reduce(q.means[k, j]) { $0 + q.loadings[k][j, $1] * z[$1] } + deviation * stream.normal()
    }
  }
}

extension VariationalFactorEmission: KeptEmission {
  public static var kind: String { "variational-pca" }

  /// The number of factors, and the prior's tensors under `prior/`.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/factors", factors)
    prior.write(to: &archive, at: "\(path)/prior")
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    let factors = try archive.value("\(path)/factors", of: Int.self)
    let prior = try RelevancePrior(from: archive, at: "\(path)/prior")
    guard let family = try? Self(factors: factors, prior: prior) else {
      throw archive.invalidValue("\(path)/factors")
    }
    self = family
  }

  public func accepts(_ parameters: VariationalFactorParameters) -> Bool {
    parameters.dimensions == dimensions && parameters.factors == factors
  }

  public func accepts(_ statistics: FactorStatistics) -> Bool {
    guard let q = statistics.hyperparameters, accepts(q) else { return false }
    return statistics.origins.columns == dimensions && statistics.factors == factors
      && q.components == statistics.counts.count
  }
}
