import Latent

/// `bmm` by EM.
enum BernoulliKind<Scalar: LatentScalar>: ModelKind {
  typealias Family = BernoulliEmission<Scalar>

  static var priors: [String] { ["beta", "none"] }
  static var cells: CellKind { .bits }

  static func completed(_ settings: ModelSettings) throws -> ModelSettings {
    var settings = settings
    try settings.refuse(covariance: true, latent: true, hyperparameters: true)
    settings.prior = try settings.chosenPrior(of: priors)
    return settings
  }

  static func model(
    _ settings: ModelSettings, for x: Rows<Scalar>, sharesUnits: Bool, threads: Int
  ) throws(InferenceError) -> Mixture<BernoulliEmission<Scalar>> {
    let prior: BetaPrior? = settings.prior == "beta" ? .laplace : nil
    return try Mixture(
      components: settings.components, of: BernoulliEmission(dimensions: x.columns, prior: prior),
      mixing: prior == nil ? .maximumLikelihood : .uniformPrior)
  }

  static func title(_ settings: ModelSettings) -> String {
    "Bernoulli mixture of \(NumberText.count(settings.components, "component")) "
      + "(\(settings.prior == "beta" ? "Beta(2, 2) prior" : "no prior"))"
  }

  static func centres(_ parameters: BernoulliParameters) -> Matrix<Double>? { parameters.probabilities }
}

/// `bmm` by variational Bayes.
enum VariationalBernoulliKind<Scalar: LatentScalar>: DiscreteVariationalKind {
  typealias Family = VariationalBernoulliEmission<Scalar>

  static var cells: CellKind { .bits }

  static func model(
    _ settings: ModelSettings, for x: Rows<Scalar>, sharesUnits: Bool, threads: Int
  ) throws(InferenceError) -> Mixture<VariationalBernoulliEmission<Scalar>> {
    try Mixture(
      components: settings.components, of: VariationalBernoulliEmission(dimensions: x.columns),
      mixing: MixingChoice.mixing(settings))
  }

  static func logDensity(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> [Double] {
    try fitted.model.predictiveLogDensity(of: x, at: fitted.parameters, threads: threads)
  }

  static func title(_ settings: ModelSettings) -> String {
    "Bernoulli mixture of \(MixingChoice.words(settings)) (uniform prior on the probabilities)"
  }

  static func centres(_ parameters: BernoulliPosterior) -> Matrix<Double>? { parameters.mean.probabilities }
}
