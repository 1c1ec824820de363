import Latent

/// `tmm` by EM.
enum StudentKind<Scalar: LatentScalar>: ModelKind {
  typealias Family = StudentEmission<Scalar>

  static var priors: [String] { ["niw", "none"] }

  /// `--degrees-of-freedom` fixes those of all components.
  static func completed(_ settings: ModelSettings) throws -> ModelSettings {
    var settings = settings
    try settings.refuse(latent: true)
    let degrees = settings.degreesOfFreedom
    settings.degreesOfFreedom = nil
    try settings.refuse(hyperparameters: true)
    settings.degreesOfFreedom = degrees
    settings.covariance = settings.covariance ?? .full
    settings.prior = try settings.chosenPrior(of: priors)
    return settings
  }

  static func model(
    _ settings: ModelSettings, for x: Rows<Scalar>, sharesUnits: Bool, threads: Int
  ) throws(InferenceError) -> Mixture<StudentEmission<Scalar>> {
    let covariance = settings.covariance ?? .full
    var prior: GaussianPrior?
    if settings.prior == "niw" {
      prior = try .scaled(
        to: x, components: settings.components, covariance: covariance, sharesUnits: sharesUnits,
        threads: threads)
    }
    return try Mixture(
      components: settings.components, dimensions: x.columns, covariance: covariance, prior: prior,
      degreesOfFreedom: settings.degreesOfFreedom.map { .fixed($0) } ?? .estimated())
  }

  static func title(_ settings: ModelSettings) -> String {
    let prior = settings.prior == "niw" ? "weak Normal-inverse-Wishart prior" : "no prior"
    return "Student mixture of \(NumberText.count(settings.components, "component")) "
      + "(\(settings.covariance?.rawValue ?? "full") scale matrices, \(prior))"
  }

  static func centres(_ parameters: StudentParameters) -> Matrix<Double>? { parameters.means }
}
