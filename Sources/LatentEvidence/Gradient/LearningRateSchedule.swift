/// The learning rate as training goes on.
public protocol LearningRateSchedule: Sendable {
  /// η > 0 for the next step.
  func rate(at time: TrainingTime) -> Double
}

/// How far gradient ascent has come.
public struct TrainingTime: Sendable, Hashable {
  /// Minibatches taken before this one.
  public let step: Int
  /// Minibatches in a pass over the data.
  public let stepsPerPass: Int

  public init(step: Int, stepsPerPass: Int) {
    precondition(step >= 0 && stepsPerPass > 0, "steps are counted from 0, and a pass has at least one")
    self.step = step
    self.stepsPerPass = stepsPerPass
  }

  /// Whole passes before this step.
  public var pass: Int { step / stepsPerPass }
  /// Passes before this step, with the part of the one under way.
  public var passes: Double { Double(step) / Double(stepsPerPass) }
}

/// The same rate at every step.
public struct ConstantRate: LearningRateSchedule, Hashable {
  public let rate: Double

  /// - Throws: `.invalidParameter` unless the rate is positive and finite.
  public init(_ rate: Double) throws(InferenceError) {
    guard rate > 0, rate.isFinite else {
      throw .invalidParameter(name: "learning rate", value: "\(rate)", requirement: "positive and finite")
    }
    self.rate = rate
  }

  public func rate(at time: TrainingTime) -> Double { rate }
}
