// D dimensions, K components, L factors; r[n, k] the responsibilities, z̃ = (z, 1)

import LatentEvidence
public import LatentNumerics

/// The expected statistics of factor analysers, taken about an origin o[k] for each component:
///
///     A[k] = Σₙ r[n,k] E[z̃ z̃ᵀ],   B[k] = Σₙ r[n,k] E[(x − o[k]) z̃ᵀ],   C[k]ⱼ = Σₙ r[n,k] E[(x − o[k])ⱼ²]
///
/// with z̃ = (z, 1), so that the last element of A[k] counts rows; expectations under q(z, x missing | x observed, k).
public struct FactorStatistics: EmissionStatistics {
  /// o, `[K, D]`.
  public var origins: Matrix<Double>
  /// A, K times `[L + 1, L + 1]`.
  public var latent: [Matrix<Double>]
  /// B, K times `[D, L + 1]`.
  public var cross: [Matrix<Double>]
  /// C, `[K, D]`.
  public var squares: Matrix<Double>
  /// The number of rows of positive weight: how many directions they may span, whatever their weights sum to.
  public var rows = 0.0
  /// For variational Bayes, the hyperparameters that the expectations were taken under, where the next step begins.
  public var hyperparameters: VariationalFactorParameters?

  /// Statistics of no observations.
  public init(
    origins: Matrix<Double>, factors L: Int, hyperparameters: VariationalFactorParameters? = nil
  ) {
    self.hyperparameters = hyperparameters
    let (K, D) = (origins.rows, origins.columns)
    self.origins = origins
    latent = (0..<K).map { _ in Matrix(rows: L + 1, columns: L + 1) }
    cross = (0..<K).map { _ in Matrix(rows: D, columns: L + 1) }
    squares = Matrix(rows: K, columns: D)
  }

  /// R, the expected number of rows of each component, `[K]`.
  public var counts: [Double] { latent.map { $0[$0.rows - 1, $0.rows - 1] } }

  /// L.
  var factors: Int { (latent.first?.rows ?? 1) - 1 }

  public var scalarCount: Int {
    squares.count + latent.reduce(0) { $0 + $1.count } + cross.reduce(0) { $0 + $1.count }
  }

  public static func += (a: inout Self, b: Self) {
    guard a.origins == b.origins else {
      var moved = b
      moved.move(to: a.origins)
      a += moved
      return
    }
    for k in a.latent.indices {
      a.latent[k].add(b.latent[k])
      a.cross[k].add(b.cross[k])
    }
    a.squares.add(b.squares)
    a.rows += b.rows
  }

  public mutating func scale(by factor: Double) {
    for k in latent.indices {
      latent[k].scale(by: factor)
      cross[k].scale(by: factor)
    }
    squares.scale(by: factor)
    rows *= factor
  }

  /// Takes the moments about other origins, `[K, D]`. With δ = o − o′ and a, b the last row of A and the last column of
  /// B:
  ///
  ///     B′ = B + δ aᵀ,   C′ = C + 2 δ b + R δ²
  mutating func move(to other: Matrix<Double>) {
    precondition(other.rows == origins.rows && other.columns == origins.columns, "an origin a component")
    let (D, n) = (origins.columns, latent.first?.rows ?? 1)
    for k in latent.indices {
      let a = latent[k].row(n - 1)
      for j in 0..<D {
        let δ = origins[k, j] - other[k, j]
        squares[k, j] += δ * (2 * cross[k][j, n - 1] + a[n - 1] * δ)
        for l in 0..<n { cross[k][j, l] += δ * a[l] }
      }
    }
    origins = other
  }
}
