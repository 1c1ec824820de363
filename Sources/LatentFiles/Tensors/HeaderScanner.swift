/// Reads the JSON header of a safetensors file.
///
/// The grammar is the small part of JSON the format uses: an object of objects whose values are strings and
/// lists of whole numbers. Foundation's decoders accept repeated keys and keep one of them silently, which
/// the format forbids; nothing here recurses, so no header can exhaust the stack.
struct HeaderScanner {
  /// What the header says of one tensor, not yet checked.
  struct Entry {
    var name: String
    var type: String
    var shape: [Int]
    var range: [Int]
  }

  typealias Fault = FileError.Corruption

  private let bytes: [UInt8]
  private var position = 0
  private(set) var metadata: [String: String] = [:]
  private(set) var entries: [Entry] = []

  init(_ header: [UInt8]) throws(Fault) {
    bytes = header
    var names: Set<String> = []
    try scanObject { scanner, name throws(Fault) in
      guard names.insert(name).inserted else { throw .duplicateKey(name) }
      if name == "__metadata__" {
        try scanner.scanMetadata()
      } else {
        scanner.entries.append(try scanner.scanEntry(name))
      }
    }
    // The header is padded with spaces.
    while position < bytes.count, bytes[position] == UInt8(ascii: " ") { position += 1 }
    guard position == bytes.count else { throw malformed }
  }

  private var malformed: Fault { .malformedHeader(byte: position) }

  private mutating func scanMetadata() throws(Fault) {
    try scanObject { scanner, key throws(Fault) in
      guard scanner.metadata.updateValue(try scanner.scanString(), forKey: key) == nil else {
        throw .duplicateKey(key)
      }
    }
  }

  private mutating func scanEntry(_ name: String) throws(Fault) -> Entry {
    var type: String?
    var shape: [Int]?
    var range: [Int]?
    try scanObject { scanner, key throws(Fault) in
      let isRepeated: Bool
      switch key {
      case "dtype":
        isRepeated = type != nil
        type = try scanner.scanString()
      case "shape":
        isRepeated = shape != nil
        shape = try scanner.scanNumbers()
      case "data_offsets":
        isRepeated = range != nil
        range = try scanner.scanNumbers()
      default: throw scanner.malformed
      }
      guard !isRepeated else { throw .duplicateKey(key) }
    }
    guard let type, let shape, let range else { throw malformed }
    return Entry(name: name, type: type, shape: shape, range: range)
  }

  /// Scans `{ "key": value, … }`; `member` scans each value.
  private mutating func scanObject(
    _ member: (inout HeaderScanner, String) throws(Fault) -> Void
  ) throws(Fault) {
    try expect("{")
    if consume("}") { return }
    repeat {
      let key = try scanString()
      try expect(":")
      try member(&self, key)
    } while consume(",")
    try expect("}")
  }

  private mutating func scanNumbers() throws(Fault) -> [Int] {
    var result: [Int] = []
    try expect("[")
    if consume("]") { return result }
    repeat { result.append(try scanNumber()) } while consume(",")
    try expect("]")
    return result
  }

  /// A whole number without sign, leading zero, fraction or exponent.
  private mutating func scanNumber() throws(Fault) -> Int {
    skipSpace()
    let start = position
    var value = 0
    while let byte = peek, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) {
      let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
      let (sum, carry) = tens.addingReportingOverflow(Int(byte - UInt8(ascii: "0")))
      guard !overflow, !carry else { throw malformed }
      value = sum
      position += 1
    }
    guard position > start, position == start + 1 || bytes[start] != UInt8(ascii: "0") else {
      throw malformed
    }
    return value
  }

  private mutating func scanString() throws(Fault) -> String {
    try expect("\"")
    var text: [UInt8] = []
    while let byte = peek {
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else { throw malformed }
        return string
      case UInt8(ascii: "\\"): text.append(contentsOf: String(try scanEscape()).utf8)
      case 0..<0x20: throw malformed
      default: text.append(byte)
      }
    }
    throw malformed
  }

  /// The character after a backslash.
  private mutating func scanEscape() throws(Fault) -> Unicode.Scalar {
    guard let byte = peek else { throw malformed }
    position += 1
    switch byte {
    case UInt8(ascii: "\""): return "\""
    case UInt8(ascii: "\\"): return "\\"
    case UInt8(ascii: "/"): return "/"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      var value = try scanHexadecimal()
      if (0xD800..<0xDC00).contains(value) {
        // A character outside the basic plane is a pair of surrogates.
        guard peek == UInt8(ascii: "\\") else { throw malformed }
        position += 1
        guard peek == UInt8(ascii: "u") else { throw malformed }
        position += 1
        let low = try scanHexadecimal()
        guard (0xDC00..<0xE000).contains(low) else { throw malformed }
        value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
      }
      guard let scalar = Unicode.Scalar(value) else { throw malformed }
      return scalar
    default: throw malformed
    }
  }

  private mutating func scanHexadecimal() throws(Fault) -> UInt32 {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = peek, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80 else {
        throw malformed
      }
      value = value << 4 | UInt32(digit)
      position += 1
    }
    return value
  }

  private var peek: UInt8? { position < bytes.count ? bytes[position] : nil }

  private mutating func skipSpace() {
    while let byte = peek, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { position += 1 }
  }

  private mutating func consume(_ symbol: Unicode.Scalar) -> Bool {
    skipSpace()
    guard peek == UInt8(ascii: symbol) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ symbol: Unicode.Scalar) throws(Fault) {
    guard consume(symbol) else { throw malformed }
  }
}
