/// The element types of the safetensors format that occupy whole bytes, by their names in the file.
public enum TensorType: String, Sendable, CaseIterable {
  case f64 = "F64"
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  case i64 = "I64"
  case i32 = "I32"
  case i16 = "I16"
  case i8 = "I8"
  case u64 = "U64"
  case u32 = "U32"
  case u16 = "U16"
  case u8 = "U8"
  case bool = "BOOL"
  case c64 = "C64"
  case f8e4m3 = "F8_E4M3"
  case f8e5m2 = "F8_E5M2"
  case f8e8m0 = "F8_E8M0"

  /// Bytes an element.
  public var size: Int {
    switch self {
    case .f64, .i64, .u64, .c64: 8
    case .f32, .i32, .u32: 4
    case .f16, .bf16, .i16, .u16: 2
    case .i8, .u8, .bool, .f8e4m3, .f8e5m2, .f8e8m0: 1
    }
  }
}

/// A type of this language that a tensor can hold.
///
/// The format is little-endian, as are all the platforms of this package: elements are copied as they are.
public protocol TensorElement: BitwiseCopyable, Sendable {
  /// The name of the type in a file.
  static var tensorType: TensorType { get }
}

extension Double: TensorElement { public static var tensorType: TensorType { .f64 } }
extension Float: TensorElement { public static var tensorType: TensorType { .f32 } }
extension Int: TensorElement { public static var tensorType: TensorType { .i64 } }
extension Int32: TensorElement { public static var tensorType: TensorType { .i32 } }
extension UInt64: TensorElement { public static var tensorType: TensorType { .u64 } }
extension UInt32: TensorElement { public static var tensorType: TensorType { .u32 } }
extension UInt8: TensorElement { public static var tensorType: TensorType { .u8 } }

/// An array of any rank in a file: element type, shape and the elements' bytes in row-major order.
public struct Tensor: Sendable, Equatable {
  public let type: TensorType
  /// Extents, outermost first; empty for a scalar.
  public let shape: [Int]
  /// The elements, little-endian, `type.size` bytes each.
  public let bytes: [UInt8]

  /// - Precondition: the number of bytes is the product of the shape times the size of an element.
  public init(type: TensorType, shape: [Int], bytes: [UInt8]) {
    precondition(Self.byteCount(type, shape) == bytes.count, "the bytes do not fill the shape")
    self.type = type
    self.shape = shape
    self.bytes = bytes
  }

  /// - Precondition: the number of elements is the product of the shape.
  public init<Element: TensorElement>(shape: [Int], elements: [Element]) {
    self.init(type: Element.tensorType, shape: shape, bytes: elements.withUnsafeBytes { Array($0) })
  }

  /// The elements in row-major order, or `nil` when they are of another type.
  public func elements<Element: TensorElement>(_: Element.Type) -> [Element]? {
    guard type == Element.tensorType else { return nil }
    return [Element](unsafeUninitializedCapacity: bytes.count / type.size) { buffer, count in
      bytes.withUnsafeBytes { UnsafeMutableRawBufferPointer(buffer).copyMemory(from: $0) }
      count = bytes.count / type.size
    }
  }

  /// The size of such a tensor, or `nil` when it overflows or an extent is negative.
  static func byteCount(_ type: TensorType, _ shape: [Int]) -> Int? {
    var product = type.size
    for extent in shape {
      guard extent >= 0 else { return nil }
      let (value, overflow) = product.multipliedReportingOverflow(by: extent)
      guard !overflow else { return nil }
      product = value
    }
    return product
  }
}
