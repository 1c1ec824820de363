// K components, D dimensions; R[k] the expected number of rows of component k, N their sum
// m₀ prior mean, β₀ its precision relative to Λ, ν₀ degrees of freedom, W₀ scale of the Wishart prior

public import LatentEvidence
public import LatentNumerics

/// Gaussian components whose means and precisions are inferred as distributions, q(μ, Λ): variational Bayes.
///
/// The prior is a ``GaussianPrior``, the one that the posterior mode uses, read as a Normal–Wishart density of μ and Λ = Σ⁻¹:
/// μ | Λ ~ 𝒩(m₀, (β₀ Λ)⁻¹), Λ ~ Wishart(ν₀, W₀), where `meanPrecision` is β₀ and `scale` is W₀⁻¹. For one shared Λ it is
/// that once; for diagonal and spherical precisions the gamma densities of ``GaussianPrior``, Gamma(ν₀/2, (W₀⁻¹)ⱼⱼ/2) and
/// Gamma(ν₀/2, tr W₀⁻¹/2D).
///
/// Missing cells are latent variables like z, with q(x_m | z) Gaussian; a row with nothing observed does not matter.
///
/// - Source: Bishop (2006), §10.2; Svensén & Bishop (2005) for latent variables beside z.
public struct VariationalGaussianEmission<Scalar: LatentScalar>: Emission {
  public typealias Parameters = VariationalGaussianParameters
  public typealias Statistics = GaussianStatistics
  public typealias Densities = VariationalGaussianDensities<Scalar>

  /// The same components with a point θ: the posterior mode shares its sums with q(μ, Λ).
  let mode: GaussianEmission<Scalar>
  /// The prior p(μ, Λ).
  public let prior: GaussianPrior

  public init(covariance: CovarianceStructure = .full, prior: GaussianPrior) throws(InferenceError) {
    self.prior = prior
    mode = try GaussianEmission(dimensions: prior.mean.count, covariance: covariance, prior: prior)
  }

  public var dimensions: Int { mode.dimensions }
  public var covariance: CovarianceStructure { mode.covariance }
  public var isVariational: Bool { true }

  public func freeParameters(components: Int) -> Int { mode.freeParameters(components: components) }

  public func densities(
    at parameters: VariationalGaussianParameters, logWeights: [Double], threads: Int
  ) throws(InferenceError) -> VariationalGaussianDensities<Scalar> {
    try VariationalGaussianDensities(parameters, logWeights: logWeights, prior: prior, threads: threads)
  }

  /// The update of q(μ, Λ), with x̄[k] and the scatter S[k] of the rows about it, weighted by responsibilities:
  ///
  ///     β[k] = β₀ + R[k]
  ///     m[k] = (β₀ m₀ + R[k] x̄[k]) / β[k]
  ///     W[k]⁻¹ = W₀⁻¹ + S[k] + β₀ R[k] / β[k] (x̄[k] − m₀)(x̄[k] − m₀)ᵀ
  ///     ν[k] = ν₀ + R[k]
  ///
  /// For a shared Λ, W⁻¹ gathers the terms of all components and ν = ν₀ + N; for diagonal precisions s takes the place of
  /// W⁻¹ in each column; for spherical ones s gathers the columns and ν[k] = ν₀ + D R[k].
  ///
  /// - Complexity: O(K·D²).
  /// - Source: Bishop (2006), eqs. 10.60–10.63.
  public func parameters(
    maximizing statistics: GaussianStatistics, threads: Int
  ) throws(InferenceError) -> VariationalGaussianParameters {
    distribution(
      around: try mode.parameters(maximizing: statistics, threads: threads), counts: statistics.counts)
  }

  /// k-means and the update of q(μ, Λ) with the hard clusters, or centres with the data's own spread and equal counts.
  public func initialParameters(
    for x: Rows<Scalar>, start: MixtureStart, components K: Int, sharesUnits: Bool,
    using stream: RandomStream,
    threads: Int
  ) throws(InferenceError) -> (weights: [Double], parameters: VariationalGaussianParameters) {
    let (weights, θ) = try mode.initialParameters(
      for: x, start: start, components: K, sharesUnits: sharesUnits, using: stream, threads: threads)
    let N = x.totalWeight
    return (weights, distribution(around: θ, counts: weights.map { $0 * N }))
  }

  /// The q(μ, Λ) whose posterior mode θ is, for these counts.
  ///
  /// The mode's covariance is W[k]⁻¹ / (R[k] + a), with the a of ``GaussianPrior``, and its mean m[k].
  private func distribution(
    around θ: GaussianParameters, counts R: [Double]
  ) -> VariationalGaussianParameters {
    let (D, N) = (Double(dimensions), R.reduce(0, +))
    let a = prior.additionalDegrees(structure: covariance, components: R.count)
    let ν0 = prior.degreesOfFreedom
    // The mode's denominator and ν.
    let (divisors, ν): ([Double], [Double]) =
      switch covariance {
      case .full, .diagonal: (R.map { $0 + a }, R.map { ν0 + $0 })
      case .tied: (R.map { _ in N + a }, R.map { _ in ν0 + N })
      case .spherical: (R.map { D * $0 + a }, R.map { ν0 + D * $0 })
      }
    let factors = zip(divisors, ν).map { $0 / $1 }
    return VariationalGaussianParameters(
      expected: GaussianParameters(means: θ.means, covariances: θ.covariances.scaled(by: factors)),
      meanPrecisions: R.map { prior.meanPrecision + $0 }, degreesOfFreedom: ν)
  }
}

extension GaussianParameters.Covariances {
  /// Each component's covariance times its factor; a shared one times the first.
  func scaled(by factors: [Double]) -> Self {
    switch self {
    case .full(var all):
      for k in all.indices { all[k].scale(by: factors[k]) }
      return .full(all)
    case .tied(var shared):
      shared.scale(by: factors[0])
      return .tied(shared)
    case .diagonal(var all):
      all.withUnsafeMutableElements { elements in
        let D = elements.count / factors.count
        for i in 0..<elements.count { elements[i] *= factors[i / D] }
      }
      return .diagonal(all)
    case .spherical(let all): return .spherical(zip(all, factors).map { $0 * $1 })
    }
  }
}

extension GaussianPrior {
  /// The prior with W₀ = s I.
  ///
  /// - Throws: `.invalidParameter`.
  public init(
    mean: [Double], meanPrecision: Double, degreesOfFreedom: Double, precisionScale s: Double
  ) throws(InferenceError) {
    guard s > 0, s.isFinite else {
      throw .invalidParameter(name: "scale", value: "\(s)", requirement: "greater than 0")
    }
    try self.init(
      mean: mean, meanPrecision: meanPrecision, degreesOfFreedom: degreesOfFreedom,
      scale: .diagonal(Array(repeating: 1 / s, count: mean.count)))
  }
}
