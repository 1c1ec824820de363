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
  /// The probability, in [0, 1], with which the posterior of a transition's noise is replaced by its prior: of models of sequences
  /// alone. The bound that such a model returns is then that of the posterior with these parts replaced, a bound as any other.
  public var masking: Double

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

  public init(latentKL: Double = 1, freeBits: FreeBits? = nil, joint: Double = 1, masking: Double = 0) {
    self.latentKL = latentKL
    self.freeBits = freeBits
    self.joint = joint
    self.masking = masking
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
    guard masking >= 0, masking <= 1 else {
      throw .invalidParameter(
        name: "probability of a mask", value: "\(masking)", requirement: "between 0 and 1")
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
/// β rises linearly from 0 to its value over the first steps (warm-up), c from 0.01, or what it is told, to its value, and
/// masks become rarer. A step is one minibatch.
///
/// - Source: Sønderby et al. (2016), NeurIPS, for the warm-up; Karl et al. (2017), ICLR, for c = min(1, 0.01 + t / T).
public struct ObjectiveSchedule: Sendable, Hashable, Codable {
  /// The weights at the end.
  public let weights: ObjectiveWeights
  /// The steps over which β rises; 0 for its value from the first step on.
  public let warmUp: Int
  /// T: the steps over which c rises; 0 for its value from the first step on.
  public let annealing: Int
  /// c at the first step, where it rises: c = min(its value, `firstJoint` + t / T).
  public let firstJoint: Double
  /// How often a posterior is masked beside `weights.masking`; nil for never.
  public let masking: Masking?

  /// Masks of probability 0 before step `first`, then p (1 − t / `end`), and 0 from `end` on.
  public struct Masking: Sendable, Hashable, Codable {
    /// p.
    public var probability: Double
    public var first: Int
    public var end: Int

    public init(probability: Double, first: Int = 0, end: Int) {
      self.probability = probability
      self.first = first
      self.end = end
    }

    func probability(at step: Int) -> Double {
      step >= first && step < end ? probability * (1 - Double(step) / Double(end)) : 0
    }
  }

  /// - Throws: `.invalidParameter` where a weight is out of its range or a number of steps negative.
  public init(
    _ weights: ObjectiveWeights = .bound, warmUp: Int = 0, annealing: Int = 0, firstJoint: Double = 0.01,
    masking: Masking? = nil
  ) throws(InferenceError) {
    try weights.validate()
    guard firstJoint > 0, firstJoint <= 1 else {
      throw .invalidParameter(
        name: "first weight of the joint density", value: "\(firstJoint)",
        requirement: "above 0 and at most 1")
    }
    if let masking {
      guard masking.probability >= 0, masking.probability <= 1, masking.first >= 0, masking.end >= 0 else {
        throw .invalidParameter(
          name: "masking", value: "\(masking.probability), \(masking.first), \(masking.end)",
          requirement: "a probability and two numbers of steps, not negative")
      }
    }
    for (name, steps) in [("warm-up", warmUp), ("annealing", annealing)] where steps < 0 {
      throw .invalidParameter(name: name, value: "\(steps)", requirement: "a number of steps, not negative")
    }
    self.weights = weights
    self.warmUp = warmUp
    self.annealing = annealing
    self.firstJoint = firstJoint
    self.masking = masking
  }

  private init() {
    (weights, warmUp, annealing, firstJoint, masking) = (.bound, 0, 0, 0.01, nil)
  }

  /// The bound itself from the first step on.
  public static let bound = ObjectiveSchedule()

  /// The weights at a step, from 0.
  public func weights(at step: Int) -> ObjectiveWeights {
    var now = weights
    if step < warmUp { now.latentKL *= Double(step) / Double(warmUp) }
    if step < annealing {
      now.joint = Swift.min(now.joint, firstJoint + Double(step) / Double(annealing))
    }
    if let masking { now.masking = Swift.max(now.masking, masking.probability(at: step)) }
    return now
  }
}
