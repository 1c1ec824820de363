public import LatentNumerics
import RealModule

/// The gamma distribution of a precision τ, with shape a and rate b:
///
///     ln p(τ) = a ln b − ln Γ(a) + (a − 1) ln τ − b τ
///
/// - Source: Bishop (2006), appendix B.
public struct Gamma: Sendable, Equatable {
  /// a.
  public let shape: Double
  /// b.
  public let rate: Double

  public init(shape: Double, rate: Double) {
    precondition(shape > 0 && rate > 0, "a positive shape and rate")
    self.shape = shape
    self.rate = rate
  }

  /// E[τ] = a / b.
  public var mean: Double { shape / rate }

  /// E[ln τ] = ψ(a) − ln b, in nats.
  public var expectedLogarithm: Double { digamma(shape) - .log(rate) }

  /// KL(self ‖ other), in nats.
  public func divergence(from other: Gamma) -> Double {
    (shape - other.shape) * digamma(shape) - logGamma(shape) + logGamma(other.shape)
      + other.shape * (.log(rate) - .log(other.rate)) + shape * (other.rate - rate) / rate
  }

  /// One draw.
  public func sample(using stream: inout RandomStream) -> Double { stream.gamma(shape: shape) / rate }
}
