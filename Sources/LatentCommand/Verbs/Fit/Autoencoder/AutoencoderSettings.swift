import Latent

/// What defines the training of an auto-encoder: equal settings and equal data give the same steps, bit for bit.
struct AutoencoderSettings: Codable, Equatable, Sendable {
  /// The name: `vae`, `cvae` or `ae`.
  var model: String
  var latent: Int
  /// Those of a second layer of latent dimensions, and the widths of the hidden layers between; nil for one layer.
  var secondLatent: Int?
  var secondHidden: [Int]?
  /// The widths of the encoder's hidden layers; the decoder has them in reverse.
  var hidden: [Int]
  /// The channels of the encoder's convolutions; nil for none.
  var channels: [Int]?
  var activation: Activation
  var likelihood: LikelihoodChoice
  /// For a Gaussian likelihood.
  var variance: VarianceChoice?
  /// For a discretised logistic one.
  var levels: Int?
  var prior: LatentPriorChoice
  /// Of a prior that has any.
  var components: Int?
  var posterior: PosteriorChoice
  /// The deviation of a prior on the decoder's weights.
  var weightPrior: Double?
  /// What is given; nil for a model of all columns.
  var condition: ConditionSettings?
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
  /// The number of starts, and the model file that the only one begins from.
  var restarts: Int
  var start: String?
  /// What the networks are, once the data are known: for what is said of a checkpoint.
  var networks: AutoencoderConfiguration?

  /// What reports call the method.
  static let inference = "gradient"
  static let inferenceWords = "gradient ascent"
  static let defaultBatch = 100
  static let defaultPasses = 100
  static let defaultHidden = [500]
  static let defaultSecondHidden = LayerSizes([100, 100])
  /// Networks are trained in single precision unless double is asked for: their steps are noisy anyway.
  static let defaultPrecision = Precision.single

  /// The passes where no option says how many.
  func defaultPasses() throws(InferenceError) -> Int {
    switch schedule {
    case .constant, .cosine: Self.defaultPasses
    case .iwae: try PiecewiseRate.importanceWeighted().passes
    }
  }

  /// Whether cells are categories.
  var isCategorical: Bool { likelihood == .categorical }

  /// Whether there is no z: a regression of columns on those that are given.
  var isRegression: Bool { model == "cvae" && posterior == .none }

  /// Whether z has a distribution given x. The deterministic auto-encoder and a regression have none, and so no bound.
  var isVariational: Bool { posterior.family != .point }

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

/// What a checkpoint of an auto-encoder says about its run.
typealias TrainingConfiguration = RunConfiguration<AutoencoderSettings>

extension AutoencoderSettings: RunSettings {
  static var checkpointKind: String { "training" }

  var isProper: Bool {
    latent > 0 && (secondLatent ?? 1) > 0 && hidden.allSatisfy { $0 > 0 } && batch > 0 && learningRate > 0
      && learningRate.isFinite && (importance ?? 1) > 0 && restarts > 0
      && holdout.map { $0 > 0 && $0 < 1 } ?? true
  }
}
