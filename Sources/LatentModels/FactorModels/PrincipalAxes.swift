// N rows, D columns, W the total weight

import LatentEvidence
import LatentNumerics

/// Mean, variances and principal axes of rows, each counting with its weight; a missing cell takes its column's mean.
struct PrincipalAxes: Sendable {
  /// The mean of the observed cells, `[D]`; 0 in a column without any.
  let mean: [Double]
  /// The variances of the filled columns, with W in the denominator, `[D]`.
  let variances: [Double]
  /// The largest eigenvalues of their covariance, descending: as many as N and D allow.
  let values: [Double]
  /// The axes that go with them, as rows.
  let vectors: Matrix<Double>

  /// - Parameters:
  ///   - x: the rows.
  ///   - columnScales: what the filled, centred columns are multiplied by first, `[D]`; nil for 1. Mean and variances are
  ///     of the columns as they are.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Throws: `.notFinite` where moments overflow; `.noVariation` where no column varies.
  /// - Complexity: O(N·D·min(N, D) + min(N, D)³).
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  init<Scalar: LatentScalar>(
    of x: Rows<Scalar>, columnScales: ((_ variances: [Double]) -> [Double])? = nil, threads: Int
  ) throws(InferenceError) {
    let (N, D) = (x.rows, x.columns)
    let (mean, variances) = try Self.meanAndVariances(of: x, threads: threads)
    guard variances.contains(where: { $0 > 0 }) else { throw .noVariation }
    let lanes = Self.lanes(N)
    let weights = (0..<N).map { x.weight(of: $0) }
    let total = weights.reduce(0, +)
    let centre = mean
    let scales = columnScales?(variances) ?? Array(repeating: 1, count: D)

    self.mean = mean
    self.variances = variances
    if D <= N {
      // XᵀX / W.
      let count = Swift.min(lanes.count, Swift.max(4, N / Swift.max(D, 1)))
      let gram = Lanes.reduce(count, threads: threads) { part in
        var gram = Matrix<Double>(rows: D, columns: D)
        for lane in lanes.count * part / count..<lanes.count * (part + 1) / count {
          let rows = Self.prepared(x, rows: lanes[lane], weights: weights, about: centre, scales: scales)
          gram.withUnsafeMutableElements { c in
            rows.withUnsafeElements { a in
              BLAS.accumulateGram(
                n: D, k: rows.rows, a.baseAddress!, stride: D, into: c.baseAddress!, stride: D)
            }
          }
        }
        return gram
      } merge: {
        $0.add($1)
      }
      guard var gram, D > 0 else { throw .noVariation }
      gram.scale(by: 1 / total)
      guard let eigen = SymmetricEigen(gram) else {
        throw .notFinite(quantity: "sample covariance", row: nil)
      }
      values = eigen.values.reversed()
      vectors = eigen.vectors.selecting(rows: (0..<D).reversed())
    } else {
      // X Xᵀ / W has the same eigenvalues; v = Xᵀ u / √(λW).
      let rows = Self.prepared(x, rows: 0..<N, weights: weights, about: centre, scales: scales)
      var gram = rows.multiplied(by: rows, transposingSecond: true)
      gram.scale(by: 1 / total)
      guard let eigen = SymmetricEigen(gram) else {
        throw .notFinite(quantity: "sample covariance", row: nil)
      }
      values = eigen.values.reversed()
      let images = eigen.vectors.selecting(rows: (0..<N).reversed()).multiplied(by: rows)
      let lengths = images.rowSquares().map { $0 > 0 ? 1 / $0.squareRoot() : 0 }
      vectors = images.scalingRows(by: lengths)
    }
  }

