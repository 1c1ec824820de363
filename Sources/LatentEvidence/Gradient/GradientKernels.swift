import CLatentKernels
import LatentNumerics

/// The C loops of gradient ascent for both precisions; what each computes stands in `optimizers.h`.
enum GradientKernels {
  /// g = x + y, where g may be x.
  static func add<S: LatentScalar>(
    _ x: UnsafePointer<S>, _ y: UnsafePointer<S>, into g: UnsafeMutablePointer<S>, count: Int
  ) {
    let (x, y, g) = (UnsafeRawPointer(x), UnsafeRawPointer(y), UnsafeMutableRawPointer(g))
    if S.self == Double.self {
      latent_add_d(
        g.assumingMemoryBound(to: Double.self), x.assumingMemoryBound(to: Double.self),
        y.assumingMemoryBound(to: Double.self), count)
    } else {
      latent_add_f(
        g.assumingMemoryBound(to: Float.self), x.assumingMemoryBound(to: Float.self),
        y.assumingMemoryBound(to: Float.self), count)
    }
  }

  /// Σ g².
  static func sumOfSquares<S: LatentScalar>(_ g: UnsafePointer<S>, count: Int) -> Double {
    let raw = UnsafeRawPointer(g)
    return S.self == Double.self
      ? latent_sum_of_squares_d(raw.assumingMemoryBound(to: Double.self), count)
      : latent_sum_of_squares_f(raw.assumingMemoryBound(to: Float.self), count)
  }

  /// bfloat16 copies of single-precision numbers.
  static func round<S: LatentScalar>(
    _ x: UnsafePointer<S>, into out: UnsafeMutablePointer<UInt16>, count: Int
  ) {
    precondition(S.self == Float.self, "bfloat16 copies are of single-precision parameters")
    latent_round_bf16(UnsafeRawPointer(x).assumingMemoryBound(to: Float.self), out, count)
  }
}
