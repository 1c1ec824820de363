import Latent

/// `lds` by EM.
enum StateSpaceKind<Scalar: LatentScalar>: SequenceKind {
  typealias Model = LinearStateSpace<Scalar>

  static var cells: CellKind { .numbers }
  private static var priors: [String] { ["mniw", "none"] }

  static func completed(_ settings: SequenceSettings) throws -> SequenceSettings {
    var settings = settings
    try settings.model.refuse(hyperparameters: true)
    if settings.model.covariance == .tied {
      throw UsageError.badValue(
        option: "--covariance", value: "tied", requirement: "full, diagonal or spherical for lds")
    }
    try checkMemory(settings.model.latent ?? 1)
    settings.model.covariance = settings.model.covariance ?? .diagonal
    settings.model.prior = try settings.model.chosenPrior(of: priors)
    if let binarize = settings.binarize {
      throw UsageError.noMeaning(
        option: "--binarize \(binarize)", model: settings.model.model, inference: settings.model.inference)
    }
    return settings
  }

  /// Refuses states that cannot be held before anything is made: about ten matrices `[L, L]` of doubles, those of the parameters, of
  /// the step before, and of a filter's moments.
  private static func checkMemory(_ L: Int) throws {
    let needed = 80 * Double(L) * Double(L)
    guard needed <= Double(Memory.physical) else {
      throw UsageError.badValue(
        option: "--latent", value: "\(L)",
        requirement: "\(Int((Double(Memory.physical) / 80).squareRoot())) or less on this machine")
    }
  }

  private static func noise(_ covariance: CovarianceStructure?) -> EmissionNoise {
    switch covariance {
    case .full: .full
    case .spherical: .isotropic
    default: .diagonal
    }
  }

  static func model(
    _ settings: SequenceSettings, for x: SequenceBatch<Scalar>, sharesUnits: Bool, threads: Int
  ) throws(InferenceError) -> Model {
    let L = settings.model.latent ?? 1
    return try LinearStateSpace(
      latent: L, dimensions: x.columns, controls: x.controlColumns, noise: noise(settings.model.covariance),
      prior: settings.model.prior == "none" ? nil : .scaled(to: x, latent: L))
  }

  static func initialParameters(
    of model: Model, for x: SequenceBatch<Scalar>, _ settings: SequenceSettings, sharesUnits: Bool,
    using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> Model.Parameters {
    try model.initialParameters(
      for: x, start: settings.start == "random" ? .random : .principalAxes, using: stream)
  }

  static func accepts(_ θ: Model.Parameters, _ model: Model) -> Bool {
    θ.latent == model.latent && θ.dimensions == model.dimensions && θ.controls == model.controls
  }

  static func title(_ settings: SequenceSettings) -> String {
    "Linear Gaussian state space of \(NumberText.count(settings.model.latent ?? 1, "latent dimension")) "
      + "(\(settings.model.covariance?.rawValue ?? "diagonal") emission noise, "
      + (settings.model.prior == "none" ? "no prior)" : "weak prior)")
  }

  static func freeParameters(_ model: Model) -> Int { model.freeParameters }

  static func isVariational(_ model: Model) -> Bool { false }

  static func archive(_ fitted: Fitted) throws -> Archive {
    try FittedStateSpace(
      model: fitted.model, parameters: fitted.parameters, description: fitted.description
    ).archive()
  }

  static func read(_ archive: Archive) throws(FileError) -> Fitted {
    let read = try FittedStateSpace<Scalar>(from: archive)
    return Fitted(model: read.model, parameters: read.parameters, description: read.description)
  }

  static func logDensity(
    of x: SequenceBatch<Scalar>, under fitted: Fitted, threads: Int
  ) throws(InferenceError) -> [Double] {
    try fitted.model.logDensity(of: x, at: fitted.parameters, threads: threads)
  }

  /// Means and standard deviations of the states. The most likely path is that of the smoothed means.
  static func posterior(
    of x: SequenceBatch<Scalar>, under fitted: Fitted, path: PathChoice, threads: Int
  ) throws(InferenceError) -> SequencePosterior {
    let posterior = try fitted.model.posterior(of: x, at: fitted.parameters, threads: threads)
    let L = fitted.model.latent
    let names = (1...L).map { "z\($0)" }
    let means = path == .filtered ? posterior.filteredMeans : posterior.smoothedMeans
    guard path != .likely else { return SequencePosterior(names: names, values: means) }
    let covariances = path == .filtered ? posterior.filteredCovariances : posterior.smoothedCovariances
    let deviations = Matrix(
      rows: means.rows, columns: L,
      elements: (0..<means.rows * L).map { i in
        let (t, l) = i.quotientAndRemainder(dividingBy: L)
        return max(covariances[t, l * L + l], 0).squareRoot()
      })
    return SequencePosterior(
      names: names + names.map { "\($0)_sd" }, values: Matrix(besideEachOther: [means, deviations]))
  }

  static func features(
    of x: SequenceBatch<Scalar>, under fitted: Fitted, threads: Int
  ) throws(InferenceError) -> Matrix<Double> {
    try fitted.model.posterior(of: x, at: fitted.parameters, threads: threads).smoothedMeans
  }

  static func sample(
    lengths: [Int], controls: Matrix<Scalar>?, under fitted: Fitted, using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> Matrix<Scalar> {
    try fitted.model.sample(
      lengths: lengths, controls: controls, at: fitted.parameters, using: stream, threads: threads
    ).sequences.frames
  }

  static func imputed(
    _ x: SequenceBatch<Scalar>, under fitted: Fitted, threads: Int
  ) throws(InferenceError) -> (values: Matrix<Scalar>, deviations: Matrix<Scalar>) {
    try fitted.model.imputed(x, at: fitted.parameters, threads: threads)
  }

  static func imputations(
    _ x: SequenceBatch<Scalar>, under fitted: Fitted, draws: Int, using stream: RandomStream, threads: Int
  ) throws(InferenceError) -> [Matrix<Scalar>]? { nil }

  static func forecast(
    _ x: SequenceBatch<Scalar>, horizon: Int, controls future: [Matrix<Scalar>]?, under fitted: Fitted,
    threads: Int
  ) throws(InferenceError) -> SequenceForecast {
    let forecast = try fitted.model.forecast(
      x, horizon: horizon, controls: future, at: fitted.parameters, threads: threads)
    return SequenceForecast(means: forecast.means, deviations: forecast.deviations, gaussian: forecast)
  }

  static func look(_ fitted: Fitted) -> ComponentLook { ComponentLook() }

  static func details(_ fitted: Fitted) -> [(name: String, values: Matrix<Double>)] {
    let θ = fitted.parameters
    var details = [
      ("initialMean", Matrix(rows: 1, columns: θ.latent, elements: θ.initialMean)),
      ("transition", θ.transition),
    ]
    if θ.controls > 0 { details.append(("control", θ.control)) }
    return details + [
      ("transitionNoise", θ.transitionNoise), ("emission", θ.emission),
      ("offset", Matrix(rows: 1, columns: θ.dimensions, elements: θ.offset)),
      (
        "emissionVariances",
        Matrix(
          rows: 1, columns: θ.dimensions,
          elements: (0..<θ.dimensions).map { θ.emissionNoise[$0, $0] })
      ),
    ]
  }
}
