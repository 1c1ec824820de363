import Latent

/// `cmm` by EM.
enum CategoricalKind<Scalar: LatentScalar>: ModelKind {
  typealias Family = CategoricalEmission<Scalar>

  static var priors: [String] { ["dirichlet", "none"] }
  static var cells: CellKind { .categories }

  static func completed(_ settings: ModelSettings) throws -> ModelSettings {
    var settings = settings
    try settings.refuse(covariance: true, latent: true, hyperparameters: true)
    settings.prior = try settings.chosenPrior(of: priors)
    return settings
  }

  static func model(
    _ settings: ModelSettings, for x: Rows<Scalar>, sharesUnits: Bool, threads: Int
  ) throws(InferenceError) -> Mixture<CategoricalEmission<Scalar>> {
    try Mixture(
      components: settings.components, columns: settings.categoricalColumns(of: x),
      prior: settings.prior == "dirichlet" ? .laplace : nil)
  }

  static func title(_ settings: ModelSettings) -> String {
    "Categorical mixture of \(NumberText.count(settings.components, "component")) "
      + "(\(settings.prior == "dirichlet" ? "Dirichlet(2) prior" : "no prior"))"
  }

  static func centres(_ parameters: CategoricalParameters) -> Matrix<Double>? { nil }
}

/// `cmm` by variational Bayes.
enum VariationalCategoricalKind<Scalar: LatentScalar>: DiscreteVariationalKind {
  typealias Family = VariationalCategoricalEmission<Scalar>

  static var cells: CellKind { .categories }

  static func model(
    _ settings: ModelSettings, for x: Rows<Scalar>, sharesUnits: Bool, threads: Int
  ) throws(InferenceError) -> Mixture<VariationalCategoricalEmission<Scalar>> {
    try Mixture(
      components: settings.components,
      of: VariationalCategoricalEmission(columns: settings.categoricalColumns(of: x)),
      mixing: MixingChoice.mixing(settings))
  }

  static func logDensity(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> [Double] {
    try fitted.model.predictiveLogDensity(of: x, at: fitted.parameters, threads: threads)
  }

  static func title(_ settings: ModelSettings) -> String {
    "Categorical mixture of \(MixingChoice.words(settings)) (uniform prior on the probabilities)"
  }

  static func centres(_ parameters: CategoricalPosterior) -> Matrix<Double>? { nil }
}

extension ModelSettings {
  /// How many categories each column has: those that were read, or those that the rows show.
  fileprivate func categoricalColumns<Scalar: LatentScalar>(
    of x: Rows<Scalar>
  ) throws(InferenceError) -> CategoricalColumns {
    if let levels { return try CategoricalColumns(levels: levels.map(\.count)) }
    return try CategoricalColumns(of: x)
  }
}
