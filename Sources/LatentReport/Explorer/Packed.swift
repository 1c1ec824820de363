import Foundation

/// Numbers as text for a script.
enum Packed {
  /// Values in 16 bits, v ≈ s·q, little-endian: s, and the q in base 64. Values that are not finite become −32768.
  static func int16(_ values: [Float]) -> (scale: Double, text: String) {
    let largest = values.lazy.filter(\.isFinite).map { abs(Double($0)) }.max() ?? 0
    let scale = largest > 0 ? largest / 32767 : 1
    var data = Data(capacity: 2 * values.count)
    for value in values {
      let q = value.isFinite ? Int16((Double(value) / scale).rounded()) : .min
      withUnsafeBytes(of: q.littleEndian) { data.append(contentsOf: $0) }
    }
    return (scale, data.base64EncodedString())
  }

  /// Indices in 16 bits.
  static func uint16(_ values: [Int]) -> String {
    var data = Data(capacity: 2 * values.count)
    for value in values {
      withUnsafeBytes(of: UInt16(clamping: value).littleEndian) { data.append(contentsOf: $0) }
    }
    return data.base64EncodedString()
  }

  /// The two members of an object that hold such values.
  static func member(_ values: [Float]) -> String {
    let packed = int16(values)
    return "{\"s\":\(JSON.number(packed.scale)),\"q\":\"\(packed.text)\"}"
  }
}