  /// The mean of the observed cells and the variance, with W in the denominator, of the columns filled with it, `[D]`.
  ///
  /// - Throws: `.notFinite` where moments overflow.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  static func meanAndVariances<Scalar: LatentScalar>(
    of x: Rows<Scalar>, threads: Int
  ) throws(InferenceError) -> (mean: [Double], variances: [Double]) {
    let (N, D) = (x.rows, x.columns)
    let lanes = lanes(N)
    let weights = (0..<N).map { x.weight(of: $0) }
    let total = weights.reduce(0, +)
    var mean = [Double](repeating: 0, count: D)
    var (counts, variances) = (mean, mean)
    guard total > 0 else { return (mean, variances) }
    for part in Lanes.map(lanes.count, threads: threads, { sums(of: x, rows: lanes[$0], weights: weights) }) {
      for j in 0..<D {
        mean[j] += part.sums[j]
        counts[j] += part.counts[j]
      }
    }
    for j in 0..<D { mean[j] = (counts[j] > 0 ? mean[j] / counts[j] : 0) + origin(of: x, column: j) }
    let centre = mean
    let squares = Lanes.map(lanes.count, threads: threads) {
      Self.squares(of: x, rows: lanes[$0], weights: weights, about: centre)
    }
    for part in squares { for j in 0..<D { variances[j] += part[j] / total } }
    guard mean.allSatisfy(\.isFinite), variances.allSatisfy(\.isFinite) else {
      throw .notFinite(quantity: "sample covariance", row: nil)
    }
    return (mean, variances)
  }

  /// Lanes depend on the data alone.
  private static func lanes(_ N: Int) -> [Range<Int>] {
    Lanes.ranges(count: N, lanes: Swift.max(1, Swift.min(64, N / 256)), unit: 256)
  }

  /// Sums are taken about the first row, so that the mean of a column that does not vary is its value, exactly.
  private static func origin<Scalar: LatentScalar>(of x: Rows<Scalar>, column j: Int) -> Double {
    let first = Double(x.values[0, j])
    return first.isNaN ? 0 : first
  }

  /// Σ w (x − origin) and Σ w over the observed cells of each column.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private static func sums<Scalar: LatentScalar>(
    of x: Rows<Scalar>, rows: Range<Int>, weights: [Double]
  ) -> (sums: [Double], counts: [Double]) {
    let D = x.columns
    let origins = (0..<D).map { origin(of: x, column: $0) }
    var (sums, counts) = ([Double](repeating: 0, count: D), [Double](repeating: 0, count: D))
    x.values.withUnsafeElements { x in
      for n in rows {
        for j in 0..<D {
          let value = Double(x[n * D + j])
          guard !value.isNaN else { continue }
          sums[j] += weights[n] * (value - origins[j])
          counts[j] += weights[n]
        }
      }
    }
    return (sums, counts)
  }

  /// Σ w (x − mean)² over the observed cells of each column.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private static func squares<Scalar: LatentScalar>(
    of x: Rows<Scalar>, rows: Range<Int>, weights: [Double], about mean: [Double]
  ) -> [Double] {
    let D = x.columns
    var squares = [Double](repeating: 0, count: D)
    x.values.withUnsafeElements { x in
      for n in rows {
        for j in 0..<D {
          let offset = Double(x[n * D + j]) - mean[j]
          squares[j] += offset.isNaN ? 0 : weights[n] * offset * offset
        }
      }
    }
    return squares
  }

  /// √w (x − mean) · scale, 0 where a cell is missing.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private static func prepared<Scalar: LatentScalar>(
    _ x: Rows<Scalar>, rows: Range<Int>, weights: [Double], about mean: [Double], scales: [Double]
  ) -> Matrix<Double> {
    let D = x.columns
    return Matrix(rows: rows.count, columns: D) { target in
      x.values.withUnsafeElements { x in
        for (i, n) in rows.enumerated() {
          let root = weights[n].squareRoot()
          for j in 0..<D {
            let offset = (Double(x[n * D + j]) - mean[j]) * scales[j]
            target.initializeElement(at: i * D + j, to: offset.isNaN ? 0 : root * offset)
          }
        }
      }
    }
  }
}
