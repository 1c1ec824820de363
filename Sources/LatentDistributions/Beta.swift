import LatentNumerics
import RealModule

/// The beta distribution of a probability μ, with exponents a and b:
///
///     ln p(μ) = ln Γ(a + b) − ln Γ(a) − ln Γ(b) + (a − 1) ln μ + (b − 1) ln (1 − μ)
///
/// - Source: Bishop (2006), §2.1.1 and appendix B.
public struct Beta: Sendable, Equatable {
  /// a.
  public let a: Double
  /// b.
  public let b: Double

  public init(_ a: Double, _ b: Double) {
    precondition(a > 0 && b > 0 && a.isFinite && b.isFinite, "positive, finite exponents")
    self.a = a
    self.b = b
  }

  /// The terms of the log density that do not depend on μ, in nats.
  public var logNormalizer: Double { logGamma(a + b) - logGamma(a) - logGamma(b) }

  /// E[μ].
  public var mean: Double { a / (a + b) }

  /// E[ln μ] and E[ln (1 − μ)].
  public var expectedLogarithms: (one: Double, zero: Double) {
    let total = digamma(a + b)
    return (digamma(a) - total, digamma(b) - total)
  }

  /// ln p(μ), in nats; −∞ outside [0, 1]. At 0 and 1 an exponent of 1 contributes nothing.
  public func logDensity(_ μ: Double) -> Double {
    guard μ >= 0, μ <= 1 else { return -.infinity }
    return logNormalizer + (a == 1 ? 0 : (a - 1) * .log(μ)) + (b == 1 ? 0 : (b - 1) * .log(onePlus: -μ))
  }

  /// KL(self ‖ other), in nats.
  public func divergence(from other: Beta) -> Double {
    let (one, zero) = expectedLogarithms
    return logNormalizer - other.logNormalizer + (a - other.a) * one + (b - other.b) * zero
  }
}
