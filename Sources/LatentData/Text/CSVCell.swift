import LatentNumerics

/// The bytes that give a text its structure.
struct CSVSyntax: Sendable {
  let delimiter: UInt8
  static let quote = UInt8(ascii: "\"")
  static let newline = UInt8(ascii: "\n")
  static let carriageReturn = UInt8(ascii: "\r")

  /// Spaces around a cell; a tab is one unless it is the delimiter.
  @inline(__always)
  func isSpace(_ byte: UInt8) -> Bool {
    byte == UInt8(ascii: " ") || (byte == UInt8(ascii: "\t") && delimiter != UInt8(ascii: "\t"))
  }

  /// The byte after the line end at `p`, nil when no line ends there: LF, CRLF, or the end of the text.
  @inline(__always)
  func lineEnd(_ p: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
    if p == end { return p }
    if p.pointee == Self.newline { return p + 1 }
    guard p.pointee == Self.carriageReturn else { return nil }
    if p + 1 == end { return p + 1 }
    return p[1] == Self.newline ? p + 2 : nil
  }

  /// The line after the one at `start` when there is nothing but spaces on it.
  @inline(__always)
  func blankLine(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> UnsafePointer<UInt8>? {
    guard start < end, start.pointee <= UInt8(ascii: " ") else { return nil }
    var p = start
    while p < end, isSpace(p.pointee) { p += 1 }
    return lineEnd(p, end)
  }

  /// Turns CR into LF, in a text without LF.
  static func replaceCarriageReturns(_ text: UnsafeMutableBufferPointer<UInt8>) {
    for i in text.indices where text[i] == carriageReturn { text[i] = newline }
  }

  /// Where a text without blank lines and spaces at its end ends.
  func trimmed(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    var end = text.count
    while end > 0,
      isSpace(text[end - 1]) || text[end - 1] == Self.newline || text[end - 1] == Self.carriageReturn
    {
      end -= 1
    }
    return end
  }
}

/// One cell: its text without surrounding spaces and quotes.
struct CSVCell {
  enum Failure: Error {
    case unterminatedQuote
    case textAfterQuote
  }

  let text: UnsafeBufferPointer<UInt8>
  let isQuoted: Bool
  /// The delimiter or line end after the cell.
  let end: UnsafePointer<UInt8>

  /// The cell that starts at `start`. A quote is special only as the first byte; inside quotes two quotes stand
  /// for one, and delimiters and line ends are text. Source: RFC 4180 §2.
  init(
    at start: UnsafePointer<UInt8>, before limit: UnsafePointer<UInt8>, syntax: CSVSyntax
  ) throws(Failure) {
    var p = start
    while p < limit, syntax.isSpace(p.pointee) { p += 1 }
    if p < limit, p.pointee == CSVSyntax.quote {
      let first = p + 1
      p = first
      while true {
        while p < limit, p.pointee != CSVSyntax.quote { p += 1 }
        guard p < limit else { throw .unterminatedQuote }
        guard p + 1 < limit, p[1] == CSVSyntax.quote else { break }
        p += 2
      }
      text = UnsafeBufferPointer(start: first, count: p - first)
      isQuoted = true
      p += 1
      while p < limit, syntax.isSpace(p.pointee) { p += 1 }
      guard p == limit || p.pointee == syntax.delimiter || syntax.lineEnd(p, limit) != nil else {
        throw .textAfterQuote
      }
      end = p
    } else {
      let first = p
      while p < limit, p.pointee != syntax.delimiter, syntax.lineEnd(p, limit) == nil { p += 1 }
      end = p
      while p > first, syntax.isSpace(p[-1]) { p -= 1 }
      text = UnsafeBufferPointer(start: first, count: p - first)
      isQuoted = false
    }
  }

  /// What a cell says in a column of numbers.
  enum Content: Equatable {
    case number(Double)
    case missing
    case infinite
    case text
  }

  /// Reads the cell as a number or a mark of a missing value.
  func content(_ parser: DecimalParser) -> Content {
    let text = core
    guard !Self.isMissing(text), let base = text.baseAddress else { return .missing }
    var value = 0.0
    if parser.parse(base, into: &value) == base + text.count {
      return value.isFinite ? .number(value) : .infinite
    }
    guard text.count <= 9 else { return .text }
    var word = String(decoding: text, as: UTF8.self)
    if word.hasPrefix("+") || word.hasPrefix("-") { word.removeFirst() }
    return ["inf", "infinity"].contains(word.lowercased()) ? .infinite : .text
  }

  /// The text without spaces inside the quotes.
  var core: UnsafeBufferPointer<UInt8> {
    var first = 0
    var last = text.count
    while first < last, text[first] == UInt8(ascii: " ") { first += 1 }
    while last > first, text[last - 1] == UInt8(ascii: " ") { last -= 1 }
    return UnsafeBufferPointer(rebasing: text[first..<last])
  }

  /// Whether a text without spaces around it says that a value is missing: empty, `NA`, `NaN`, `nan`, `?`.
  static func isMissing(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
    guard text.count <= 3 else { return false }
    return missingMarks.contains(String(decoding: text, as: UTF8.self))
  }

  private static let missingMarks: Set<String> = ["", "NA", "NaN", "nan", "NAN", "?"]

  /// The text as a string, two quotes made one; nil when it is not UTF-8.
  var string: String? {
    guard let string = String(validating: text, as: UTF8.self) else { return nil }
    guard isQuoted, string.contains("\"\"") else { return string }
    return string.replacing("\"\"", with: "\"")
  }

  /// The start of the text, for messages; bytes that are not UTF-8 are replaced.
  var excerpt: String {
    String(
      String(decoding: text.prefix(4 * DataError.excerptLength), as: UTF8.self).prefix(
        DataError.excerptLength))
  }

  /// The number of line ends inside the cell.
  var innerLines: Int { text.count { $0 == CSVSyntax.newline } }
}
