import Foundation
import LatentNumerics
import Synchronization

/// A CSV or TSV file cut into batches of rows.
///
/// Where the batches start is found as they are asked for, by a scan that goes through the file once.
final class TextBatches: Sendable {
  /// The columns, and where the rows begin.
  let head: CSVHead
  private let file: BatchFile
  private let syntax: CSVSyntax
  private let batchRows: Int
  private let options: ReadOptions
  /// Where the text ends, without blank lines and spaces.
  private let end: Int
  /// Whether lines end in CR alone, as they do where the text has no LF.
  private let hasCarriageReturnLines: Bool
  private let index: Mutex<Index>
  /// The head with the levels of all rows, once they are known.
  private let closedHead = Mutex<CSVHead?>(nil)

  /// The bytes that are scanned at a time.
  private let piece: Int

  private struct Index {
    var scanner: RecordScanner
    /// The offset and the line that each batch starts at.
    var starts: [(offset: Int, line: Int)] = []
    var rows = 0
    var isComplete = false
  }

  init(_ file: BatchFile, syntax: CSVSyntax, batchRows: Int, piece: Int, options: ReadOptions)
    throws(DataError)
  {
    self.file = file
    self.piece = piece
    self.syntax = syntax
    self.batchRows = batchRows
    self.options = options
    end = try Self.end(of: file, syntax, piece)
    hasCarriageReturnLines = try !Self.contains(CSVSyntax.newline, file, piece)
    let firstRecord = try Self.endOfFirstRecord(file, syntax, end, hasCarriageReturnLines, piece)
    head = try file.withBytes(0..<firstRecord) { [hasCarriageReturnLines] text throws(DataError) in
      if hasCarriageReturnLines { CSVSyntax.replaceCarriageReturns(text) }
      return try CSVHead(of: UnsafeBufferPointer(text), source: file.source, syntax: syntax, options: options)
    }
    guard head.bodyOffset < end else { throw .headerOnly(source: file.source) }
    index = Mutex(Index(scanner: RecordScanner(syntax, offset: head.bodyOffset, line: head.bodyLine)))
  }

  /// The number of rows of the file. Scans what has not been scanned.
  func rowCount() throws(DataError) -> Int {
    try index.withLock { index throws(DataError) in
      try extend(&index, past: nil)
      return index.rows
    }
  }

  /// The rows of a batch; nil after the last.
  ///
  /// - Parameter levels: the levels that categories must be of, in place of those of the options; always the same.
  func table<Scalar: LatentScalar>(
    at batch: Int, levels: [[String]]?, as _: Scalar.Type = Scalar.self
  ) throws(DataError) -> Table<Scalar>? {
    guard let part = try part(batch) else { return nil }
    let reader = CSVReader<Scalar>(source: file.source, delimiter: syntax.delimiter, options: options)
    let head = head(levels)
    let table = try file.withBytes(part.bytes) { text throws(DataError) in
      if hasCarriageReturnLines { CSVSyntax.replaceCarriageReturns(text) }
      return try reader.rows(of: UnsafeBufferPointer(text), firstLine: part.line, head: head)
    }
    guard table.rows == part.rows else { throw .changed(source: file.source) }
    return table
  }

  private func head(_ levels: [[String]]?) -> CSVHead {
    guard let levels else { return head }
    return closedHead.withLock { closed in
      if let closed { return closed }
      let made = head.closing(over: levels)
      closed = made
      return made
    }
  }

  /// Where a batch is.
  private func part(_ batch: Int) throws(DataError) -> (bytes: Range<Int>, line: Int, rows: Int)? {
    try index.withLock { index throws(DataError) in
      try extend(&index, past: batch)
      let starts = index.starts
      guard batch < starts.count else { return nil }
      let isLast = batch == starts.count - 1
      return (
        starts[batch].offset..<(isLast ? end : starts[batch + 1].offset), starts[batch].line,
        isLast ? index.rows - batch * batchRows : batchRows
      )
    }
  }

  /// Scans until the start of the batch after this one is known, or the end; to the end for nil.
  private func extend(_ index: inout Index, past batch: Int?) throws(DataError) {
    while !index.isComplete, batch.map({ index.starts.count < $0 + 2 }) ?? true {
      var scanner = index.scanner
      let start = scanner.offset
      try file.withBytes(start..<min(start + piece, end)) { text throws(DataError) in
        if hasCarriageReturnLines { CSVSyntax.replaceCarriageReturns(text) }
        scanner.scan(UnsafeBufferPointer(text)) { count($0, in: &index) }
      }
      index.scanner = scanner
      guard scanner.offset == end else { continue }
      try scanner.finish(source: file.source) { count($0, in: &index) }
      index.isComplete = true
    }
  }

  /// A blank line has no cells; in a single column it is a missing one.
  private func count(_ record: RecordScanner.Record, in index: inout Index) {
    guard !record.isBlank || head.columns.roles.count == 1 else { return }
    if index.rows % batchRows == 0 { index.starts.append((record.bytes.lowerBound, record.line)) }
    index.rows += 1
  }

  // MARK: The text as a whole

  private static func end(of file: BatchFile, _ syntax: CSVSyntax, _ piece: Int) throws(DataError) -> Int {
    var end = file.size
    while end > 0 {
      let start = max(0, end - piece)
      let length = try file.withBytes(start..<end) { syntax.trimmed(UnsafeBufferPointer($0)) }
      if length > 0 { return start + length }
      end = start
    }
    throw .empty(source: file.source)
  }

  private static func contains(_ byte: UInt8, _ file: BatchFile, _ piece: Int) throws(DataError) -> Bool {
    for start in stride(from: 0, to: file.size, by: piece) {
      let isFound = try file.withBytes(start..<min(start + piece, file.size)) { text in
        memchr(text.baseAddress!, Int32(byte), text.count) != nil
      }
      if isFound { return true }
    }
    return false
  }

  /// Where the first record that is not blank ends.
  private static func endOfFirstRecord(
    _ file: BatchFile, _ syntax: CSVSyntax, _ end: Int, _ hasCarriageReturnLines: Bool, _ piece: Int
  ) throws(DataError) -> Int {
    let isMarked = try file.withBytes(0..<min(3, file.size)) { $0.starts(with: CSVHead.byteOrderMark) }
    var scanner = RecordScanner(syntax, offset: isMarked ? CSVHead.byteOrderMark.count : 0, line: 1)
    var found: Int?
    while found == nil, scanner.offset < end {
      let start = scanner.offset
      try file.withBytes(start..<min(start + piece, end)) { text in
        if hasCarriageReturnLines { CSVSyntax.replaceCarriageReturns(text) }
        scanner.scan(UnsafeBufferPointer(text)) {
          if found == nil, !$0.isBlank { found = $0.bytes.upperBound }
        }
      }
    }
    if let found { return found }
    try scanner.finish(source: file.source) { _ in }
    return end
  }
}
