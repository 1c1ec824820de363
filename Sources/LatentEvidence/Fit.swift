/// A fit: one ascent or several from different starts, pulled step by step.
///
///     for try await step in fit { print(step.bound.value) }
///
/// Each turn performs one step of the ascent, on the caller's task; `break`, `prefix(_:)` and cancellation end the
/// fit between two steps. The sequence ends after the step that carries the last ascent's outcome.
///
/// A monotone ascent whose bound falls by more than rounding explains throws `.boundDecreased`.
public struct Fit<A: Ascent>: AsyncSequence, Sendable {
  public let ascent: A
  public let observations: A.Observations
  public let stopping: StoppingRule
  /// The number of ascents, each from its own start.
  public let restarts: Int
  /// Where the fit begins: fresh, or what a checkpoint recorded.
  public let progress: FitProgress<A.State>
  private let start: @Sendable (Int) throws(InferenceError) -> A.State

  /// - Parameters:
  ///   - ascent: how to climb, and what model.
  ///   - observations: all the data.
  ///   - stopping: when an ascent, or the fit, has come to its end.
  ///   - restarts: the number of ascents.
  ///   - progress: where to go on; by default at the beginning.
  ///   - start: the initial state of ascent 0, 1, ….
  public init(
    _ ascent: A, on observations: A.Observations, stopping: StoppingRule = StoppingRule(), restarts: Int = 1,
    resuming progress: FitProgress<A.State> = FitProgress(),
    start: @escaping @Sendable (Int) throws(InferenceError) -> A.State
  ) {
    precondition(restarts > 0, "at least one ascent")
    self.ascent = ascent
    self.observations = observations
    self.stopping = stopping
    self.restarts = restarts
    self.progress = progress
    self.start = start
  }

  /// One step of a fit.
  public struct Step: Sendable {
    /// The ascent this step belongs to, from 0.
    public let restart: Int
    /// Its number within the ascent, from 1.
    public let iteration: Int
    /// The bound at the state's parameters.
    public let bound: Bound
    /// Its gain over the step before; nil at the first.
    public let gain: Double?
    /// Seconds that the step took.
    public let seconds: Double
    /// How the ascent ended, at its last step.
    public let outcome: Outcome?
    /// All that the fit knows, for a checkpoint.
    public let progress: FitProgress<A.State>
  }

  public func makeAsyncIterator() -> Iterator { Iterator(self) }

  public struct Iterator: AsyncIteratorProtocol {
    private let fit: Fit
    /// What the fit knows after the last step.
    public private(set) var progress: FitProgress<A.State>
    /// Set by an error after which no step makes sense.
    private var isFinished = false

    init(_ fit: Fit) {
      self.fit = fit
      progress = fit.progress
    }

    public mutating func next() async throws(InferenceError) -> Step? {
      try await next(isolation: nil)
    }

    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(InferenceError) -> Step? {
      while !isFinished, progress.runs.count < fit.restarts, !Task.isCancelled, !isOutOfTime {
        if progress.trace.count >= fit.stopping.maximumIterations {
          // Only a fit resumed with a smaller budget comes here.
          progress.finish(.budgetExhausted)
          continue
        }
        let restart = progress.runs.count
        do throws(InferenceError) {
          return try advance(restart)
        } catch {
          if case .boundDecreased = error {
            isFinished = true
            throw error
          }
          // A start that ends in a singular solution is reported; the others go on.
          progress.fail(with: error)
          if progress.runs.count == fit.restarts, progress.best == nil { throw error }
        }
      }
      return nil
    }

    private var isOutOfTime: Bool {
      guard let limit = fit.stopping.timeLimit else { return false }
      return progress.seconds >= limit && progress.hasStarted
    }

    private mutating func advance(_ restart: Int) throws(InferenceError) -> Step {
      let clock = ContinuousClock()
      let began = clock.now
      if progress.state == nil { progress.state = try fit.start(restart) }
      let bound = try fit.ascent.step(&progress.state!, on: fit.observations)
      let seconds = (clock.now - began) / .seconds(1)
      progress.seconds += seconds

      let last = progress.trace.last
      let gain = last.map { bound.value - $0.value }
      let iteration = progress.trace.count + 1
      if fit.ascent.isMonotone, let last, let gain {
        let allowance = last.roundoff + bound.roundoff
        guard gain >= -allowance else {
          throw .boundDecreased(
            iteration: iteration, from: last.value, to: bound.value, allowance: allowance)
        }
      }
      progress.trace.append(bound)

      var outcome: Outcome?
      if fit.ascent.hasConverged(
        progress.trace, at: progress.state!, on: fit.observations, by: fit.stopping)
      {
        outcome = .converged
      } else if iteration >= fit.stopping.maximumIterations || isOutOfTime {
        outcome = .budgetExhausted
      }
      if let outcome { progress.finish(outcome) }
      return Step(
        restart: restart, iteration: iteration, bound: bound, gain: gain, seconds: seconds, outcome: outcome,
        progress: progress)
    }
  }

  /// Runs the fit to its end, or until the task is cancelled.
  ///
  /// - Parameters:
  ///   - isolation: the actor to run on; the caller's by default.
  ///   - observe: is called after every step.
  /// - Throws: the last ascent's error when none of them came to an end; whatever `observe` throws.
  public func run(
    isolation: isolated (any Actor)? = #isolation, _ observe: (Step) async throws -> Void = { _ in }
  ) async throws -> FitResult<A.State> {
    var iterator = makeAsyncIterator()
    while let step = try await iterator.next(isolation: isolation) { try await observe(step) }
    return try iterator.progress.result(
      of: restarts, interruptedAs: Task.isCancelled ? .cancelled : .budgetExhausted)
  }
}
