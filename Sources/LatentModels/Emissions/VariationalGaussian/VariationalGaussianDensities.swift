// K components, D dimensions; Σ̂[k] = E[Λ[k]]⁻¹ = W[k]⁻¹/ν[k]

import LatentDistributions
public import LatentEvidence
public import LatentNumerics
import RealModule

/// The expected log densities of Gaussian components under q(μ, Λ):
///
///     E[ln 𝒩(x | μ[k], Λ[k]⁻¹)] = ½ E[ln |Λ[k]|] − ½ D ln 2π − ½ D/β[k] − ½ ν[k] (x − m[k])ᵀ W[k] (x − m[k])
///                               = ln 𝒩(x | m[k], Σ̂[k]) + c[k],
///     c[k] = ½ (E[ln |Λ[k]|] + ln |Σ̂[k]|) − ½ D/β[k],
///
/// so that rows go the way of plain Gaussian densities, whose constants c joins. Where cells are missing, q(x_m | z) is the
/// Gaussian's conditional, and what it contributes together with its entropy is the Gaussian's marginal of the cells
/// observed, and c as before.
///
/// - Source: Bishop (2006), eqs. 10.64 and 10.65.
public struct VariationalGaussianDensities<Scalar: LatentScalar>: EmissionDensities {
  public typealias Statistics = GaussianStatistics

  private var gaussian: GaussianDensities<Scalar>
  public let parameterKL: Double
  /// The size that rounding errors of `parameterKL` may have, in nats.
  private let parameterRoundoff: Double
  /// Σₖ π[k] |c[k]|, which sets the size of rounding errors of a row.
  private let magnitude: Double

  /// - Throws: `.collapsed`, `.notFinite`, `.wrongWidth`.
  /// - Complexity: that of the Gaussian densities.
  init(
    _ θ: VariationalGaussianParameters, logWeights: [Double], prior: GaussianPrior, threads: Int
  ) throws(InferenceError) {
    guard θ.dimensions == prior.mean.count else {
      throw .wrongWidth(expected: prior.mean.count, actual: θ.dimensions)
    }
    let c = Self.constants(θ)
    gaussian = try GaussianDensities(
      θ.expected, logWeights: zip(logWeights, c).map { $0 + $1 }, prior: nil, threads: threads)
    let total = logSumExp(logWeights)
    magnitude = zip(logWeights, c).reduce(0) { $0 + Double.exp($1.0 - total) * $1.1.magnitude }
    let divergence = try NormalWishartDivergence(of: θ, from: prior, threads: threads)
    parameterKL = divergence.value
    parameterRoundoff = divergence.roundoff(unit: Double(Scalar.ulpOfOne))
    guard parameterKL.isFinite else { throw .notFinite(quantity: "divergence from the prior", row: nil) }
  }

  /// c, `[K]`: with E[ln |Λ|] + ln |W⁻¹| = Σᵢ ψ((ν + 1 − i)/2) + D ln 2 it depends on ν and β alone.
  static func constants(_ θ: VariationalGaussianParameters) -> [Double] {
    let D = Double(θ.dimensions)
    return (0..<θ.components).map { k in
      let (ν, β) = (θ.degreesOfFreedom[k], θ.meanPrecisions[k])
      let digammas: Double =
        switch θ.expected.covariances.structure {
        case .full, .tied: Wishart.sumOfDigammas(ν, θ.dimensions)
        case .diagonal, .spherical: D * digamma(0.5 * ν)
        }
      return 0.5 * (digammas - D * Double.log(0.5 * ν)) - 0.5 * D / β
    }
  }

  public var zero: GaussianStatistics { gaussian.zero }
  public var blockRows: Int { gaussian.blockRows }
  public func lane() -> GaussianLane<Scalar> { gaussian.lane() }

  public var exact: Self {
    var densities = self
    densities.gaussian = gaussian.exact
    return densities
  }

  public func roundoff(weight: Double) -> Double {
    gaussian.roundoff(weight: weight) + ownRoundoff(weight: weight)
  }

  public func roundoff(of rows: Rows<Scalar>) -> Double {
    gaussian.roundoff(of: rows) + ownRoundoff(weight: rows.totalWeight)
  }

  /// Of c and the divergence.
  private func ownRoundoff(weight: Double) -> Double {
    4 * Double(Scalar.ulpOfOne) * weight * magnitude + parameterRoundoff
  }
}

/// KL(q(μ, Λ) ‖ p(μ, Λ)) of all components. For one Normal–Wishart density from another:
///
///     ½ D (β₀/β − 1 − ln(β₀/β)) + ½ β₀ ν (m − m₀)ᵀ W (m − m₀) + KL(Wishart(ν, W) ‖ Wishart(ν₀, W₀))
///
/// - Source: Bishop (2006), eqs. 10.74 and 10.77, whose terms these are.
struct NormalWishartDivergence {
  /// In nats.
  private(set) var value = 0.0
  /// The size of the numbers that `value` is the sum of.
  private var magnitude = 0.0
  /// How fast `value` changes with a relative change of the parameters: with them rounded to the rows' precision, the
  /// expected log density moves as much the other way, since the bound is stationary in both together.
  private var slope = 0.0

