import Latent

/// Writes checkpoints while a fit runs.
///
/// A step that ends an ascent because its budget is used up is kept as it was before that step: so the fit can go
/// on under a larger budget, as if it had never stopped.
struct CheckpointKeeper<State: Sendable & Archivable> {
  typealias Progress = FitProgress<State>

  private let path: String
  /// A century, in seconds: what is longer may not fit into a `Duration`.
  private static var longestPause: Double { 3e9 }
  private let every: Duration
  private let save: (Progress, String) throws -> Void
  private let clock = ContinuousClock()
  private var lastWritten: ContinuousClock.Instant
  /// What a checkpoint would hold now, and whether the one on the disk lacks it.
  private var current: Progress?
  private var before: Progress?

  /// - Returns: nil where no checkpoint is asked for.
  init?(path: String?, every seconds: Double, configuration: CheckpointConfiguration?) {
    guard let configuration else { return nil }
    self.init(path: path, every: seconds) { progress, path in
      try FitCheckpoint(configuration: configuration, progress: progress).write(to: path)
    }
  }

  /// - Parameter save: writes what a fit knows to a path.
  /// - Returns: nil where no checkpoint is asked for.
  init?(path: String?, every seconds: Double, save: @escaping (Progress, String) throws -> Void) {
    guard let path else { return nil }
    self.path = path
    self.save = save
    every = .seconds(min(seconds, Self.longestPause))
    lastWritten = clock.now
  }

  /// Remembers where a step begins. It keeps that step's statistics alive, in no more memory than the step takes.
  mutating func willStep(from progress: Progress) {
    before = progress
  }

  /// Writes when the time has come.
  mutating func didStep(to progress: Progress, outcome: Outcome?) throws {
    current = outcome == .budgetExhausted ? before : progress
    if clock.now - lastWritten >= every { try write() }
  }

  /// Takes what a checkpoint is to hold now, in the place of the end of a step.
  mutating func keep(_ progress: Progress) {
    current = progress
  }

  /// Writes what the last checkpoint lacks, at the end or on an interruption.
  mutating func finish() throws {
    try write()
  }

  private mutating func write() throws {
    guard let progress = current else { return }
    try save(progress, path)
    current = nil
    lastWritten = clock.now
  }
}
