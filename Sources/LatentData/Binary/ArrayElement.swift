/// The types that elements of stored arrays have.
enum ArrayElement: String, Sendable, CaseIterable {
  case boolean = "b1"
  case unsigned8 = "u1"
  case unsigned16 = "u2"
  case unsigned32 = "u4"
  case unsigned64 = "u8"
  case signed8 = "i1"
  case signed16 = "i2"
  case signed32 = "i4"
  case signed64 = "i8"
  case half = "f2"
  case single = "f4"
  case double = "f8"

  /// The size in bytes.
  var size: Int {
    switch self {
    case .boolean, .unsigned8, .signed8: 1
    case .unsigned16, .signed16, .half: 2
    case .unsigned32, .signed32, .single: 4
    case .unsigned64, .signed64, .double: 8
    }
  }
}

/// Reads elements at byte offsets, as `Double`: whole numbers beyond 2^53 take the nearest double.
protocol ElementDecoder {
  associatedtype Bits: FixedWidthInteger
  static func value(_ bits: Bits) -> Double
}

/// Integers of any width.
enum IntegerDecoder<Bits: FixedWidthInteger>: ElementDecoder {
  @inline(__always) static func value(_ bits: Bits) -> Double { Double(bits) }
}

/// A byte that is zero or not.
enum BooleanDecoder: ElementDecoder {
  @inline(__always) static func value(_ bits: UInt8) -> Double { bits == 0 ? 0 : 1 }
}

/// IEEE 754 single precision.
enum SingleDecoder: ElementDecoder {
  @inline(__always) static func value(_ bits: UInt32) -> Double { Double(Float(bitPattern: bits)) }
}

/// IEEE 754 double precision.
enum DoubleDecoder: ElementDecoder {
  @inline(__always) static func value(_ bits: UInt64) -> Double { Double(bitPattern: bits) }
}

/// IEEE 754 half precision, from its bits, as `Float16` is not on every platform.
enum HalfDecoder: ElementDecoder {
  @inline(__always)
  static func value(_ bits: UInt16) -> Double {
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Double(bits & 0x3FF)
    let magnitude: Double =
      switch exponent {
      case 0: fraction * 0x1p-24
      case 31: fraction == 0 ? .infinity : .nan
      default: Double(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
      }
    return bits >> 15 == 0 ? magnitude : -magnitude
  }
}
