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
  private let syntax: CSVSyntax

  init(source: String, delimiter: UInt8, options: ReadOptions) {
    self.source = source
    self.options = options
    syntax = CSVSyntax(delimiter: delimiter)
  }

  /// Reads the whole text. Complexity: O(bytes), on `options.threads` threads where the rows hold no quotes.
  func read(_ store: ByteStore) throws(DataError) -> Table<Scalar> {
    try store.withMutableBytes { text throws(DataError) in
      // Pages that were changed here must not be read from the file again.
      let reclaimer = normaliseLineEnds(text) ? nil : store.reclaimer
      return try read(UnsafeBufferPointer(text), reclaimer: reclaimer)
    }
  }

  private func read(
    _ text: UnsafeBufferPointer<UInt8>, reclaimer: PageReclaimer?
  ) throws(DataError) -> Table<Scalar> {
    guard var start = text.baseAddress else { throw .empty(source: source) }
    let limit = start + text.count
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { start += 3 }
    let end = trimmed(start, limit)
    var line = 1
    while start < end, let next = blankLine(start, end) {
      start = next
      line += 1
    }
    guard start < end else { throw .empty(source: source) }

    let (first, next, lines) = try record(at: start, end, line: line)
    let header = try header(first, line: line)
    if header != nil {
      start = next
      line += lines
      guard start < end else { throw .headerOnly(source: source) }
    }
    let columns = try CSVColumns(count: first.count, header: header, options: options, source: source)
    let body = UnsafeBufferPointer(start: start, count: end - start)
    return try table(
      body, firstLine: line, columns: columns, header: header, reclaimer: reclaimer)
  }

  /// Parses the rows in lanes cut at line ends.
  private func table(
    _ body: UnsafeBufferPointer<UInt8>, firstLine: Int, columns: CSVColumns, header: [String]?,
    reclaimer: PageReclaimer?
  ) throws(DataError) -> Table<Scalar> {
    let plan = CSVPlan(
      body, columns: columns.roles.count, firstLine: firstLine, threads: options.threads, reclaimer: reclaimer
    )
    let lane = CSVLane<Scalar>(source: source, syntax: syntax, columns: columns, header: header)
    let width = columns.width
    var results: [CSVLaneResult] = []
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
    let rows = results.reduce(0) { $0 + $1.rows }
    guard results.reduce(0, { $0 + $1.missing }) < rows * width || width == 0 else {
      throw .allMissing(source: source)
    }
    return Table(
      source: source, values: values[rows: 0..<rows], columnNames: columns.names,
      labels: columns.hasLabel ? results.flatMap(\.labels) : nil)
  }

  /// The cells of one record, the record after it, and the number of lines it takes.
  private func record(
    at start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, line: Int
  ) throws(DataError) -> (cells: [CSVCell], next: UnsafePointer<UInt8>, lines: Int) {
    var cells: [CSVCell] = []
    var p = start
    var lines = 1
    while true {
      let cell: CSVCell
      do throws(CSVCell.Failure) {
        cell = try CSVCell(at: p, before: end, syntax: syntax)
      } catch {
        switch error {
        case .unterminatedQuote: throw .unterminatedQuote(source: source, line: line + lines - 1)
        case .textAfterQuote:
          throw .textAfterQuote(
            at: CellPlace(source: source, position: .line(line + lines - 1), column: cells.count + 1))
        }
      }
      cells.append(cell)
      if cell.isQuoted { lines += cell.innerLines }
      guard cell.end < end, cell.end.pointee == syntax.delimiter else {
        return (cells, syntax.lineEnd(cell.end, end) ?? end, lines)
      }
      p = cell.end + 1
    }
  }

  /// The names in the first record, or nil when it is a row of values.
  private func header(_ cells: [CSVCell], line: Int) throws(DataError) -> [String]? {
    switch options.header {
    case .absent: return nil
    case .present: break
    case .detected:
      let parser = DecimalParser()
      guard columnsThatTell(cells.count).contains(where: { cells[$0].content(parser) == .text }) else {
        return nil
      }
    }
    var names: [String] = []
    for (i, cell) in cells.enumerated() {
      guard let name = cell.string else {
        throw .invalidUTF8(at: CellPlace(source: source, position: .line(line), column: i + 1))
      }
      names.append(name)
    }
    return names
  }

  /// The columns whose first cell tells a header from a row: those in use when all were chosen by number, as
  /// others may hold text in every row.
  private func columnsThatTell(_ count: Int) -> [Int] {
    let all = Array(0..<count)
    func numbers(_ columns: [String]) -> [Int]? {
      let indices = columns.compactMap { Int($0) }.filter { (1...count).contains($0) }.map { $0 - 1 }
      return indices.count == columns.count ? indices : nil
    }
    guard let labels = numbers(options.labels.map { [$0] } ?? []),
      let chosen = options.columns.map(numbers) ?? all
    else { return all }
    return chosen.filter { !labels.contains($0) }
  }

  /// Turns CR alone into LF, where the text has no LF; returns whether it did.
  private func normaliseLineEnds(_ text: UnsafeMutableBufferPointer<UInt8>) -> Bool {
    guard let base = text.baseAddress, memchr(base, 0x0A, text.count) == nil else { return false }
    for i in text.indices where text[i] == CSVSyntax.carriageReturn { text[i] = CSVSyntax.newline }
    return true
  }

  /// The text without blank lines and spaces at its end.
  private func trimmed(
    _ start: UnsafePointer<UInt8>, _ limit: UnsafePointer<UInt8>
  ) -> UnsafePointer<UInt8> {
    var end = limit
    while end > start,
      syntax.isSpace(end[-1]) || end[-1] == CSVSyntax.newline || end[-1] == CSVSyntax.carriageReturn
    {
      end -= 1
    }
    return end
  }

  private func blankLine(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) -> UnsafePointer<UInt8>? {
    var p = start
    while p < end, syntax.isSpace(p.pointee) { p += 1 }
    return syntax.lineEnd(p, end)
  }
}
