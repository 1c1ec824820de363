// D dimensions, K components; R, T and the moments: see StudentStatistics

public import LatentEvidence
import LatentNumerics

extension StudentEmission {
  /// The M-step. Locations are the Gaussian's under the weights r u; a scale matrix divides the same scatter by the
  /// number of rows, R, and not by Σ r u:
  ///
  ///     Σ[k] = Σᴳ[k] (Σ r u + a) / (R[k] + a)
  ///
  /// with Σᴳ the Gaussian's and a its prior's (`GaussianPrior`). Each ν[k] solves
  ///
  ///     ln (ν/2) − ψ(ν/2) + 1 + T[k] / R[k] = 0,
  ///
  /// whose left side falls from +∞; the bound rises to the root and falls beyond it, so that outside the limits the
  /// nearer one is the constrained maximum. A component without rows, which only a prior allows, keeps the value an
  /// ascent starts from.
  ///
  /// - Throws: `.collapsed` as the Gaussian's.
  /// - Complexity: O(K·D²).
  /// - Source: Liu & Rubin (1995), §3.1; Peel & McLachlan (2000), eqs. 25–30.
  public func parameters(
    maximizing statistics: StudentStatistics, threads: Int
  ) throws(InferenceError) -> StudentParameters {
    let (R, moments) = (statistics.counts, statistics.moments)
    let K = R.count
    let fitted = try gaussian.parameters(maximizing: moments, threads: threads)
    let a = prior?.additionalDegrees(structure: covariance, components: K) ?? 0
    func factor(_ weight: Double, _ count: Double) -> Double {
      count + a > 0 ? (weight + a) / (count + a) : 1
    }
    let scales: GaussianParameters.Covariances
    switch fitted.covariances {
    case .full(let all):
      scales = .full(
        all.indices.map { k in
          var Σ = all[k]
          Σ.scale(by: factor(moments.counts[k], R[k]))
          return Σ
        })
    case .tied(var Σ):
      Σ.scale(by: factor(moments.counts.reduce(0, +), R.reduce(0, +)))
      scales = .tied(Σ)
    case .diagonal(var all):
      for k in 0..<K { for j in 0..<dimensions { all[k, j] *= factor(moments.counts[k], R[k]) } }
      scales = .diagonal(all)
    case .spherical(let all):
      let D = Double(dimensions)
      scales = .spherical(all.indices.map { all[$0] * factor(D * moments.counts[$0], D * R[$0]) })
    }
    let ν: [Double] =
      switch degreesOfFreedom {
      case .fixed(let ν): Array(repeating: ν, count: K)
      case .estimated(let limits):
        R.indices.map { k in
          guard R[k] > 0 else { return degreesOfFreedom.start }
          let root = Self.degreesOfFreedom(from: -1 - statistics.logPrecisions[k] / R[k])
          return limits.nearest(to: root)
        }
      }
    return StudentParameters(means: fitted.means, scales: scales, degreesOfFreedom: ν)
  }

  /// Degrees of freedom within their bounds, or as given.
  public func withinLimits(_ θ: StudentParameters) -> StudentParameters {
    var θ = θ
    switch degreesOfFreedom {
    case .fixed(let ν): θ.degreesOfFreedom = θ.degreesOfFreedom.map { _ in ν }
    case .estimated(let limits): θ.degreesOfFreedom = θ.degreesOfFreedom.map { limits.nearest(to: $0) }
    }
    return θ
  }

  /// ν with ln (ν/2) − ψ(ν/2) = c; ∞ where c is not positive.
  ///
  /// The left side lies between 1/ν and 2/ν, which brackets the root; Newton's steps in ln ν where they stay in the
  /// bracket, bisection elsewhere.
  package static func degreesOfFreedom(from c: Double) -> Double {
    guard c > 0 else { return .infinity }
    var (low, high) = (Double.log(1 / c), Double.log(2 / c))
    var y = (low + high) / 2
    for _ in 0..<60 {
      let half = Double.exp(y) / 2
      let excess = Double.log(half) - digamma(half) - c
      if excess > 0 { low = y } else { high = y }
      let slope = 1 - half * trigamma(half)
      let next = y - excess / slope
      let step = (next > low && next < high ? next : (low + high) / 2) - y
      y += step
      if step.magnitude < 1e-14 { break }
    }
    return Double.exp(y)
  }
}
