// K components, D dimensions, r[n, k] the responsibilities, o[n, j] 1 where a cell is observed and 0 elsewhere

import LatentEvidence
public import LatentNumerics

/// The expected statistics of Bernoulli components:
///
///     R[k] = Σₙ r[n,k],   S[k,j] = Σₙ r[n,k] o[n,j] x[n,j],   M[k,j] = Σₙ r[n,k] o[n,j]
public struct BernoulliStatistics: EmissionStatistics {
  /// R, `[K]`.
  public var counts: [Double]
  /// S, `[K, D]`: the expected number of ones.
  public var ones: Matrix<Double>
  /// M, `[K, D]`: the expected number of observed cells.
  public var observed: Matrix<Double>

  /// Statistics of no observations.
  public init(components K: Int, dimensions D: Int) {
    counts = Array(repeating: 0, count: K)
    ones = Matrix(rows: K, columns: D)
    observed = Matrix(rows: K, columns: D)
  }

  public var scalarCount: Int { counts.count + ones.count + observed.count }

  public static func += (a: inout Self, b: Self) {
    for k in a.counts.indices { a.counts[k] += b.counts[k] }
    a.ones.add(b.ones)
    a.observed.add(b.observed)
  }

  public mutating func scale(by factor: Double) {
    for k in counts.indices { counts[k] *= factor }
    ones.scale(by: factor)
    observed.scale(by: factor)
  }
}
