import Latent

/// What defines the training of an auto-encoder: equal settings and equal data give the same steps, bit for bit.
struct AutoencoderSettings: Codable, Equatable, Sendable {
  /// The name: `vae`.
  var model: String
  var latent: Int
  var hidden: [Int]
  var activation: Activation
  var likelihood: LikelihoodChoice
  /// For a Gaussian likelihood.
  var variance: VarianceChoice?
  /// For a discretised logistic one.
  var levels: Int?
  var prior: LatentPriorChoice
  /// Of a prior that has any.
  var components: Int?
  var posterior: AutoencoderPosterior
  /// k of the importance-weighted bound; nil for the evidence lower bound.
  var importance: Int?
  var isDoublyReparametrized: Bool
  var optimizer: OptimizerChoice
  var learningRate: Double
  var schedule: RateSchedule
  var clip: Double?
  /// β, λ in nats a dimension, and the passes over which β rises.
  var beta: Double
  var freeBits: Double?
  var warmUp: Int
  /// The rows of a minibatch; all where there are fewer.
  var batch: Int
  var precision: Precision
  var seed: UInt64
  var columns: [String]?
  var weights: String?
  var standardize: Bool
  var binarize: Binarization?
  var holdout: Double?

  /// What reports call the method.
  static let inference = "gradient"
  static let inferenceWords = "gradient ascent"
  static let defaultBatch = 100
  static let defaultPasses = 100
  static let defaultHidden = [500]
  /// Networks are trained in single precision unless double is asked for: their steps are noisy anyway.
  static let defaultPrecision = Precision.single

  /// The passes where no option says how many.
  func defaultPasses() throws(InferenceError) -> Int {
    switch schedule {
    case .constant: Self.defaultPasses
    case .iwae: try PiecewiseRate.importanceWeighted().passes
    }
  }

  /// The model of data with so many columns.
  func configuration(columns: Int) -> AutoencoderConfiguration {
    AutoencoderConfiguration(
      columns: columns, latent: latent, hidden: hidden, activation: activation,
      likelihood: likelihood.likelihood(variance, levels: levels), posterior: posterior,
      prior: prior.prior(components: components),
      bound: importance.map {
        .importance(draws: $0, gradient: isDoublyReparametrized ? .doublyReparametrized : .reparametrized)
      } ?? .evidence(draws: 1),
      binarization: drawsAfresh ? .stochastic : .none)
  }

  /// Whether every minibatch draws its zeros and ones anew, which no preparation can.
  var drawsAfresh: Bool { binarize == .stochastic }

  /// What the preparation of the data needs to know, in the form of a model with one component.
  var dataSettings: FitSettings {
    FitSettings(
      model: ModelSettings(model: model, inference: Self.inference, components: 1, latent: latent),
      climb: ClimbSettings(), precision: precision, restarts: 1, start: FitSettings.namedStarts[0],
      seed: seed,
      columns: columns, weights: weights, standardize: standardize, binarize: drawsAfresh ? nil : binarize,
      holdout: holdout)
  }
}

