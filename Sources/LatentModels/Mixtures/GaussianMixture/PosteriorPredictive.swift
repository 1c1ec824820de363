// K components, D dimensions

public import LatentEvidence
import LatentNumerics

/// The posterior predictive density of a variational Gaussian mixture, a mixture of Student-t densities:
///
///     p(x | D) ≈ Σₖ E[π[k]] St(x | m[k], S[k], f[k]).
///
/// For a Dirichlet process one more component, the last, stands for those that no row has yet: the prior's predictive
/// density.
///
/// - Source: Bishop (2006), eqs. 10.78–10.82.
public struct PosteriorPredictive: Sendable {
  /// E[π], `[K]`, or `[K + 1]` for a Dirichlet process; sums to 1.
  public let weights: [Double]
  public let components: VariationalGaussianPredictive

  /// ln p(x | D) of the cells of x that are observed, those that are not `NaN`, in nats.
  public func logDensity(of x: [Double]) -> Double {
    logSumExp(weights.indices.map { Double.log(weights[$0]) + components.logDensity(of: x, component: $0) })
  }
}

extension Mixture {
  /// The posterior predictive density at these parameters.
  ///
  /// - Throws: `.notPositiveDefinite`.
  public func predictive<S>(
    at θ: Parameters
  ) throws(InferenceError) -> PosteriorPredictive where Family == VariationalGaussianEmission<S> {
    let (weights, parameters) = predictiveComponents(at: θ)
    return PosteriorPredictive(weights: weights, components: try .init(parameters))
  }
}

extension VariationalGaussianParameters {
  /// These components and one more that no row has, whose distribution is the prior.
  package func appending(_ prior: GaussianPrior) -> Self {
    var result = self
    let ν0 = prior.degreesOfFreedom
    let means = expected.means
    result.expected.means = Matrix((0..<means.rows).map { means.row($0) } + [prior.mean])
    result.meanPrecisions.append(prior.meanPrecision)
    var scale = prior.scale
    scale.scale(by: 1 / ν0)
    switch expected.covariances {
    case .full(let all): result.expected.covariances = .full(all + [scale])
    case .tied: break
    case .diagonal(let all):
      result.expected.covariances = .diagonal(Matrix((0..<all.rows).map { all.row($0) } + [scale.diagonal]))
    case .spherical(let all): result.expected.covariances = .spherical(all + [prior.sphericalScale / ν0])
    }
    result.degreesOfFreedom.append(expected.covariances.structure == .tied ? degreesOfFreedom[0] : ν0)
    return result
  }
}
