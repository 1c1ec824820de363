import Latent

/// `ppca` by variational Bayes: automatic relevance chooses among up to `--latent` factors, one fewer than columns unless
/// told.
enum VariationalFactorKind<Scalar: LatentScalar>: FactorMixtureKind {
  typealias Family = VariationalFactorEmission<Scalar>

  static var priors: [String] { ["relevance"] }

  static func completed(_ settings: ModelSettings) throws -> ModelSettings {
    var settings = settings
    try settings.refuse(covariance: true, hyperparameters: true)
    settings.prior = try settings.chosenPrior(of: priors)
    return settings
  }

  static func model(
    _ settings: ModelSettings, for x: Rows<Scalar>, sharesUnits: Bool, threads: Int
  ) throws(InferenceError) -> Mixture<VariationalFactorEmission<Scalar>> {
    try Mixture(
      components: settings.components,
      of: VariationalFactorEmission(
        factors: settings.latent ?? Swift.max(x.columns - 1, 1), prior: .scaled(to: x, threads: threads)))
  }

  static func title(_ settings: ModelSettings) -> String {
    let factors = settings.latent.map { "up to \(NumberText.count($0, "factor"))" } ?? "automatic relevance"
    return "Variational PCA with \(factors)"
  }

  static func logDensity(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> [Double] {
    try fitted.model.predictiveLogDensity(of: x, at: fitted.parameters, threads: threads)
  }

  static func latentPosterior(
    of x: Rows<Scalar>, under fitted: FittedMixture<Family>, threads: Int
  ) throws(InferenceError) -> LatentPosterior {
    try fitted.model.latentPosterior(of: x, at: fitted.parameters, threads: threads)
  }

  static func relevance(_ parameters: VariationalFactorParameters) -> FactorRelevance? {
    FactorRelevance(relevant: parameters.relevantFactors(), factors: parameters.factors)
  }

  static func centres(_ parameters: VariationalFactorParameters) -> Matrix<Double>? { parameters.means }
}

/// Which of some factors matter.
struct FactorRelevance: Sendable {
  /// From 0.
  let relevant: [Int]
  /// How many factors there are.
  let factors: Int

  /// `3 of 9: 1, 2, 4`.
  var words: String {
    "\(relevant.count) of \(factors)"
      + (relevant.isEmpty ? "" : ": " + Wording.list(relevant.map { "\($0 + 1)" }))
  }

  /// Counted from 1.
  var json: JSONValue { .array(relevant.map { .integer($0 + 1) }) }
}
