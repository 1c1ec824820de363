// D dimensions, K components

public import LatentEvidence
public import LatentNumerics

/// The Gaussian mixture
///
///     p(x | θ) = Σₖ π[k] 𝒩(x | μ[k], Σ[k]),
///
/// fitted to the maximum likelihood, or, with a prior, to the posterior mode.
///
/// The type parameter is the precision of the observations and of the arithmetic over rows; parameters and
/// statistics are double.
///
/// - Source: Bishop (2006), §9.2; the prior: Fraley & Raftery (2007), Journal of Classification 24.
public typealias GaussianMixture<Scalar: LatentScalar> = Mixture<GaussianEmission<Scalar>>

/// θ of a Gaussian mixture.
public typealias GaussianMixtureParameters = MixtureParameters<GaussianParameters>

extension Mixture {
  /// A Gaussian mixture of K components in D dimensions.
  ///
  /// - Parameters:
  ///   - components: K.
  ///   - dimensions: D.
  ///   - covariance: how covariances are tied together.
  ///   - prior: the prior on θ, with a uniform one on the weights; nil for maximum likelihood.
  /// - Throws: `.invalidParameter` without a component or a dimension; `.wrongWidth` for a prior of another
  ///   dimension.
  public init<S>(
    components: Int, dimensions: Int, covariance: CovarianceStructure = .full, prior: GaussianPrior? = nil
  ) throws(InferenceError) where Family == GaussianEmission<S> {
    try self.init(
      components: components,
      of: GaussianEmission(dimensions: dimensions, covariance: covariance, prior: prior),
      mixing: prior == nil ? .maximumLikelihood : .uniformPrior)
  }
}

extension MixtureParameters where EmissionParameters == GaussianParameters {
  public init(weights: [Double], means: Matrix<Double>, covariances: GaussianParameters.Covariances) {
    self.init(
      mixing: .weights(weights), emission: GaussianParameters(means: means, covariances: covariances))
  }

  /// μ, `[K, D]`.
  public var means: Matrix<Double> { emission.means }
  /// Σ.
  public var covariances: GaussianParameters.Covariances { emission.covariances }
  /// Σ[k] as a dense matrix, `[D, D]`.
  public func covariance(of component: Int) -> Matrix<Double> { emission.covariance(of: component) }
}
