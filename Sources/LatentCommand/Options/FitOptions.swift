import ArgumentParser
import Latent

/// What defines a model. Where nothing is given, a resumed run takes what its checkpoint says.
struct ModelOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "The number of components (required for mixtures; of the prior for vae).", valueName: "K"))
  var components: Int?

  @Option(
    name: .customLong("latent"), parsing: .unconditional,
    help: ArgumentHelp(
      "The number of latent factors (required for ppca, fa, mfa), or of latent dimensions (for vae; two numbers for two "
        + "layers of them, the one next to the data first).",
      valueName: "L"))
  var latentSizes: LatentSizes?

  /// The number of factors, or of dimensions of the layer next to the data.
  var latent: Int? { latentSizes?.sizes.first }

  @Option(name: .long, help: "How covariances are tied together (default: full).")
  var covariance: CovarianceStructure?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The prior: a weak one scaled from the data, `none` for maximum likelihood, or, by variational Bayes, "
        + "`dirichlet` or `dirichlet-process` on the weights; for vae, of z, `standard`, `mixture` or `vamp` (default: the "
        + "model's first).",
      valueName: "name"))
  var prior: String?

  @Option(name: .long, help: ArgumentHelp("The method of inference (default: em).", valueName: "em|vb|svi"))
  var inference: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("α₀ of the prior on the weights, by variational Bayes.", valueName: "α₀"))
  var concentration: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("β₀: how many rows the prior's mean counts for.", valueName: "β₀"))
  var meanPrecision: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "ν₀: how many rows the prior's scale counts for; for tmm ν, the tails of all components (default: estimated).",
      valueName: "ν₀"))
  var degreesOfFreedom: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("s: the prior's W₀ is s I (default: scaled from the data).", valueName: "s"))
  var scale: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Let each row belong to no more than its L best components: a lower bound that is quicker to raise with many "
        + "of them.", valueName: "L"))
  var sparse: Int?

  /// The most components that a row may share with --sparse: what `Mixture.keeping` takes.
  static let mostKept = 32

  func validate() throws {
    if let sparse { try UsageError.check("--sparse", sparse, in: 1...Self.mostKept) }
    if let components { try UsageError.check("--components", components, in: 1...) }
    for size in latentSizes?.sizes ?? [] { try UsageError.check("--latent", size, in: 1...) }
    if let inference, !Vocabulary.inferences.contains(inference) {
      throw UsageError.unknownInference(inference, available: Vocabulary.inferences)
    }
    for (option, value) in [
      ("--concentration", concentration), ("--mean-precision", meanPrecision),
      ("--degrees-of-freedom", degreesOfFreedom), ("--scale", scale),
    ] {
      if let value { try UsageError.check(option, value, isAtLeastZero: false) }
    }
  }

  /// The settings of a model, as far as the options go.
  func settings(model: String) throws -> ModelSettings {
    if let latentSizes, latentSizes.sizes.count > 1 {
      throw UsageError.badValue(
        option: "--latent", value: latentSizes.description, requirement: "one number for \(model)")
    }
    let isMixture = !Vocabulary.singleComponentModels.contains(model)
    if isMixture, components == nil {
      throw UsageError.missing(option: "--components", reason: "a mixture needs to know how many it has")
    }
    if !isMixture, let components, components != 1 {
      throw UsageError.noMeaning(
        option: "--components", model: model, inference: inference ?? Vocabulary.inferences[0])
    }
    if !isMixture, sparse != nil {
      throw UsageError.noMeaning(
        option: "--sparse", model: model, inference: inference ?? Vocabulary.inferences[0])
    }
    return ModelSettings(
      model: model, inference: inference ?? Vocabulary.inferences[0], components: components ?? 1,
      covariance: covariance, latent: latent, prior: prior, concentration: concentration,
      meanPrecision: meanPrecision, degreesOfFreedom: degreesOfFreedom, scale: scale, sparse: sparse)
  }
}

/// Where a fit starts.
struct StartOptions: ParsableArguments {
  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      "Where components start: clusters, random rows, a model file, or a table of means (default: kmeans++). Networks start "
        + "from random weights, or those of a model file.",
      valueName: "kmeans++|random|FILE"))
  var start: String?
}

/// How the bound is climbed.
struct ClimbOptions: ParsableArguments {
  @Option(
    name: .long,
    help: "Extrapolate the parameters where steps are slow (guarded: the bound still rises) (default: none).")
  var acceleration: Acceleration?

  @Flag(
    name: .long, help: "Let starts race: all climb side by side, and the poorer half stops again and again.")
  var race = false

  @OptionGroup var batches: BatchOptions

  func settings(inference: String) throws -> ClimbSettings {
    let batches = try batches.settings(inference: inference)
    if batches != nil, let acceleration, acceleration != .none {
      throw UsageError.conflict(
        option: "--acceleration", other: self.batches.name, reason: "steps on batches are not extrapolated")
    }
    return ClimbSettings(acceleration: acceleration ?? .none, race: race, batches: batches)
  }
}

/// What bounds an ascent besides its steps, and what it leaves on the disk meanwhile.
struct AscentOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "By batches, and for vae: the most passes of one start over the data "
        + "(default: \(BatchSettings.defaultPasses); \(BatchSettings.defaultMemoizedPasses) with --memoized; "
        + "\(AutoencoderSettings.defaultPasses) for vae).",
      valueName: "count"))
  var passes: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("The most time of all starts together.", valueName: "seconds"))
  var timeLimit: Double?

  @Option(name: .long, help: ArgumentHelp("Keep the state of the fit here.", valueName: "file"))
  var checkpoint: String?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "How often; 0 for after each step (default: \(Int(AscentSettings.defaultEvery))).", valueName: "seconds"
    ))
  var every: Double?

  @Option(name: .long, help: ArgumentHelp("Go on from this checkpoint.", valueName: "file"))
  var resume: String?

  /// With what the stopping options say.
  func settings(stopping: StoppingOptions<FitDefaults>) -> AscentSettings {
    AscentSettings(
      tolerance: stopping.tolerance, maxIterations: stopping.given, passes: passes, timeLimit: timeLimit,
      checkpoint: checkpoint, every: every ?? AscentSettings.defaultEvery, resume: resume)
  }

  func validate() throws {
    if let passes { try UsageError.check("--passes", passes, in: 1...) }
    if let timeLimit { try UsageError.check("--time-limit", timeLimit, isAtLeastZero: false) }
    if let every {
      try UsageError.check("--every", every, isAtLeastZero: true)
      guard checkpoint != nil else { throw UsageError.needs(option: "--every", other: "--checkpoint FILE") }
    }
  }
}
