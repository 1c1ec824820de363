/// When to stop an ascent.
///
/// A monotone bound converges linearly near its limit: with successive gains Δ and their ratio a < 1, what is
/// still to be gained is about Δ·a / (1 − a). The rule stops when both the last gain and that estimate, per
/// observation, are below `tolerance`, so that a plateau with growing gains is not taken for the end, and a slow
/// climb is not cut off because its steps are small. It also stops when five steps together gain no more than rounding
/// explains.
///
/// - Source: Aitken's acceleration as a stopping rule: Böhning et al. (1994), Annals of the Institute of
///   Statistical Mathematics 46; McNicholas et al. (2010).
public struct StoppingRule: Sendable, Codable, Hashable {
  /// What may still be missing of the limit, in nats an observation.
  public var tolerance: Double
  /// The largest number of steps of one ascent.
  public var maximumIterations: Int
  /// Seconds of computation for all ascents together; nil for no limit.
  public var timeLimit: Double?

  public init(tolerance: Double = 1e-8, maximumIterations: Int = 1000, timeLimit: Double? = nil) {
    precondition(tolerance >= 0 && maximumIterations > 0, "a tolerance ≥ 0 and at least one iteration")
    self.tolerance = tolerance
    self.maximumIterations = maximumIterations
    self.timeLimit = timeLimit
  }

  private static let stepsOfRoundoff = 5

  /// Whether a monotone ascent with this trace has arrived.
  ///
  /// - Parameters:
  ///   - trace: the bounds of the ascent's steps.
  ///   - stride: gains are taken over so many steps at a time: more than 1 where the gain of a single step says
  ///     little, as in an accelerated ascent.
  public func hasConverged(_ trace: [Bound], stride: Int = 1) -> Bool {
    guard trace.count >= 2 else { return false }
    let last = trace[trace.count - 1]
    guard last.value - trace[trace.count - 2].value > last.roundoff else {
      // Such gains may be noise, and say nothing by their ratio; but roundoff is the worst case, and a slow climb that
      // lies below it in one step does not over several.
      let earlier = trace.count - 1 - Swift.max(Self.stepsOfRoundoff, stride)
      return earlier >= 0 && last.value - trace[earlier].value <= last.roundoff
    }
    guard tolerance > 0, trace.count >= 1 + 2 * stride else { return false }
    let limit = tolerance * Swift.max(last.count, 1)
    guard let missing = Self.missing(trace, stride: stride) else { return false }
    return last.value - trace[trace.count - 1 - stride].value < limit && missing < limit
  }

  /// Whether an ascent whose steps only estimate the bound has arrived: neither of the last two passes raised the mean over the
  /// pass by the tolerance, per observation.
  ///
  /// - Parameter pass: the steps in a pass over the data.
  func hasSettled(_ trace: [Bound], pass: Int) -> Bool {
    guard tolerance > 0, trace.count >= 3 * pass, trace.count % pass == 0 else { return false }
    let means = (0..<3).map { back in
      let end = trace.count - back * pass
      return trace[end - pass..<end].reduce(0) { $0 + $1.value } / Double(pass)
    }
    let limit = tolerance * Swift.max(trace[trace.count - 1].count, 1)
    return means[0] - means[1] < limit && means[1] - means[2] < limit
  }

  /// What a linearly converging bound still lacks of its limit, Δ·a / (1 − a), from the last two gains.
  ///
  /// - Returns: nil where the gains do not shrink, or there are too few.
  static func missing(_ trace: [Bound], stride: Int = 1) -> Double? {
    guard trace.count >= 1 + 2 * stride else { return nil }
    let (middle, last) = (trace[trace.count - 1 - stride].value, trace[trace.count - 1].value)
    let (before, gain) = (middle - trace[trace.count - 1 - 2 * stride].value, last - middle)
    guard gain >= 0, before > gain else { return nil }
    return gain * gain / (before - gain)
  }
}

/// How an ascent ended.
public enum Outcome: String, Sendable, Codable, Hashable {
  /// The bound stopped rising, by the stopping rule.
  case converged
  /// The iterations or the time were used up.
  case budgetExhausted
  /// The task was cancelled between two steps.
  case cancelled
  /// Others promised more, in a race of starts.
  case outpaced
}
