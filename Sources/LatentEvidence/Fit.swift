/// A fit: one ascent or several from different starts, pulled step by step.
///
///     for try await step in fit { print(step.bound.value) }
///
/// Each turn performs one step of the ascent, on the caller's task; `break` and `prefix(_:)` end the fit between two steps.
/// So does cancellation, or in the middle of a step that can go on from there: `Iterator.progress` then holds what was
/// done. The sequence ends after the step that carries the last ascent's outcome.
///
/// A monotone ascent whose bound falls by more than rounding explains throws `.boundDecreased`.
public struct Fit<A: Ascent>: AsyncSequence, Sendable {
  public let ascent: A
  public let observations: A.Observations
  public let stopping: StoppingRule
  /// The number of ascents, each from its own start.
  public let restarts: Int
  /// How poor starts are stopped early; nil climbs from each to its end.
  public let race: RestartRace?
  /// Where the fit begins: fresh, or what a checkpoint recorded.
  public let progress: FitProgress<A.State>
  let start: @Sendable (Int) throws(InferenceError) -> A.State

  /// - Parameters:
  ///   - ascent: how to climb, and what model.
  ///   - observations: all the data.
  ///   - stopping: when an ascent, or the fit, has come to its end.
  ///   - restarts: the number of ascents.
  ///   - race: how poor starts are stopped early; by default none is.
  ///   - progress: where to go on; by default at the beginning.
  ///   - start: the initial state of ascent 0, 1, ….
  public init(
    _ ascent: A, on observations: A.Observations, stopping: StoppingRule = StoppingRule(), restarts: Int = 1,
    race: RestartRace? = nil, resuming progress: FitProgress<A.State> = FitProgress(),
    start: @escaping @Sendable (Int) throws(InferenceError) -> A.State
  ) {
    precondition(restarts > 0, "at least one ascent")
    self.ascent = ascent
    self.observations = observations
    self.stopping = stopping
    self.restarts = restarts
    self.race = race
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
    /// The number of ascents still in the race of starts; 1 outside of one.
    public let contestants: Int
    /// All that the fit knows, for a checkpoint. A race is not kept: a fit that goes on from its middle runs it again.
    public let progress: FitProgress<A.State>
  }

  public func makeAsyncIterator() -> Iterator { Iterator(self) }

  public struct Iterator: AsyncIteratorProtocol {
    let fit: Fit
    /// What the fit knows after the last step.
    public internal(set) var progress: FitProgress<A.State>
    /// Set by an error after which no step makes sense.
    private var isFinished = false
    /// The starts that still race.
    var contest: Contest<A>?

    init(_ fit: Fit) {
      self.fit = fit
      progress = fit.progress
      if let race = fit.race, fit.restarts > 1, !progress.hasStarted {
        contest = Contest(race, restarts: fit.restarts)
      }
    }

    public mutating func next() async throws(InferenceError) -> Step? {
      try await next(isolation: nil)
    }

    public mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(InferenceError) -> Step? {
      while !isFinished, progress.runs.count < fit.restarts, !Task.isCancelled, !isOutOfTime {
        if contest != nil {
          do throws(InferenceError) {
            return try race()
          } catch {
            isFinished = true
            throw error
          }
        }
        do throws(InferenceError) {
          if progress.trace.count >= fit.stopping.maximumIterations {
            // Only a fit resumed with a smaller budget comes here.
            try finish(.budgetExhausted)
            continue
          }
          return try advance(progress.current)
        } catch {
          switch error {
          case .interrupted: return nil
          case .boundDecreased:
            isFinished = true
            throw error
          default: break
          }
          // A start that ends in a singular solution is reported; the others go on.
          progress.fail(with: error, lastGood: fit.ascent.lastGoodState)
          if progress.runs.count == fit.restarts, progress.best == nil { throw error }
        }
      }
      return nil
    }

    var isOutOfTime: Bool {
      guard let limit = fit.stopping.timeLimit else { return false }
      return progress.seconds >= limit && progress.hasStarted
    }

    private mutating func advance(_ restart: Int) throws(InferenceError) -> Step {
      let clock = ContinuousClock()
      let began = clock.now
      if progress.state == nil { progress.state = try fit.start(restart) }
      let bound: Bound
      do throws(InferenceError) {
        bound = try fit.ascent.step(&progress.state!, on: fit.observations)
      } catch {
        progress.seconds += (clock.now - began) / .seconds(1)
        throw error
      }
      let seconds = (clock.now - began) / .seconds(1)
      progress.seconds += seconds
      return try add(bound, of: restart, seconds: seconds)
    }

    /// Takes a bound into the trace of the ascent under way, and ends the ascent where it is time.
    private mutating func add(
      _ bound: Bound, of restart: Int, seconds: Double
    ) throws(InferenceError) -> Step {
      let last = progress.trace.last
      progress.trace.append(bound)
      try fit.check(progress.trace)
      var outcome: Outcome?
      let iteration = progress.trace.count
      if fit.hasConverged(progress.trace, at: progress.state!) {
        outcome = .converged
      } else if iteration >= fit.stopping.maximumIterations || isOutOfTime {
        outcome = .budgetExhausted
      }
      if let outcome { try finish(outcome) }
      return Step(
        restart: restart, iteration: iteration, bound: bound, gain: last.map { bound.value - $0.value },
        seconds: seconds, outcome: outcome, contestants: 1, progress: progress)
    }

    /// The fit as it stands; in a race of starts, the one that leads and those that ended.
    ///
    /// - Throws: the last ascent's error when all failed; `CancellationError` when not a step was taken.
    public func result(interruptedAs interruption: Outcome) throws -> FitResult<A.State> {
      try (contest?.decided(progress) ?? progress).result(of: fit.restarts, interruptedAs: interruption)
    }

    /// Ends the ascent under way.
    mutating func finish(_ outcome: Outcome) throws(InferenceError) {
      guard let state = progress.state, !progress.trace.isEmpty else { return }
      progress.finish(
        outcome, bound: try fit.ascent.finalBound(of: progress.trace, at: state, on: fit.observations))
    }
  }

  func hasConverged(_ trace: [Bound], at state: A.State) -> Bool {
    ascent.hasConverged(trace, at: state, on: observations, by: stopping)
  }

  /// - Throws: `.boundDecreased` where a monotone ascent's last step went down by more than rounding allows.
  func check(_ trace: [Bound]) throws(InferenceError) {
    guard ascent.isMonotone, trace.count > 1 else { return }
    let (last, bound) = (trace[trace.count - 2], trace[trace.count - 1])
    let allowance = last.roundoff + bound.roundoff
    guard bound.value - last.value >= -allowance else {
      throw .boundDecreased(iteration: trace.count, from: last.value, to: bound.value, allowance: allowance)
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
    return try iterator.result(interruptedAs: Task.isCancelled ? .cancelled : .budgetExhausted)
  }
}
