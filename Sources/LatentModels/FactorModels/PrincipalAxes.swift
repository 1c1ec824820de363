// N rows, D columns, W the total weight

import LatentEvidence
import LatentNumerics

/// Mean, variances and principal axes of rows, each counting with its weight; a missing cell takes its column's mean.
struct PrincipalAxes: Sendable {
  /// The mean of the observed cells, `[D]`; 0 in a column without any.
  let mean: [Double]
  /// The variances of the observed cells, with their weight in the denominator, `[D]`.
  let variances: [Double]
  /// The largest eigenvalues of their covariance, descending: as many as N and D allow.
  let values: [Double]
  /// The axes that go with them, as rows.
  let vectors: Matrix<Double>

  /// - Parameters:
  ///   - x: the rows.
  ///   - columnScales: what the filled, centred columns are multiplied by first, `[D]`; nil for 1. Mean and variances are
  ///     of the columns as they are.
  ///   - isWhole: whether these are all rows, so that a column must have an observed cell.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Throws: `.columnMissing`; `.notFinite` where moments overflow; `.noVariation` where no column varies.
  /// - Complexity: O(N·D·min(N, D) + min(N, D)³).
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  init<Scalar: LatentScalar>(
    of x: Rows<Scalar>, columnScales: ((_ variances: [Double]) -> [Double])? = nil,
    isWhole: Bool = true, threads: Int
  ) throws(InferenceError) {
    let (N, D) = (x.rows, x.columns)
    let (mean, variances) = try Self.meanAndVariances(of: x, isWhole: isWhole, threads: threads)
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

  /// The mean and the variance, with their weight in the denominator, of each column's observed cells, `[D]`; mean and
  /// variance are 0 without any.
  ///
  /// - Throws: `.columnMissing` where these are all rows; `.notFinite` where moments overflow.
  static func meanAndVariances<Scalar: LatentScalar>(
    of x: Rows<Scalar>, isWhole: Bool = true, threads: Int
  ) throws(InferenceError) -> (mean: [Double], variances: [Double]) {
    let D = x.columns
    let mean = SampleMoments.observedMeans(of: x, threads: threads)
    let lanes = lanes(x.rows)
    let parts = Lanes.map(lanes.count, threads: threads) { squares(of: x, rows: lanes[$0], about: mean) }
    var variances = [Double](repeating: 0, count: D)
    for j in 0..<D {
      let observed = parts.reduce(0) { $0 + $1.observed[j] }
      if observed > 0 { variances[j] = parts.reduce(0) { $0 + $1.squares[j] } / observed }
      guard observed > 0 || !isWhole else { throw .columnMissing(j) }
    }
    guard mean.allSatisfy(\.isFinite), variances.allSatisfy(\.isFinite) else {
      throw .notFinite(quantity: "sample covariance", row: nil)
    }
    return (mean, variances)
  }

  /// Lanes depend on the data alone.
  private static func lanes(_ N: Int) -> [Range<Int>] {
    Lanes.ofRows(N)
  }

  /// Σ w (x − mean)² and Σ w over the observed cells of each column.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private static func squares<Scalar: LatentScalar>(
    of x: Rows<Scalar>, rows: Range<Int>, about mean: [Double]
  ) -> (squares: [Double], observed: [Double]) {
    let D = x.columns
    var (squares, observed) = ([Double](repeating: 0, count: D), [Double](repeating: 0, count: D))
    x.values.withUnsafeElements { values in
      for n in rows {
        let weight = x.weight(of: n)
        guard weight > 0 else { continue }
        for j in 0..<D {
          let offset = Double(values[n * D + j]) - mean[j]
          squares[j] += offset.isNaN ? 0 : weight * offset * offset
          observed[j] += offset.isNaN ? 0 : weight
        }
      }
    }
    return (squares, observed)
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
