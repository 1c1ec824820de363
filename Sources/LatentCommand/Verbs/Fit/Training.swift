import Latent

/// Where an ascent of a model of networks stands.
protocol TrainedState: ModelState, Archivable where Parameters == ParameterVector<Scalar> {
  associatedtype Scalar: LatentScalar
  /// Minibatches of what became of it: fewer than those of the passes where it was begun anew.
  var minibatches: Int { get }
}

extension GradientAscent.State: TrainedState where Model.Scalar: TensorElement {
  typealias Scalar = Model.Scalar
}

extension FilterAscent.State: TrainedState {
  var minibatches: Int { updates }
}

/// An ascent along gradients from its start, or a checkpoint, to its end: what it shows, and what it leaves on the disk meanwhile. A step is a
/// pass.
struct Training<Climber: Ascent>: Sendable
where Climber.State: TrainedState, Climber.Observations: ObservationBatch {
  typealias Parameters = ParameterVector<Climber.State.Scalar>

  let climber: Climber
  let observations: Climber.Observations
  /// The state before the first step of start 0, 1, ….
  let start: @Sendable (Int) throws(InferenceError) -> Climber.State
  var restarts = 1
  /// What the bound is called: for models that have none, what they climb.
  var quantity = "bound"
  let ascent: AscentSettings
  /// The most passes.
  let passes: Int
  /// Minibatches in a pass.
  let stepsPerPass: Int
  let console: Console
  /// Makes a checkpoint; nil where nothing is kept on the disk.
  let checkpoint: (@Sendable (FitProgress<Climber.State>) throws -> Archive)?
  /// The bound of the test data, in nats an observation.
  let testBound: (@Sendable (Parameters) throws(InferenceError) -> Double)?
  /// What is wrong after a pass, by its kind, in words.
  var warnings: (@Sendable (Int, Climber.State) throws(InferenceError) -> [String: String])?
  /// How often a start may be begun anew, each taking up to all passes.
  var attempts = 1
  /// Is told after every pass what the fit knows, which start is under way, and the test bounds of that start.
  var observe: (@Sendable (FitProgress<Climber.State>, Int, TestTrace) -> Void)?

  /// What training found.
  struct Result: Sendable {
    var state: Climber.State
    /// Of all observations, at these parameters.
    var bound: Bound
    /// One a pass.
    var trace: [Bound]
    /// After each pass of this run, which a fit that was resumed did not begin with; empty without test data.
    var testTrace: TestTrace
    var minibatches: Int
    var seconds: Double
    var stepsPerSecond: Double
    var outcome: Outcome
    /// The start that did best, from 0, and all that ended.
    var best = 0
    var starts: [FitHistory.Start] = []
    /// Why it ended early, at the last good parameters.
    var divergence: InferenceError?

    var parameters: Parameters { state.parameters }

    /// What a model file keeps of the climb.
    var history: FitHistory { FitHistory(trace: trace, starts: starts, best: best) }
  }

  /// - Throws: `CancellationError` where an interruption came before the end of the first pass; `InferenceError` where nothing
  ///   good is left.
  func run(resuming progress: FitProgress<Climber.State>) async throws -> Result {
    let stopping = StoppingRule(
      tolerance: ascent.tolerance, maximumIterations: passes * attempts, timeLimit: ascent.timeLimit)
    let fit = Fit(
      climber, on: observations, stopping: stopping, restarts: restarts, resuming: progress, start: start)
    var keeper = checkpoint.flatMap { checkpoint in
      CheckpointKeeper<Climber.State>(path: ascent.checkpoint, every: ascent.every) { progress, path in
        try checkpoint(progress).write(to: path)
      }
    }
    var display = TrainingDisplay(
      console: console, passes: passes, timeLimit: ascent.timeLimit, restarts: restarts, quantity: quantity)
    defer { display.end() }
    var clock = StepClock(stepsPerPass: stepsPerPass)
    // Those of the best start that ended, and those of the start under way.
    var (bestTests, tests): (trace: TestTrace?, TestTrace) = (nil, TestTrace())
    var restart: Int?
    var warned: Set<String> = []
    var iterator = fit.makeAsyncIterator()
    var (last, good) = (progress, GoodPass<Climber.State>(progress.state, bound: progress.trace.last))
    do {
      while true {
        let before = iterator.progress.state
        keeper?.willStep(from: iterator.progress)
        guard let step = try await iterator.next() else { break }
        last = iterator.progress
        if let restart, step.restart != restart { (tests, good) = (TestTrace(), GoodPass(nil, bound: nil)) }
        restart = step.restart
        good.look(at: before, bound: step.bound)
        clock.add(seconds: step.seconds, isFirst: step.iteration == 1)
        // A start that ended is kept where it is the best.
        let ended = step.progress.best.flatMap { $0.restart == step.restart ? $0.state : nil }
        let state = step.progress.state ?? ended
        // Passes of starts that were given up.
        let begun =
          state.map { max($0.iteration - ($0.minibatches + stepsPerPass - 1) / stepsPerPass, 0) } ?? 0
        var test: Double?
        if let testBound, let state { test = try testBound(state.parameters) }
        if let test { tests.append(test, after: step.iteration) }
        if step.outcome != nil, ended != nil { bestTests = tests }
        display.show(
          .init(
            restart: step.restart, pass: step.iteration - begun, bound: step.bound.perObservation,
            testBound: test,
            stepsPerSecond: clock.stepsPerSecond, seconds: step.seconds,
            totalSeconds: step.progress.seconds,
            isLast: step.outcome != nil && step.restart == restarts - 1))
        // What is wrong at the end is in the report.
        if let warnings, let state, step.outcome == nil, !console.isQuiet {
          for (kind, text) in try warnings(step.iteration, state).sorted(by: { $0.key < $1.key })
          where warned.insert(kind).inserted {
            console.alert("After pass \(step.iteration): \(text)")
          }
        }
        observe?(step.progress, step.restart, tests)
        try keeper?.didStep(to: step.progress, outcome: step.outcome)
      }
    } catch let error as InferenceError {
      guard case .diverged = error, let good = good.state, good.iteration > 0 else {
        try keeper?.finish()
        throw error
      }
      let recovered = last.returned(to: good, after: good.iteration)
      keeper?.keep(recovered)
      try keeper?.finish()
      return Result(
        state: good, bound: try bound(at: good), trace: recovered.trace,
        testTrace: tests.upTo(pass: good.iteration), minibatches: good.minibatches,
        seconds: iterator.progress.seconds,
        stepsPerSecond: clock.stepsPerSecond, outcome: .budgetExhausted, best: restart ?? 0,
        starts: Self.starts(recovered.runs), divergence: error)
    }
    // An interruption in the middle of a pass leaves more than the last whole one.
    if Task.isCancelled, iterator.progress.state != nil { keeper?.keep(iterator.progress) }
    try keeper?.finish()
    let result = try iterator.result(interruptedAs: Task.isCancelled ? .cancelled : .budgetExhausted)
    return Result(
      state: result.state, bound: result.bound, trace: result.trace,
      testTrace: result.best.restart == restart ? tests : bestTests ?? TestTrace(),
      minibatches: result.state.minibatches, seconds: result.seconds, stepsPerSecond: clock.stepsPerSecond,
      outcome: result.outcome, best: result.best.restart, starts: Self.starts(result.runs))
  }

  private static func starts(_ runs: [FitProgress<Climber.State>.Run]) -> [FitHistory.Start] {
    runs.map { .init(bound: $0.bound, steps: $0.iterations, outcome: $0.outcome) }
  }

  private func bound(at state: Climber.State) throws(InferenceError) -> Bound {
    try climber.finalBound(of: [], at: state, on: observations)
  }
}

