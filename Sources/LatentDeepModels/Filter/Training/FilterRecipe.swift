// i the number of updates before the one under way

public import LatentEvidence
public import LatentNetworks

/// How a deep filter is trained so that it finds velocities, which no frame shows: a warm start without cost, parts of q at their prior, and
/// a start that failed begun anew.
///
/// c rises from 0.1 to 1 over most of the updates. Between, in each sequence and frame but the first q(w) is replaced by its prior with a
/// probability that falls from about a half to 0, so that states must be predicted, and not be put right by every frame. Without it, velocity is
/// found from some starts only.
public struct FilterRecipe: Sendable, Hashable, Codable {
  /// Updates of one start.
  public var updates: Int
  public var batchSize: Int
  /// The highest learning rate of Adam, its share that is left at the end, and the updates over which it rises.
  public var learningRate: Double
  public var lastShare: Double
  public var warmUp: Int
  /// The largest norm of a minibatch's mean gradient.
  public var clippingNorm: Double
  public var objective: ObjectiveSchedule
  /// When a start is given up; nil for never.
  public var check: FilterCheck?

  /// The recipe for so many updates, without a check; its phases shrink and grow with them.
  ///
  /// A deep Kalman filter wants no masks: its q gives states, so that what one mask led astray the next step jumps back from, at a cost
  /// without bound.
  ///
  /// - Parameters:
  ///   - updates: minibatches of one start.
  ///   - batchSize: the sequences of each.
  ///   - masking: the probability that falls to 0; 0 for no masks.
  /// - Throws: `.invalidParameter` unless `updates` is at least 10 and `masking` a probability.
  public init(
    updates: Int = 6000, batchSize: Int = 50, masking: Double = 0.6
  ) throws(InferenceError) {
    guard updates >= 10 else {
      throw .invalidParameter(name: "number of updates", value: "\(updates)", requirement: "at least 10")
    }
    self.updates = updates
    self.batchSize = batchSize
    (learningRate, lastShare, clippingNorm) = (2e-3, 0.02, 5)
    warmUp = updates / 60
    objective = try ObjectiveSchedule(
      annealing: updates * 2 / 3, firstJoint: 0.1,
      masking: masking == 0
        ? nil : .init(probability: masking, first: updates / 12, end: updates * 7 / 12))
    check = nil
  }

  /// The recipe with the check that pendulums seen through images of 16 × 16 pixels were found to need, halfway.
  ///
  /// A deep Kalman filter does not pass it.
  public static func pendulum(updates: Int = 6000) throws(InferenceError) -> FilterRecipe {
    var recipe = try FilterRecipe(updates: updates)
    recipe.check = FilterCheck(update: updates / 2)
    return recipe
  }

  /// The schedule of learning rates.
  public func rates() throws(InferenceError) -> CosineRate {
    try CosineRate(peak: learningRate, floor: lastShare * learningRate, warmUp: warmUp, steps: updates)
  }
}

/// What a start must have reached by some update, by the data alone: no labels are looked at.
///
/// Measured against perfect reconstruction without divergence, which for a Gaussian of fixed variance is a known number of nats. For pendulums
/// 1.77 nats a frame below it (26.5 in 15 frames) and a mean squared error of 0.0005 part starts that found velocity from those that found
/// positions alone, or a folded circle.
public struct FilterCheck: Sendable, Hashable, Codable {
  /// Updates after which the start is looked at.
  public var update: Int
  /// The nats a frame by which the bound may lie below perfect reconstruction.
  public var largestGap: Double
  /// The largest mean squared error of an entry.
  public var largestError: Double
  /// The number of starts, of which the best goes on if all fail.
  public var attempts: Int

  public init(
    update: Int, largestGap: Double = 1.77, largestError: Double = 5e-4, attempts: Int = 5
  ) {
    self.update = update
    self.largestGap = largestGap
    self.largestError = largestError
    self.attempts = attempts
  }

  /// Whether a start has failed.
  ///
  /// - Parameters:
  ///   - evaluation: what the start does on the sequences that it is judged by.
  ///   - perfect: the nats of a frame that is reconstructed without error; nil where that is not known, and the error alone decides.
  public func fails(_ evaluation: FilterEvaluation, perfect: Double?) -> Bool {
    if evaluation.squaredError > largestError { return true }
    guard let perfect, evaluation.bound.count > 0 else { return false }
    let frames = Double(evaluation.frames)
    return perfect * frames - evaluation.bound.value > largestGap * frames
  }
}
