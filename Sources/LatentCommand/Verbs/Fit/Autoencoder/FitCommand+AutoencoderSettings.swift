import Latent

extension FitCommand {
  /// The settings that the options give, or, on resuming, those of the checkpoint.
  ///
  /// - Throws: `UsageError` for an option of another model, or one that differs from the checkpoint.
  func autoencoderSettings(resuming recorded: AutoencoderSettings?) throws -> AutoencoderSettings {
    try refuseMixtureOptions()
    if let recorded { return try agreed(with: recorded) }
    let posterior = try posterior()
    guard let latent = posterior == .none && model == "cvae" ? 1 : modelOptions.latent else {
      throw UsageError.missing(
        option: "--latent", reason: "\(model) needs to know how many latent dimensions it has")
    }
    if repeats.holdout != nil, gradient.test != nil {
      throw UsageError.conflict(
        option: "--holdout", other: "--test", reason: "both say which rows the bound is tested on")
    }
    let likelihood = network.likelihood ?? .bernoulli
    try checkLikelihood(likelihood)
    let channels = try channels(likelihood)
    try checkStart()
    let prior = try latentPrior()
    if gradient.importance == nil, gradient.doublyReparametrized {
      throw UsageError.needs(option: "--doubly-reparametrized", other: "--importance k")
    }
    try checkObjective(posterior, prior)
    let layers = modelOptions.latentSizes?.sizes ?? []
    if layers.count > 1 { try checkSecondLayer(posterior, prior) }
    if layers.count < 2, network.secondHidden != nil {
      throw UsageError.needs(option: "--second-hidden", other: "--latent of two numbers")
    }
    let optimizer = gradient.optimizer ?? .adam
    return AutoencoderSettings(
      model: model, latent: latent, secondLatent: layers.count > 1 ? layers[1] : nil,
      secondHidden: layers.count > 1
        ? (network.secondHidden ?? AutoencoderSettings.defaultSecondHidden).sizes : nil,
      hidden: network.hidden?.sizes ?? AutoencoderSettings.defaultHidden,
      channels: channels, activation: network.activation ?? .tanh, likelihood: likelihood,
      variance: likelihood == .gaussian ? network.variance ?? .standard : nil,
      levels: likelihood == .logistic ? network.levels ?? LikelihoodChoice.defaultLevels : nil, prior: prior,
      components: prior == .standard ? nil : modelOptions.components ?? LatentPriorChoice.defaultComponents,
      posterior: posterior, weightPrior: network.weightPrior, condition: try conditionSettings(likelihood),
      importance: gradient.importance,
      isDoublyReparametrized: gradient.doublyReparametrized, optimizer: optimizer,
      learningRate: gradient.learningRate ?? optimizer.defaultRate, schedule: gradient.schedule ?? .constant,
      clip: gradient.clip, beta: gradient.beta ?? 1, freeBits: gradient.freeBits,
      warmUp: gradient.warmUp ?? 0,
      batch: climb.batches.batch ?? AutoencoderSettings.defaultBatch,
      precision: precision.given ?? AutoencoderSettings.defaultPrecision, seed: seed.value,
      columns: data.columns?.names, weights: weights.value, standardize: repeats.standardize,
      binarize: data.binarize, holdout: repeats.holdout, restarts: repeats.restarts, start: start.start)
  }

  // MARK: Families

  /// q(z | x): of a deterministic auto-encoder a point, which has no use for what belongs to a distribution.
  private func posterior() throws -> PosteriorChoice {
    let ofDistributions =
      [
        ("--prior", modelOptions.prior != nil), ("--components", modelOptions.components != nil),
        ("--importance", gradient.importance != nil),
        ("--doubly-reparametrized", gradient.doublyReparametrized),
        ("--beta", gradient.beta != nil), ("--free-bits", gradient.freeBits != nil),
        ("--warm-up", gradient.warmUp != nil),
      ]
    if model == "ae" {
      for (option, isGiven) in [("--posterior", network.posterior != nil)] + ofDistributions where isGiven {
        throw UsageError.noMeaning(
          option: option, model: model, inference: AutoencoderSettings.inferenceWords)
      }
      return .none
    }
    let posterior = network.posterior ?? .diagonal
    guard posterior == .none else { return posterior }
    guard model == "cvae" else {
      throw UsageError.badValue(
        option: "--posterior", value: posterior.rawValue,
        requirement:
          "\(Wording.choice(PosteriorChoice.allCases.filter { $0 != .none }.map(\.rawValue))) for \(model)")
    }
    for (option, isGiven) in [("--latent", modelOptions.latent != nil)] + ofDistributions where isGiven {
      throw UsageError.conflict(
        option: option, other: "--posterior none", reason: "there is then no z, but a regression")
    }
    return posterior
  }

  /// p(z), with the options that belong to it.
  private func latentPrior() throws -> LatentPriorChoice {
    let name = modelOptions.prior ?? LatentPriorChoice.standard.rawValue
    let known = LatentPriorChoice.allCases.filter { model != "cvae" || $0 != .vamp }
    guard let prior = LatentPriorChoice(rawValue: name), known.contains(prior) else {
      throw UsageError.badValue(
        option: "--prior", value: name, requirement: "\(Wording.choice(known.map(\.rawValue))) for \(model)")
    }
    if prior == .standard, modelOptions.components != nil {
      throw UsageError.needs(
        option: "--components", other: "--prior \(Wording.choice(known.dropFirst().map(\.rawValue)))")
    }
    return prior
  }

