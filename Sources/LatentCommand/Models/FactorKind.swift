import Latent

/// `ppca`, `fa` and `mfa` by EM.
enum FactorKind<Scalar: LatentScalar>: FactorMixtureKind {
  typealias Family = FactorAnalyserEmission<Scalar>

  static var priors: [String] { ["none", "normal-inverse-gamma"] }

  static func completed(_ settings: ModelSettings) throws -> ModelSettings {
    var settings = settings
    try settings.refuse(covariance: true, hyperparameters: true)
    guard settings.latent != nil else {
      throw UsageError.missing(
        option: "--latent", reason: "\(settings.model) needs to know how many factors it has")
    }
    // A mixture's small components need the prior; one component has all the rows.
    settings.prior = try settings.chosenPrior(of: settings.model == "mfa" ? priors.reversed() : priors)
    return settings
  }

  static func model(
    _ settings: ModelSettings, for x: Rows<Scalar>, sharesUnits: Bool, threads: Int
  ) throws(InferenceError) -> Mixture<FactorAnalyserEmission<Scalar>> {
    var prior: FactorPrior?
    if settings.prior == priors[1] {
      prior = try FactorPrior.scaled(to: x, components: settings.components, threads: threads)
    }
    return try Mixture(
      components: settings.components, dimensions: x.columns, factors: settings.latent ?? 1,
      noise: noise(settings), prior: prior)
  }

  private static func noise(_ settings: ModelSettings) -> NoiseStructure {
    settings.model == "ppca" ? .isotropic : .diagonal
  }

  static func title(_ settings: ModelSettings) -> String {
    let prior = settings.prior == priors[1] ? "weak Normal-inverse-gamma prior" : "no prior"
    let factors = NumberText.count(settings.latent ?? 1, "factor")
    return switch settings.model {
    case "ppca": "Probabilistic PCA with \(factors) (\(prior))"
    case "fa": "Factor analysis with \(factors) (\(prior))"
    default:
      "Mixture of \(NumberText.count(settings.components, "factor analyser")) with \(factors) each (\(prior))"
    }
  }

  static func latentPosterior(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> LatentPosterior {
    try fitted.model.latentPosterior(of: x, at: fitted.parameters, threads: threads)
  }

  static func centres(_ parameters: FactorParameters) -> Matrix<Double>? { parameters.means }
}
