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
    try Mixture(
      components: settings.components, dimensions: x.columns, covariance: settings.covariance ?? .full,
      prior: settings.gaussianPrior(for: x, sharesUnits: sharesUnits, threads: threads),
      degreesOfFreedom: settings.degreesOfFreedom.map { .fixed($0) } ?? .estimated())
  }

  static func title(_ settings: ModelSettings) -> String {
    "Student mixture of \(NumberText.count(settings.components, "component")) "
      + "(\(settings.gaussianWords("scale matrices")))"
  }

  static func centres(_ parameters: StudentParameters) -> Matrix<Double>? { parameters.means }
}
