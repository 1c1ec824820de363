// K components, D dimensions; R, m, S, o the statistics, see GaussianStatistics

public import LatentEvidence
import LatentNumerics

extension GaussianEmission {
  /// The M-step of the components. With x̄[k] = o[k] + m[k] / R[k] and the scatter W[k] = S[k] − m[k] m[k]ᵀ / R[k]:
  ///
  ///     μ[k] = (R[k] x̄[k] + κ μₚ) / (R[k] + κ)
  ///     Σ[k] = (W[k] + Λ + κ R[k] / (R[k] + κ) (x̄[k] − μₚ)(x̄[k] − μₚ)ᵀ) / (R[k] + a)
  ///
  /// with κ = Λ = a = 0 for maximum likelihood, and a of the structure's prior otherwise (`GaussianPrior`).
  ///
  /// - Throws: `.collapsed` for a component without observations, or a dense covariance of no more rows than columns,
  ///   where no prior says what it should be.
  /// - Complexity: O(K·D²).
  /// - Source: Bishop (2006), eqs. 9.24–9.26; Fraley & Raftery (2007), table 1.
  public func parameters(
    maximizing statistics: GaussianStatistics, threads: Int
  ) throws(InferenceError) -> GaussianParameters {
    let R = statistics.counts
    let (K, D) = (R.count, dimensions)
    let N = R.reduce(0, +)
    let κ = prior?.meanPrecision ?? 0

    if prior == nil, let empty = R.firstIndex(where: { !($0 > 0) }) {
      throw .collapsed(.init(component: empty, components: K, count: R[empty], cause: .empty))
    }
    // N rows span N − 1 directions: column N is determined by those before it, whatever rounding makes of it. Rows of
    // small weights still span what they span; a row of weight w counts as w rows.
    let isDense = covariance == .full || covariance == .tied
    let directions = Swift.max(N, statistics.rows).rounded()
    if prior == nil, isDense, directions <= Double(D) {
      let column = Swift.max(Int(directions) - 1, 0)
      throw .collapsed(
        .init(component: 0, components: K, count: R[0], cause: .flat(column: column, relativeVariance: 0)))
    }

    var means = Matrix<Double>(rows: K, columns: D)
    // x̄ − o and x̄ − μₚ; both 0 for a component that holds nothing.
    var offsets = Matrix<Double>(rows: K, columns: D)
    var pulls = Matrix<Double>(rows: K, columns: D)
    for k in 0..<K {
      for j in 0..<D {
        let offset = R[k] > 0 ? statistics.first[k, j] / R[k] : 0
        let centre = statistics.origins[k, j] + offset
        offsets[k, j] = offset
        if let prior {
          pulls[k, j] = R[k] > 0 ? centre - prior.mean[j] : 0
          means[k, j] = prior.mean[j] + R[k] / (R[k] + κ) * pulls[k, j]
        } else {
          means[k, j] = centre
        }
      }
    }
    let pullWeights = R.map { κ > 0 ? κ * $0 / ($0 + κ) : 0 }
    let degrees = prior?.additionalDegrees(structure: covariance, components: K) ?? 0

    let covariances: GaussianParameters.Covariances
    switch covariance {
    case .full:
      let scale = prior?.scale
      let (offsets, pulls) = (offsets, pulls)
      covariances = .full(
        Lanes.map(K, threads: D > 64 ? threads : 1) { k in
          var Σ = statistics.second[k]
          Σ.finishScatter(
            offset: offsets.row(k), count: R[k], pull: pulls.row(k), pullWeight: pullWeights[k], scale: scale,
            degrees: R[k] + degrees)
          return Σ
        })
    case .tied:
      var Σ = statistics.second[0]
      for k in 0..<K {
        // The scatter of component k about its mean, from the one about the shared origin.
        Σ.addOuter(offsets.row(k), weight: -R[k])
        Σ.addOuter(pulls.row(k), weight: pullWeights[k])
      }
      if let scale = prior?.scale { Σ.add(scale) }
      Σ.scale(by: 1 / (N + degrees))
      Σ.mirrorLower()
      covariances = .tied(Σ)
    case .diagonal:
      var variances = Matrix<Double>(rows: K, columns: D)
      for k in 0..<K {
        for j in 0..<D {
          let scatter = statistics.second[0][k, j] - R[k] * offsets[k, j] * offsets[k, j]
          variances[k, j] =
            (scatter + (prior?.scale[j, j] ?? 0) + pullWeights[k] * pulls[k, j] * pulls[k, j])
            / (R[k] + degrees)
        }
      }
      covariances = .diagonal(variances)
    case .spherical:
      let D = Double(D)
      covariances = .spherical(
        (0..<K).map { k in
          let square = offsets.row(k).reduce(0) { $0 + $1 * $1 }
          let pull = pulls.row(k).reduce(0) { $0 + $1 * $1 }
          let scatter = statistics.second[0][k, 0] - R[k] * square
          return (scatter + (prior?.sphericalScale ?? 0) + pullWeights[k] * pull) / (R[k] * D + degrees)
        })
    }
    return GaussianParameters(means: means, covariances: covariances)
  }
}

extension Matrix<Double> {
  /// self ← (self − R o oᵀ + w p pᵀ + Λ) / a, where the lower triangle of self is given; symmetric afterwards.
  fileprivate mutating func finishScatter(
    offset: [Double], count R: Double, pull: [Double], pullWeight w: Double, scale: Matrix<Double>?,
    degrees a: Double
  ) {
    addOuter(offset, weight: -R)
    addOuter(pull, weight: w)
    if let scale { add(scale) }
    self.scale(by: 1 / a)
    mirrorLower()
  }

  /// The lower triangle grows by w v vᵀ.
  mutating func addOuter(_ v: [Double], weight w: Double) {
    guard w != 0 else { return }
    let n = columns
    withUnsafeMutableElements { a in
      for i in 0..<n where v[i] != 0 {
        let wi = w * v[i]
        for j in 0...i { a[i * n + j] += wi * v[j] }
      }
    }
  }

  /// Makes the upper triangle the mirror of the lower one.
  fileprivate mutating func mirrorLower() {
    let n = columns
    withUnsafeMutableElements { a in
      for i in 0..<n { for j in i + 1..<Swift.max(n, i + 1) { a[i * n + j] = a[j * n + i] } }
    }
  }
}
