// D dimensions, K components, L factors; A, B, C, o, R the statistics, see FactorStatistics; z̃ = (z, 1)

public import LatentEvidence
import LatentNumerics

extension FactorAnalyserEmission {
  /// The M-step: the regression of every column on z̃, loadings and mean together. With w̃ = (w, μ − o), and from the prior
  /// w̃₀ = (0, μₚ − o) and κ, Λ, a (all 0 without one),
  ///
  ///     w̃[k]ⱼ = (A[k] + κI)⁻¹ (B[k]ⱼ + κ w̃₀)
  ///     s[k]ⱼ = C[k]ⱼ + κ‖w̃₀‖² − w̃[k]ⱼᵀ (B[k]ⱼ + κ w̃₀)
  ///     ψ = (Σ s + Λ) / (Σ R + a),
  ///
  /// sums over the columns and components that share ψ (Λ̄ for Λ where columns do), and a = ν + 2 + (L + 1) for each of
  /// them.
  ///
  /// - Throws: `.collapsed` for a component without rows, or no more rows than the regressions have coefficients, where no
  ///   prior says what they should be.
  /// - Complexity: O(K (D·L² + L³)).
  /// - Source: Ghahramani & Hinton (1996), eqs. 5–6, and for one component Rubin & Thayer (1982).
  public func parameters(
    maximizing statistics: FactorStatistics, threads: Int
  ) throws(InferenceError) -> FactorParameters {
    let R = statistics.counts
    let (K, D, L) = (R.count, dimensions, factors)
    let κ = prior?.precision ?? 0
    if prior == nil {
      if let empty = R.firstIndex(where: { !($0 > 0) }) {
        throw .collapsed(.init(component: empty, components: K, count: R[empty], cause: .empty))
      }
      // N rows on a plane of L dimensions leave no residual. Rows of small weights still span what they span.
      let N = R.reduce(0, +)
      guard Swift.max(N, statistics.rows).rounded() > Double(L + 1) else {
        throw .collapsed(
          .init(component: 0, components: K, count: N, cause: .flat(column: 0, relativeVariance: 0)))
      }
    }

    let solved = try Lanes.map(K, threads: D * L > 4096 ? threads : 1) { (k) throws(InferenceError) in
      try regression(of: statistics, component: k, precision: κ)
    }
    var means = statistics.origins
    for k in 0..<K { for j in 0..<D { means[k, j] += solved[k].coefficients[j, L] } }
    let loadings = solved.map { one in
      Matrix<Double>(
        rows: D, columns: L,
        elements: (0..<D).flatMap { j in (0..<L).map { one.coefficients[j, $0] } })
    }
    return FactorParameters(
      means: means, loadings: loadings, noise: noiseVariances(residuals: solved.map(\.residuals), counts: R))
  }

  /// w̃, `[D, L + 1]`, and s, `[D]`, of component k.
  private func regression(
    of statistics: FactorStatistics, component k: Int, precision κ: Double
  ) throws(InferenceError) -> (coefficients: Matrix<Double>, residuals: [Double]) {
    let (D, n) = (dimensions, factors + 1)
    var A = statistics.latent[k]
    var B = statistics.cross[k]
    var squares = statistics.squares.row(k)
    if let prior {
      for l in 0..<n { A[l, l] += κ }
      for j in 0..<D {
        let offset = prior.mean[j] - statistics.origins[k, j]
        B[j, n - 1] += κ * offset
        squares[j] += κ * offset * offset
      }
    }
    guard let factor = Cholesky(A) else {
      throw .notPositiveDefinite("the factors' second moment in component \(k + 1)")
    }
    // With A = G Gᵀ: w̃ = G⁻ᵀ G⁻¹ b, and w̃ᵀ b = ‖G⁻¹ b‖².
    let half = factor.whitening(B)
    return (
      half.multiplied(by: factor.invertedLower()), zip(squares, half.rowSquares()).map { $0 - $1 }
    )
  }

  /// ψ, `[K or 1, D or 1]`.
  private func noiseVariances(residuals: [[Double]], counts R: [Double]) -> Matrix<Double> {
    let (K, D, L) = (R.count, dimensions, factors)
    var noise = Matrix<Double>(rows: noise.isShared ? 1 : K, columns: noise.isIsotropic ? 1 : D)
    for i in 0..<noise.rows {
      for j in 0..<noise.columns {
        let components = self.noise.isShared ? 0..<K : i..<i + 1
        let columns = self.noise.isIsotropic ? 0..<D : j..<j + 1
        var (sum, count) = (0.0, 0.0)
        for k in components {
          for c in columns { sum += residuals[k][c] }
          count += R[k] * Double(columns.count)
        }
        if let prior {
          sum += self.noise.isIsotropic ? prior.isotropicScale : prior.scale[j]
          count += prior.degreesOfFreedom + 2 + Double(components.count * columns.count * (L + 1))
        }
        noise[i, j] = Swift.max(sum, 0) / count
      }
    }
    return noise
  }
}
