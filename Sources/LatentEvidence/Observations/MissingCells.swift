// N rows, D columns

public import LatentNumerics

/// Which cells of a table are missing: the patterns, and the rows grouped by them.
public struct MissingCells: Sendable {
  /// The columns that a pattern lacks, ascending; patterns in lexicographic order, the complete one first where a row
  /// is complete.
  public let patterns: [[Int]]
  /// The row of the table that comes i-th when rows are grouped, `[N]`.
  public let order: [Int]
  /// The pattern of the row that comes i-th, `[N]`.
  public let patternOfRow: [Int32]

  /// - Returns: nil when no cell is missing.
  /// - Complexity: O(N·D) and, with missing cells, a sort of the rows that have any.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public init?<Scalar: LatentScalar>(of values: Matrix<Scalar>) {
    let (N, D) = (values.rows, values.columns)
    var incomplete: [(row: Int, columns: [Int])] = []
    values.withUnsafeElements { x in
      for n in 0..<N {
        let row = UnsafeBufferPointer(rebasing: x[n * D..<(n + 1) * D])
        guard row.contains(where: \.isNaN) else { continue }
        incomplete.append((n, (0..<D).filter { row[$0].isNaN }))
      }
    }
    guard !incomplete.isEmpty else { return nil }
    incomplete.sort { a, b in
      a.columns == b.columns ? a.row < b.row : a.columns.lexicographicallyPrecedes(b.columns)
    }
    var isComplete = [Bool](repeating: true, count: N)
    for one in incomplete { isComplete[one.row] = false }
    var order = (0..<N).filter { isComplete[$0] }
    var patterns: [[Int]] = order.isEmpty ? [] : [[]]
    var patternOfRow = [Int32](repeating: 0, count: order.count)
    for one in incomplete {
      if patterns.last != one.columns { patterns.append(one.columns) }
      order.append(one.row)
      patternOfRow.append(Int32(patterns.count - 1))
    }
    self.patterns = patterns
    self.order = order
    self.patternOfRow = patternOfRow
  }
}
