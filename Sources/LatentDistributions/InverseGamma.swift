public import LatentNumerics
import RealModule

/// The inverse gamma distribution of a variance, with shape α and scale β:
///
///     ln p(σ²) = α ln β − ln Γ(α) − (α + 1) ln σ² − β / σ²
///
/// - Source: Gelman et al. (2013), Bayesian Data Analysis, appendix A.
public struct InverseGamma: Sendable, Equatable {
  /// α.
  public let shape: Double
  /// β.
  public let scale: Double

  public init(shape: Double, scale: Double) {
    precondition(shape > 0 && scale > 0, "a positive shape and scale")
    self.shape = shape
    self.scale = scale
  }

  /// ln p(σ²), in nats; −∞ at 0 and below.
  public func logDensity(_ variance: Double) -> Double {
    guard variance > 0 else { return -.infinity }
    return shape * .log(scale) - logGamma(shape) - (shape + 1) * .log(variance) - scale / variance
  }

  /// The variance of highest density, β / (α + 1).
  public var mode: Double { scale / (shape + 1) }

  /// One draw, the reciprocal of a gamma draw.
  public func sample(using stream: inout RandomStream) -> Double {
    scale / stream.gamma(shape: shape)
  }
}
