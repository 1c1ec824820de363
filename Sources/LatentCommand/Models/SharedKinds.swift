import Latent

// What several kinds of models have in common.

/// A mixture of probabilities, with a uniform prior on them, by variational Bayes.
protocol DiscreteVariationalKind: ModelKind {}

extension DiscreteVariationalKind {
  static var priors: [String] { MixingChoice.names }

  static func completed(_ settings: ModelSettings) throws -> ModelSettings {
    var settings = settings
    try settings.refuse(covariance: true, latent: true)
    try settings.refuseGaussianHyperparameters()
    settings.prior = try settings.chosenPrior(of: priors)
    return settings
  }
}

/// A mixture of densities with latent factors of their own.
protocol FactorMixtureKind: ModelKind {
  /// The factors of every row under the first component, in the order of the source.
  static func latentPosterior(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> LatentPosterior
}

extension FactorMixtureKind {
  /// For a mixture, those of each row's most likely component are not one space: there are none to show.
  static func factors(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> (means: Matrix<Double>, deviations: Matrix<Double>)? {
    guard fitted.parameters.components == 1 else { return nil }
    let posterior = try latentPosterior(of: x, under: fitted, threads: threads)
    return (posterior.means, posterior.deviations)
  }
}

extension ModelSettings {
  /// The weak prior of means and covariances, scaled from the rows; nil where none is asked for.
  func gaussianPrior<Scalar: LatentScalar>(
    for x: Rows<Scalar>, sharesUnits: Bool, threads: Int
  ) throws(InferenceError) -> GaussianPrior? {
    guard prior == "niw" else { return nil }
    return try .scaled(
      to: x, components: components, covariance: covariance ?? .full, sharesUnits: sharesUnits,
      threads: threads)
  }

  /// `full covariance, no prior`.
  func gaussianWords(_ matrices: String) -> String {
    "\(covariance?.rawValue ?? "full") \(matrices), "
      + (prior == "niw" ? "weak Normal-inverse-Wishart prior" : "no prior")
  }
}