/// The bound of test data after passes of one start, in nats an observation.
struct TestTrace: Sendable {
  /// The passes, from 1: a fit that was resumed knows none of those before.
  private(set) var passes: [Int] = []
  private(set) var values: [Double] = []

  var isEmpty: Bool { values.isEmpty }

  mutating func append(_ value: Double, after pass: Int) {
    passes.append(pass)
    values.append(value)
  }

  /// What was known after this pass.
  func upTo(pass last: Int) -> TestTrace {
    var trace = TestTrace()
    for (pass, value) in zip(passes, values) where pass <= last { trace.append(value, after: pass) }
    return trace
  }
}

/// The state that the pass with the highest bound began in. Steps that are too long are finite for long before they are not, so the
/// last finite state of an ascent that diverged is of no use.
private struct GoodPass<State: Sendable> {
  private(set) var state: State?
  private var bound: Double

  init(_ state: State?, bound: Bound?) {
    self.state = state
    self.bound = bound?.value ?? -.infinity
  }

  mutating func look(at before: State?, bound: Bound) {
    guard bound.value > self.bound else { return }
    (state, self.bound) = (before, bound.value)
  }
}

/// Minibatches a second, those of the first pass, which takes its memory, left out where there are others.
private struct StepClock {
  let stepsPerPass: Int
  private var first: Double?
  private var seconds = 0.0
  private var passes = 0

  init(stepsPerPass: Int) { self.stepsPerPass = stepsPerPass }

  mutating func add(seconds: Double, isFirst: Bool) {
    if isFirst {
      first = seconds
    } else {
      self.seconds += seconds
      passes += 1
    }
  }

  var stepsPerSecond: Double {
    let (time, count) = passes > 0 ? (seconds, passes) : (first ?? 0, first == nil ? 0 : 1)
    return time > 0 ? Double(count * stepsPerPass) / time : 0
  }
}
