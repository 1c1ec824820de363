import LatentNumerics

/// How the work on all parameters is cut into items, of which any thread may do any: rows of the matrices whose
/// gradients were left as factors, and runs of other elements. It depends on these and on shapes, not on threads.
struct GradientItems {
  enum Item {
    /// Elements of the buffer, whose gradients are written.
    case written(Range<Int>)
    /// Rows of a matrix, one of whose lanes at least left its gradient as factors.
    case factored(ParameterReference, rows: Range<Int>)
  }

  /// The number of parameters.
  let count: Int
  private(set) var items: [Item] = []
  private var matrices: [ParameterReference]?

  /// Written elements of an item at least, so that it is worth a hand-over; and such items at most, but for what matrices cut off.
  private static var smallestRun: Int { 1 << 15 }
  private static var mostRuns: Int { 128 }
  /// Elements of an item of rows, whose gradient is to stay in the second-level cache; the fastest of several, in single
  /// precision. And such items at most, but for one a matrix.
  private static var rowElements: Int { 11 << 13 }
  private static var mostRowItems: Int { 128 }

  init(count: Int) { self.count = count }

  /// The most elements in an item of rows.
  var largestRows: Int {
    items.reduce(0) {
      guard case .factored(let matrix, let rows) = $1 else { return $0 }
      return Swift.max($0, rows.count * matrix.columns)
    }
  }

  /// Cuts the work where the lanes left other matrices as factors than before.
  ///
  /// - Returns: whether anything changed.
  mutating func update(for lanes: ArraySlice<some GradientFactors>) -> Bool {
    if let matrices, isUnion(matrices, of: lanes) { return false }
    var union: Set<ParameterReference> = []
    for lane in lanes {
      for i in 0..<lane.factoredCount { union.insert(lane.factored(i)) }
    }
    let sorted = union.sorted { $0.offset < $1.offset }
    matrices = sorted
    items = rowItems(of: sorted) + runs(between: sorted)
    return true
  }

  private func isUnion(
    _ matrices: [ParameterReference], of lanes: ArraySlice<some GradientFactors>
  ) -> Bool {
    for lane in lanes {
      for i in 0..<lane.factoredCount where !matrices.contains(lane.factored(i)) { return false }
    }
    return matrices.allSatisfy { matrix in lanes.contains { $0.hasLeft(matrix) } }
  }

  private func rowItems(of matrices: [ParameterReference]) -> [Item] {
    let total = matrices.reduce(0) { $0 + $1.count }
    let most = Swift.max(Self.rowElements, total / Self.mostRowItems)
    return matrices.flatMap { matrix in
      let parts = (matrix.count - 1) / most + 1
      // Multiples of 16 begin on a cache line, as kernels expect, and suit the products.
      let step = ((matrix.rows - 1) / parts / 16 + 1) * 16
      return stride(from: 0, to: matrix.rows, by: step).map {
        Item.factored(matrix, rows: $0..<Swift.min($0 + step, matrix.rows))
      }
    }
  }

  private func runs(between matrices: [ParameterReference]) -> [Item] {
    let step = Swift.max(Self.smallestRun, (count - 1) / Self.mostRuns / 16 * 16 + 16)
    var runs: [Item] = []
    var low = 0
    for end in matrices.map(\.range) + [count..<count] {
      for start in stride(from: low, to: end.lowerBound, by: step) {
        runs.append(.written(start..<Swift.min(start + step, end.lowerBound)))
      }
      // The next parameter begins on a cache line, as kernels expect; what lies between is nobody's.
      low =
        (end.upperBound + ParameterLayout.alignment - 1) / ParameterLayout.alignment
        * ParameterLayout.alignment
    }
    return runs
  }
}
