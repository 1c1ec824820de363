// N observations, D columns, M categories in all, K components

import LatentEvidence
import LatentNumerics

extension CategoricalStatistics {
  /// Statistics whose maximising parameters are a start.
  ///
  /// The clusters of k-means (in indicators of the categories, for missing cells their shares in the data) count with
  /// their rows, and one row more with the shares, so that no probability starts at 0. Of random rows, and of given
  /// rows of codes, every component counts N/K rows: ¼ of the row, where it is observed, and ¾ of the shares.
  ///
  /// - Throws: `.unknownCategory` for given rows that hold other codes.
  static func start<Scalar: LatentScalar>(
    for rows: Rows<Scalar>, of columns: CategoricalColumns, start: MixtureStart, components K: Int,
    using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> CategoricalStatistics {
    let M = columns.total
    let shares = shares(of: rows, columns)
    switch start {
    case .kMeans:
      let clusters = HardClusters(
        of: rows, components: K, using: stream, threads: threads
      ) { indicators(of: $0, columns, shares) }
      var s = CategoricalStatistics(components: K, categories: M)
      for k in 0..<K {
        s.counts[k] = 1
        for l in 0..<M { s.cells[k, l] = shares[l] }
      }
      for (n, k) in clusters.members {
        s.add(rows.values, row: n, weight: rows.weight(of: n), to: k, columns)
      }
      return s
    case .randomRows:
      var stream = stream
      let chosen = rows.values.selecting(rows: rows.randomRows(K, using: &stream))
      return around(chosen.converted(to: Double.self), shares, columns, rows: rows.totalWeight)
    case .means(let modes):
      try columns.validate(Rows(modes))
      return around(modes, shares, columns, rows: rows.totalWeight)
    }
  }

  private static func around(
    _ centres: Matrix<Double>, _ shares: [Double], _ columns: CategoricalColumns, rows N: Double
  ) -> CategoricalStatistics {
    let K = centres.rows
    var s = CategoricalStatistics(components: K, categories: columns.total)
    for k in 0..<K {
      s.counts[k] = N / Double(K)
      for j in 0..<columns.count {
        let code = centres[k, j]
        for l in columns.range(j) {
          let own = code.isNaN ? shares[l] : Double(l - columns.offsets[j]) == code ? 1 : 0
          s.cells[k, l] = s.counts[k] * (0.25 * own + 0.75 * shares[l])
        }
      }
    }
    return s
  }

  /// Adds one row to one component.
  private mutating func add<Scalar: LatentScalar>(
    _ values: Matrix<Scalar>, row n: Int, weight: Double, to k: Int, _ columns: CategoricalColumns
  ) {
    counts[k] += weight
    let D = columns.count
    values.withUnsafeElements { x in
      for j in 0..<D where !x[n * D + j].isNaN { cells[k, columns.offsets[j] + Int(x[n * D + j])] += weight }
    }
  }

  /// (1 + Σ w) / (L + Σ w) over the observed cells of each column with L categories, `[M]`: Laplace's rule.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private static func shares<Scalar: LatentScalar>(
    of rows: Rows<Scalar>, _ columns: CategoricalColumns
  ) -> [Double] {
    let D = columns.count
    var shares = [Double](repeating: 1, count: columns.total)
    rows.values.withUnsafeElements { x in
      for n in 0..<rows.rows {
        let w = rows.weight(of: n)
        for j in 0..<D where !x[n * D + j].isNaN { shares[columns.offsets[j] + Int(x[n * D + j])] += w }
      }
    }
    for j in 0..<D {
      let total = columns.range(j).reduce(0) { $0 + shares[$1] }
      for l in columns.range(j) { shares[l] /= total }
    }
    return shares
  }

  /// 1 for a row's categories and 0 for the others, `[n, M]`; the shares where a cell is missing.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private static func indicators<Scalar: LatentScalar>(
    of x: Matrix<Scalar>, _ columns: CategoricalColumns, _ shares: [Double]
  ) -> Matrix<Scalar> {
    let (D, M) = (columns.count, columns.total)
    var result = Matrix<Scalar>(rows: x.rows, columns: M)
    result.withUnsafeMutableElements { result in
      x.withUnsafeElements { x in
        for n in 0..<x.count / D {
          for j in 0..<D {
            let value = x[n * D + j]
            if value.isNaN {
              for l in columns.range(j) { result[n * M + l] = Scalar(shares[l]) }
            } else {
              result[n * M + columns.offsets[j] + Int(value)] = 1
            }
          }
        }
      }
    }
    return result
  }
}
