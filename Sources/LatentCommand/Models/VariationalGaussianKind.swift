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

  /// That of the posterior predictive.
  static func logDensity(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> [Double] {
    guard x.columns == fitted.model.dimensions else {
      throw .wrongWidth(expected: fitted.model.dimensions, actual: x.columns)
    }
    let predictive = try fitted.model.predictive(at: fitted.parameters)
    let lanes = Lanes.ranges(count: x.rows, lanes: Swift.max(1, Swift.min(64, x.rows / 64)))
    let parts = Lanes.map(lanes.count, threads: threads) { lane in
      lanes[lane].map { n in predictive.logDensity(of: x.values.row(n).map { Double($0) }) }
    }
    let densities = parts.flatMap(\.self)
    if let n = densities.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(quantity: "density", row: x.sourceIndex(of: n))
    }
    return x.inSourceOrder(densities)
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
