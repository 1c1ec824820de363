// K components, D dimensions, r[n, k] the responsibilities

public import LatentNumerics

/// The expected statistics of a Gaussian mixture, taken about an origin o[k] for each component, so that second
/// moments do not cancel where a component lies far from zero:
///
///     R[k] = Σₙ r[n,k],   m[k] = Σₙ r[n,k] (x[n] − o[k]),   S[k] = Σₙ r[n,k] (x[n] − o[k])(x[n] − o[k])ᵀ
///
/// Statistics of one oracle share their origins, and add.
public struct GaussianStatistics: EmissionStatistics {
  public let structure: CovarianceStructure
  /// R, `[K]`.
  public var counts: [Double]
  /// The number of rows of positive weight: how many directions they may span, whatever their weights sum to.
  public var rows = 0.0
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
    self.structure = structure
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
    guard a.origins == b.origins else {
      var moved = b
      moved.move(to: a.origins)
      a += moved
      return
    }
    for k in a.counts.indices { a.counts[k] += b.counts[k] }
    a.rows += b.rows
    a.first.add(b.first)
    for k in a.second.indices { a.second[k].add(b.second[k]) }
  }

  public mutating func scale(by factor: Double) {
    for k in counts.indices { counts[k] *= factor }
    rows *= factor
    first.scale(by: factor)
    for k in second.indices { second[k].scale(by: factor) }
  }

  /// Takes the moments about other origins, `[K, D]`. With δ[k] = o[k] − o′[k]:
  ///
  ///     m′[k] = m[k] + R[k] δ[k],   S′[k] = S[k] + δ[k] m[k]ᵀ + m[k] δ[k]ᵀ + R[k] δ[k] δ[k]ᵀ
  mutating func move(to other: Matrix<Double>) {
    precondition(other.rows == origins.rows && other.columns == origins.columns, "an origin a component")
    let D = origins.columns
    for k in counts.indices {
      let δ = (0..<D).map { origins[k, $0] - other[k, $0] }
      let (R, m) = (counts[k], first.row(k))
      switch structure {
      case .full: second[k].addShift(δ, m, R)
      case .tied: second[0].addShift(δ, m, R)
      case .diagonal: for j in 0..<D { second[0][k, j] += δ[j] * (2 * m[j] + R * δ[j]) }
      case .spherical: for j in 0..<D { second[0][k, 0] += δ[j] * (2 * m[j] + R * δ[j]) }
      }
      for j in 0..<D { first[k, j] += R * δ[j] }
    }
    origins = other
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

  /// Multiplies all elements.
  mutating func scale(by factor: Double) {
    withUnsafeMutableElements { a in
      for i in 0..<a.count { a[i] *= factor }
    }
  }

  /// The lower triangle grows by δ mᵀ + m δᵀ + R δ δᵀ.
  fileprivate mutating func addShift(_ δ: [Double], _ m: [Double], _ R: Double) {
    let n = columns
    withUnsafeMutableElements { a in
      for i in 0..<n { for j in 0...i { a[i * n + j] += δ[i] * m[j] + m[i] * δ[j] + R * δ[i] * δ[j] } }
    }
  }
}
