public import LatentEvidence
public import LatentNumerics

/// A mixture of factor analysers; with one component, factor analysis or probabilistic PCA:
///
///     ppca   FactorMixture(components: 1, dimensions: D, factors: L, noise: .isotropic)
///     fa     FactorMixture(components: 1, dimensions: D, factors: L, noise: .diagonal)
///     mfa    FactorMixture(components: K, dimensions: D, factors: L, noise: .sharedDiagonal)
public typealias FactorMixture<Scalar: LatentScalar> = Mixture<FactorAnalyserEmission<Scalar>>

/// θ of a mixture of factor analysers.
public typealias FactorMixtureParameters = MixtureParameters<FactorParameters>

extension Mixture {
  /// K factor analysers with L factors in D dimensions.
  ///
  /// - Parameters:
  ///   - components: K.
  ///   - dimensions: D.
  ///   - factors: L.
  ///   - noise: which columns and components share a noise variance.
  ///   - prior: the prior on θ, with a uniform one on the weights; nil for maximum likelihood.
  /// - Throws: `.invalidParameter` without a component, or unless 1 ≤ L ≤ D; `.wrongWidth` for a prior of another
  ///   dimension.
  public init<S>(
    components: Int, dimensions: Int, factors: Int, noise: NoiseStructure = .diagonal,
    prior: FactorPrior? = nil
  ) throws(InferenceError) where Family == FactorAnalyserEmission<S> {
    try self.init(
      components: components,
      of: FactorAnalyserEmission(dimensions: dimensions, factors: factors, noise: noise, prior: prior),
      mixing: prior == nil ? .maximumLikelihood : .uniformPrior)
  }
}
