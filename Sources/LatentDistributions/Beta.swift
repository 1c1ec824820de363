public import LatentNumerics
import RealModule

/// The beta distribution of a probability v, with shapes a and b:
///
///     ln p(v) = ln Γ(a + b) − ln Γ(a) − ln Γ(b) + (a − 1) ln v + (b − 1) ln(1 − v)
///
/// - Source: Bishop (2006), appendix B.
public struct Beta: Sendable, Equatable {
  /// a.
  public let first: Double
  /// b.
  public let second: Double

  public init(_ first: Double, _ second: Double) {
    precondition(first > 0 && second > 0 && (first + second).isFinite, "positive, finite shapes")
    self.first = first
    self.second = second
  }

  /// E[v] = a / (a + b).
  public var mean: Double { first / (first + second) }

  /// E[ln v] = ψ(a) − ψ(a + b), in nats.
  public var expectedLogarithm: Double { digamma(first) - digamma(first + second) }

  /// E[ln(1 − v)] = ψ(b) − ψ(a + b), in nats.
  public var expectedLogarithmOfComplement: Double { digamma(second) - digamma(first + second) }

  /// ln p(v), in nats; −∞ outside [0, 1].
  public func logDensity(_ value: Double) -> Double {
    guard value >= 0, value <= 1 else { return -.infinity }
    let normalizer = logGamma(first + second) - logGamma(first) - logGamma(second)
    let one = first == 1 ? 0 : (first - 1) * Double.log(value)
    return normalizer + one + (second == 1 ? 0 : (second - 1) * Double.log(onePlus: -value))
  }

  /// KL(self ‖ other), in nats.
  public func divergence(from other: Beta) -> Double {
    Dirichlet([first, second]).divergence(from: Dirichlet([other.first, other.second]))
  }

  /// One draw.
  public func sample(using stream: inout RandomStream) -> Double { stream.dirichlet([first, second])[0] }
}
