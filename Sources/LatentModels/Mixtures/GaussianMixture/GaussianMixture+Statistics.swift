// K components, D dimensions, r[n, k] the responsibilities

public import LatentEvidence
public import LatentNumerics

/// The expected statistics of a Gaussian mixture, taken about an origin o[k] for each component, so that second
/// moments do not cancel where a component lies far from zero:
///
///     R[k] = Σₙ r[n,k],   m[k] = Σₙ r[n,k] (x[n] − o[k]),   S[k] = Σₙ r[n,k] (x[n] − o[k])(x[n] − o[k])ᵀ
///
/// Statistics of one oracle share their origins, and add.
public struct GaussianMixtureStatistics: SufficientStatistics {
  /// R, `[K]`.
  public var counts: [Double]
  /// o, `[K, D]`.
  public var origins: Matrix<Double>
  /// m, `[K, D]`.
  public var first: Matrix<Double>
  /// S, in as many numbers as the covariances have: full, K times `[D, D]` (lower triangles); tied, one
  /// `[D, D]` summed over k; diagonal, one `[K, D]`; spherical, one `[K, 1]` with the traces.
  public var second: [Matrix<Double>]

  /// Statistics of no observations.
  public init(structure: CovarianceStructure, origins: Matrix<Double>) {
    let (K, D) = (origins.rows, origins.columns)
    counts = Array(repeating: 0, count: K)
    self.origins = origins
    first = Matrix(rows: K, columns: D)
    second =
      switch structure {
      case .full: (0..<K).map { _ in Matrix(rows: D, columns: D) }
      case .tied: [Matrix(rows: D, columns: D)]
      case .diagonal: [Matrix(rows: K, columns: D)]
      case .spherical: [Matrix(rows: K, columns: 1)]
      }
  }

  public var scalarCount: Int {
    counts.count + first.count + second.reduce(0) { $0 + $1.count }
  }

  public static func += (a: inout Self, b: Self) {
    precondition(a.origins == b.origins, "statistics about different origins do not add")
    for k in a.counts.indices { a.counts[k] += b.counts[k] }
    a.first.add(b.first)
    for k in a.second.indices { a.second[k].add(b.second[k]) }
  }
}

extension Matrix<Double> {
  /// Adds another matrix of the same shape.
  mutating func add(_ other: Matrix<Double>) {
    precondition(rows == other.rows && columns == other.columns, "matrices of different shapes")
    withUnsafeMutableElements { a in
      other.withUnsafeElements { b in
        for i in 0..<a.count { a[i] += b[i] }
      }
    }
  }
}
