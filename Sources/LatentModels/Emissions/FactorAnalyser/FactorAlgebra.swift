import LatentNumerics

// Products of whole matrices in double, for what depends on parameters alone.
extension Matrix<Double> {
  /// op(self) · op(other).
  func multiplied(
    by other: Matrix<Double>, transposingFirst: Bool = false, transposingSecond: Bool = false
  ) -> Matrix<Double> {
    let (m, k) = transposingFirst ? (columns, rows) : (rows, columns)
    let n = transposingSecond ? other.rows : other.columns
    precondition(k == (transposingSecond ? other.columns : other.rows), "matrices that do not fit")
    var result = Matrix(rows: m, columns: n)
    guard m > 0, n > 0, k > 0 else { return result }
    result.withUnsafeMutableElements { c in
      withUnsafeElements { a in
        other.withUnsafeElements { b in
          BLAS.multiply(
            m: m, n: n, k: k, a.baseAddress!, stride: columns, transposingFirst: transposingFirst,
            by: b.baseAddress!, stride: other.columns, transposingSecond: transposingSecond,
            into: c.baseAddress!, stride: n)
        }
      }
    }
    return result
  }

  /// Row i times `scales[i]`.
  func scalingRows(by scales: [Double]) -> Matrix<Double> {
    precondition(scales.count == rows, "a scale for every row")
    var result = self
    result.withUnsafeMutableElements { a in
      for i in 0..<rows { for j in 0..<columns { a[i * columns + j] *= scales[i] } }
    }
    return result
  }

  /// The sums of the squares of the rows.
  func rowSquares() -> [Double] {
    withUnsafeElements { a in
      (0..<rows).map { i in
        var sum = 0.0
        for j in 0..<columns { sum += a[i * columns + j] * a[i * columns + j] }
        return sum
      }
    }
  }
}
