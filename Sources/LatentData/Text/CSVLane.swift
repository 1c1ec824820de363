import Foundation
import LatentNumerics

/// What one lane of a text held.
struct CSVLaneResult: Sendable {
  var rows = 0
  var labels: [String] = []
  var weights: [Double] = []
  /// The categories of each value, whose codes in this lane are the values; empty where values are numbers.
  var levels: [LevelIndex] = []
}

/// Parses consecutive rows of a text straight into their place in the matrix.
struct CSVLane<Scalar: LatentScalar> {
  let source: String
  let syntax: CSVSyntax
  let columns: CSVColumns
  /// The names of all columns of the text, for messages.
  let header: [String]?
  private let parser = DecimalParser()

  init(source: String, syntax: CSVSyntax, columns: CSVColumns, header: [String]?) {
    self.source = source
    self.syntax = syntax
    self.columns = columns
    self.header = header
  }

  /// Parses whole rows.
  ///
  /// - Parameters:
  ///   - text: from the start of a line to the end of a line or of the text.
  ///   - firstLine: the number of the first line.
  ///   - target: memory for `width` values a row.
  ///   - capacity: the rows that there is room for; more mean that the file changed under the reader.
  func parse(
    _ text: UnsafeBufferPointer<UInt8>, firstLine: Int, into target: UnsafeMutablePointer<Scalar>,
    capacity: Int
  ) throws(DataError) -> CSVLaneResult {
    var result = CSVLaneResult(levels: columns.levels ?? [])
    guard var p = UnsafePointer(text.baseAddress) else { return result }
    let end = p + text.count
    let delimiter = syntax.delimiter
    let count = columns.roles.count
    var line = firstLine
    var target = target
    let roles = columns.roles
    while p < end {
      // A blank line has no cells; in a single column it is a missing one.
      if count > 1, let next = syntax.blankLine(p, end) {
        p = next
        line += 1
        continue
      }
      guard result.rows < capacity else { throw .changed(source: source) }
      let rowLine = line
      var column = 0
      while true {
        let role = roles[column]
        var value = 0.0
        if role >= 0, let next = parser.parse(p, into: &value), value.isFinite,
          next.pointee == delimiter || syntax.lineEnd(next, end) != nil
        {
          p = next
          let scalar = Scalar(value)
          target[role] = scalar
          // Only single precision gets here: the text is a finite double.
          guard scalar.isFinite else { throw .infiniteCell(at: place(line, column), text: "\(value)") }
        } else {
          p = try slowCell(p, end, line: &line, column: column, role: role, target: target, result: &result)
        }
        column += 1
        if p < end, p.pointee == delimiter {
          guard column < count else { throw ragged(p, end, line: rowLine, cells: column) }
          p += 1
        } else {
          break
        }
      }
      guard column == count else { throw ragged(p, end, line: rowLine, cells: column) }
      p = syntax.lineEnd(p, end) ?? end
      line += 1
      target += columns.width
      result.rows += 1
    }
    return result
  }

  /// A cell that is not simply a finite number.
  @inline(never)
  private func slowCell(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, line: inout Int, column: Int, role: Int,
    target: UnsafeMutablePointer<Scalar>, result: inout CSVLaneResult
  ) throws(DataError) -> UnsafePointer<UInt8> {
    let cell = try cell(at: start, end, line: line, column: column)
    switch role {
    case CSVColumns.label:
      guard let text = cell.string else { throw .invalidUTF8(at: place(line, column)) }
      result.labels.append(text)
    case CSVColumns.ignored: break
    case CSVColumns.weight: result.weights.append(try weight(cell, at: place(line, column)))
    case ..<0:
      let index = CSVColumns.place(ofCategory: role)
      let code = try code(cell, in: &result.levels[index], at: place(line, column))
      target[index] = code.map { Scalar($0) } ?? .nan
    default:
      switch cell.content(parser) {
      case .missing: target[role] = .nan
      case .number(let value):
        target[role] = Scalar(value)
        guard target[role].isFinite else { throw .infiniteCell(at: place(line, column), text: cell.excerpt) }
      case .infinite: throw .infiniteCell(at: place(line, column), text: cell.excerpt)
      case .text: throw .textCell(at: place(line, column), text: cell.excerpt)
      }
    }
    if cell.isQuoted { line += cell.innerLines }
    return cell.end
  }

  private func weight(_ cell: CSVCell, at place: @autoclosure () -> CellPlace) throws(DataError) -> Double {
    let fault: WeightFault
    switch cell.content(parser) {
    case .number(let value):
      guard let other = WeightFault(of: value) else { return value }
      fault = other
    case .missing: fault = .missing
    case .infinite: fault = .infinite
    case .text: fault = .notANumber
    }
    throw .invalidWeight(at: place(), text: cell.excerpt, fault: fault)
  }

  /// The code of a category, nil when it is missing.
  private func code(
    _ cell: CSVCell, in levels: inout LevelIndex, at place: @autoclosure () -> CellPlace
  ) throws(DataError) -> Int? {
    let text = cell.core
    guard !CSVCell.isMissing(text) else { return nil }
    guard cell.isQuoted, text.contains(CSVSyntax.quote) else {
      return try code(text, in: &levels, at: place())
    }
    guard let string = cell.string else { throw .invalidUTF8(at: place()) }
    var trimmed = Substring(string)
    while trimmed.first == " " { trimmed.removeFirst() }
    while trimmed.last == " " { trimmed.removeLast() }
    return try Array(trimmed.utf8).withUnsafeBufferPointer { text throws(DataError) in
      try code(text, in: &levels, at: place())
    }
  }

  private func code(
    _ text: UnsafeBufferPointer<UInt8>, in levels: inout LevelIndex, at place: @autoclosure () -> CellPlace
  ) throws(DataError) -> Int {
    if let code = levels.code(of: text) { return code }
    guard let string = String(validating: text, as: UTF8.self) else { throw .invalidUTF8(at: place()) }
    guard !columns.isClosed else { throw .unknown(category: string, at: place(), known: levels.texts) }
    guard levels.count < LevelIndex.largestCount else {
      let place = place()
      throw .tooManyLevels(
        source: source, column: place.column, name: place.columnName, levels: levels.count, rows: levels.count
      )
    }
    return levels.append(text)
  }

  private func cell(
    at start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, line: Int, column: Int
  ) throws(DataError) -> CSVCell {
    do throws(CSVCell.Failure) {
      return try CSVCell(at: start, before: end, syntax: syntax)
    } catch {
      switch error {
      case .unterminatedQuote: throw .unterminatedQuote(source: source, line: line)
      case .textAfterQuote: throw .textAfterQuote(at: place(line, column))
      }
    }
  }

  /// The error for a row that has `cells` cells before `p` and possibly more after it.
  private func ragged(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>, line: Int, cells: Int
  ) -> DataError {
    var cells = cells
    var p = start
    while p < end, p.pointee == syntax.delimiter {
      cells += 1
      guard let cell = try? CSVCell(at: p + 1, before: end, syntax: syntax) else { break }
      p = cell.end
    }
    return .raggedRow(source: source, line: line, expected: columns.roles.count, actual: cells)
  }

  private func place(_ line: Int, _ column: Int) -> CellPlace {
    CellPlace(
      source: source, position: .line(line), column: column + 1, columnName: header.map { $0[column] })
  }
}
