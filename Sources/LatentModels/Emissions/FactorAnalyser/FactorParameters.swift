// D dimensions, K components, L factors

public import LatentFiles
public import LatentNumerics

/// θ of K factor analysers, x = μ[k] + W[k] z + ε with z ~ 𝒩(0, I) and ε ~ 𝒩(0, Ψ[k]).
public struct FactorParameters: EmissionParameters {
  /// μ, `[K, D]`.
  public var means: Matrix<Double>
  /// W, K times `[D, L]`.
  public var loadings: [Matrix<Double>]
  /// Ψ, in as few numbers as its structure has: `[K, D]`; one row where components share it, one column where it is
  /// a multiple of the identity.
  public var noise: Matrix<Double>

  /// - Precondition: shapes as above; L the same for all components.
  public init(means: Matrix<Double>, loadings: [Matrix<Double>], noise: Matrix<Double>) {
    let (K, D) = (means.rows, means.columns)
    precondition(loadings.count == K, "loadings for every component")
    precondition(
      loadings.allSatisfy { $0.rows == D && $0.columns == loadings[0].columns }, "loadings [D, L]")
    precondition(
      (noise.rows == 1 || noise.rows == K) && (noise.columns == 1 || noise.columns == D), "noise [K, D]")
    self.means = means
    self.loadings = loadings
    self.noise = noise
  }

  public var components: Int { means.rows }
  public var dimensions: Int { means.columns }
  /// L.
  public var factors: Int { loadings.first?.columns ?? 0 }

  /// The diagonal of Ψ[k], `[D]`.
  public func noiseVariances(of k: Int) -> [Double] {
    let row = noise.row(noise.rows == 1 ? 0 : k)
    return noise.columns == 1 ? Array(repeating: row[0], count: dimensions) : row
  }

  /// The covariance of component k, W[k] W[k]ᵀ + Ψ[k], `[D, D]`; for looking at, and for small D.
  public func covariance(of k: Int) -> Matrix<Double> {
    var Σ = loadings[k].multiplied(by: loadings[k], transposingSecond: true)
    for (j, ψ) in noiseVariances(of: k).enumerated() { Σ[j, j] += ψ }
    return Σ
  }

  /// The variances of component k, `[D]`.
  func variances(of k: Int) -> [Double] {
    zip(noiseVariances(of: k), loadings[k].rowSquares()).map { $0 + $1 }
  }

  /// The variances of the mixture with these weights, `[D]`.
  func totalVariances(weights: [Double]) -> [Double] {
    means.totalVariances(weights: weights) { variances(of: $0) }
  }

  /// The same densities with the factors in a fixed convention.
  ///
  /// A rotation of the factors changes no density. Here W[k]ᵀ Ψ[k]⁻¹ W[k] is diagonal and falls from factor to factor, and
  /// the largest loading of each factor (the first of them) is positive. For isotropic noise the factors are the principal
  /// axes, ordered by variance. In these coordinates the posterior's covariance is diagonal.
  ///
  /// - Complexity: O(K·D·L²).
  public func inCanonicalRotation() -> FactorParameters {
    var result = self
    for k in 0..<components {
      let white = loadings[k].scalingRows(by: noiseVariances(of: k).map { 1 / $0.squareRoot() })
      guard let eigen = SymmetricEigen(white.multiplied(by: white, transposingFirst: true)) else { continue }
      let L = factors
      let order = (0..<L).reversed().map { $0 }  // eigenvalues come in ascending order
      var rotated = loadings[k].multiplied(by: eigen.vectors.selecting(rows: order), transposingSecond: true)
      for l in 0..<L {
        let column = rotated.column(l)
        guard let largest = column.max(by: { $0.magnitude < $1.magnitude }), largest < 0 else { continue }
        for j in 0..<dimensions { rotated[j, l] = -rotated[j, l] }
      }
      result.loadings[k] = rotated
    }
    return result
  }
}

extension FactorParameters: Archivable {
  /// Tensors `means` `[K, D]`, `loadings` `[K, D, L]`, `noise` `[K or 1, D or 1]`, all F64.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/means", means)
    archive.set(
      "\(path)/loadings",
      Tensor(shape: [components, dimensions, factors], elements: loadings.flatMap(\.elements)))
    archive.set("\(path)/noise", noise)
  }

  /// Reads and checks the parameters: finite means and loadings, positive noise.
  public init(from archive: Archive, at path: String) throws(FileError) {
    let means: Matrix<Double> = try archive.matrix("\(path)/means")
    let (K, D) = (means.rows, means.columns)
    guard K > 0, D > 0, means.elements.allSatisfy(\.isFinite) else {
      throw archive.invalidValue("\(path)/means")
    }
    let all: [Double] = try archive.elements("\(path)/loadings", shape: [K, D, nil])
    let L = all.count / (K * D)
    guard L > 0, all.allSatisfy(\.isFinite) else { throw archive.invalidValue("\(path)/loadings") }
    let noise: Matrix<Double> = try archive.matrix("\(path)/noise")
    guard noise.rows == 1 || noise.rows == K, noise.columns == 1 || noise.columns == D,
      noise.elements.allSatisfy({ $0 > 0 && $0.isFinite })
    else { throw archive.invalidValue("\(path)/noise") }
    self.init(
      means: means,
      loadings: (0..<K).map {
        Matrix(rows: D, columns: L, elements: all[$0 * D * L..<($0 + 1) * D * L])
      }, noise: noise)
  }
}
