/// All that a fit knows between two steps: the ascent under way, those that ended, and the best of them.
///
/// A checkpoint stores this value; a fit that goes on from it takes the same steps, bit for bit, as one that was
/// never interrupted.
public struct FitProgress<State: Sendable>: Sendable {
  /// The state of the ascent under way; nil before its start.
  public internal(set) var state: State?
  /// The bounds of the ascent under way, one a step.
  public internal(set) var trace: [Bound] = []
  /// The ascents that ended.
  public internal(set) var runs: [Run] = []
  /// The best ascent that ended without an error.
  public internal(set) var best: Best?
  /// Seconds of computation so far, over all ascents.
  public internal(set) var seconds = 0.0

  public init() {}

  /// One ascent that ended.
  public struct Run: Sendable, Hashable, Codable {
    /// Its number, from 0.
    public let restart: Int
    /// Steps taken.
    public let iterations: Int
    /// Its last bound; nil when it failed.
    public let bound: Double?
    /// How it ended; nil when it failed.
    public let outcome: Outcome?
    /// Why it failed.
    public let error: InferenceError?
  }

  /// The ascent with the highest bound.
  public struct Best: Sendable {
    public let restart: Int
    public let state: State
    public let trace: [Bound]
    public let outcome: Outcome
  }

  var hasStarted: Bool { !trace.isEmpty || !runs.isEmpty }

  mutating func finish(_ outcome: Outcome) {
    guard let state, let last = trace.last else { return }
    runs.append(
      Run(
        restart: runs.count, iterations: trace.count, bound: last.value, outcome: outcome, error: nil))
    if last.value > best?.trace.last?.value ?? -.infinity {
      best = Best(restart: runs.count - 1, state: state, trace: trace, outcome: outcome)
    }
    self.state = nil
    trace = []
  }

  mutating func fail(with error: InferenceError) {
    runs.append(
      Run(restart: runs.count, iterations: trace.count, bound: nil, outcome: nil, error: error))
    state = nil
    trace = []
  }

  /// The fit as it stands: the best of the ascents that ended and, if it was interrupted, the one under way.
  ///
  /// - Throws: the last ascent's error when all failed; `CancellationError` when not a step was taken.
  public func result(
    of restarts: Int, interruptedAs interruption: Outcome
  ) throws -> FitResult<State> {
    var progress = self
    let interrupted = runs.count < restarts
    if progress.state != nil, !trace.isEmpty { progress.finish(interruption) }
    guard let best = progress.best else {
      if let error = progress.runs.last?.error { throw error }
      throw CancellationError()
    }
    return FitResult(
      best: best, runs: progress.runs, outcome: interrupted ? interruption : best.outcome,
      seconds: seconds)
  }
}

/// What a fit found.
public struct FitResult<State: Sendable>: Sendable {
  /// The best ascent: its state, its trace.
  public let best: FitProgress<State>.Best
  /// All ascents, in order.
  public let runs: [FitProgress<State>.Run]
  /// How the fit ended: the best ascent's outcome, or `.cancelled` where the fit was interrupted.
  public let outcome: Outcome
  /// Seconds of computation, over all ascents.
  public let seconds: Double

  /// The state of the best ascent.
  public var state: State { best.state }
  /// The bounds of the best ascent, one a step.
  public var trace: [Bound] { best.trace }
  /// The bound at the best state's parameters.
  public var bound: Bound { best.trace[best.trace.count - 1] }
  /// Steps taken, over all ascents.
  public var iterations: Int { runs.reduce(0) { $0 + $1.iterations } }
}
