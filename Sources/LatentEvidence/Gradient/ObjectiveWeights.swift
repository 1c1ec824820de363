/// What gradient ascent climbs in place of the bound, if anything: a weighted sum of its terms,
///
///     c E_q[ln p(x | z) + ln p(z)] + H(q)   with   − KL(q ‖ p)   weighted by β, its groups not below λ.
///
/// With c = 1 this is E_q[ln p(x | z)] − β Σ over groups g of max(λ, KL[g]), and with β = 1 and λ = 0 besides, the bound itself.
/// Weights shape the gradient alone: the `Bound` that a model returns, and every trace, is the true one.
///
/// - Source: Higgins et al. (2017), ICLR, for β; Kingma et al. (2016), NeurIPS, appendix C.8, for λ; Karl et al. (2017), ICLR,
///   for c.
public struct ObjectiveWeights: Sendable, Hashable, Codable {
  /// β ≥ 0: the weight of KL(q(z) ‖ p(z)).
  public var latentKL: Double
  /// λ: what the divergence of a group may cost without being pressed down.
  public var freeBits: FreeBits?
  /// c, in (0, 1]: the weight of the log joint density against the entropy of q, an inverse temperature.
  public var joint: Double

  /// λ nats for each group of latent dimensions.
  ///
  /// A group's divergence is compared with λ by its mean over the rows that the model is given together: a minibatch,
  /// or a lane of one.
  public struct FreeBits: Sendable, Hashable, Codable {
    /// λ > 0, in nats an observation and group.
    public var nats: Double
    /// The number of neighbouring dimensions in a group; nil for all in one.
    public var groupSize: Int?

    public init(nats: Double, groupSize: Int? = 1) {
      self.nats = nats
      self.groupSize = groupSize
    }
  }

  public init(latentKL: Double = 1, freeBits: FreeBits? = nil, joint: Double = 1) {
    self.latentKL = latentKL
    self.freeBits = freeBits
    self.joint = joint
  }

  /// The bound itself.
  public static let bound = ObjectiveWeights()

  /// Whether these weights leave the bound as it is.
  public var isBound: Bool { self == .bound }

  /// - Throws: `.invalidParameter` where a weight is out of its range.
  public func validate() throws(InferenceError) {
    guard latentKL >= 0, latentKL.isFinite else {
      throw .invalidParameter(
        name: "weight of the divergence", value: "\(latentKL)", requirement: "a number that is not negative")
    }
    guard joint > 0, joint <= 1 else {
      throw .invalidParameter(
        name: "weight of the joint density", value: "\(joint)", requirement: "above 0 and at most 1")
    }
    guard let freeBits else { return }
    guard freeBits.nats > 0, freeBits.nats.isFinite else {
      throw .invalidParameter(
        name: "number of free nats", value: "\(freeBits.nats)", requirement: "positive and finite")
    }
    if let size = freeBits.groupSize, size < 1 {
      throw .invalidParameter(name: "size of a group", value: "\(size)", requirement: "at least 1")
    }
  }
}

/// The weights of the objective as training goes on.
///
/// β rises linearly from 0 to its value over the first steps (warm-up), c from 0.01 to its value. A step is one minibatch.
///
/// - Source: Sønderby et al. (2016), NeurIPS, for the warm-up; Karl et al. (2017), ICLR, for c = min(1, 0.01 + t / T).
public struct ObjectiveSchedule: Sendable, Hashable, Codable {
  /// The weights at the end.
  public let weights: ObjectiveWeights
  /// The steps over which β rises; 0 for its value from the first step on.
  public let warmUp: Int
  /// T: the steps over which c rises; 0 for its value from the first step on.
  public let annealing: Int

  private static let coldestJoint = 0.01

  /// - Throws: `.invalidParameter` where a weight is out of its range or a number of steps negative.
  public init(
    _ weights: ObjectiveWeights = .bound, warmUp: Int = 0, annealing: Int = 0
  ) throws(InferenceError) {
    try weights.validate()
    for (name, steps) in [("warm-up", warmUp), ("annealing", annealing)] where steps < 0 {
      throw .invalidParameter(name: name, value: "\(steps)", requirement: "a number of steps, not negative")
    }
    self.weights = weights
    self.warmUp = warmUp
    self.annealing = annealing
  }

  private init() {
    (weights, warmUp, annealing) = (.bound, 0, 0)
  }

  /// The bound itself from the first step on.
  public static let bound = ObjectiveSchedule()

  /// The weights at a step, from 0.
  public func weights(at step: Int) -> ObjectiveWeights {
    var now = weights
    if step < warmUp { now.latentKL *= Double(step) / Double(warmUp) }
    if step < annealing {
      now.joint = Swift.min(now.joint, Self.coldestJoint + Double(step) / Double(annealing))
    }
    return now
  }
}