extension FitCommand {
  /// The settings that the options give, or, on resuming, those of the checkpoint.
  ///
  /// - Throws: `UsageError` for an option of another model, or one that differs from the checkpoint.
  func autoencoderSettings(resuming recorded: AutoencoderSettings?) throws -> AutoencoderSettings {
    try refuseMixtureOptions()
    if let recorded { return try agreed(with: recorded) }
    guard let latent = modelOptions.latent else {
      throw UsageError.missing(
        option: "--latent", reason: "\(model) needs to know how many latent dimensions it has")
    }
    if holdoutConflicts {
      throw UsageError.conflict(
        option: "--holdout", other: "--test", reason: "both say which rows the bound is tested on")
    }
    let likelihood = network.likelihood ?? .bernoulli
    if likelihood != .gaussian, network.variance != nil {
      throw UsageError.needs(option: "--variance", other: "--likelihood gaussian")
    }
    if likelihood != .logistic, network.levels != nil {
      throw UsageError.needs(option: "--levels", other: "--likelihood logistic")
    }
    let prior = try latentPrior()
    if gradient.importance == nil, gradient.doublyReparametrized {
      throw UsageError.needs(option: "--doubly-reparametrized", other: "--importance k")
    }
    try checkObjective(network.posterior ?? .diagonal, prior)
    if likelihood != .bernoulli, data.binarize == .stochastic {
      throw UsageError.conflict(
        option: "--binarize stochastic", other: "--likelihood \(likelihood.rawValue)",
        reason: "zeros and ones have a Bernoulli likelihood")
    }
    let optimizer = gradient.optimizer ?? .adam
    return AutoencoderSettings(
      model: model, latent: latent, hidden: network.hidden?.sizes ?? AutoencoderSettings.defaultHidden,
      activation: network.activation ?? .tanh, likelihood: likelihood,
      variance: likelihood == .gaussian ? network.variance ?? .standard : nil,
      levels: likelihood == .logistic ? network.levels ?? LikelihoodChoice.defaultLevels : nil, prior: prior,
      components: prior == .standard ? nil : modelOptions.components ?? LatentPriorChoice.defaultComponents,
      posterior: network.posterior ?? .diagonal, importance: gradient.importance,
      isDoublyReparametrized: gradient.doublyReparametrized, optimizer: optimizer,
      learningRate: gradient.learningRate ?? optimizer.defaultRate, schedule: gradient.schedule ?? .constant,
      clip: gradient.clip, beta: gradient.beta ?? 1, freeBits: gradient.freeBits,
      warmUp: gradient.warmUp ?? 0,
      batch: climb.batches.batch ?? AutoencoderSettings.defaultBatch,
      precision: precision.given ?? AutoencoderSettings.defaultPrecision, seed: seed.value,
      columns: data.columns?.names, weights: weights.value, standardize: repeats.standardize,
      binarize: data.binarize, holdout: repeats.holdout)
  }

  /// p(z), with the options that belong to it.
  private func latentPrior() throws -> LatentPriorChoice {
    let name = modelOptions.prior ?? LatentPriorChoice.standard.rawValue
    guard let prior = LatentPriorChoice(rawValue: name) else {
      throw UsageError.badValue(
        option: "--prior", value: name,
        requirement: "\(Wording.choice(LatentPriorChoice.allCases.map(\.rawValue))) for \(model)")
    }
    if prior == .standard, modelOptions.components != nil {
      throw UsageError.needs(option: "--components", other: "--prior mixture or vamp")
    }
    return prior
  }

  /// Refuses weights of terms that a bound or a posterior does not have, and families that do not go together.
  private func checkObjective(_ posterior: AutoencoderPosterior, _ prior: LatentPriorChoice) throws {
    if gradient.importance != nil {
      for (option, isGiven) in [
        ("--beta", gradient.beta != nil), ("--free-bits", gradient.freeBits != nil),
        ("--warm-up", gradient.warmUp != nil),
      ] where isGiven {
        throw UsageError.conflict(
          option: option, other: "--importance", reason: "that bound has no KL apart, to be weighted")
      }
    }
    let isDiagonal = posterior == .diagonal || posterior == .constantDiagonal
    if gradient.freeBits != nil, !isDiagonal {
      throw UsageError.conflict(
        option: "--free-bits", other: "--posterior \(posterior.rawValue)",
        reason: "its KL does not fall into dimensions")
    }
    if gradient.freeBits != nil, prior != .standard {
      throw UsageError.conflict(
        option: "--free-bits", other: "--prior \(prior.rawValue)",
        reason: "its KL does not fall into dimensions")
    }
    if prior == .vamp, !isDiagonal {
      throw UsageError.conflict(
        option: "--prior vamp", other: "--posterior \(posterior.rawValue)",
        reason: "its components are posteriors, and diagonal")
    }
    if gradient.doublyReparametrized, posterior == .full || posterior == .planar {
      throw UsageError.conflict(
        option: "--doubly-reparametrized", other: "--posterior \(posterior.rawValue)",
        reason: "it needs a density that is cheap at any z")
    }
  }

  private var holdoutConflicts: Bool { repeats.holdout != nil && gradient.test != nil }

