// D dimensions, ν degrees of freedom, W scale

public import LatentNumerics
import RealModule

/// The Wishart distribution of a precision Λ, `[D, D]`, with ν > D − 1 and a positive definite W, given by its inverse:
///
///     ln p(Λ) = −½ν ln |W| − ½νD ln 2 − ln Γ_D(½ν) + ½(ν − D − 1) ln |Λ| − ½ tr(W⁻¹ Λ)
///
/// Λ⁻¹ is then inverse Wishart with the same ν and the scale W⁻¹.
///
/// - Source: Bishop (2006), appendix B.
public struct Wishart: Sendable, Equatable {
  /// ν.
  public let degreesOfFreedom: Double
  /// W⁻¹.
  public let inverseScale: Cholesky

  public init(degreesOfFreedom: Double, inverseScale: Cholesky) {
    precondition(degreesOfFreedom > Double(inverseScale.order - 1), "more degrees of freedom than D − 1")
    self.degreesOfFreedom = degreesOfFreedom
    self.inverseScale = inverseScale
  }

  /// D.
  public var dimensions: Int { inverseScale.order }

  /// Σᵢ ψ((ν + 1 − i)/2) over i = 1…D.
  public static func sumOfDigammas(_ ν: Double, _ D: Int) -> Double {
    (1...Swift.max(D, 1)).reduce(0) { $0 + digamma(0.5 * (ν + 1 - Double($1))) }
  }

  /// KL(self ‖ other), in nats:
  ///
  ///     ½ν₂ (ln |W₂| − ln |W₁|) + ln Γ_D(½ν₂) − ln Γ_D(½ν₁) + ½(ν₁ − ν₂) Σᵢ ψ((ν₁ + 1 − i)/2) + ½ν₁ (tr(W₂⁻¹ W₁) − D)
  ///
  /// - Complexity: O(D³).
  public func divergence(from other: Wishart) -> Double {
    precondition(other.dimensions == dimensions, "distributions of different dimensions")
    let (ν, ν2) = (degreesOfFreedom, other.degreesOfFreedom)
    // tr(W₂⁻¹ W₁) = ‖L₁⁻¹ L₂‖² with the factors of the inverse scales, summed over the rows of L₂ᵀ.
    let trace = inverseScale.whitening(other.inverseScale.lower.transposed()).withUnsafeElements {
      $0.reduce(0) { $0 + $1 * $1 }
    }
    return 0.5 * ν2 * (inverseScale.logDeterminant - other.inverseScale.logDeterminant)
      + multivariateLogGamma(0.5 * ν2, dimension: dimensions)
      - multivariateLogGamma(0.5 * ν, dimension: dimensions)
      + 0.5 * (ν - ν2) * Self.sumOfDigammas(ν, dimensions) + 0.5 * ν * (trace - Double(dimensions))
  }
}
