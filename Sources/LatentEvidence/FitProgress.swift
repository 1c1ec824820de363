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
  /// The last good state of the last ascent that diverged. Not kept in a checkpoint.
  public internal(set) var lastGoodState: State?
  /// Seconds of computation so far, over all ascents.
  public internal(set) var seconds = 0.0

  public init() {}

  /// One ascent that ended.
  public struct Run: Sendable, Hashable, Codable {
    /// Its number, from 0.
    public let restart: Int
    /// Steps taken.
    public let iterations: Int
    /// Its bound at the end; nil when it failed.
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
    /// What it is judged by: the last of the trace, or a better one where steps only estimate it.
    public let bound: Bound
    public let outcome: Outcome
  }

  var hasStarted: Bool { !trace.isEmpty || !runs.isEmpty }

  /// The ascent under way, or the next one: the first that has not ended.
  var current: Int {
    (0...runs.count).first { restart in !runs.contains { $0.restart == restart } } ?? runs.count
  }

  /// - Parameter bound: what the ascent is judged by; its last bound by default.
  mutating func finish(_ outcome: Outcome, bound: Bound? = nil) {
    guard let state, let bound = bound ?? trace.last else { return }
    let restart = current
    record(
      Run(
        restart: restart, iterations: trace.count, bound: bound.value, outcome: outcome, error: nil))
    if bound.value > best?.bound.value ?? -.infinity {
      best = Best(restart: restart, state: state, trace: trace, bound: bound, outcome: outcome)
    }
    self.state = nil
    trace = []
  }

  /// - Parameter lastGood: what is worth keeping of the state after a divergence.
  mutating func fail(with error: InferenceError, lastGood: (State) -> State) {
    record(Run(restart: current, iterations: trace.count, bound: nil, outcome: nil, error: error))
    if case .diverged = error { lastGoodState = state.map(lastGood) }
    state = nil
    trace = []
  }

  /// Notes how an ascent ended; ascents stay in their order.
  mutating func record(_ run: Run) {
    runs.insert(run, at: runs.firstIndex { $0.restart > run.restart } ?? runs.count)
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
  public var bound: Bound { best.bound }
  /// Steps taken, over all ascents.
  public var iterations: Int { runs.reduce(0) { $0 + $1.iterations } }
}
