/// The header of an NPY file: magic, version, length, and a Python dictionary
/// `{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }`.
///
/// Source: NumPy Enhancement Proposal 1 and `numpy.lib.format`, versions 1.0, 2.0 and 3.0.
struct NPYHeader {
  static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

  let layout: ArrayLayout

  /// The bytes that the header of a file takes, as far as its start tells.
  static func prefix(of file: BatchFile) throws(DataError) -> Int {
    let size = file.size
    return try file.withBytes(0..<min(size, 12)) { bytes in
      guard bytes.count == 12, bytes.starts(with: magic) else { return bytes.count }
      let (start, length) = extent(UnsafeRawBufferPointer(bytes))
      return min(size, max(start + length, 12))
    }
  }

  /// Where the dictionary starts, and its length: two bytes in version 1, four later.
  private static func extent(_ bytes: UnsafeRawBufferPointer) -> (start: Int, length: Int) {
    let start = bytes[6] == 1 ? 10 : 12
    return (start, (8..<start).reversed().reduce(0) { $0 << 8 | Int(bytes[$1]) })
  }

  /// Reads the header.
  ///
  /// - Throws: `.badMagic`, `.unsupportedVersion`, `.sizeMismatch`, `.malformedHeader`, `.objectArray`,
  ///   `.unsupportedType`.
  init(_ bytes: UnsafeRawBufferPointer, source: String) throws(DataError) {
    guard bytes.starts(with: Self.magic) else { throw .badMagic(source: source, format: .npy) }
    guard bytes.count >= 12 else { throw .sizeMismatch(source: source, expected: 12, actual: bytes.count) }
    let version = bytes[6]
    guard (1...3).contains(version) else {
      throw .unsupportedVersion(source: source, format: .npy, version: "\(version).\(bytes[7])")
    }
    let (start, length) = Self.extent(bytes)
    let dataOffset = start + length
    guard dataOffset <= bytes.count else {
      throw .sizeMismatch(source: source, expected: dataOffset, actual: bytes.count)
    }
    let text = String(decoding: bytes[start..<dataOffset], as: UTF8.self)
    guard let fields = PythonDictionary(text), case .text(let type)? = fields["descr"],
      case .boolean(let isColumnMajor)? = fields["fortran_order"], case .tuple(let shape)? = fields["shape"]
    else {
      // Records have a list of fields as their type; their first line says so.
      if text.contains("'descr': [") { throw .unsupportedType(source: source, type: "records") }
      throw .malformedHeader(source: source, text: String(text.prefix(DataError.excerptLength)))
    }
    let order = type.first
    if type.dropFirst().hasPrefix("O") || order == "O" { throw .objectArray(source: source) }
    guard let order, "<>|=".contains(order), let element = ArrayElement(rawValue: String(type.dropFirst())),
      order != "|" || element.size == 1
    else { throw .unsupportedType(source: source, type: String(type.prefix(DataError.excerptLength))) }
    layout = ArrayLayout(
      element: element, isBigEndian: order == ">", isColumnMajor: isColumnMajor, shape: shape,
      dataOffset: dataOffset)
  }
}

/// As much of Python's literal syntax as an NPY header has: texts, booleans and tuples of whole numbers.
struct PythonDictionary {
  enum Value: Equatable {
    case text(String)
    case boolean(Bool)
    case tuple([Int])
  }

  private var values: [String: Value] = [:]
  private var rest: Substring

  subscript(key: String) -> Value? { values[key] }

  /// Parses the whole text, or gives nil.
  init?(_ text: String) {
    rest = text[...]
    guard skip("{") else { return nil }
    while !skip("}") {
      guard let key = string(), skip(":"), let value = value() else { return nil }
      values[key] = value
      guard skip(",") || peek() == "}" else { return nil }
    }
    guard peek() == nil else { return nil }
  }

  private mutating func peek() -> Character? {
    rest = rest.drop { $0 == " " || $0 == "\n" }
    return rest.first
  }

  private mutating func skip(_ character: Character) -> Bool {
    guard peek() == character else { return false }
    rest.removeFirst()
    return true
  }

  private mutating func string() -> String? {
    guard let quote = peek(), quote == "'" || quote == "\"" else { return nil }
    rest.removeFirst()
    guard let end = rest.firstIndex(of: quote) else { return nil }
    defer { rest = rest[rest.index(after: end)...] }
    return String(rest[..<end])
  }

  private mutating func value() -> Value? {
    if let text = string() { return .text(text) }
    for (word, value) in [("True", true), ("False", false)] where rest.hasPrefix(word) {
      rest = rest.dropFirst(word.count)
      return .boolean(value)
    }
    guard skip("(") else { return nil }
    var extents: [Int] = []
    while !skip(")") {
      _ = peek()
      let digits = rest.prefix { $0.isASCII && $0.isNumber }
      // Python 2 wrote long integers with an L.
      guard let extent = Int(digits) else { return nil }
      rest = rest.dropFirst(digits.count)
      if rest.first == "L" { rest.removeFirst() }
      extents.append(extent)
      guard skip(",") || peek() == ")" else { return nil }
    }
    return .tuple(extents)
  }
}
