/// What the start of a text says: the names of the columns, and where the rows begin.
struct CSVHead: Sendable {
  /// The names of all columns of the text.
  let header: [String]?
  private(set) var columns: CSVColumns
  /// Where the first row starts; the end of the text where there is none.
  let bodyOffset: Int
  /// The number of its line.
  let bodyLine: Int

  /// Reads the head of a text that holds the whole of the first record, or all of the text.
  ///
  /// - Throws: `.empty`, `.unterminatedQuote`, `.textAfterQuote`, `.invalidUTF8`, and what choosing columns throws.
  init(
    of text: UnsafeBufferPointer<UInt8>, source: String, syntax: CSVSyntax, options: ReadOptions
  ) throws(DataError) {
    guard var start = text.baseAddress else { throw .empty(source: source) }
    let end = start + text.count
    if text.starts(with: Self.byteOrderMark) { start += Self.byteOrderMark.count }
    var line = 1
    while start < end, let next = syntax.blankLine(start, end) {
      start = next
      line += 1
    }
    guard start < end else { throw .empty(source: source) }
    let record = try CSVRecord(at: start, end, line: line, source: source, syntax: syntax)
    header = try Self.header(record.cells, line: line, source: source, options: options)
    if header != nil {
      start = record.next
      line += record.lines
    }
    columns = try CSVColumns(count: record.cells.count, header: header, options: options, source: source)
    bodyOffset = text.baseAddress.map { start - $0 } ?? 0
    bodyLine = line
  }

  static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]

  /// The same head where categories must be of these levels, one list a column.
  func closing(over levels: [[String]]) -> CSVHead {
    var head = self
    head.columns = columns.closing(over: levels)
    return head
  }

  /// The names in the first record, or nil when it is a row of values.
  private static func header(
    _ cells: [CSVCell], line: Int, source: String, options: ReadOptions
  ) throws(DataError) -> [String]? {
    switch options.header {
    case .absent: return nil
    case .present: break
    case .detected:
      let parser = DecimalParser()
      let telling = columnsThatTell(cells.count, options)
      guard telling.contains(where: { cells[$0].content(parser) == .text }) else { return nil }
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
  private static func columnsThatTell(_ count: Int, _ options: ReadOptions) -> [Int] {
    let all = Array(0..<count)
    func numbers(_ columns: [String]) -> [Int]? {
      let indices = columns.compactMap { Int($0) }.filter { (1...count).contains($0) }.map { $0 - 1 }
      return indices.count == columns.count ? indices : nil
    }
    guard let labels = numbers(options.labels.map { [$0] } ?? []),
      let weights = numbers(options.weights.map { [$0] } ?? []),
      let chosen = options.columns.map(numbers) ?? all
    else { return all }
    return (chosen + weights).filter { !labels.contains($0) }
  }
}

/// The cells of one record of a text.
struct CSVRecord {
  private(set) var cells: [CSVCell] = []
  /// The start of the record after it.
  let next: UnsafePointer<UInt8>
  /// The number of lines it takes.
  private(set) var lines = 1

  /// - Throws: `.unterminatedQuote`, `.textAfterQuote`.
  init(
    at start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, line: Int, source: String, syntax: CSVSyntax
  ) throws(DataError) {
    var p = start
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
        next = syntax.lineEnd(cell.end, end) ?? end
        return
      }
      p = cell.end + 1
    }
  }
}
