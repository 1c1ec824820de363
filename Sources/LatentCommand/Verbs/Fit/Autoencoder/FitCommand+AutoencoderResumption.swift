import Latent

extension FitCommand {
  /// The settings of a checkpoint, with what may be changed on the way.
  func agreed(with recorded: AutoencoderSettings) throws -> AutoencoderSettings {
    try agree("MODEL", model, recorded.model)
    try agree(
      "--latent", modelOptions.latentSizes,
      LatentSizes([recorded.latent] + [recorded.secondLatent].compactMap(\.self)))
    try agree("--second-hidden", network.secondHidden, recorded.secondHidden.map { LayerSizes($0) })
    try agree("--weight-prior", network.weightPrior, recorded.weightPrior)
    try agree("--hidden", network.hidden, LayerSizes(recorded.hidden))
    if let given = network.network {
      try agree("--network", given, recorded.channels == nil ? NetworkKind.dense : .convolutional)
    }
    try agree("--channels", network.channels, recorded.channels.map { LayerSizes($0) })
    try agree("--activation", network.activation?.rawValue, recorded.activation.rawValue)
    try agree("--likelihood", network.likelihood?.rawValue, recorded.likelihood.rawValue)
    try agree("--variance", network.variance, recorded.variance)
    try agree("--levels", network.levels, recorded.levels)
    try agree("--prior", modelOptions.prior, recorded.prior.rawValue)
    try agree("--components", modelOptions.components, recorded.components)
    try agree("--posterior", network.posterior?.rawValue, recorded.posterior.rawValue)
    try agree("--condition", condition.labels, recorded.condition?.labels)
    try agree(
      "--condition-columns", condition.columns?.names.joined(separator: ","),
      recorded.condition?.columns?.joined(separator: ","))
    try agree("--condition-pixels", condition.pixels, recorded.condition?.pixels)
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
    try agree("--restarts", repeats.given, recorded.restarts)
    try agree("--init", start.start, recorded.start)
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
  func refuseMixtureOptions() throws {
    let options = modelOptions
    for (option, isGiven) in [
      ("--covariance", options.covariance != nil), ("--inference", options.inference != nil),
      ("--concentration", options.concentration != nil), ("--mean-precision", options.meanPrecision != nil),
      ("--degrees-of-freedom", options.degreesOfFreedom != nil), ("--scale", options.scale != nil),
      ("--sparse", options.sparse != nil),
      ("--acceleration", climb.acceleration != nil),
      ("--race", climb.race), ("--memoized", climb.batches.memoized),
      ("--forgetting", climb.batches.forgetting != nil), ("--delay", climb.batches.delay != nil),
      ("--max-iterations", stopping.given != nil), ("--from", update.from != nil),
      ("--keep-statistics", update.keepStatistics),
    ] where isGiven {
      throw UsageError.noMeaning(
        option: option, model: model, inference: AutoencoderSettings.inferenceWords)
    }
    if labels.value != nil, page == nil {
      throw UsageError.needs(option: "--labels", other: "--report, whose colours they are")
    }
  }
}
