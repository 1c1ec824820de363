// N observations, D columns, x values.

import LatentNumerics

extension Table {
  /// Every column shifted to mean 0 and scaled to variance 1 (divisor N, missing cells left out).
  ///
  /// - Returns: the table with the means and standard deviations that were taken away, `[D]` each.
  /// - Throws: `.constantColumn`, `.missingColumn`.
  /// - Complexity: O(N·D), four passes, sums in double precision.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public func standardized() throws(DataError) -> (
    table: Table, means: [Double], standardDeviations: [Double]
  ) {
    let D = columns
    var count = [Double](repeating: 0, count: D)
    var scale = count
    var means = count
    var deviations = count
    // In units of the largest magnitude neither sum overflows.
    forEachValue { j, x in
      count[j] += 1
      scale[j] = max(scale[j], abs(x))
    }
    forEachValue { j, x in means[j] += x / scale[j] / count[j] }
    forEachValue { j, x in
      let difference = x / scale[j] - means[j]
      deviations[j] += difference * difference / count[j]
    }
    for j in 0..<D {
      let name = columnNames?[j]
      guard count[j] > 0 else { throw .missingColumn(source: source, column: j + 1, name: name) }
      means[j] *= scale[j]
      deviations[j] = deviations[j].squareRoot() * scale[j]
      guard varies(j), deviations[j] > 0, deviations[j].isFinite else {
        throw .constantColumn(source: source, column: j + 1, name: name)
      }
    }
    var result = self
    result.levels = nil
    result.values = Matrix(rows: rows, columns: D) { target in
      values.withUnsafeElements { x in
        for i in 0..<rows {
          for j in 0..<D {
            let value = (Double(x[i * D + j]) - means[j]) / deviations[j]
            target.initializeElement(at: i * D + j, to: Scalar(value))
          }
        }
      }
    }
    return (result, means, deviations)
  }

  /// Calls `body` with the column and value of every cell that is not missing.
  @inline(__always)
  private func forEachValue(_ body: (Int, Double) -> Void) {
    values.withUnsafeElements { x in
      for i in 0..<rows {
        for j in 0..<columns where !x[i * columns + j].isNaN { body(j, Double(x[i * columns + j])) }
      }
    }
  }

  /// Whether two values of a column differ; the rounding of the mean can hide that none does.
  private func varies(_ j: Int) -> Bool {
    values.withUnsafeElements { x in
      var first: Scalar?
      for i in stride(from: j, to: x.count, by: columns) where !x[i].isNaN {
        if let first, x[i] != first { return true }
        first = first ?? x[i]
      }
      return false
    }
  }
}
