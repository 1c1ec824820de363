public import LatentNumerics
import Synchronization

/// A file read in batches of consecutive rows, in any order and as often as wanted, with memory for the batches
/// alone.
///
/// Formats: CSV and TSV, and NPY and IDX arrays of any element type and order. Each may be compressed by gzip or come
/// through a pipe (`-` is standard input): then it is unpacked into a temporary file. A batch is the ``Table`` that
/// ``readTable(from:options:)`` makes of these rows, bit for bit, with the same errors at the same lines; only what
/// concerns all rows together (`.allMissing`) is left to the caller.
///
/// The batches of a text are found by a scan that goes through the file once, just ahead of the batch that is asked
/// for. The file stays open, so replacing it by a rename does no harm; one that is written to or cut short is refused
/// with `.changed`.
///
/// ```swift
/// let batches = try TableBatches<Double>("rows.csv", batchRows: 10_000)
/// var iterator = batches.makeIterator()
/// while let table = try iterator.next() { … }
/// ```
///
/// All calls may come from any thread; each table has memory of its own.
public final class TableBatches<Scalar: LatentScalar>: Sendable {
  /// The path, for messages.
  public let source: String
  /// The rows of a batch; the last may have fewer.
  public let batchRows: Int
  private let rows: Rows
  private let options: ReadOptions
  private let found: Mutex<[[String]]?>

  private enum Rows: Sendable {
    case text(TextBatches)
    case array(ArrayBatches)
  }

  /// Opens a file and reads its head.
  ///
  /// - Parameters:
  ///   - path: a file, pipe or device; `-` is standard input.
  ///   - batchRows: the rows of a batch, at least one.
  ///   - options: columns, labels, weights, categories, limits. `maximumBytes` bounds the bytes of a batch.
  /// - Throws: what ``readTable(from:options:)`` throws of the file, the format and the columns; `.noBatches` for an
  ///   archive.
  public convenience init(
    _ path: String, batchRows: Int, options: ReadOptions = ReadOptions()
  ) throws(DataError) {
    try self.init(path, batchRows: batchRows, options: options, scanning: 1 << 18)
  }

  /// - Parameter piece: the bytes of a text that are scanned at a time.
  package init(_ path: String, batchRows: Int, options: ReadOptions, scanning piece: Int) throws(DataError) {
    precondition(batchRows > 0, "a batch has a row at least")
    let file = try BatchFile(path: path, options: options)
    source = file.source
    self.batchRows = batchRows
    self.options = options
    found = Mutex(options.levels)
    let format = try file.withBytes(0..<min(file.size, 1 << 20)) { bytes throws(DataError) in
      if let format = options.format { return format }
      return try DataFormat(of: UnsafeRawBufferPointer(bytes), source: file.source)
    }
    switch format {
    case .csv, .tsv:
      let syntax = CSVSyntax(delimiter: UInt8(ascii: format == .csv ? "," : "\t"))
      rows = .text(
        try TextBatches(file, syntax: syntax, batchRows: batchRows, piece: piece, options: options))
    case .npy:
      let layout = try file.withBytes(0..<NPYHeader.prefix(of: file)) { bytes throws(DataError) in
        try NPYReader.layout(UnsafeRawBufferPointer(bytes), source: file.source)
      }
      rows = .array(try ArrayBatches(file, layout: layout, batchRows: batchRows, options: options))
    case .idx:
      let layout = try file.withBytes(0..<min(file.size, IDXReader.longestHeader)) {
        bytes throws(DataError) in
        try IDXReader.layout(UnsafeRawBufferPointer(bytes), source: file.source)
      }
      rows = .array(try ArrayBatches(file, layout: layout, batchRows: batchRows, options: options))
    case .npz: throw .noBatches(source: file.source, format: format)
    }
  }

  /// The number of columns, D.
  public var columns: Int {
    switch rows {
    case .text(let text): text.head.columns.width
    case .array(let array): array.columns
    }
  }

  /// One name a column, or nil when the source has none.
  public var columnNames: [String]? {
    if case .text(let text) = rows { text.head.columns.names } else { nil }
  }

  /// The shape of the image that each row is, or nil.
  public var imageShape: ImageShape? {
    if case .array(let array) = rows { array.imageShape } else { nil }
  }

  /// The number of rows of all batches. Known at once for an array; for a text it is the rest of the scan.
  public var rowCount: Int {
    get throws(DataError) {
      switch rows {
      case .text(let text): try text.rowCount()
      case .array(let array): array.layout.rows
      }
    }
  }

  /// The number of batches; what ``rowCount`` takes.
  public var batchCount: Int {
    get throws(DataError) { try (rowCount + batchRows - 1) / batchRows }
  }

  /// One batch.
  ///
  /// - Parameter index: from 0, below ``batchCount``.
  /// - Throws: what ``readTable(from:options:)`` throws of these rows; `.changed`.
  /// - Complexity: O(bytes of the batch) once the batches before it have been scanned.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public func batch(at index: Int) throws(DataError) -> Table<Scalar> {
    guard let table = try table(at: index, levels: levels()) else { preconditionFailure("no such batch") }
    return table
  }

  /// The levels of each column of categories: those of the options, or those that a pass over all rows finds, once.
  /// Nil where the values are numbers.
  ///
  /// - Throws: as ``batch(at:)``; `.tooManyLevels`, `.missingColumn`.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public func levels() throws(DataError) -> [[String]]? {
    guard options.isCategorical else { return nil }
    return try found.withLock { found throws(DataError) in
      if let found { return found }
      var union = LevelUnion([Array(repeating: [], count: columns)])
      let rowCount = try rowCount
      var index = 0
      while let table = try table(at: index, levels: nil) {
        union = LevelUnion([union.levels, table.levels ?? []])
        try check(union, rows: rowCount, areAll: false)
        index += 1
      }
      try check(union, rows: rowCount, areAll: true)
      found = union.levels
      return union.levels
    }
  }

  private func check(_ union: LevelUnion, rows: Int, areAll: Bool) throws(DataError) {
    try LevelOrder.check(union.levels, source: source, columnNames: columnNames, rows: rows, areAll: areAll)
  }

  /// The batches one after the other.
  public func makeIterator() -> Iterator { Iterator(batches: self) }

  /// Goes through the batches in the order of the file, which it reads once: no scan runs further ahead than to the
  /// end of a batch.
  public struct Iterator: Sendable {
    private let batches: TableBatches
    private var index = 0

    init(batches: TableBatches) { self.batches = batches }

    /// The next batch, or nil after the last.
    ///
    /// - Throws: as ``TableBatches/batch(at:)``.
    @specialized(where Scalar == Double)
    @specialized(where Scalar == Float)
    public mutating func next() throws(DataError) -> Table<Scalar>? {
      guard let table = try batches.table(at: index, levels: batches.levels()) else { return nil }
      index += 1
      return table
    }
  }

  private func table(at index: Int, levels: [[String]]?) throws(DataError) -> Table<Scalar>? {
    switch rows {
    case .text(let text): try text.table(at: index, levels: levels)
    case .array(let array): try array.table(at: index, levels: levels)
    }
  }
}