  /// Refuses what has no use for a likelihood.
  private func checkLikelihood(_ likelihood: LikelihoodChoice) throws {
    if likelihood != .gaussian, network.variance != nil {
      throw UsageError.needs(option: "--variance", other: "--likelihood gaussian")
    }
    if likelihood != .logistic, network.levels != nil {
      throw UsageError.needs(option: "--levels", other: "--likelihood logistic")
    }
    if likelihood == .categorical {
      for (option, isGiven) in [
        ("--standardize", repeats.standardize), ("--binarize", data.binarize != nil),
        ("--condition-columns", condition.columns != nil), ("--condition-pixels", condition.pixels != nil),
      ] where isGiven {
        throw UsageError.conflict(
          option: option, other: "--likelihood categorical", reason: "every cell is then a category")
      }
    }
    if likelihood != .bernoulli, data.binarize == .stochastic {
      throw UsageError.conflict(
        option: "--binarize stochastic", other: "--likelihood \(likelihood.rawValue)",
        reason: "zeros and ones have a Bernoulli likelihood")
    }
  }

  /// The channels of convolutions; nil for a dense network.
  private func channels(_ likelihood: LikelihoodChoice) throws -> [Int]? {
    guard network.network == .convolutional else {
      if network.channels != nil {
        throw UsageError.needs(option: "--channels", other: "--network convolutional")
      }
      return nil
    }
    let channels = (network.channels ?? NetworkKind.defaultChannels).sizes
    guard !channels.isEmpty else {
      throw UsageError.badValue(option: "--channels", value: "none", requirement: "one number or more")
    }
    if likelihood == .categorical {
      throw UsageError.conflict(
        option: "--network convolutional", other: "--likelihood categorical",
        reason: "its decoder gives one number a pixel")
    }
    if network.variance?.variance == .network {
      throw UsageError.conflict(
        option: "--network convolutional", other: "--variance network",
        reason: "its decoder gives one number a pixel")
    }
    if condition.columns != nil {
      throw UsageError.conflict(
        option: "--network convolutional", other: "--condition-columns",
        reason: "what is left is no image; give --condition-pixels")
    }
    return channels
  }

  private func conditionSettings(_ likelihood: LikelihoodChoice) throws -> ConditionSettings? {
    guard model == "cvae" else {
      for (option, isGiven) in condition.given where isGiven {
        throw UsageError.noMeaning(
          option: option, model: model, inference: AutoencoderSettings.inferenceWords)
      }
      return nil
    }
    guard let settings = condition.settings else { throw ConditionError.nothingGiven }
    return settings
  }

  /// Refuses starts that a network does not have.
  private func checkStart() throws {
    guard let path = start.start else { return }
    guard !FitSettings.namedStarts.contains(path) else {
      throw UsageError.badValue(
        option: "--init", value: path, requirement: "a model file for \(model), or left out")
    }
    if repeats.restarts > 1 {
      throw UsageError.conflict(
        option: "--restarts", other: "--init FILE", reason: "every start would be the same")
    }
  }

  /// Refuses weights of terms that a bound or a posterior does not have, and families that do not go together.
  private func checkObjective(_ posterior: PosteriorChoice, _ prior: LatentPriorChoice) throws {
    if gradient.importance != nil {
      for (option, isGiven) in [
        ("--beta", gradient.beta != nil), ("--free-bits", gradient.freeBits != nil),
        ("--warm-up", gradient.warmUp != nil),
      ] where isGiven {
        throw UsageError.conflict(
          option: option, other: "--importance", reason: "that bound has no KL apart, to be weighted")
      }
    }
    if gradient.freeBits != nil, !posterior.isDiagonal {
      throw UsageError.conflict(
        option: "--free-bits", other: "--posterior \(posterior.rawValue)",
        reason: "its KL does not fall into dimensions")
    }
    if gradient.freeBits != nil, prior != .standard {
      throw UsageError.conflict(
        option: "--free-bits", other: "--prior \(prior.rawValue)",
        reason: "its KL does not fall into dimensions")
    }
    if prior == .vamp, !posterior.isDiagonal {
      throw UsageError.conflict(
        option: "--prior vamp", other: "--posterior \(posterior.rawValue)",
        reason: "its components are posteriors, and diagonal")
    }
  }

  /// Refuses what two layers of latent dimensions do not have.
  private func checkSecondLayer(_ posterior: PosteriorChoice, _ prior: LatentPriorChoice) throws {
    let sizes = modelOptions.latentSizes?.description ?? ""
    guard model != "ae" else {
      throw UsageError.badValue(option: "--latent", value: sizes, requirement: "one number for \(model)")
    }
    for (option, isGiven, reason) in [
      ("--prior vamp", prior == .vamp, "its components are posteriors of one layer"),
      (
        "--doubly-reparametrized", gradient.doublyReparametrized, "it needs the density of one layer at any z"
      ),
      ("--free-bits", gradient.freeBits != nil, "the KL of two layers does not fall into dimensions"),
    ] where isGiven {
      throw UsageError.conflict(option: option, other: "--latent \(sizes)", reason: reason)
    }
  }
}
