// D dimensions, ν degrees of freedom, Λ scale

public import LatentNumerics
import RealModule

/// The inverse Wishart distribution of a covariance Σ, `[D, D]`, with ν > D − 1 and a positive definite Λ:
///
///     ln p(Σ) = ½ν ln |Λ| − ½νD ln 2 − ln Γ_D(½ν) − ½(ν + D + 1) ln |Σ| − ½ tr(Λ Σ⁻¹)
///
/// - Source: Gelman et al. (2013), Bayesian Data Analysis, appendix A.
public struct InverseWishart: Sendable, Equatable {
  /// ν.
  public let degreesOfFreedom: Double
  /// Λ.
  public let scale: Cholesky

  public init(degreesOfFreedom: Double, scale: Cholesky) {
    precondition(degreesOfFreedom > Double(scale.order - 1), "more degrees of freedom than D − 1")
    self.degreesOfFreedom = degreesOfFreedom
    self.scale = scale
  }

  /// D.
  public var dimensions: Int { scale.order }

  /// The terms of the log density that do not depend on Σ, in nats.
  public var logNormalizer: Double {
    let (D, ν) = (Double(dimensions), degreesOfFreedom)
    return 0.5 * ν * (scale.logDeterminant - D * .log(2))
      - multivariateLogGamma(0.5 * ν, dimension: dimensions)
  }

  /// ln p(Σ), in nats. O(D³).
  public func logDensity(_ covariance: Cholesky) -> Double {
    precondition(covariance.order == dimensions, "a covariance of another dimension")
    // tr(Λ Σ⁻¹) = ‖L⁻¹ M‖² with Λ = M Mᵀ, summed over the rows of Mᵀ.
    let ratio = covariance.whitening(scale.lower.transposed())
    let trace = ratio.withUnsafeElements { $0.reduce(0) { $0 + $1 * $1 } }
    return logNormalizer
      - 0.5 * ((degreesOfFreedom + Double(dimensions) + 1) * covariance.logDeterminant + trace)
  }

  /// The covariance of highest density, Λ / (ν + D + 1).
  public var mode: Matrix<Double> {
    let n = dimensions
    let factor = scale.lower
    return Matrix(rows: n, columns: n) { target in
      for i in 0..<n {
        for j in 0..<n {
          var sum = 0.0
          for l in 0...Swift.min(i, j) { sum += factor[i, l] * factor[j, l] }
          target.initializeElement(at: i * n + j, to: sum / (degreesOfFreedom + Double(n) + 1))
        }
      }
    }
  }
}
