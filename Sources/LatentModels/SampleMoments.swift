// N observations, D dimensions

import LatentEvidence
public import LatentNumerics

/// Mean and covariance of a table's rows.
public enum SampleMoments {
  /// The mean, `[D]`, and the covariance with N − 1 in the denominator, `[D, D]` (0 for a single row).
  ///
  /// Two passes, the second about the mean; the result does not depend on the number of threads.
  ///
  /// - Complexity: O(N·D²).
  public static func meanAndCovariance<Scalar: LatentScalar>(
    of x: Matrix<Scalar>, threads: Int = Lanes.availableThreads
  ) -> (mean: [Double], covariance: Matrix<Double>) {
    let (N, D) = (x.rows, x.columns)
    let mean = mean(of: x, threads: threads)
    let lanes = Lanes.ranges(
      count: N, lanes: Swift.max(1, Swift.min(Swift.max(N / Swift.max(D, 1), 4), 64, N / 256)), unit: 256)
    let sum = Lanes.reduce(lanes.count, threads: threads) { lane in
      scatter(x[rows: lanes[lane]], about: mean)
    } merge: {
      $0.add($1)
    }
    var covariance = sum ?? Matrix(rows: D, columns: D)
    covariance.withUnsafeMutableElements { c in
      for i in 0..<D {
        for j in 0...i {
          let value = c[i * D + j] / Double(Swift.max(N - 1, 1))
          c[i * D + j] = value
          c[j * D + i] = value
        }
      }
    }
    return (mean, covariance)
  }

  /// The mean of the rows, `[D]`; 0 without rows. O(N·D).
  ///
  /// Summed about the first row, so that the mean of a column that does not vary is its value, exactly.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public static func mean<Scalar: LatentScalar>(
    of x: Matrix<Scalar>, threads: Int = Lanes.availableThreads
  ) -> [Double] {
    let (N, D) = (x.rows, x.columns)
    guard N > 0 else { return Array(repeating: 0, count: D) }
    let origin = x.row(0).map { Double($0) }
    let lanes = Lanes.ranges(count: N, lanes: Swift.max(1, Swift.min(64, N / 1024)))
    let sums = Lanes.map(lanes.count, threads: threads) { lane in
      var sum = [Double](repeating: 0, count: D)
      x[rows: lanes[lane]].withUnsafeElements { elements in
        for i in 0..<lanes[lane].count {
          for j in 0..<D { sum[j] += Double(elements[i * D + j]) - origin[j] }
        }
      }
      return sum
    }
    return (0..<D).map { j in origin[j] + sums.reduce(0) { $0 + $1[j] } / Double(N) }
  }

  /// The lower triangle of Σ (x − μ)(x − μ)ᵀ over the rows, in double.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private static func scatter<Scalar: LatentScalar>(
    _ x: Matrix<Scalar>, about mean: [Double]
  ) -> Matrix<Double> {
    let D = x.columns
    var total = Matrix<Double>(rows: D, columns: D)
    guard D > 0 else { return total }
    var block = Matrix<Double>(rows: 256, columns: D)
    total.withUnsafeMutableElements { total in
      block.withUnsafeMutableElements { block in
        x.withUnsafeElements { x in
          for start in stride(from: 0, to: x.count / D, by: 256) {
            let rows = Swift.min(256, x.count / D - start)
            for i in 0..<rows {
              for j in 0..<D { block[i * D + j] = Double(x[(start + i) * D + j]) - mean[j] }
            }
            BLAS.accumulateGram(
              n: D, k: rows, block.baseAddress!, stride: D, into: total.baseAddress!, stride: D)
          }
        }
      }
    }
    return total
  }
}
