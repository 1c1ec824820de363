// K components, M categories in all, r[n, k] the responsibilities

import LatentEvidence
public import LatentNumerics

/// The expected statistics of categorical components:
///
///     R[k] = Σₙ r[n,k],   C[k,l] = Σ r[n,k] over the rows n whose observed cell in l's column is of category l
public struct CategoricalStatistics: EmissionStatistics {
  /// R, `[K]`.
  public var counts: [Double]
  /// C, `[K, M]`.
  public var cells: Matrix<Double>

  /// Statistics of no observations.
  public init(components K: Int, categories M: Int) {
    counts = Array(repeating: 0, count: K)
    cells = Matrix(rows: K, columns: M)
  }

  public var scalarCount: Int { counts.count + cells.count }

  public static func += (a: inout Self, b: Self) {
    for k in a.counts.indices { a.counts[k] += b.counts[k] }
    a.cells.add(b.cells)
  }

  public mutating func scale(by factor: Double) {
    for k in counts.indices { counts[k] *= factor }
    cells.scale(by: factor)
  }
}