  private func agreed(with recorded: AutoencoderSettings) throws -> AutoencoderSettings {
    func agree<Value: Equatable>(_ option: String, _ given: Value?, _ recorded: Value?) throws {
      guard let given, given != recorded else { return }
      throw UsageError.resumeConflict(
        path: ascent.resume ?? "", option: option, given: "\(given)",
        recorded: recorded.map { "\($0)" } ?? "absent")
    }
    try agree("MODEL", model, recorded.model)
    try agree("--latent", modelOptions.latent, recorded.latent)
    try agree("--hidden", network.hidden, LayerSizes(recorded.hidden))
    try agree("--activation", network.activation?.rawValue, recorded.activation.rawValue)
    try agree("--likelihood", network.likelihood?.rawValue, recorded.likelihood.rawValue)
    try agree("--variance", network.variance, recorded.variance)
    try agree("--levels", network.levels, recorded.levels)
    try agree("--prior", modelOptions.prior, recorded.prior.rawValue)
    try agree("--components", modelOptions.components, recorded.components)
    try agree("--posterior", network.posterior?.rawValue, recorded.posterior.rawValue)
    try agree("--importance", gradient.importance, recorded.importance)
    try agree(
      "--doubly-reparametrized", gradient.doublyReparametrized ? "on" : nil,
      recorded.isDoublyReparametrized ? "on" : "off")
    try agree("--optimizer", gradient.optimizer?.rawValue, recorded.optimizer.rawValue)
    try agree("--schedule", gradient.schedule?.rawValue, recorded.schedule.rawValue)
    try agree("--beta", gradient.beta, recorded.beta)
    try agree("--free-bits", gradient.freeBits, recorded.freeBits)
    try agree("--warm-up", gradient.warmUp, recorded.warmUp)
    try agree("--batch", climb.batches.batch, recorded.batch)
    try agree("--precision", precision.given?.rawValue, recorded.precision.rawValue)
    try agree("--seed", seed.given, recorded.seed)
    try agree(
      "--columns", data.columns?.names.joined(separator: ","), recorded.columns?.joined(separator: ","))
    try agree("--weights", weights.value, recorded.weights)
    try agree("--standardize", repeats.standardize ? "on" : nil, recorded.standardize ? "on" : "off")
    try agree("--binarize", data.binarize, recorded.binarize)
    try agree("--holdout", repeats.holdout, recorded.holdout)
    if recorded.holdout != nil, gradient.test != nil {
      throw UsageError.conflict(
        option: "--test", other: "--holdout", reason: "both say which rows the bound is tested on")
    }
    var settings = recorded
    // Steps that were too long go on as shorter ones.
    settings.learningRate = gradient.learningRate ?? recorded.learningRate
    settings.clip = gradient.clip ?? recorded.clip
    return settings
  }

  /// Refuses what mixtures alone have a use for.
  private func refuseMixtureOptions() throws {
    let options = modelOptions
    for (option, isGiven) in [
      ("--covariance", options.covariance != nil), ("--inference", options.inference != nil),
      ("--concentration", options.concentration != nil), ("--mean-precision", options.meanPrecision != nil),
      ("--degrees-of-freedom", options.degreesOfFreedom != nil), ("--scale", options.scale != nil),
      ("--sparse", options.sparse != nil), ("--init", start.start != nil),
      ("--restarts", repeats.given != nil),
      ("--labels", labels.value != nil), ("--acceleration", climb.acceleration != nil),
      ("--race", climb.race), ("--memoized", climb.batches.memoized),
      ("--forgetting", climb.batches.forgetting != nil), ("--delay", climb.batches.delay != nil),
      ("--max-iterations", stopping.given != nil), ("--from", update.from != nil),
      ("--keep-statistics", update.keepStatistics),
    ] where isGiven {
      throw UsageError.noMeaning(
        option: option, model: model, inference: AutoencoderSettings.inferenceWords)
    }
  }

  /// Refuses what models of networks alone have a use for.
  func refuseNetworkOptions() throws {
    for (option, isGiven) in network.given + gradient.given where isGiven {
      throw UsageError.noMeaning(
        option: option, model: model, inference: modelOptions.inference ?? Vocabulary.inferences[0])
    }
  }
}

/// What a checkpoint of an auto-encoder says about its run.
typealias TrainingConfiguration = RunConfiguration<AutoencoderSettings>

extension AutoencoderSettings: RunSettings {
  static var checkpointKind: String { "training" }

  var isProper: Bool {
    latent > 0 && hidden.allSatisfy { $0 > 0 } && batch > 0 && learningRate > 0 && learningRate.isFinite
      && (importance ?? 1) > 0 && holdout.map { $0 > 0 && $0 < 1 } ?? true
  }
}
