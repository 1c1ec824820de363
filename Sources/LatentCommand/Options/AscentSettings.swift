import Latent

/// When an ascent stops, and what it leaves on the disk meanwhile.
struct AscentSettings: Sendable {
  var tolerance: Double
  /// The most steps of one start; nil for as many as the way of climbing takes by default.
  var maxIterations: Int?
  /// The most passes over the data, by batches.
  var passes: Int?
  /// In seconds, of all starts together.
  var timeLimit: Double?
  /// Where the state of the fit is kept, and every how many seconds.
  var checkpoint: String?
  var every = Self.defaultEvery
  /// The checkpoint that the fit goes on from.
  var resume: String?

  static let defaultEvery = 60.0

  /// - Parameters:
  ///   - batches: how the data are cut; nil where every step visits all.
  ///   - count: the number of batches.
  func stopping(by batches: BatchSettings?, count: Int) -> StoppingRule {
    let steps: Int
    if let batches {
      let most = count.multipliedReportingOverflow(by: passes ?? batches.passes)
      steps = maxIterations ?? (most.overflow ? .max : most.partialValue)
    } else {
      steps = maxIterations ?? FitDefaults.maxIterations
    }
    return StoppingRule(tolerance: tolerance, maximumIterations: steps, timeLimit: timeLimit)
  }
}
