import LatentNumerics

extension Table {
  /// Every column shifted to mean 0 and scaled to variance 1: of the weighted rows, where they have weights (divisor their
  /// sum, missing cells left out).
  ///
  /// - Returns: the table with the means and standard deviations that were taken away, `[D]` each.
  /// - Throws: `.constantColumn`, `.missingColumn`.
  /// - Complexity: O(N·D), two passes, sums in double precision.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public func standardized() throws(DataError) -> (
    table: Table, means: [Double], standardDeviations: [Double]
  ) {
    let D = columns
    var moments = ColumnMoments(columns: D)
    moments.add(self)
    let (means, deviations) = try moments.standardization(source: source, columnNames: columnNames)
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
}
