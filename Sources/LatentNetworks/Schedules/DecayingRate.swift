public import LatentEvidence
import RealModule

/// A rate that shrinks by a factor every so many passes: smoothly, η · f^(t / n), or in stairs, η · f^⌊t / n⌋, with t in
/// passes over the data.
public struct DecayingRate: LearningRateSchedule, Hashable {
  /// The rate of the first step.
  public let initial: Double
  /// f, in (0, 1].
  public let factor: Double
  /// n > 0, in passes.
  public let passes: Double
  /// Whether the rate falls in stairs.
  public let isStepwise: Bool

  /// - Throws: `.invalidParameter` unless the rate and n are positive and 0 < f ≤ 1.
  public init(
    initial: Double, factor: Double, every passes: Double, stepwise: Bool = false
  ) throws(InferenceError) {
    try requireRate(initial)
    guard factor > 0, factor <= 1 else {
      throw .invalidParameter(
        name: "factor of decay", value: "\(factor)", requirement: "above 0 and at most 1")
    }
    guard passes > 0, passes.isFinite else {
      throw .invalidParameter(
        name: "period of decay", value: "\(passes)", requirement: "a positive number of passes")
    }
    self.initial = initial
    self.factor = factor
    self.passes = passes
    isStepwise = stepwise
  }

  public func rate(at time: TrainingTime) -> Double {
    let periods = time.passes / passes
    return initial * Double.pow(factor, isStepwise ? periods.rounded(.down) : periods)
  }
}

func requireRate(_ rate: Double) throws(InferenceError) {
  guard rate > 0, rate.isFinite else {
    throw .invalidParameter(name: "learning rate", value: "\(rate)", requirement: "positive and finite")
  }
}
