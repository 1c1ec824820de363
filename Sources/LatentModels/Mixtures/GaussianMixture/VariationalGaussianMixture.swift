public import LatentEvidence
public import LatentNumerics

/// A Gaussian mixture whose weights, means and precisions are inferred as distributions.
///
/// - Source: Bishop (2006), §10.2.
public typealias VariationalGaussianMixture<Scalar: LatentScalar> = Mixture<
  VariationalGaussianEmission<Scalar>
>

extension Mixture {
  /// A Gaussian mixture of K components under variational Bayes.
  ///
  /// - Parameters:
  ///   - components: K, the largest number there can be.
  ///   - covariance: the structure of the precisions.
  ///   - prior: of means and precisions. ``GaussianPrior/scaled(to:components:covariance:sharesUnits:threads:)`` for one
  ///     component gives one that fits the data's units and does not depend on K, so that bounds can be compared over K.
  ///   - mixing: the prior of the weights; by default Dirichlet with concentration 1.
  /// - Throws: `.invalidParameter` without a component, for a point π or a concentration that is not positive.
  public init<S>(
    components: Int, covariance: CovarianceStructure = .full, prior: GaussianPrior,
    mixing: Mixing = .dirichlet(concentration: 1)
  ) throws(InferenceError) where Family == VariationalGaussianEmission<S> {
    guard mixing.isDistribution else {
      throw .invalidParameter(name: "mixing", value: "a point", requirement: "a distribution")
    }
    try self.init(
      components: components, of: VariationalGaussianEmission(covariance: covariance, prior: prior),
      mixing: mixing)
  }
}
