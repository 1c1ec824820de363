import Latent

/// `gmm` by variational Bayes.
enum VariationalGaussianKind<Scalar: LatentScalar>: ModelKind {
  typealias Family = VariationalGaussianEmission<Scalar>

  static var priors: [String] { MixingChoice.names }

  static func completed(_ settings: ModelSettings) throws -> ModelSettings {
    var settings = settings
    try settings.refuse(latent: true)
    settings.covariance = settings.covariance ?? .full
    settings.prior = try settings.chosenPrior(of: priors)
    return settings
  }

  /// The prior scaled from the data as if for one component, so that bounds compare over the number of components, with
  /// what the options say instead of its parts.
  static func model(
    _ settings: ModelSettings, for x: Rows<Scalar>, sharesUnits: Bool, threads: Int
  ) throws(InferenceError) -> Mixture<VariationalGaussianEmission<Scalar>> {
    let covariance = settings.covariance ?? .full
    let scaled = try GaussianPrior.scaled(
      to: x, components: 1, covariance: covariance, sharesUnits: sharesUnits,
      threads: threads)
    let (β, ν) = (
      settings.meanPrecision ?? scaled.meanPrecision, settings.degreesOfFreedom ?? scaled.degreesOfFreedom
    )
    let prior: GaussianPrior
    if let scale = settings.scale {
      prior = try GaussianPrior(
        mean: scaled.mean, meanPrecision: β, degreesOfFreedom: ν, precisionScale: scale)
    } else {
      prior = try GaussianPrior(mean: scaled.mean, meanPrecision: β, degreesOfFreedom: ν, scale: scaled.scale)
    }
    return try Mixture(
      components: settings.components, of: VariationalGaussianEmission(covariance: covariance, prior: prior),
      mixing: MixingChoice.mixing(settings))
  }

  static func logDensity(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> [Double] {
    try fitted.model.predictiveLogDensity(of: x, at: fitted.parameters, threads: threads)
  }

  static func title(_ settings: ModelSettings) -> String {
    "Gaussian mixture of \(MixingChoice.words(settings)) (\(settings.covariance?.rawValue ?? "full") covariance, "
      + "Normal–Wishart prior)"
  }

  static func centres(_ parameters: VariationalGaussianParameters) -> Matrix<Double>? {
    parameters.expected.means
  }
}

/// The priors on the weights of mixtures by variational Bayes.
enum MixingChoice {
  static let process = "dirichlet-process"
  static let names = ["dirichlet", process]

  static func mixing(_ settings: ModelSettings) -> Mixing {
    settings.isDirichletProcess
      ? .stickBreaking(concentration: settings.concentration ?? 1)
      : .dirichlet(concentration: settings.concentration ?? 1)
  }

  static func words(_ settings: ModelSettings) -> String {
    settings.isDirichletProcess
      ? "a Dirichlet process, starting with \(NumberText.count(settings.components, "component"))"
      : NumberText.count(settings.components, "component")
  }
}
