import LatentNumerics

/// The weight that step t gives to its batch: ρ[t] = (t + τ)^−κ, t = 1, 2, ….
///
/// With ½ < κ ≤ 1 the weights are those for which stochastic approximation converges: Σ ρ = ∞, Σ ρ² < ∞.
///
/// - Source: Robbins & Monro (1951); Cappé & Moulines (2009), Journal of the Royal Statistical Society B 71; Hoffman,
///   Blei, Wang & Paisley (2013), Journal of Machine Learning Research 14, eq. 26.
public struct StepSchedule: Sendable, Hashable {
  /// τ ≥ 0: the larger, the less the first batches weigh.
  public let delay: Double
  /// κ: the larger, the sooner weights shrink.
  public let forgetting: Double

  /// - Throws: `.invalidParameter` unless τ ≥ 0 and ½ < κ ≤ 1.
  public init(delay: Double, forgetting: Double) throws(InferenceError) {
    guard delay >= 0, delay.isFinite else {
      throw .invalidParameter(name: "delay", value: "\(delay)", requirement: "a number that is not negative")
    }
    guard forgetting > 0.5, forgetting <= 1 else {
      throw .invalidParameter(
        name: "forgetting rate", value: "\(forgetting)", requirement: "above 0.5 and at most 1")
    }
    self.delay = delay
    self.forgetting = forgetting
  }

  /// τ = 1, κ = 0.55: the first batches weigh much, and weights shrink slowly, which suits few passes; near the edge of
  /// the rates that converge.
  public static let standard = StepSchedule()

  private init() {
    delay = 1
    forgetting = 0.55
  }

  /// ρ[t], in (0, 1].
  public func weight(at t: Int) -> Double {
    precondition(t > 0, "steps are counted from 1")
    return Double.pow(Double(t) + delay, -forgetting)
  }
}
