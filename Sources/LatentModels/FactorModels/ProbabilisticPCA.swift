// N rows, D columns, L factors; λ₁ ≥ λ₂ ≥ … the eigenvalues of the covariance with N in the denominator, U their vectors

public import LatentEvidence
public import LatentNumerics

/// The maximum likelihood of probabilistic principal component analysis, in closed form:
///
///     μ = x̄,   σ² = (λ_{L+1} + … + λ_D) / (D − L),   W = U (Λ − σ² I)^½
///     ln p(x) = −½ N (D ln 2π + Σ_{l ≤ L} ln λₗ + (D − L) ln σ² + D)
///
/// It is one component of `FactorAnalyserEmission` with isotropic noise, and where EM ends on complete rows.
///
/// - Source: Tipping & Bishop (1999), Probabilistic principal component analysis, J. R. Statist. Soc. B 61.
public struct ProbabilisticPCA: Sendable, Equatable {
  /// θ, one component; factors are the principal axes in the order of their variance.
  public let parameters: FactorParameters
  /// The eigenvalues λ, descending: min(N, D) of them, the others are 0.
  public let eigenvalues: [Double]
  /// ln p(x) at the maximum, with no posterior to diverge from: its `latentKL` is 0.
  public let bound: Bound

  /// - Parameters:
  ///   - x: complete rows; each counts with its weight.
  ///   - L: the number of factors, from 1 to D − 1.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Throws: `.invalidParameter` for L or where cells are missing; `.collapsed` where the discarded directions have no
  ///   variance, as with L + 1 rows or fewer; `.noVariation`; `.notFinite`.
  /// - Complexity: O(N·D·min(N, D) + min(N, D)³).
  public static func maximumLikelihood<Scalar: LatentScalar>(
    of x: Rows<Scalar>, latent L: Int, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> ProbabilisticPCA {
    let D = x.columns
    guard L >= 1, L < D else {
      throw .invalidParameter(
        name: "factors", value: "\(L)", requirement: "from 1 to \(D - 1), the number of columns less 1")
    }
    guard x.missing == nil else {
      throw .invalidParameter(name: "rows", value: "missing cells", requirement: "complete: use EM")
    }
    let axes = try PrincipalAxes(of: x, threads: threads)
    let N = x.totalWeight
    let kept = Array(axes.values.prefix(L))
    let σ² = axes.values.dropFirst(L).reduce(0) { $0 + Swift.max($1, 0) } / Double(D - L)
    guard kept.count == L, σ² > 1e-12 * (axes.variances.reduce(0, +) / Double(D)) else {
      throw .collapsed(
        .init(component: 0, components: 1, count: N, cause: .flat(column: 0, relativeVariance: 0)))
    }
    var parameters = FactorParameters(
      means: Matrix([axes.mean]), loadings: [axes.loadings(L, noise: σ²)],
      noise: Matrix(rows: 1, columns: 1, repeating: σ²))
    parameters = parameters.inCanonicalRotation()
    let logDeterminant = kept.reduce(Double(D - L) * Double.log(σ²)) { $0 + Double.log(Swift.max($1, σ²)) }
    let value = -0.5 * N * (Double(D) * (Double.log(2 * .pi) + 1) + logDeterminant)
    return ProbabilisticPCA(
      parameters: parameters, eigenvalues: axes.values.map { Swift.max($0, 0) },
      bound: Bound(
        reconstruction: value, latentKL: 0, count: N,
        roundoff: 16 * .ulpOfOne * N * (Double(D) + logDeterminant.magnitude)))
  }
}

extension PrincipalAxes {
  /// W = U (Λ − σ² I)^½ of the first L axes, `[D, L]`; 0 for an axis with no more variance than the noise.
  func loadings(_ L: Int, noise σ²: Double) -> Matrix<Double> {
    var W = Matrix<Double>(rows: mean.count, columns: L)
    for l in 0..<Swift.min(L, values.count) {
      let scale = Swift.max(values[l] - σ², 0).squareRoot()
      for j in mean.indices { W[j, l] = scale * vectors[l, j] }
    }
    return W
  }
}
