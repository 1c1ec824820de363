// N observations, D dimensions, w the rows' weights

public import LatentEvidence
public import LatentNumerics

/// Mean and covariance of a table's rows.
public enum SampleMoments {
  /// The mean, `[D]`, and the covariance with N − 1 in the denominator, `[D, D]` (0 for a single row), of a table
  /// without missing cells.
  ///
  /// Two passes, the second about the mean; the result does not depend on the number of threads.
  ///
  /// - Complexity: O(N·D²).
  public static func meanAndCovariance<Scalar: LatentScalar>(
    of x: Matrix<Scalar>, threads: Int = Lanes.availableThreads
  ) -> (mean: [Double], covariance: Matrix<Double>) {
    let (mean, observed) = means(of: x, weights: nil, threads: threads)
    return (mean, covariance(of: x, weights: nil, mean: mean, observed: observed, threads: threads))
  }

  /// The weighted mean, `[D]`, and covariance, `[D, D]`, of rows of which cells may be missing.
  ///
  /// Means and variances of a column are those of its observed cells, with the cells' total weight less 1 in the
  /// variance's denominator (half of it, where it is below 2). The covariance of two columns takes a missing cell for
  /// the mean; so correlations shrink with the share of missing cells, and the matrix has no negative eigenvalue: it is
  /// that of the filled rows, and more on the diagonal.
  ///
  /// - Throws: `.columnMissing` for a column without an observed cell in a row of positive weight.
  /// - Complexity: O(N·D²).
  public static func meanAndCovariance<Scalar: LatentScalar>(
    of rows: Rows<Scalar>, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> (mean: [Double], covariance: Matrix<Double>) {
    let (mean, observed) = means(of: rows.values, weights: rows.weights, threads: threads)
    if rows.rows > 0, let column = observed.firstIndex(where: { !($0 > 0) }) { throw .columnMissing(column) }
    return (
      mean,
      covariance(of: rows.values, weights: rows.weights, mean: mean, observed: observed, threads: threads)
    )
  }

  /// The mean of the rows of a table without missing cells, `[D]`; 0 without rows. O(N·D).
  ///
  /// Summed about the first row, so that the mean of a column that does not vary is its value, exactly.
  public static func mean<Scalar: LatentScalar>(
    of x: Matrix<Scalar>, threads: Int = Lanes.availableThreads
  ) -> [Double] {
    means(of: x, weights: nil, threads: threads).mean
  }

  /// The weighted mean of each column's observed cells, `[D]`; 0 without any. O(N·D).
  static func observedMeans<Scalar: LatentScalar>(of rows: Rows<Scalar>, threads: Int) -> [Double] {
    means(of: rows.values, weights: rows.weights, threads: threads).mean
  }

  /// The mean of each column's observed cells (0 without any), and their total weight, `[D]`.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private static func means<Scalar: LatentScalar>(
    of x: Matrix<Scalar>, weights: Matrix<Double>?, threads: Int
  ) -> (mean: [Double], observed: [Double]) {
    let (N, D) = (x.rows, x.columns)
    let origin = origin(of: x, weights: weights)
    let lanes = Lanes.ranges(count: N, lanes: Swift.max(1, Swift.min(64, N / 1024)))
    let parts = Lanes.map(lanes.count, threads: threads) { lane in
      var (sum, observed) = ([Double](repeating: 0, count: D), [Double](repeating: 0, count: D))
      x.withUnsafeElements { x in
        for n in lanes[lane] {
          let w = weights?[n, 0] ?? 1
          guard w > 0 else { continue }
          for j in 0..<D {
            let d = Double(x[n * D + j]) - origin[j]
            let isObserved = !x[n * D + j].isNaN
            sum[j] += isObserved ? w * d : 0
            observed[j] += isObserved ? w : 0
          }
        }
      }
      return (sum, observed)
    }
    let observed = (0..<D).map { j in parts.reduce(0) { $0 + $1.1[j] } }
    return (
      (0..<D).map { j in
        observed[j] > 0 ? origin[j] + parts.reduce(0) { $0 + $1.0[j] } / observed[j] : 0
      }, observed
    )
  }

  /// The first observed cell of each column; 0 without any.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private static func origin<Scalar: LatentScalar>(of x: Matrix<Scalar>, weights: Matrix<Double>?) -> [Double]
  {
    let (N, D) = (x.rows, x.columns)
    return x.withUnsafeElements { x in
      (0..<D).map { j in
        for n in 0..<N where !x[n * D + j].isNaN && weights?[n, 0] ?? 1 > 0 { return Double(x[n * D + j]) }
        return 0
      }
    }
  }

  private static func covariance<Scalar: LatentScalar>(
    of x: Matrix<Scalar>, weights: Matrix<Double>?, mean: [Double], observed: [Double], threads: Int
  ) -> Matrix<Double> {
    let (N, D) = (x.rows, x.columns)
    let lanes = Lanes.ranges(
      count: N, lanes: Swift.max(1, Swift.min(Swift.max(N / Swift.max(D, 1), 4), 64, N / 256)), unit: 256)
    let sum = Lanes.reduce(lanes.count, threads: threads) { lane in
      scatter(x[rows: lanes[lane]], weights: weights.map { $0[rows: lanes[lane]] }, about: mean)
    } merge: {
      $0.add($1)
    }
    var covariance = sum ?? Matrix(rows: D, columns: D)
    let total = weights.map { $0.withUnsafeElements { $0.reduce(0, +) } } ?? Double(N)
    let denominator = degreesOfFreedom(total)
    covariance.withUnsafeMutableElements { c in
      for i in 0..<D {
        let own = observed[i] < total && observed[i] > 0 ? degreesOfFreedom(observed[i]) : denominator
        c[i * D + i] /= own
        for j in 0..<i {
          let value = c[i * D + j] / denominator
          c[i * D + j] = value
          c[j * D + i] = value
        }
      }
    }
    return covariance
  }

  /// The denominator of a variance of this total weight.
  private static func degreesOfFreedom(_ weight: Double) -> Double {
    weight > 0 ? Swift.max(weight - 1, weight / 2) : 1
  }

  /// The lower triangle of Σ w (x − μ)(x − μ)ᵀ over the rows, in double, with 0 for x − μ where x is missing.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private static func scatter<Scalar: LatentScalar>(
    _ x: Matrix<Scalar>, weights: Matrix<Double>?, about mean: [Double]
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
              let root = weights.map { $0[start + i, 0].squareRoot() } ?? 1
              for j in 0..<D {
                let d = root * (Double(x[(start + i) * D + j]) - mean[j])
                block[i * D + j] = x[(start + i) * D + j].isNaN || root == 0 ? 0 : d
              }
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
