// D columns, K components, L factors; A, B, C, o the statistics, see FactorStatistics; R the rows of a component

public import LatentEvidence
import LatentNumerics

extension VariationalFactorEmission {
  /// The θ-step: each factor of q(θ) in turn at its optimum given the others, begun where the statistics were taken and
  /// gone through a few times. With z = E[z zᵀ] part of A, a its last row without R, m = E[μ] − o:
  ///
  ///     q(W)   S = (diag E[α] + E[τ] A_zz)⁻¹,        wⱼ = E[τ] S (B_jz − mⱼ a)
  ///     q(μ)   v = 1 / (β + E[τ] R),                 mⱼ = v (β (μ₀ − o)ⱼ + E[τ] (B_j1 − wⱼᵀ a))
  ///     q(τ)   c + ½ R D,   d + ½ E[Σ ‖x − W z − μ‖²]
  ///     q(α)   a + ½ D,     b + ½ (‖wₗ‖² + D Sₗₗ)
  ///
  /// - Throws: `.notPositiveDefinite` where moments are no numbers.
  /// - Complexity: O(K (D·L² + L³)).
  public func parameters(
    maximizing statistics: FactorStatistics, threads: Int
  ) throws(InferenceError) -> VariationalFactorParameters {
    guard let start = statistics.hyperparameters else {
      preconditionFailure("statistics taken under q(θ)")
    }
    let K = statistics.latent.count
    let parts = try Lanes.map(K, threads: dimensions * factors > 4096 ? threads : 1) {
      (k) throws(InferenceError) in
      try Posterior(of: statistics, start, component: k, prior: prior)
    }
    var q = start
    q.means = statistics.origins
    for (k, part) in parts.enumerated() {
      for j in 0..<dimensions { q.means[k, j] += part.shift[j] }
      q.meanVariances[k] = part.meanVariance
      q.loadings[k] = part.W
      q.loadingCovariances[k] = part.S
      for l in 0..<factors { q.relevanceRates[k, l] = part.relevanceRates[l] }
      q.noiseShapes[k] = part.noiseShape
      q.noiseRates[k] = part.noiseRate
    }
    q.relevanceShape = prior.relevance.shape + 0.5 * Double(dimensions)
    return q
  }
}

/// q(θ) of one component.
private struct Posterior: Sendable {
  var W: Matrix<Double>
  var S: Matrix<Double>
  /// m, `[D]`.
  var shift: [Double]
  var meanVariance: Double
  var relevanceRates: [Double]
  var noiseShape: Double
  var noiseRate: Double

  /// Rounds through the factors of q(θ): they cost little beside a pass over the rows, and depend on each other.
  private static var rounds: Int { 4 }

  init(
    of statistics: FactorStatistics, _ start: VariationalFactorParameters, component k: Int,
    prior: RelevancePrior
  ) throws(InferenceError) {
    let (D, L) = (start.dimensions, start.factors)
    let (A, B) = (statistics.latent[k], statistics.cross[k])
    let (R, a) = (A[L, L], (0..<L).map { A[L, $0] })
    let Azz = A[rows: 0..<L].selecting(columns: Array(0..<L))
    let Bz = B.selecting(columns: Array(0..<L))
    let pulls = (0..<D).map { prior.mean[$0] - statistics.origins[k, $0] }
    let total = statistics.squares.row(k).reduce(0, +)
    let shape = prior.relevance.shape + 0.5 * Double(D)

    W = start.loadings[k]
    S = start.loadingCovariances[k]
    shift = (0..<D).map { start.means[k, $0] - statistics.origins[k, $0] }
    meanVariance = start.meanVariances[k]
    relevanceRates = start.relevanceRates.row(k)
    noiseShape = prior.noise.shape + 0.5 * R * Double(D)
    noiseRate = start.noiseRates[k]
    var τ = start.noisePrecision(k)
    var α = start.relevances(k)

    for _ in 0..<Self.rounds {
      var precision = Azz
      precision.scale(by: τ)
      for l in 0..<L { precision[l, l] += α[l] }
      guard let factor = Cholesky(precision) else {
        throw .notPositiveDefinite("the loadings' precision in component \(k + 1)")
      }
      S = factor.inverse()
      var pulled = Bz
      for j in 0..<D { for l in 0..<L { pulled[j, l] = τ * (pulled[j, l] - shift[j] * a[l]) } }
      W = pulled.multiplied(by: S)

      meanVariance = 1 / (prior.meanPrecision + τ * R)
      let images = W.multiplied(by: Matrix(rows: L, columns: 1, elements: a)).elements
      for j in 0..<D {
        shift[j] = meanVariance * (prior.meanPrecision * pulls[j] + τ * (B[j, L] - images[j]))
      }

      var square = total
      let WA = W.multiplied(by: Azz)
      W.withUnsafeElements { W in
        WA.withUnsafeElements { WA in
          Bz.withUnsafeElements { Bz in
            for i in 0..<D * L { square += W[i] * (WA[i] - 2 * Bz[i]) }
          }
        }
      }
      for j in 0..<D { square += shift[j] * (2 * (images[j] - B[j, L]) + R * shift[j]) }
      var spread = R * meanVariance
      for l in 0..<L { for i in 0..<L { spread += Azz[l, i] * S[l, i] } }
      square += Double(D) * spread
      noiseRate = prior.noise.rate + 0.5 * Swift.max(square, 0)
      τ = noiseShape / noiseRate

      let columns = W.transposed().rowSquares()
      relevanceRates = (0..<L).map { prior.relevance.rate + 0.5 * (columns[$0] + Double(D) * S[$0, $0]) }
      α = relevanceRates.map { shape / $0 }
    }
  }
}
