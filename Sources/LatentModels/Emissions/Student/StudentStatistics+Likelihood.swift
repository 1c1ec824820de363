// D dimensions, K components; R, T and the moments: see StudentStatistics

public import LatentEvidence
import LatentNumerics

extension StudentEmission: LinearEmission {
  /// With the scale latent τ beside z, whose q does not depend on θ, the joint density of x and τ is linear in the
  /// statistics. The Gaussian part counts Σ r u rows, where R[k] have a scale matrix; the rest is that of τ:
  ///
  ///     G − ½ Σₖ (R[k] − Σ r u) (D ln 2π + ln |Σ[k]|) + Σₖ R[k] (h ln h − ln Γ(h)) + h T[k],   h = ν[k]/2,
  ///
  /// with G that of ``GaussianEmission/expectedLogLikelihood(of:at:)`` under the weights r u.
  ///
  /// - Throws: `.notPositiveDefinite`.
  /// - Complexity: that of the Gaussian's.
  public func expectedLogLikelihood(
    of statistics: StudentStatistics, at θ: StudentParameters
  ) throws(InferenceError) -> LinearTerm {
    let moments = statistics.moments
    let logDeterminants = try θ.gaussian.logDeterminants()
    var sum = try moments.expectedLogLikelihood(at: θ.gaussian)
    for (k, R) in statistics.counts.enumerated() {
      let constant = Double(dimensions) * Double.log(2 * .pi) + logDeterminants[k]
      sum.add(R, times: -0.5 * constant)
      sum.add(moments.counts[k], times: 0.5 * constant)
      let h = θ.degreesOfFreedom[k] / 2
      sum.add(R, times: h * Double.log(h))
      sum.add(R, times: -logGamma(h))
      sum.add(h * statistics.logPrecisions[k])
    }
    return sum
  }
}

extension GaussianParameters {
  /// ln |Σ[k]|, `[K]`.
  ///
  /// - Throws: `.notPositiveDefinite`.
  fileprivate func logDeterminants() throws(InferenceError) -> [Double] {
    func ofDense(_ k: Int) throws(InferenceError) -> Double {
      guard let factor = Cholesky(covariance(of: k)) else {
        throw .notPositiveDefinite("the scale matrix of component \(k + 1)")
      }
      return factor.logDeterminant
    }
    var result: [Double] = []
    for k in 0..<components {
      switch covariances {
      case .full: result.append(try ofDense(k))
      case .tied: result.append(try k == 0 ? ofDense(0) : result[0])
      case .diagonal, .spherical:
        result.append(CompensatedSum(variances(of: k).lazy.map { Double.log($0) }).value)
      }
    }
    return result
  }
}
