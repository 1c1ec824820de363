import Latent

extension FitCommand {
  /// The settings that the options give, or, on resuming, those of the checkpoint.
  func filterSettings(resuming recorded: FilterSettings?) throws -> FilterSettings {
    try refuseMixtureOptions()
    try refuseOptionsOfOtherNetworks()
    if let recorded { return try agreed(with: recorded) }
    let isDeepKalman = model == "dkf"
    guard let sizes = modelOptions.latentSizes?.sizes else {
      throw UsageError.missing(
        option: "--latent", reason: "\(model) needs to know how many latent dimensions it has")
    }
    guard sizes.count == 1 else {
      throw UsageError.badValue(
        option: "--latent", value: modelOptions.latentSizes?.description ?? "",
        requirement: "one number for \(model)")
    }
    if filter.updates != nil, ascent.passes != nil {
      throw UsageError.conflict(
        option: "--updates", other: "--passes", reason: "both say how many steps there are")
    }
    if repeats.holdout != nil, gradient.test != nil {
      throw UsageError.conflict(
        option: "--holdout", other: "--test", reason: "both say which sequences the bound is tested on")
    }
    let likelihood = network.likelihood ?? .gaussian
    if likelihood != .gaussian, network.variance != nil {
      throw UsageError.needs(option: "--variance", other: "--likelihood gaussian")
    }
    if likelihood != .logistic, network.levels != nil {
      throw UsageError.needs(option: "--levels", other: "--likelihood logistic")
    }
    guard likelihood != .categorical else {
      throw UsageError.badValue(
        option: "--likelihood", value: likelihood.rawValue,
        requirement: "bernoulli, gaussian, continuous-bernoulli or logistic for \(model)")
    }
    guard data.binarize != .stochastic else {
      throw UsageError.badValue(
        option: "--binarize", value: "stochastic", requirement: "a threshold for \(model)")
    }
    guard precision.given != .bf16 else {
      throw UsageError.badValue(
        option: "--precision", value: "bf16", requirement: "double or single for \(model)")
    }
    let isPendulum = DataSource.simulation(named: source) == .pendulum
    return FilterSettings(
      model: model, latent: sizes[0],
      matrices: isDeepKalman ? nil : filter.matrices ?? FilterSettings.defaultMatrices,
      hidden: (network.hidden ?? FilterSettings.defaultHidden).sizes,
      recognition: (filter.recognition ?? FilterSettings.defaultHidden).sizes,
      transitionHidden: (filter.transitionHidden
        ?? (isDeepKalman ? FilterSettings.defaultHidden : LayerSizes([]))).sizes,
      firstFrames: filter.firstFrames ?? FilterSettings.defaultFirstFrames, smoothing: filter.smoothing,
      activation: network.activation ?? .relu, likelihood: likelihood,
      variance: likelihood == .gaussian
        ? network.variance ?? VarianceChoice(FilterSettings.defaultVariance) : nil,
      levels: likelihood == .logistic ? network.levels ?? LikelihoodChoice.defaultLevels : nil,
      weightPrior: network.weightPrior, updates: ascent.passes == nil ? filter.updates : nil,
      passes: ascent.passes, batch: climb.batches.batch ?? FilterSettings.defaultBatch,
      learningRate: gradient.learningRate ?? FilterSettings.defaultRate,
      clip: gradient.clip ?? FilterSettings.defaultClip,
      masking: filter.masking ?? (isDeepKalman ? 0 : FilterSettings.defaultMasking),
      attempts: filter.attempts ?? (isPendulum && !isDeepKalman ? FilterSettings.defaultAttempts : 1),
      restarts: repeats.restarts, precision: precision.given ?? AutoencoderSettings.defaultPrecision,
      seed: seed.value, columns: data.columns?.names, sequence: sequences.data.sequence,
      controls: sequences.data.controls, truth: sequences.data.truth?.names ?? [],
      image: sequences.data.image?.size,
      standardize: repeats.standardize, binarize: data.binarize, holdout: repeats.holdout)
  }

