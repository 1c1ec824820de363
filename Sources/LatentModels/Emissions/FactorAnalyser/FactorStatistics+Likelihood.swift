// D dimensions, K components, L factors; A, B, C, o the statistics, see FactorStatistics; z̃ = (z, 1)

public import LatentEvidence
public import LatentFiles
import LatentNumerics

extension FactorAnalyserEmission: LinearEmission {
  /// That of x and the factors. With w̃[k]ⱼ = (W[k]ⱼ, μ[k]ⱼ − o[k]ⱼ) and R[k] the last element of A[k]:
  ///
  ///     Σₖ −½ ((D + L) R ln 2π + tr A_zz + Σⱼ (R ln ψⱼ + (Cⱼ − 2 w̃ⱼᵀ Bⱼ + w̃ⱼᵀ A w̃ⱼ) / ψⱼ))
  ///
  /// - Complexity: O(K·D·L²).
  public func expectedLogLikelihood(
    of statistics: FactorStatistics, at θ: FactorParameters
  ) throws(InferenceError) -> LinearTerm {
    let (K, D, L) = (θ.components, θ.dimensions, θ.factors)
    precondition(
      statistics.latent.count == K && statistics.origins.columns == D, "statistics of other parameters")
    var sum = LinearTerm()
    for k in 0..<K {
      let (A, B) = (statistics.latent[k], statistics.cross[k])
      precondition(A.rows == L + 1, "statistics of other factors")
      let R = A[L, L]
      let noise = θ.noiseVariances(of: k)
      sum.add(R, times: -0.5 * Double(D + L) * Double.log(2 * .pi))
      for l in 0..<L { sum.add(-0.5 * A[l, l]) }
      for j in 0..<D {
        sum.add(R, times: -0.5 * Double.log(noise[j]))
        let w = (0..<L).map { θ.loadings[k][j, $0] } + [θ.means[k, j] - statistics.origins[k, j]]
        sum.add(-0.5 * statistics.squares[k, j] / noise[j])
        for i in 0...L {
          sum.add(w[i] * B[j, i] / noise[j])
          var product = 0.0
          for l in 0...L { product += A[i, l] * w[l] }
          sum.add(-0.5 * w[i] * product / noise[j])
        }
      }
    }
    return sum
  }
}

extension FactorStatistics: Archivable {
  /// Tensors `rows` `[]`, `origins` and `squares` `[K, D]`, `latent` `[K, L + 1, L + 1]`, `cross` `[K, D, L + 1]`, all F64, and the
  /// hyperparameters under `hyperparameters/` where there are any.
  public func write(to archive: inout Archive, at path: String) {
    let (K, D, n) = (origins.rows, origins.columns, latent.first?.rows ?? 1)
    archive.set("\(path)/rows", rows)
    archive.set("\(path)/origins", origins)
    archive.set("\(path)/squares", squares)
    archive.set("\(path)/latent", Tensor(shape: [K, n, n], elements: latent.flatMap(\.elements)))
    archive.set("\(path)/cross", Tensor(shape: [K, D, n], elements: cross.flatMap(\.elements)))
    hyperparameters?.write(to: &archive, at: "\(path)/hyperparameters")
  }

  /// Reads and checks them: finite numbers, counts not negative.
  public init(from archive: Archive, at path: String) throws(FileError) {
    let origins: Matrix<Double> = try archive.matrix("\(path)/origins")
    let (K, D) = (origins.rows, origins.columns)
    let moments: [Double] = try archive.elements("\(path)/latent", shape: [K, nil, nil])
    let shape = try archive.tensor("\(path)/latent").shape
    let n = shape[1]
    guard K > 0, D > 0, n > 1, shape[2] == n else { throw archive.invalidValue("\(path)/latent") }
    var hyperparameters: VariationalFactorParameters?
    if archive.names.contains(where: { $0.hasPrefix("\(path)/hyperparameters/") }) {
      hyperparameters = try VariationalFactorParameters(from: archive, at: "\(path)/hyperparameters")
    }
    self.init(origins: origins, factors: n - 1, hyperparameters: hyperparameters)
    squares = try archive.matrix("\(path)/squares", rows: K, columns: D)
    let products: [Double] = try archive.elements("\(path)/cross", shape: [K, D, n])
    latent = (0..<K).map { Matrix(rows: n, columns: n, elements: moments[$0 * n * n..<($0 + 1) * n * n]) }
    cross = (0..<K).map { Matrix(rows: D, columns: n, elements: products[$0 * D * n..<($0 + 1) * D * n]) }
    // Absent from files of the first release.
    if archive.contains("\(path)/rows") { rows = try archive.value("\(path)/rows") }
    guard rows >= 0, rows.isFinite,
      [origins.elements, squares.elements, moments, products].allSatisfy({ $0.allSatisfy(\.isFinite) }),
      counts.allSatisfy({ $0 >= 0 })
    else { throw archive.invalidValue(path) }
  }
}
