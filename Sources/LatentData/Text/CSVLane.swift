import Foundation
import LatentNumerics

/// What one lane of a text held.
struct CSVLaneResult: Sendable {
  var rows = 0
  var missing = 0
  var labels: [String] = []
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
    var result = CSVLaneResult()
    guard var p = UnsafePointer(text.baseAddress) else { return result }
    let end = p + text.count
    let delimiter = syntax.delimiter
    let count = columns.roles.count
    var line = firstLine
    var target = target
    let roles = columns.roles
    while p < end {
      // A blank line has no cells; in a single column it is a missing one.
      if count > 1, let next = blankLine(p, end) {
        p = next
        line += 1
        continue
      }
      guard result.rows < capacity else { throw .unreadable(source: source, code: EAGAIN) }
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
    default:
      switch cell.content(parser) {
      case .missing:
        target[role] = .nan
        result.missing += 1
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

  /// The line after the one at `p` when there is nothing but spaces on it.
  @inline(__always)
  private func blankLine(
    _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) -> UnsafePointer<UInt8>? {
    guard start.pointee <= UInt8(ascii: " ") else { return nil }
    var p = start
    while p < end, syntax.isSpace(p.pointee) { p += 1 }
    return syntax.lineEnd(p, end)
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
