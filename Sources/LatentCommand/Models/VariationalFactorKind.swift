import Latent

/// `ppca` by variational Bayes, with automatic relevance.
enum VariationalFactorKind<Scalar: LatentScalar>: ModelKind {
  typealias Family = VariationalFactorEmission<Scalar>

  static var priors: [String] { ["relevance"] }

  static func completed(_ settings: ModelSettings) throws -> ModelSettings {
    var settings = settings
    try settings.refuse(covariance: true, hyperparameters: true)
    guard settings.latent != nil else {
      throw UsageError.missing(option: "--latent", reason: "give the most factors there may be")
    }
    settings.prior = try settings.chosenPrior(of: priors)
    return settings
  }

  static func model(
    _ settings: ModelSettings, for x: Rows<Scalar>, sharesUnits: Bool, threads: Int
  ) throws(InferenceError) -> Mixture<VariationalFactorEmission<Scalar>> {
    try Mixture(
      components: 1,
      of: VariationalFactorEmission(
        factors: settings.latent ?? 1, prior: .scaled(to: x, threads: threads)),
      mixing: .dirichlet(concentration: 1))
  }

  static func title(_ settings: ModelSettings) -> String {
    "Variational PCA with up to \(NumberText.count(settings.latent ?? 1, "factor")), automatic relevance"
  }

  static func logDensity(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> [Double] {
    try fitted.model.predictiveLogDensity(of: x, at: fitted.parameters, threads: threads)
  }

  static func factors(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> (means: Matrix<Double>, deviations: Matrix<Double>)? {
    let posterior = try fitted.model.latentPosterior(of: x, at: fitted.parameters, threads: threads)
    return (posterior.means, posterior.deviations)
  }

  static func centres(_ parameters: VariationalFactorParameters) -> Matrix<Double>? { parameters.means }
}
