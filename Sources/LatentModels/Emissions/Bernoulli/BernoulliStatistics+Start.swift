// N observations, D dimensions, K components

import LatentEvidence
import LatentNumerics

extension Rows {
  /// - Throws: `.notBinary` for the first value, in the order of the batch, that is neither 0, 1 nor missing.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func requireBinary() throws(InferenceError) {
    let found = values.withUnsafeElements { x in
      x.indices.first { !(x[$0] == 0 || x[$0] == 1 || x[$0].isNaN) }
    }
    guard let found else { return }
    throw .notBinary(
      row: sourceIndex(of: found / columns), column: found % columns,
      value: Double(values[found / columns, found % columns]))
  }
}

extension BernoulliStatistics {
  /// Statistics whose maximising parameters are a start.
  ///
  /// The clusters of k-means (missing cells at their columns' means) count with their rows, and one row more at the
  /// columns' means, so that no probability starts at 0 or 1. Of random rows, and of given means, every component counts
  /// N/K rows: of ¼ of the row and ¾ of the columns' means; of the means as given, but for 0 and 1, which become what
  /// Laplace's rule makes of N rows.
  ///
  /// - Throws: `.invalidParameter` for given means that are no probabilities.
  static func start<Scalar: LatentScalar>(
    for rows: Rows<Scalar>, start: MixtureStart, components K: Int, using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> BernoulliStatistics {
    let D = rows.columns
    let N = rows.totalWeight
    let column = columnMeans(of: rows)
    func equal(_ μ: (_ k: Int, _ j: Int) -> Double) -> BernoulliStatistics {
      var s = BernoulliStatistics(components: K, dimensions: D)
      let share = N / Double(K)
      for k in 0..<K {
        s.counts[k] = share
        for j in 0..<D {
          s.ones[k, j] = share * μ(k, j)
          s.observed[k, j] = share
        }
      }
      return s
    }
    switch start {
    case .kMeans:
      let clusters = HardClusters(
        of: rows, components: K, using: stream, threads: threads
      ) { table in
        Matrix(rows: table.rows, columns: D) { out in
          table.withUnsafeElements { x in
            for i in 0..<x.count {
              out.initializeElement(at: i, to: x[i].isNaN ? Scalar(column[i % D]) : x[i])
            }
          }
        }
      }
      var s = BernoulliStatistics(components: K, dimensions: D)
      for k in 0..<K {
        s.counts[k] = 1
        for j in 0..<D {
          s.ones[k, j] = column[j]
          s.observed[k, j] = 1
        }
      }
      for (n, k) in clusters.members { s.add(rows.values, row: n, weight: rows.weight(of: n), to: k) }
      return s
    case .randomRows:
      var stream = stream
      let chosen = rows.randomRows(K, using: &stream)
      let values = rows.values
      return equal { k, j in
        let x = Double(values[chosen[k], j])
        return x.isNaN ? column[j] : 0.25 * x + 0.75 * column[j]
      }
    case .means(let means):
      for μ in means.elements where !(μ >= 0 && μ <= 1) {
        throw .invalidParameter(name: "initial means", value: "\(μ)", requirement: "from 0 to 1")
      }
      let least = 1 / (Double(rows.rows) + 2)
      return equal { k, j in
        let μ = means[k, j]
        return μ == 0 ? least : μ == 1 ? 1 - least : μ
      }
    }
  }

  /// Adds one row to one component.
  private mutating func add<Scalar: LatentScalar>(
    _ values: Matrix<Scalar>, row n: Int, weight: Double, to k: Int
  ) {
    let D = values.columns
    counts[k] += weight
    values.withUnsafeElements { x in
      ones.withUnsafeMutableElements { ones in
        observed.withUnsafeMutableElements { observed in
          for j in 0..<D where !x[n * D + j].isNaN {
            ones[k * D + j] += weight * Double(x[n * D + j])
            observed[k * D + j] += weight
          }
        }
      }
    }
  }

  /// (1 + Σ w x) / (2 + Σ w) over the observed cells of each column: Laplace's rule.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private static func columnMeans<Scalar: LatentScalar>(of rows: Rows<Scalar>) -> [Double] {
    let (N, D) = (rows.rows, rows.columns)
    var ones = [Double](repeating: 1, count: D)
    var observed = [Double](repeating: 2, count: D)
    rows.values.withUnsafeElements { x in
      for n in 0..<N {
        let w = rows.weight(of: n)
        for j in 0..<D where !x[n * D + j].isNaN {
          ones[j] += w * Double(x[n * D + j])
          observed[j] += w
        }
      }
    }
    return zip(ones, observed).map { $0 / $1 }
  }
}