  /// - Throws: `.notPositiveDefinite`.
  init(
    of θ: VariationalGaussianParameters, from prior: GaussianPrior, threads: Int
  ) throws(InferenceError) {
    let (K, D) = (θ.components, θ.dimensions)
    let ν = θ.degreesOfFreedom
    switch θ.expected.covariances {
    case .full(let all): try addDense(all, θ, prior, threads)
    case .tied(let shared): try addDense([shared], θ, prior, threads)
    case .diagonal(let variances):
      for k in 0..<K {
        addPrecision(θ.meanPrecisions[k], prior.meanPrecision, dimensions: D)
        for j in 0..<D {
          let variance = variances[k, j]
          addMean([θ.expected.means[k, j]], [prior.mean[j]], prior.meanPrecision, variance: variance)
          addGamma(ν[k], variance, prior.degreesOfFreedom, prior.scale[j, j])
        }
      }
    case .spherical(let variances):
      for k in 0..<K {
        addPrecision(θ.meanPrecisions[k], prior.meanPrecision, dimensions: D)
        addMean(θ.expected.means.row(k), prior.mean, prior.meanPrecision, variance: variances[k])
        addGamma(ν[k], variances[k], prior.degreesOfFreedom, prior.sphericalScale)
      }
    }
  }

  /// What rounding may have done to the bound, where parameters are rounded to `unit` for the rows.
  func roundoff(unit ε: Double) -> Double { 8 * .ulpOfOne * magnitude + 4 * ε * slope }

  /// Terms of precisions with these expected inverses: one for each component, or one for all.
  private mutating func addDense(
    _ covariances: [Matrix<Double>], _ θ: VariationalGaussianParameters, _ prior: GaussianPrior,
    _ threads: Int
  ) throws(InferenceError) {
    let (K, D) = (θ.components, θ.dimensions)
    guard let scale = Cholesky(prior.scale) else { throw .notPositiveDefinite("the prior's scale") }
    let from = Wishart(degreesOfFreedom: prior.degreesOfFreedom, inverseScale: scale)
    let parts = try Lanes.map(covariances.count, threads: D > 64 ? threads : 1) {
      (k) throws(InferenceError) -> (factor: Cholesky, divergence: Double, trace: Double) in
      guard let factor = Cholesky(covariances[k]) else {
        throw .notPositiveDefinite("the expected covariance of component \(k + 1)")
      }
      // W⁻¹ = ν Σ̂.
      let ν = θ.degreesOfFreedom[k]
      var root = factor.lower
      root.scale(by: ν.squareRoot())
      let q = Wishart(degreesOfFreedom: ν, inverseScale: Cholesky(lower: root))
      let ratio = factor.whitening(scale.lower.transposed())
      return (factor, q.divergence(from: from), ratio.withUnsafeElements { $0.reduce(0) { $0 + $1 * $1 } })
    }
    for (k, part) in parts.enumerated() {
      let ν = θ.degreesOfFreedom[k]
      value += part.divergence
      magnitude += multivariateLogGamma(0.5 * ν, dimension: D).magnitude + part.trace + ν * Double(D)
      magnitude +=
        prior.degreesOfFreedom * (part.factor.logDeterminant.magnitude + scale.logDeterminant.magnitude)
      slope += part.trace + prior.degreesOfFreedom * Double(D)
    }
    for k in 0..<K {
      addPrecision(θ.meanPrecisions[k], prior.meanPrecision, dimensions: D)
      let rows = Matrix([zip(θ.expected.means.row(k), prior.mean).map { $0 - $1 }, θ.expected.means.row(k)])
      let white = parts[covariances.count == 1 ? 0 : k].factor.whitening(rows)
      addMean(white.row(0), white.row(1), prior.meanPrecision)
    }
  }

  /// ½ D (β₀/β − 1 − ln(β₀/β)).
  private mutating func addPrecision(_ β: Double, _ β0: Double, dimensions: Int) {
    let ratio = β0 / β
    value += 0.5 * Double(dimensions) * (ratio - 1 - Double.log(ratio))
    magnitude += Double(dimensions) * Double.log(ratio).magnitude
  }

  /// ½ β₀ (m − m₀)ᵀ Σ̂⁻¹ (m − m₀), given m − m₀ and m, both whitened.
  private mutating func addMean(_ offset: [Double], _ mean: [Double], _ β0: Double) {
    let square = offset.reduce(0) { $0 + $1 * $1 }
    value += 0.5 * β0 * square
    magnitude += β0 * square
    slope += β0 * (square * mean.reduce(square) { $0 + $1 * $1 }).squareRoot()
  }

  private mutating func addMean(_ mean: [Double], _ priorMean: [Double], _ β0: Double, variance: Double) {
    let root = variance.squareRoot()
    addMean(zip(mean, priorMean).map { ($0 - $1) / root }, mean.map { $0 / root }, β0)
  }

  /// KL(Gamma(ν/2, νσ̂²/2) ‖ Gamma(ν₀/2, s₀/2)).
  private mutating func addGamma(_ ν: Double, _ variance: Double, _ ν0: Double, _ scale: Double) {
    let q = Gamma(shape: 0.5 * ν, rate: 0.5 * ν * variance)
    value += q.divergence(from: Gamma(shape: 0.5 * ν0, rate: 0.5 * scale))
    magnitude += logGamma(0.5 * ν).magnitude + ν0 * Double.log(variance).magnitude + ν + scale / variance
    slope += ν0 + scale / variance
  }
}
