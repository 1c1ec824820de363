// N rows, D columns

public import LatentEvidence
public import LatentNumerics

/// The categories of a table's columns: column j holds the codes 0 ..< levels[j].
///
/// Tables of probabilities hold all columns' categories side by side, M = Σ levels in all; those of column j begin at
/// `offsets[j]`.
public struct CategoricalColumns: Sendable, Equatable {
  /// How many categories each column has, `[D]`.
  public let levels: [Int]
  /// Where each column's categories begin, `[D + 1]`; the last is M.
  public let offsets: [Int]

  /// - Throws: `.invalidParameter` for a column without a category, or no column.
  public init(levels: [Int]) throws(InferenceError) {
    guard !levels.isEmpty else {
      throw .invalidParameter(name: "number of columns", value: "0", requirement: "at least 1")
    }
    for count in levels where !(1...Self.mostLevels).contains(count) {
      throw .invalidParameter(
        name: "number of categories of a column", value: "\(count)",
        requirement: "from 1 to \(Self.mostLevels)")
    }
    self.levels = levels
    offsets = levels.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
  }

  /// The categories that a table shows: column j has as many as its largest code and one; one, where all its cells are
  /// missing.
  ///
  /// - Throws: `.unknownCategory` for a value that is no code.
  /// - Complexity: O(N·D).
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public init<Scalar: LatentScalar>(of rows: Rows<Scalar>) throws(InferenceError) {
    let D = rows.columns
    let most = Scalar(Self.mostLevels)
    var largest = [Scalar](repeating: 0, count: D)
    let wrong = rows.values.withUnsafeElements { x -> Int? in
      for i in x.indices where !x[i].isNaN {
        guard x[i] >= 0, x[i] < most, x[i] == x[i].rounded(.down) else { return i }
        if x[i] > largest[i % D] { largest[i % D] = x[i] }
      }
      return nil
    }
    if let wrong {
      throw .unknownCategory(
        row: rows.sourceIndex(of: wrong / D), column: wrong % D,
        value: Double(rows.values[wrong / D, wrong % D]),
        levels: Self.mostLevels)
    }
    try self.init(levels: largest.map { Int($0) + 1 })
  }

  /// More categories than this are hardly categories.
  public static let mostLevels = 1 << 20

  /// D.
  public var count: Int { levels.count }
  /// M.
  public var total: Int { offsets[count] }

  /// The categories of column j, among all.
  public func range(_ j: Int) -> Range<Int> { offsets[j]..<offsets[j + 1] }

  /// - Throws: `.unknownCategory` for the first value, in the order of the batch, that is neither a code of its column
  ///   nor missing.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func validate<Scalar: LatentScalar>(_ rows: Rows<Scalar>) throws(InferenceError) {
    let D = rows.columns
    guard D == count else { throw .wrongWidth(expected: count, actual: D) }
    let bounds = levels.map { Scalar($0) }
    let wrong = rows.values.withUnsafeElements { x in
      x.indices.first { i in
        !(x[i].isNaN || x[i] >= 0 && x[i] < bounds[i % D] && x[i] == x[i].rounded(.down))
      }
    }
    guard let wrong else { return }
    throw .unknownCategory(
      row: rows.sourceIndex(of: wrong / D), column: wrong % D,
      value: Double(rows.values[wrong / D, wrong % D]),
      levels: levels[wrong % D])
  }
}
