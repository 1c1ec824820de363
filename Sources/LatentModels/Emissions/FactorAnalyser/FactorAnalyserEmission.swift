// D dimensions, K components, L factors

public import LatentEvidence
public import LatentNumerics

/// Factor analysers,
///
///     x | z, k ~ 𝒩(W[k] z + μ[k], Ψ[k]),   z ~ 𝒩(0, I),   so   x | k ~ 𝒩(μ[k], W[k] W[k]ᵀ + Ψ[k]),
///
/// with Ψ a multiple of the identity (probabilistic PCA) or diagonal (factor analysis). One component is PPCA or factor
/// analysis itself; several are their mixtures.
///
/// The factors are integrated out: the bound is that of x alone, and its `latentKL` is that of the component's
/// indicator. No `[D, D]` matrix is formed. Rows may be single or double; since residual variances are small
/// differences of large moments, the arithmetic is in double for both.
///
/// - Source: Tipping & Bishop (1999), Mixtures of probabilistic principal component analysers, Neural Computation 11;
///   Ghahramani & Hinton (1996), The EM algorithm for mixtures of factor analyzers, CRG-TR-96-1.
public struct FactorAnalyserEmission<Scalar: LatentScalar>: Emission {
  public typealias Parameters = FactorParameters
  public typealias Statistics = FactorStatistics
  public typealias Densities = FactorDensities<Scalar>

  public let dimensions: Int
  /// L.
  public let factors: Int
  public let noise: NoiseStructure
  /// The prior on θ; nil for maximum likelihood.
  public let prior: FactorPrior?

  /// - Throws: `.invalidParameter` unless 1 ≤ L ≤ D; `.wrongWidth` for a prior of another dimension.
  public init(
    dimensions: Int, factors: Int, noise: NoiseStructure = .diagonal, prior: FactorPrior? = nil
  ) throws(InferenceError) {
    guard factors >= 1, factors <= dimensions else {
      throw .invalidParameter(
        name: "factors", value: "\(factors)", requirement: "from 1 to \(dimensions), the number of columns")
    }
    if let prior, prior.mean.count != dimensions {
      throw .wrongWidth(expected: dimensions, actual: prior.mean.count)
    }
    self.dimensions = dimensions
    self.factors = factors
    self.noise = noise
    self.prior = prior
  }

  public var isVariational: Bool { false }

  /// K (D + D·L − L (L − 1)/2) and those of the noise: rotations of the factors are not free.
  public func freeParameters(components K: Int) -> Int {
    let (D, L) = (dimensions, factors)
    return K * (D + D * L - L * (L - 1) / 2) + noise.freeParameters(components: K, dimensions: D)
  }

  public func densities(
    at θ: FactorParameters, logWeights: [Double], threads: Int
  ) throws(InferenceError) -> FactorDensities<Scalar> {
    let weights = normalizedWeights(logWeights)
    let variances = θ.totalVariances(weights: weights)
    for k in 0..<θ.components {
      for (j, ψ) in θ.noiseVariances(of: k).enumerated() {
        guard ψ.isFinite, variances[j].isFinite else { throw .notFinite(quantity: "covariance", row: nil) }
        // A column that does not vary at all is flat as well.
        guard ψ > 1e-12 * variances[j] else {
          throw .collapsed(
            .init(
              component: k, components: θ.components, count: weights[k],
              cause: .flat(
                column: j, relativeVariance: variances[j] > 0 ? Swift.max(ψ / variances[j], 0) : 0)))
        }
      }
    }
    let components = (0..<θ.components).map { FactorComponent(θ, $0) }
    let density = prior.map { $0.logDensity(of: θ) } ?? (value: 0, magnitude: 0)
    guard density.value.isFinite else { throw .notFinite(quantity: "prior density", row: nil) }
    return try FactorDensities(
      components, logWeights: logWeights, zero: FactorStatistics(origins: θ.means, factors: θ.factors),
      parameterKL: 0 - density.value, parameterRoundoff: 8 * .ulpOfOne * density.magnitude, threads: threads)
  }

  public func sampler(at θ: FactorParameters) throws(InferenceError) -> any EmissionSampler {
    FactorSampler(θ)
  }
}

/// Draws x = μ[k] + W[k] z + ε.
struct FactorSampler: EmissionSampler {
  private let θ: FactorParameters
  private let deviations: [[Double]]

  init(_ θ: FactorParameters) {
    self.θ = θ
    deviations = (0..<θ.components).map { θ.noiseVariances(of: $0).map { $0.squareRoot() } }
  }

  func draw(from k: Int, using stream: inout RandomStream) -> [Double] {
    let L = θ.factors
    let z = (0..<L).map { _ in stream.normal() }
    var x = θ.means.row(k)
    θ.loadings[k].withUnsafeElements { W in
      for j in x.indices {
        for l in 0..<L { x[j] += W[j * L + l] * z[l] }
        x[j] += deviations[k][j] * stream.normal()
      }
    }
    return x
  }
}
