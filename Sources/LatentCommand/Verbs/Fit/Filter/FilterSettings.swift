import Latent

/// What defines the training of a deep filter: equal settings and equal data give the same steps, bit for bit.
struct FilterSettings: RunSettings {
  /// `dvbf` or `dkf`.
  var model: String
  var latent: Int
  /// M, of dvbf.
  var matrices: Int?
  /// The widths of the hidden layers of first states and decoder, of q's networks, and of the transition.
  var hidden: [Int]
  var recognition: [Int]
  var transitionHidden: [Int]
  var firstFrames: Int
  /// The width of the summary of the future; nil for a filter.
  var smoothing: Int?
  var activation: Activation
  var likelihood: LikelihoodChoice
  var variance: VarianceChoice?
  var levels: Int?
  /// The deviation of a prior on the matrices of dvbf, which then have a q of their own.
  var weightPrior: Double?
  /// Minibatches of one start; nil where `passes` says it.
  var updates: Int?
  var passes: Int?
  /// The sequences of a minibatch; all where there are fewer.
  var batch: Int
  var learningRate: Double
  var clip: Double
  var masking: Double
  var attempts: Int
  var restarts: Int
  var precision: Precision
  var seed: UInt64
  var columns: [String]?
  var sequence: String?
  var controls: String?
  var truth: [String]
  var image: FitDescription.ImageSize?
  var standardize: Bool
  var binarize: Binarization?
  var holdout: Double?

  static let defaultMatrices = 16
  static let defaultHidden = LayerSizes([128])
  static let defaultFirstFrames = 5
  static let defaultUpdates = 6000
  static let defaultBatch = 50
  static let defaultMasking = 0.6
  static let defaultAttempts = 5
  static let defaultRate = 2e-3
  static let defaultClip = 5.0
  /// σ² of images between 0 and 1: less, and positions are all that is learned.
  static let defaultVariance = 0.09

  static var checkpointKind: String { "filter-training" }

  var isProper: Bool {
    latent > 0 && batch > 0 && restarts > 0 && attempts > 0 && (updates ?? 10) >= 10 && (passes ?? 1) >= 1
      && learningRate > 0 && learningRate.isFinite && clip > 0 && masking >= 0 && masking <= 1
      && holdout.map { $0 > 0 && $0 < 1 } ?? true
  }

  var isDeepKalman: Bool { model == "dkf" }

  var choice: SequenceChoice {
    SequenceChoice(
      columns: columns, sequence: sequence, controls: controls, truth: truth, image: image)
  }

  /// What the preparation of the data needs to know.
  var dataSettings: SequenceSettings {
    SequenceSettings(
      model: ModelSettings(
        model: model, inference: AutoencoderSettings.inference, components: 1, latent: latent),
      emissions: .gaussian, precision: precision, restarts: 1, start: FitSettings.namedStarts[0], seed: seed,
      columns: columns, sequence: sequence, controls: controls, truth: truth, image: image,
      standardize: standardize,
      binarize: binarize, holdout: holdout)
  }

  /// The model of such sequences.
  func configuration<Scalar>(for x: SequenceBatch<Scalar>) -> DeepFilterConfiguration {
    let transition: FilterTransition =
      isDeepKalman
      ? .gaussian(hidden: transitionHidden)
      : .locallyLinear(
        bases: matrices ?? Self.defaultMatrices, mixing: transitionHidden,
        weights: weightPrior.map { .variational(deviation: $0) } ?? .point)
    return DeepFilterConfiguration(
      columns: x.columns, controls: x.controlColumns, latent: latent, transition: transition, hidden: hidden,
      recognition: recognition, initial: recognition, initialFrames: firstFrames, start: hidden,
      activation: activation, likelihood: likelihood.likelihood(variance, levels: levels, categories: []),
      future: smoothing, controlScales: DeepFilterConfiguration.scales(of: x))
  }

  /// How it is trained on so many minibatches a pass.
  func recipe(stepsPerPass: Int) throws(InferenceError) -> FilterRecipe {
    let updates = passes.map { max($0 * stepsPerPass, 10) } ?? self.updates ?? Self.defaultUpdates
    var recipe = try FilterRecipe(updates: updates, batchSize: batch, masking: masking)
    recipe.learningRate = learningRate
    recipe.clippingNorm = clip
    if attempts > 1 { recipe.check = FilterCheck(update: updates / 2, attempts: attempts) }
    return recipe
  }
}

typealias FilterConfiguration = RunConfiguration<FilterSettings>
