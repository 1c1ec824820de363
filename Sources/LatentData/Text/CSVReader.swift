import Foundation
import LatentNumerics

/// Numbers between delimiters, one row a line.
///
/// Quotes, a byte order mark, LF and CRLF line ends (CR alone where the text has no LF), spaces around cells and
/// blank lines are understood. Values of single precision are the double nearest to the text, rounded once more.
/// Blank lines are passed over; within a single column they are missing cells unless they end the text.
struct CSVReader<Scalar: LatentScalar> {
  let source: String
  let options: ReadOptions
  let syntax: CSVSyntax

  init(source: String, delimiter: UInt8, options: ReadOptions) {
    self.source = source
    self.options = options
    syntax = CSVSyntax(delimiter: delimiter)
  }

  /// Reads the whole text. Complexity: O(bytes), on `options.threads` threads where the rows hold no quotes.
  func read(_ store: ByteStore) throws(DataError) -> Table<Scalar> {
    try store.withMutableBytes { text throws(DataError) in
      // Pages that were changed here must not be read from the file again.
      let hasNewlines = text.baseAddress.flatMap { memchr($0, Int32(CSVSyntax.newline), text.count) } != nil
      if !hasNewlines { CSVSyntax.replaceCarriageReturns(text) }
      let reclaimer = hasNewlines ? store.reclaimer : nil
      let text = UnsafeBufferPointer(text)
      let content = UnsafeBufferPointer(rebasing: text[..<syntax.trimmed(text)])
      let head = try CSVHead(of: content, source: source, syntax: syntax, options: options)
      guard head.bodyOffset < content.count else { throw .headerOnly(source: source) }
      return try rows(
        of: UnsafeBufferPointer(rebasing: content[head.bodyOffset...]), firstLine: head.bodyLine, head: head,
        reclaimer: reclaimer)
    }
  }

  /// Parses whole rows, in lanes cut at line ends.
  ///
  /// - Parameters:
  ///   - body: from the start of a row to the end of one, followed by padding.
  ///   - firstLine: the number of its first line in the file.
  func rows(
    of body: UnsafeBufferPointer<UInt8>, firstLine: Int, head: CSVHead, reclaimer: PageReclaimer? = nil
  ) throws(DataError) -> Table<Scalar> {
    let columns = head.columns
    let plan = CSVPlan(
      body, columns: columns.roles.count, firstLine: firstLine, threads: options.threads, reclaimer: reclaimer
    )
    let lane = CSVLane<Scalar>(source: source, syntax: syntax, columns: columns, header: head.header)
    let width = columns.width
    var results: [CSVLaneResult] = []
    var levels: LevelUnion?
    let values = try Matrix<Scalar>(rows: plan.capacity, columns: width) { target throws(DataError) in
      guard let start = target.baseAddress else { return }
      nonisolated(unsafe) let base = start  // every lane writes rows of its own
      nonisolated(unsafe) let body = body
      results = try Lanes.map(plan.lanes.count, threads: options.threads) { i throws(DataError) in
        let part = plan.lanes[i]
        defer {
          reclaimer?.release(UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(body)[part.bytes]))
        }
        return try lane.parse(
          UnsafeBufferPointer(rebasing: body[part.bytes]), firstLine: part.firstLine,
          into: base + part.firstRow * width, capacity: part.capacity)
      }
      if columns.levels != nil, !columns.isClosed {
        levels = recode(plan.lanes.map { base + $0.firstRow * width }, results)
      }
      // Blank lines leave gaps between the lanes, and memory after the last row that is cut off below.
      var rows = 0
      for (part, result) in zip(plan.lanes, results) {
        if rows < part.firstRow {
          memmove(
            base + rows * width, base + part.firstRow * width,
            result.rows * width * MemoryLayout<Scalar>.stride)
        }
        rows += result.rows
      }
    }
    return Table(
      source: source, values: values[rows: 0..<results.reduce(0) { $0 + $1.rows }],
      columnNames: columns.names,
      labels: columns.hasLabel ? results.flatMap(\.labels) : nil,
      weights: columns.hasWeight ? results.flatMap(\.weights) : nil,
      levels: levels?.levels ?? columns.levels?.map(\.texts),
      columnNumbers: columns.numbers, labelNumber: columns.labelNumber)
  }

  /// Turns the codes of each lane into those of all levels together.
  private func recode(_ starts: [UnsafeMutablePointer<Scalar>], _ results: [CSVLaneResult]) -> LevelUnion {
    let parts = results.map { $0.levels.map(\.texts) }
    let union = LevelUnion(parts)
    for (start, (result, part)) in zip(starts, zip(results, parts)) {
      let codes = union.codes(of: part)
      let width = codes.count
      for i in 0..<result.rows * width where !start[i].isNaN {
        start[i] = Scalar(codes[i % width][Int(start[i])])
      }
    }
    return union
  }
}
