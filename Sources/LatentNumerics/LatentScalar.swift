public import RealModule

/// The element types of numeric arrays: `Float` (single precision) and `Double`.
///
/// Data and the arithmetic over rows may be either; parameters and accumulated statistics are always
/// `Double`. Only the two types of this module conform, because the dense kernels exist for these two.
public protocol LatentScalar: Real, BinaryFloatingPoint, SIMDScalar, BitwiseCopyable, Sendable, Codable
where Stride == Self {
  /// The name used in files and on the command line: `single` or `double`.
  static var precisionName: String { get }
}

extension Float: LatentScalar {
  public static var precisionName: String { "single" }
}

extension Double: LatentScalar {
  public static var precisionName: String { "double" }
}
