// N rows, D columns

public import LatentNumerics

/// Which cells of a table are missing: the patterns, and the rows grouped by them.
public struct MissingCells: Sendable {
  /// The columns that a pattern lacks, ascending; patterns in lexicographic order, the complete one first where a row
  /// is complete.
  public let patterns: [[Int]]
  /// The row of the table that comes i-th when rows are grouped, `[N]`; those of one pattern in the table's order.
  public let order: [Int]
  /// The pattern of the row that comes i-th, `[N]`.
  public let patternOfRow: [Int32]
  /// The columns of all patterns, one pattern after the other.
  package let columns: [Int32]
  /// Where a pattern's columns begin in `columns`; one more than there are patterns.
  package let starts: [Int32]

  /// - Returns: nil when no cell is missing.
  /// - Complexity: O(N·D), and a sort of the patterns.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public init?<Scalar: LatentScalar>(of values: Matrix<Scalar>) {
    guard let (found, patternOfSource) = Self.patterns(of: values) else { return nil }
    let sorted = found.indices.sorted { found[$0].lexicographicallyPrecedes(found[$1]) }
    var rank = [Int32](repeating: 0, count: found.count)
    for (i, pattern) in sorted.enumerated() { rank[pattern] = Int32(i) }

    // Rows by counting: the patterns' sizes say where each begins.
    var next = [Int](repeating: 0, count: found.count + 1)
    for pattern in patternOfSource { next[Int(rank[Int(pattern)]) + 1] += 1 }
    for i in 1..<next.count { next[i] += next[i - 1] }
    var order = [Int](repeating: 0, count: patternOfSource.count)
    var patternOfRow = [Int32](repeating: 0, count: patternOfSource.count)
    for (row, pattern) in patternOfSource.enumerated() {
      let rank = rank[Int(pattern)]
      order[next[Int(rank)]] = row
      patternOfRow[next[Int(rank)]] = rank
      next[Int(rank)] += 1
    }
    patterns = sorted.map { found[$0] }
    columns = patterns.flatMap { $0.map { Int32($0) } }
    starts = patterns.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int32($1.count)) }
    self.order = order
    self.patternOfRow = patternOfRow
  }

  /// The patterns in the order of their first rows, and the pattern of every row; nil when no cell is missing.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private static func patterns<Scalar: LatentScalar>(
    of values: Matrix<Scalar>
  ) -> (patterns: [[Int]], ofRow: [Int32])? {
    let (N, D) = (values.rows, values.columns)
    let words = (D + 63) / 64
    // A row's missing cells as bits; most tables need one word, whose hash costs little.
    var single: [UInt64: Int32] = [:]
    var several: [[UInt64]: Int32] = [:]
    var patterns: [[Int]] = []
    var ofRow = [Int32](repeating: 0, count: N)
    var bits = [UInt64](repeating: 0, count: words)
    var isComplete = true
    values.withUnsafeElements { x in
      for n in 0..<N {
        for word in 0..<words {
          var mask: UInt64 = 0
          let low = word * 64
          for j in low..<Swift.min(low + 64, D) where x[n * D + j].isNaN { mask |= 1 << UInt64(j - low) }
          bits[word] = mask
          if mask != 0 { isComplete = false }
        }
        let known = words == 1 ? single[bits[0]] : several[bits]
        if let known {
          ofRow[n] = known
        } else {
          let index = Int32(patterns.count)
          if words == 1 { single[bits[0]] = index } else { several[bits] = index }
          patterns.append((0..<D).filter { bits[$0 / 64] & (1 << UInt64($0 % 64)) != 0 })
          ofRow[n] = index
        }
      }
    }
    return isComplete ? nil : (patterns, ofRow)
  }
}
