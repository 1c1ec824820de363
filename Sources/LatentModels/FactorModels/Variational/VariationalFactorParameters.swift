// D dimensions, K components, L factors

import LatentDistributions
public import LatentFiles
public import LatentNumerics

/// The hyperparameters of q(θ) = Πₖ q(W[k]) q(μ[k]) q(α[k]) q(τ[k]) of variational principal component analysis.
public struct VariationalFactorParameters: EmissionParameters {
  /// E[μ], `[K, D]`.
  public var means: Matrix<Double>
  /// The variance of each element of μ[k], `[K]`.
  public var meanVariances: [Double]
  /// E[W], K times `[D, L]`.
  public var loadings: [Matrix<Double>]
  /// The covariance of each row of W[k], K times `[L, L]`.
  public var loadingCovariances: [Matrix<Double>]
  /// The shape of each q(α), and their rates, `[K, L]`.
  public var relevanceShape: Double
  public var relevanceRates: Matrix<Double>
  /// Shapes and rates of q(τ), `[K]`.
  public var noiseShapes: [Double]
  public var noiseRates: [Double]

  public var components: Int { means.rows }
  public var dimensions: Int { means.columns }
  /// L.
  public var factors: Int { relevanceRates.columns }

  /// E[τ[k]].
  func noisePrecision(_ k: Int) -> Double { noiseShapes[k] / noiseRates[k] }

  /// E[α[k]], `[L]`.
  func relevances(_ k: Int) -> [Double] { relevanceRates.row(k).map { relevanceShape / $0 } }

  /// The factors of component k that matter: whose loadings explain more than `share` of what noise does.
  public func relevantFactors(of k: Int = 0, share: Double = 0.01) -> [Int] {
    let τ = noisePrecision(k)
    return zip(0..<factors, loadings[k].transposed().rowSquares())
      .filter { $1 * τ / Double(dimensions) > share }.map(\.0)
  }

  /// The expected parameters as those of a point: E[μ], E[W], 1/E[τ].
  public var expected: FactorParameters {
    FactorParameters(
      means: means, loadings: loadings,
      noise: Matrix(rows: components, columns: 1, elements: (0..<components).map { 1 / noisePrecision($0) }))
  }

  /// The Gaussians with the moments of the posterior predictive: E[μ], E[W], and for noise what q(W), q(μ) and q(τ) leave
  /// open, (tr S + Var[μ] + E[1/τ]) I, with 1/E[τ] for E[1/τ] where that does not exist.
  public var predictive: FactorParameters {
    var result = expected
    for k in 0..<components {
      let variance = noiseShapes[k] > 1 ? noiseRates[k] / (noiseShapes[k] - 1) : 1 / noisePrecision(k)
      result.noise[k, 0] = loadingCovariances[k].diagonal.reduce(variance + meanVariances[k], +)
    }
    return result
  }

  /// Component k as rows see it. Of ln p(x | z, θ), expected under q(θ), the spread of q(W) is quadratic in z, and those of
  /// q(μ) and q(τ) are constants; a missing cell is one more Gaussian latent of precision E[τ].
  func component(_ k: Int) -> FactorComponent {
    let q = Gamma(shape: noiseShapes[k], rate: noiseRates[k])
    let τ = q.mean
    var spread = loadingCovariances[k]
    spread.scale(by: Double(dimensions) * τ)
    let offset = 0.5 * (q.expectedLogarithm - Double.log(τ)) - 0.5 * τ * meanVariances[k]
    return FactorComponent(
      mean: means.row(k), loadings: loadings[k], noise: Array(repeating: 1 / τ, count: dimensions),
      spread: spread, cellOffset: offset, absentConstant: offset)
  }
}

extension VariationalFactorParameters: Archivable {
  /// Tensors `means` `[K, D]`, `meanVariances` `[K]`, `loadings` `[K, D, L]`, `loadingCovariances` `[K, L, L]`,
  /// `relevanceShape`, `relevanceRates` `[K, L]`, `noiseShapes` and `noiseRates` `[K]`.
  public func write(to archive: inout Archive, at path: String) {
    let (K, D, L) = (components, dimensions, factors)
    archive.set("\(path)/means", means)
    archive.set("\(path)/meanVariances", meanVariances)
    archive.set(
      "\(path)/loadings", Tensor(shape: [K, D, L], elements: loadings.flatMap(\.elements)))
    archive.set(
      "\(path)/loadingCovariances",
      Tensor(shape: [K, L, L], elements: loadingCovariances.flatMap(\.elements)))
    archive.set("\(path)/relevanceShape", relevanceShape)
    archive.set("\(path)/relevanceRates", relevanceRates)
    archive.set("\(path)/noiseShapes", noiseShapes)
    archive.set("\(path)/noiseRates", noiseRates)
  }

  /// Reads and checks them: finite, variances positive, covariances positive definite.
  public init(from archive: Archive, at path: String) throws(FileError) {
    func positive(_ name: String, _ values: [Double]) throws(FileError) {
      guard values.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        throw archive.invalidValue("\(path)/\(name)")
      }
    }
    means = try archive.matrix("\(path)/means")
    let (K, D) = (means.rows, means.columns)
    guard K > 0, D > 0, means.elements.allSatisfy(\.isFinite) else {
      throw archive.invalidValue("\(path)/means")
    }
    relevanceRates = try archive.matrix("\(path)/relevanceRates", rows: K)
    let L = relevanceRates.columns
    meanVariances = try archive.vector("\(path)/meanVariances", count: K)
    relevanceShape = try archive.value("\(path)/relevanceShape")
    noiseShapes = try archive.vector("\(path)/noiseShapes", count: K)
    noiseRates = try archive.vector("\(path)/noiseRates", count: K)
    try positive("relevanceRates", relevanceRates.elements)
    try positive("meanVariances", meanVariances)
    try positive("relevanceShape", [relevanceShape])
    try positive("noiseShapes", noiseShapes)
    try positive("noiseRates", noiseRates)
    let W: [Double] = try archive.elements("\(path)/loadings", shape: [K, D, L])
    guard L > 0, W.allSatisfy(\.isFinite) else { throw archive.invalidValue("\(path)/loadings") }
    loadings = (0..<K).map { Matrix(rows: D, columns: L, elements: W[$0 * D * L..<($0 + 1) * D * L]) }
    let S: [Double] = try archive.elements("\(path)/loadingCovariances", shape: [K, L, L])
    loadingCovariances = (0..<K).map {
      Matrix(rows: L, columns: L, elements: S[$0 * L * L..<($0 + 1) * L * L])
    }
    guard loadingCovariances.allSatisfy({ Cholesky($0) != nil }) else {
      throw archive.invalidValue("\(path)/loadingCovariances")
    }
  }
}
