// N rows, D columns

public import LatentNumerics

/// Rows of a table as observations: cells may be missing, rows may carry weights.
///
/// A missing cell is `NaN`; models integrate it out. Rows with the same cells missing lie side by side, complete ones
/// first, so that what a model prepares for a pattern is prepared once; `sourceIndex(of:)` tells where a row came
/// from. Without missing cells rows keep their order. A row of weight w counts as w rows.
public struct Rows<Scalar: LatentScalar>: ObservationBatch {
  /// The values, `[N, D]`, in the order of this batch.
  public let values: Matrix<Scalar>
  /// The weights, `[N, 1]`, finite and not negative; nil where every row counts once.
  public let weights: Matrix<Double>?
  /// The cells that are missing; nil when none is.
  public let missing: MissingCells?
  /// Where row i of this batch stands in `missing` and the source's order.
  private let offset: Int

  /// Groups rows by pattern.
  ///
  /// - Parameters:
  ///   - values: `[N, D]`; `NaN` marks a missing cell.
  ///   - weights: one for each row, finite, not negative.
  /// - Complexity: O(N·D); O(N·D + N ln N) with missing cells.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public init(_ values: Matrix<Scalar>, weights: [Double]? = nil) {
    if let weights {
      precondition(weights.count == values.rows, "a weight for every row")
      precondition(weights.allSatisfy { $0 >= 0 && $0.isFinite }, "weights are finite and not negative")
    }
    offset = 0
    missing = MissingCells(of: values)
    let order = missing?.order
    self.values = order.map { values.selecting(rows: $0) } ?? values
    self.weights = weights.map { weights in
      Matrix(
        rows: weights.count, columns: 1, elements: order.map { $0.map { weights[$0] } } ?? weights)
    }
  }

  /// Rows that are known to lack no cell; looks at none of them. O(1).
  package init(complete values: Matrix<Scalar>, weights: Matrix<Double>?) {
    self.init(values, weights, nil, 0)
  }

  private init(_ values: Matrix<Scalar>, _ weights: Matrix<Double>?, _ missing: MissingCells?, _ offset: Int)
  {
    self.values = values
    self.weights = weights
    self.missing = missing
    self.offset = offset
  }

  /// N.
  public var rows: Int { values.rows }
  /// D.
  public var columns: Int { values.columns }
  public var observationCount: Int { values.rows }
  public var scalarCount: Int { values.rows * values.columns }

  /// Σ of the weights; N without any.
  public var totalWeight: Double {
    weights.map { $0.withUnsafeElements { $0.reduce(0, +) } } ?? Double(rows)
  }

  /// The number of rows of positive weight.
  public var countedRows: Int {
    weights.map { $0.withUnsafeElements { $0.count { $0 > 0 } } } ?? rows
  }

  /// What a component must hold to hold one row: 1, or the mean of the positive weights where that is less, so that
  /// weights which are shares of a table do not make all components empty.
  public var weightOfOneRow: Double {
    weights == nil ? 1 : Swift.min(1, totalWeight / Double(Swift.max(countedRows, 1)))
  }

  /// The weight of row i.
  public func weight(of i: Int) -> Double { weights.map { $0[i, 0] } ?? 1 }

  /// The same rows, each counting once.
  public func withoutWeights() -> Rows { Rows(values, nil, missing, offset) }

  public func chunk(_ range: Range<Int>) -> Rows {
    Rows(values[rows: range], weights.map { $0[rows: range] }, missing, offset + range.lowerBound)
  }

  /// In this order, as far as grouping by pattern leaves it. `sourceIndex(of:)` then gives places in `indices`.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public func selecting(_ indices: [Int]) -> Rows {
    let chosen = values.selecting(rows: indices)
    guard missing == nil else { return Rows(chosen, weights: weights.map { w in indices.map { w[$0, 0] } }) }
    return Rows(chosen, weights.map { $0.selecting(rows: indices) }, nil, 0)
  }

  public func sourceIndex(of i: Int) -> Int { missing?.order[offset + i] ?? offset + i }

  /// The pattern of row i, an index of `missing!.patterns`; 0, the empty pattern, without missing cells.
  public func pattern(of i: Int) -> Int { missing.map { Int($0.patternOfRow[offset + i]) } ?? 0 }

  /// The columns that row i lacks, ascending.
  public func missingColumns(of i: Int) -> [Int] { missing.map { $0.patterns[pattern(of: i)] } ?? [] }

  /// Whether any of these rows lacks a cell.
  public func hasMissingCells(in range: Range<Int>) -> Bool {
    // Complete rows come first.
    !range.isEmpty && missing.map { !$0.patterns[pattern(of: range.upperBound - 1)].isEmpty } ?? false
  }

  /// Rows of one pattern that lie side by side: their range, and the pattern.
  public func runs(in range: Range<Int>) -> [(rows: Range<Int>, pattern: Int)] {
    guard let missing else { return range.isEmpty ? [] : [(range, 0)] }
    return missing.patternOfRow.withUnsafeBufferPointer { patterns in
      var result: [(rows: Range<Int>, pattern: Int)] = []
      var start = range.lowerBound
      while start < range.upperBound {
        let pattern = patterns[offset + start]
        var end = start + 1
        while end < range.upperBound, patterns[offset + end] == pattern { end += 1 }
        result.append((start..<end, Int(pattern)))
        start = end
      }
      return result
    }
  }

  /// Whether this batch is all of its source, so that rows can be put into the source's order.
  public var isWhole: Bool { missing.map { $0.order.count == rows } ?? true }

  /// Rows of this batch's order put into the source's order, for a batch that holds all of the source.
  public func inSourceOrder<Element>(_ elements: [Element]) -> [Element] {
    guard let order = missing?.order, elements.count == order.count else { return elements }
    var result = elements
    for (i, source) in order.enumerated() { result[source] = elements[i] }
    return result
  }

  /// The same for the rows of a matrix.
  public func inSourceOrder<Element: LatentScalar>(_ matrix: Matrix<Element>) -> Matrix<Element> {
    guard let order = missing?.order, matrix.rows == order.count else { return matrix }
    var position = order
    for (i, source) in order.enumerated() { position[source] = i }
    return matrix.selecting(rows: position)
  }
}
