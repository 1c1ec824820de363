// D dimensions, Σ = L Lᵀ

public import LatentNumerics
import RealModule

/// The multivariate normal distribution 𝒩(μ, Σ).
///
///     ln p(x) = −½ (D ln 2π + ln |Σ| + ‖L⁻¹ (x − μ)‖²)
///
/// - Source: Bishop (2006), §2.3.
public struct MultivariateNormal: Sendable, Equatable {
  /// μ, `[D]`.
  public let mean: [Double]
  /// The Cholesky factorisation of Σ, `[D, D]`.
  public let covariance: Cholesky

  public init(mean: [Double], covariance: Cholesky) {
    precondition(mean.count == covariance.order, "a mean of another dimension than the covariance")
    self.mean = mean
    self.covariance = covariance
  }

  /// D.
  public var dimensions: Int { mean.count }

  /// −½ (D ln 2π + ln |Σ|): the log density at the mean, in nats.
  public var logNormalizer: Double {
    -0.5 * (Double(dimensions) * .log(2 * .pi) + covariance.logDeterminant)
  }

  /// ln p(x) for every row of `x`, `[N, D]`, in nats. O(N·D²).
  public func logDensity(_ x: Matrix<Double>) -> [Double] {
    precondition(x.columns == dimensions, "rows of another dimension")
    var centred = x
    centred.withUnsafeMutableElements { elements in
      for i in 0..<x.rows { for j in 0..<dimensions { elements[i * dimensions + j] -= mean[j] } }
    }
    let white = covariance.whitening(centred)
    return (0..<x.rows).map { i in logNormalizer - 0.5 * white.row(i).reduce(0) { $0 + $1 * $1 } }
  }

  /// The differential entropy, ½ (D (1 + ln 2π) + ln |Σ|), in nats.
  public var entropy: Double { 0.5 * Double(dimensions) - logNormalizer }

  /// KL(self ‖ other) = ½ (tr(Σ₂⁻¹ Σ₁) + ‖L₂⁻¹ (μ₂ − μ₁)‖² − D + ln |Σ₂| − ln |Σ₁|), in nats. O(D³).
  public func divergence(from other: MultivariateNormal) -> Double {
    precondition(other.dimensions == dimensions, "distributions of different dimensions")
    // tr(Σ₂⁻¹ Σ₁) = ‖L₂⁻¹ L₁‖², summed over the rows of L₁ᵀ.
    let ratio = other.covariance.whitening(covariance.lower.transposed()).elements
    let shift = other.covariance.whitening(
      Matrix(rows: 1, columns: dimensions, elements: zip(mean, other.mean).map { $1 - $0 })
    ).elements
    let squares = ratio.reduce(0) { $0 + $1 * $1 } + shift.reduce(0) { $0 + $1 * $1 }
    return 0.5
      * (squares - Double(dimensions) + other.covariance.logDeterminant - covariance.logDeterminant)
  }

  /// `count` draws, `[count, D]`: μ + L ε with ε standard normal. O(count·D²).
  public func sample(_ count: Int, using stream: inout RandomStream) -> Matrix<Double> {
    var noise = Matrix<Double>(rows: count, columns: dimensions)
    noise.withUnsafeMutableElements { stream.fill(normal: $0) }
    var draws = covariance.coloring(noise)
    draws.withUnsafeMutableElements { elements in
      for i in 0..<count { for j in 0..<dimensions { elements[i * dimensions + j] += mean[j] } }
    }
    return draws
  }
}
