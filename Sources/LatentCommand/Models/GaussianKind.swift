import Latent

/// `gmm` by EM.
enum GaussianKind<Scalar: LatentScalar>: ModelKind {
  typealias Family = GaussianEmission<Scalar>

  static var priors: [String] { ["niw", "none"] }

  static func completed(_ settings: ModelSettings) throws -> ModelSettings {
    var settings = settings
    try settings.refuse(latent: true, hyperparameters: true)
    settings.covariance = settings.covariance ?? .full
    settings.prior = try settings.chosenPrior(of: priors)
    return settings
  }

  static func model(
    _ settings: ModelSettings, for x: Rows<Scalar>, sharesUnits: Bool, threads: Int
  ) throws(InferenceError) -> Mixture<GaussianEmission<Scalar>> {
    try Mixture(
      components: settings.components, dimensions: x.columns, covariance: settings.covariance ?? .full,
      prior: settings.gaussianPrior(for: x, sharesUnits: sharesUnits, threads: threads))
  }

  static func title(_ settings: ModelSettings) -> String {
    "Gaussian mixture of \(NumberText.count(settings.components, "component")) "
      + "(\(settings.gaussianWords("covariance")))"
  }

  static func centres(_ parameters: GaussianParameters) -> Matrix<Double>? { parameters.means }
}

extension ModelSettings {
  /// Refuses options that the model has no use for.
  func refuse(
    covariance hasNoCovariance: Bool = false, latent hasNoFactors: Bool = false,
    hyperparameters isPoint: Bool = false
  ) throws {
    func refuse(_ option: String, _ isGiven: Bool) throws {
      guard isGiven else { return }
      throw UsageError.noMeaning(option: option, model: model, inference: inference)
    }
    if hasNoCovariance { try refuse("--covariance", covariance != nil) }
    if hasNoFactors { try refuse("--latent", latent != nil) }
    if isPoint {
      try refuse("--concentration", concentration != nil)
      try refuseGaussianHyperparameters()
    }
  }

  /// Refuses the options of the Normal–Wishart prior.
  func refuseGaussianHyperparameters() throws {
    for (option, value) in [
      ("--mean-precision", meanPrecision), ("--degrees-of-freedom", degreesOfFreedom), ("--scale", scale),
    ] where value != nil {
      throw UsageError.noMeaning(option: option, model: model, inference: inference)
    }
  }

  /// The prior asked for, or the default, the first of `names`.
  func chosenPrior(of names: [String]) throws -> String {
    guard let prior else { return names[0] }
    guard names.contains(prior) else {
      throw UsageError.badValue(
        option: "--prior", value: prior,
        requirement: "\(Wording.choice(names)) for \(model) by \(inference)")
    }
    return prior
  }
}
