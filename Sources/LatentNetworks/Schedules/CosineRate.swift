public import LatentEvidence
import RealModule

/// A linear rise, then half a cosine down:
///
///     η[t] = peak · (t + 1) / w                                       for t < w,
///     η[t] = floor + ½ (peak − floor) (1 + cos(π (t − w) / (T − w)))   for w ≤ t < T,   floor from T on.
///
/// - Source: Loshchilov & Hutter (2017), ICLR, eq. 5, without restarts.
public struct CosineRate: LearningRateSchedule, Hashable {
  public let peak: Double
  public let floor: Double
  /// w, in steps.
  public let warmUp: Int
  /// T, in steps.
  public let steps: Int

  /// - Throws: `.invalidParameter` unless 0 ≤ floor ≤ peak, the peak is positive and 0 ≤ w < T.
  public init(peak: Double, floor: Double = 0, warmUp: Int = 0, steps: Int) throws(InferenceError) {
    try requireRate(peak)
    guard floor >= 0, floor <= peak else {
      throw .invalidParameter(
        name: "last learning rate", value: "\(floor)", requirement: "between 0 and the first")
    }
    guard warmUp >= 0, warmUp < steps else {
      throw .invalidParameter(
        name: "warm-up", value: "\(warmUp)", requirement: "a number of steps, fewer than all")
    }
    self.peak = peak
    self.floor = floor
    self.warmUp = warmUp
    self.steps = steps
  }

  public func rate(at time: TrainingTime) -> Double {
    let t = time.step
    if t < warmUp { return peak * Double(t + 1) / Double(warmUp) }
    guard t < steps else { return floor }
    let share = Double(t - warmUp) / Double(steps - warmUp)
    return floor + (peak - floor) / 2 * (1 + Double.cos(.pi * share))
  }
}
