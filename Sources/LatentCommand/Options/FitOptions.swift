import ArgumentParser
import Latent

/// What defines a model. Where nothing is given, a resumed run takes what its checkpoint says.
struct ModelOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("The number of components (required for mixtures).", valueName: "K"))
  var components: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("The number of latent factors (required for ppca, fa, mfa).", valueName: "L"))
  var latent: Int?

  @Option(name: .long, help: "How covariances are tied together (default: full).")
  var covariance: CovarianceStructure?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The prior: a weak one scaled from the data, `none` for maximum likelihood, or, by variational Bayes, "
        + "`dirichlet` or `dirichlet-process` on the weights (default: the model's first).",
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
    help: ArgumentHelp("ν₀: how many rows the prior's scale counts for.", valueName: "ν₀"))
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

  func validate() throws {
    if let sparse { try UsageError.check("--sparse", sparse, in: 1...) }
    if let components { try UsageError.check("--components", components, in: 1...) }
    if let latent { try UsageError.check("--latent", latent, in: 1...) }
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
    let isMixture = !Vocabulary.singleComponentModels.contains(model)
    if isMixture, components == nil {
      throw UsageError.missing(option: "--components", reason: "a mixture needs to know how many it has")
    }
    if !isMixture, let components, components != 1 {
      throw UsageError.noMeaning(
        option: "--components", model: model, inference: inference ?? Vocabulary.inferences[0])
    }
    return ModelSettings(
      model: model, inference: inference ?? Vocabulary.inferences[0], components: components ?? 1,
      covariance: covariance, latent: latent, prior: prior, concentration: concentration,
      meanPrecision: meanPrecision, degreesOfFreedom: degreesOfFreedom, scale: scale, sparse: sparse)
  }
}

/// Where a fit starts, and what it is fitted to.
struct StartOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("The number of starts; the best bound is kept (default: 1).", valueName: "R"))
  var restarts: Int?

  @Option(
    name: .customLong("init"),
    help: ArgumentHelp(
      "Where components start: clusters, random rows, a model file, or a table of means (default: kmeans++).",
      valueName: "kmeans++|random|FILE"))
  var start: String?

  @Flag(name: .long, help: "Shift and scale every column to mean 0 and variance 1; kept in the model file.")
  var standardize = false

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("A share of the rows kept from the fit, and scored after it.", valueName: "fraction"))
  var holdout: Double?

  func validate() throws {
    if let restarts { try UsageError.check("--restarts", restarts, in: 1...) }
    if let holdout, !(holdout > 0 && holdout < 1) {
      throw UsageError.badValue(
        option: "--holdout", value: NumberText.plain(holdout), requirement: "between 0 and 1")
    }
  }
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
        option: "--acceleration", other: "--batch", reason: "steps on batches are not extrapolated")
    }
    return ClimbSettings(acceleration: acceleration ?? .none, race: race, batches: batches)
  }
}

/// When an ascent stops, and what it leaves on the disk meanwhile.
struct AscentOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("What the bound may still lack of its limit.", valueName: "nats an observation"))
  var tolerance = 1e-8

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "The most steps of one start (default: \(Self.defaultIterations); by batches see --passes).",
      valueName: "count"))
  var maxIterations: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "By batches: the most passes of one start over the data "
        + "(default: \(BatchSettings.defaultPasses); \(BatchSettings.defaultMemoizedPasses) with --memoized).",
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
      "How often; 0 for after each step (default: \(Int(Self.defaultEvery))).", valueName: "seconds"))
  var every: Double?

  @Option(name: .long, help: ArgumentHelp("Go on from this checkpoint.", valueName: "file"))
  var resume: String?

  static let defaultEvery = 60.0

  static let defaultIterations = 1000

  /// - Parameters:
  ///   - batches: how the data are cut; nil where every step visits all.
  ///   - count: the number of batches.
  func stopping(by batches: BatchSettings?, count: Int) -> StoppingRule {
    let steps: Int
    if let batches {
      let most = count.multipliedReportingOverflow(by: passes ?? batches.passes)
      steps = maxIterations ?? (most.overflow ? .max : most.partialValue)
    } else {
      steps = maxIterations ?? Self.defaultIterations
    }
    return StoppingRule(tolerance: tolerance, maximumIterations: steps, timeLimit: timeLimit)
  }

  func validate() throws {
    try UsageError.check("--tolerance", tolerance, isAtLeastZero: true)
    if let maxIterations { try UsageError.check("--max-iterations", maxIterations, in: 1...) }
    if let passes {
      try UsageError.check("--passes", passes, in: 1...)
      guard maxIterations == nil else {
        throw UsageError.conflict(
          option: "--passes", other: "--max-iterations", reason: "both say how many steps there are")
      }
    }
    if let timeLimit { try UsageError.check("--time-limit", timeLimit, isAtLeastZero: false) }
    if let every {
      try UsageError.check("--every", every, isAtLeastZero: true)
      guard checkpoint != nil else { throw UsageError.needs(option: "--every", other: "--checkpoint FILE") }
    }
  }
}