  /// Refuses what auto-encoders alone, or one of the two filters, have a use for.
  private func refuseOptionsOfOtherNetworks() throws {
    var own: [(String, Bool)] = [
      ("--second-hidden", network.secondHidden != nil), ("--network", network.network != nil),
      ("--channels", network.channels != nil), ("--posterior", network.posterior != nil),
      ("--prior", modelOptions.prior != nil), ("--components", modelOptions.components != nil),
      ("--optimizer", gradient.optimizer != nil), ("--schedule", gradient.schedule != nil),
      ("--importance", gradient.importance != nil),
      ("--doubly-reparametrized", gradient.doublyReparametrized), ("--beta", gradient.beta != nil),
      ("--free-bits", gradient.freeBits != nil), ("--warm-up", gradient.warmUp != nil),
      ("--weights", weights.value != nil), ("--init", start.start != nil),
      ("--tolerance", stopping.givenTolerance != nil), ("--states", sequences.states != nil),
      ("--emissions", sequences.emissions != nil),
    ]
    own += condition.given
    if model == "dkf" {
      own += [("--matrices", filter.matrices != nil), ("--weight-prior", network.weightPrior != nil)]
    }
    for (option, isGiven) in own where isGiven {
      throw UsageError.noMeaning(option: option, model: model, inference: AutoencoderSettings.inferenceWords)
    }
  }

  /// The settings of a checkpoint, which no option may contradict: the course of a recipe is known from its start.
  private func agreed(with recorded: FilterSettings) throws -> FilterSettings {
    try agree("MODEL", model, recorded.model)
    try agree("--latent", modelOptions.latentSizes, LatentSizes([recorded.latent]))
    try agree("--matrices", filter.matrices, recorded.matrices)
    try agree("--hidden", network.hidden, LayerSizes(recorded.hidden))
    try agree("--recognition", filter.recognition, LayerSizes(recorded.recognition))
    try agree("--transition-hidden", filter.transitionHidden, LayerSizes(recorded.transitionHidden))
    try agree("--first-frames", filter.firstFrames, recorded.firstFrames)
    try agree("--smoothing", filter.smoothing, recorded.smoothing)
    try agree("--activation", network.activation?.rawValue, recorded.activation.rawValue)
    try agree("--likelihood", network.likelihood?.rawValue, recorded.likelihood.rawValue)
    try agree("--variance", network.variance, recorded.variance)
    try agree("--levels", network.levels, recorded.levels)
    try agree("--weight-prior", network.weightPrior, recorded.weightPrior)
    try agree(
      "--updates", filter.updates,
      recorded.passes == nil ? recorded.updates ?? FilterSettings.defaultUpdates : nil)
    try agree("--passes", ascent.passes, recorded.passes)
    try agree("--batch", climb.batches.batch, recorded.batch)
    try agree("--learning-rate", gradient.learningRate, recorded.learningRate)
    try agree("--clip", gradient.clip, recorded.clip)
    try agree("--masking", filter.masking, recorded.masking)
    try agree("--attempts", filter.attempts, recorded.attempts)
    try agree("--restarts", repeats.given, recorded.restarts)
    try agree("--precision", precision.given?.rawValue, recorded.precision.rawValue)
    try agree("--seed", seed.given, recorded.seed)
    try agree(
      "--columns", data.columns?.names.joined(separator: ","), recorded.columns?.joined(separator: ","))
    try agree("--sequence", sequences.data.sequence, recorded.sequence)
    try agree("--controls", sequences.data.controls, recorded.controls)
    try agree(
      "--truth", sequences.data.truth?.names.joined(separator: ","),
      recorded.truth.isEmpty ? nil : recorded.truth.joined(separator: ","))
    try agree("--image", sequences.data.image, recorded.image.map { FrameSize($0) })
    try agree("--standardize", repeats.standardize ? "on" : nil, recorded.standardize ? "on" : "off")
    try agree("--binarize", data.binarize, recorded.binarize)
    try agree("--holdout", repeats.holdout, recorded.holdout)
    return recorded
  }
}
