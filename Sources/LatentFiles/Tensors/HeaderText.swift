/// Writes the JSON header of a safetensors file, the same bytes for the same contents.
struct HeaderText {
  private(set) var bytes: [UInt8] = []

  /// - Parameter entries: tensors with their byte ranges, in the order of the data.
  init(metadata: [String: String], entries: [(name: String, tensor: Tensor, range: Range<Int>)]) {
    append("{")
    var isFirst = true
    if !metadata.isEmpty {
      append("\"__metadata__\":{")
      for (index, (key, value)) in metadata.sorted(by: { $0.key.precedesInBytes($1.key) }).enumerated() {
        if index > 0 { append(",") }
        append(quoting: key)
        append(":")
        append(quoting: value)
      }
      append("}")
      isFirst = false
    }
    for (name, tensor, range) in entries {
      if !isFirst { append(",") }
      isFirst = false
      append(quoting: name)
      append(":{\"dtype\":\"\(tensor.type.rawValue)\",\"shape\":[")
      append(tensor.shape.map(String.init).joined(separator: ","))
      append("],\"data_offsets\":[\(range.lowerBound),\(range.upperBound)]}")
    }
    append("}")
    // Eight bytes of length precede the header; the padding puts the data on a multiple of eight.
    while bytes.count % 8 != 0 { append(" ") }
  }

  private mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }

  private mutating func append(quoting text: String) {
    append("\"")
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "\""): append("\\\"")
      case UInt8(ascii: "\\"): append("\\\\")
      case 0..<0x20:
        append(byte < 16 ? "\\u000\(String(byte, radix: 16))" : "\\u00\(String(byte, radix: 16))")
      default: bytes.append(byte)
      }
    }
    append("\"")
  }
}

extension String {
  /// The order of UTF-8 bytes, which does not depend on the Unicode tables of a release.
  func precedesInBytes(_ other: String) -> Bool { utf8.lexicographicallyPrecedes(other.utf8) }
}
