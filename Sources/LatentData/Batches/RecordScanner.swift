import Foundation

/// Finds where the records of a text start and end, piece by piece, without reading what is in them.
///
/// Quotes are understood as ``CSVCell`` does: special only as the first byte of a cell, doubled inside one. Line
/// ends are LF, a CR before it belongs to it.
struct RecordScanner: Sendable {
  /// A record, or a line of nothing but spaces.
  struct Record {
    /// Byte offsets in the file, the line end included.
    var bytes: Range<Int>
    /// The number of its first line.
    var line: Int
    var isBlank: Bool
  }

  private enum State {
    /// Before any byte of a record.
    case start
    /// Nothing but spaces in the cell.
    case cell
    case text
    /// After a CR in a cell of nothing but spaces.
    case carriageReturn
    case quoted
    /// After a quote inside quotes: the closing one, or the first of two.
    case quote
  }

  private let syntax: CSVSyntax
  private var state = State.start
  /// The offset of the next byte.
  private(set) var offset: Int
  private var line: Int
  private var record: Record
  private var quoteLine = 0

  /// A scanner for the text from an offset on, where a line of this number starts.
  init(_ syntax: CSVSyntax, offset: Int, line: Int) {
    self.syntax = syntax
    self.offset = offset
    self.line = line
    record = Record(bytes: offset..<offset, line: line, isBlank: true)
  }

  /// Scans the next bytes and calls `body` with every record that ends in them.
  mutating func scan(_ piece: UnsafeBufferPointer<UInt8>, _ body: (Record) -> Void) {
    guard let base = piece.baseAddress else { return }
    let end = base + piece.count
    var p = base
    var quote = Self.find(CSVSyntax.quote, p, end)
    while p < end {
      // A line without quotes ends at its line end.
      if state == .start, let newline = Self.find(CSVSyntax.newline, p, end) {
        if let found = quote, found < p { quote = Self.find(CSVSyntax.quote, p, end) }
        if quote.map({ $0 > newline }) ?? true {
          record.isBlank = syntax.blankLine(p, end) != nil
          finishRecord(at: offset + (newline - base) + 1, body)
          p = newline + 1
          continue
        }
      }
      repeat {
        step(p.pointee, at: offset + (p - base), body)
        p += 1
      } while p < end && state != .start
    }
    offset += piece.count
  }

  /// Ends the text, whose last record may lack its line end.
  ///
  /// - Throws: `.unterminatedQuote`.
  mutating func finish(source: String, _ body: (Record) -> Void) throws(DataError) {
    guard state != .quoted else { throw .unterminatedQuote(source: source, line: quoteLine) }
    if offset > record.bytes.lowerBound { finishRecord(at: offset, body) }
  }

  private mutating func step(_ byte: UInt8, at position: Int, _ body: (Record) -> Void) {
    switch state {
    case .quoted:
      if byte == CSVSyntax.quote { state = .quote }
      if byte == CSVSyntax.newline { line += 1 }
    case .quote where byte == CSVSyntax.quote: state = .quoted
    case .start, .cell, .text, .carriageReturn, .quote:
      if byte == CSVSyntax.newline {
        finishRecord(at: position + 1, body)
      } else if byte == syntax.delimiter {
        record.isBlank = false
        state = .cell
      } else if state == .start || state == .cell {
        if syntax.isSpace(byte) {
          state = .cell
        } else if byte == CSVSyntax.carriageReturn {
          state = .carriageReturn
        } else {
          record.isBlank = false
          state = byte == CSVSyntax.quote ? .quoted : .text
          quoteLine = line
        }
      } else {
        // What stands after a closing quote is for the reader of the cells to judge.
        record.isBlank = false
        state = .text
      }
    }
  }

  private mutating func finishRecord(at end: Int, _ body: (Record) -> Void) {
    record.bytes = record.bytes.lowerBound..<end
    body(record)
    line += 1
    record = Record(bytes: end..<end, line: line, isBlank: true)
    state = .start
  }

  @inline(__always)
  private static func find(
    _ byte: UInt8, _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) -> UnsafePointer<UInt8>? {
    memchr(start, Int32(byte), end - start).map { UnsafePointer($0.assumingMemoryBound(to: UInt8.self)) }
  }
}
