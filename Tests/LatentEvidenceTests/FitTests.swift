import LatentEvidence
import LatentFiles
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct FitTests {
  let few = StoppingRule(tolerance: 0, maximumIterations: 6)

  @Test func stepsAreNumbered() async throws {
    var steps: [[Int]] = []
    var gains: [Double?] = []
    var outcomes: [Outcome?] = []
    for try await step in ScriptedAscent.climbing(to: [0, 5]).fit(
      StoppingRule(tolerance: 0, maximumIterations: 3), restarts: 2)
    {
      steps.append([step.restart, step.iteration])
      gains.append(step.gain)
      outcomes.append(step.outcome)
      #expect(step.seconds >= 0 && step.progress.seconds >= step.seconds)
    }
    #expect(steps == [[0, 1], [0, 2], [0, 3], [1, 1], [1, 2], [1, 3]])
    #expect(gains == [nil, 0.25, 0.125, nil, 0.25, 0.125])
    #expect(outcomes == [nil, nil, .budgetExhausted, nil, nil, .budgetExhausted])
  }

  @Test func bestRestartWins() async throws {
    let result = try await ScriptedAscent.climbing(to: [0, 5, -3]).fit(few, restarts: 3).run()
    #expect(result.best.restart == 1 && result.state == .init(at: 1, 6) && result.trace.count == 6)
    #expect(result.bound.value == 5 - 1.0 / 64 && result.outcome == .budgetExhausted)
    #expect(result.iterations == 18 && result.runs.map(\.iterations) == [6, 6, 6])
    #expect(result.runs.map(\.bound) == [0, 5, -3].map { $0 - 1.0 / 64 })
  }

  @Test func converges() async throws {
    let result = try await ScriptedAscent.climbing(to: [0]).fit(StoppingRule(tolerance: 1e-6)).run()
    #expect(result.outcome == .converged && result.bound.value > -1e-6)
  }

  @Test func breakAndPrefix() async throws {
    let fit = ScriptedAscent.climbing(to: [0]).fit(few)
    var count = 0
    for try await step in fit {
      count += 1
      if step.iteration == 2 { break }
    }
    #expect(count == 2)
    var bounds: [Double] = []
    for try await step in fit.prefix(3) { bounds.append(step.bound.value) }
    #expect(bounds == [-0.5, -0.25, -0.125])
    // A fit is a value: it starts afresh every time.
    #expect(try await fit.run().trace.map(\.value).prefix(3) == bounds[...])
  }

  @Test func aDecreaseThrows() async throws {
    let values = [-3.0, -2, -1, -1.5, 0]
    let ascent = ScriptedAscent(roundoff: 0.1) { (state) throws(InferenceError) in values[state.step - 1] }
    var seen = 0
    let error = await #expect(throws: InferenceError.self) {
      for try await _ in ascent.fit(few) { seen += 1 }
    }
    #expect(error == .boundDecreased(iteration: 4, from: -1, to: -1.5, allowance: 0.2))
    #expect(seen == 3)
    // Also with restarts left: a defect is not another failed start.
    await #expect(throws: InferenceError.boundDecreased(iteration: 4, from: -1, to: -1.5, allowance: 0.2)) {
      try await ascent.fit(few, restarts: 3).run()
    }
  }

  @Test func roundingMayGoDown() async throws {
    let values = [-3.0, -2, -2.15, -2, -1, 0]
    let within = ScriptedAscent(roundoff: 0.1) { (state) throws(InferenceError) in values[state.step - 1] }
    #expect(try await within.fit(few).run().trace.map(\.value) == values)
    let noisy = ScriptedAscent(isMonotone: false) { (state) throws(InferenceError) in values[state.step - 1] }
    let result = try await noisy.fit(few).run()
    #expect(result.trace.map(\.value) == values && result.outcome == .budgetExhausted)
  }

  static let collapse = InferenceError.collapsed(
    .init(component: 1, components: 2, count: 0.5, cause: .flat(column: 0, relativeVariance: .nan)))

  @Test func failedStartsAreReported() async throws {
    let ascent = ScriptedAscent { (state) throws(InferenceError) in
      if state.restart != 1, state.step == 3 { throw FitTests.collapse }
      return Double(state.step)
    }
    let result = try await ascent.fit(few, restarts: 3).run()
    #expect(result.best.restart == 1)
    #expect(result.runs.map(\.bound) == [nil, 6, nil])
    #expect(result.runs.map(\.outcome) == [nil, .budgetExhausted, nil])
    #expect(result.runs.map(\.iterations) == [2, 6, 2])
    for index in [0, 2] {
      guard case .collapsed(let collapse) = result.runs[index].error else {
        Issue.record("\(result.runs[index])")
        continue
      }
      #expect(collapse.component == 1)
    }
  }

  @Test func allStartsFail() async throws {
    let ascent = ScriptedAscent { (state) throws(InferenceError) in
      throw .tooFewRows(rows: 1, needed: state.restart)
    }
    await #expect(throws: InferenceError.tooFewRows(rows: 1, needed: 2)) {
      try await ascent.fit(few, restarts: 3).run()
    }
    let noStart = Fit(
      ScriptedAscent.climbing(to: [0]), on: Rows(Matrix(rows: 1, columns: 1)), stopping: few
    ) { (_) throws(InferenceError) in throw .noVariation }
    await #expect(throws: InferenceError.noVariation) { try await noStart.run() }
  }

  @Test func timeLimit() async throws {
    let rule = StoppingRule(tolerance: 0, maximumIterations: 6, timeLimit: 0)
    let result = try await ScriptedAscent.climbing(to: [0, 5]).fit(rule, restarts: 2).run()
    // At least one step is taken, so there is something to give back.
    #expect(result.outcome == .budgetExhausted && result.iterations == 1 && result.runs.count == 1)
    let generous = StoppingRule(tolerance: 0, maximumIterations: 6, timeLimit: 1e6)
    #expect(try await ScriptedAscent.climbing(to: [0]).fit(generous).run().iterations == 6)
  }

  @Test func cancellation() async throws {
    let fit = ScriptedAscent.climbing(to: [0, 5]).fit(few, restarts: 2)
    let task = Task {
      try await fit.run { step in
        if step.restart == 1, step.iteration == 2 { withUnsafeCurrentTask { $0?.cancel() } }
      }
    }
    let result = try await task.value
    #expect(result.outcome == .cancelled && result.best.restart == 1 && result.best.outcome == .cancelled)
    #expect(result.trace.count == 2 && result.state == .init(at: 1, 2))

    let early = Task {
      withUnsafeCurrentTask { $0?.cancel() }
      return try await fit.run()
    }
    await #expect(throws: CancellationError.self) { try await early.value }
  }

  /// Cancelled in a restart that is worse so far: the best that ended is given back.
  @Test func cancellationKeepsTheBest() async throws {
    let fit = ScriptedAscent.climbing(to: [5, 0]).fit(few, restarts: 2)
    let task = Task {
      try await fit.run { step in
        if step.restart == 1 { withUnsafeCurrentTask { $0?.cancel() } }
      }
    }
    let result = try await task.value
    #expect(
      result.outcome == .cancelled && result.best.restart == 0 && result.best.outcome == .budgetExhausted)
    #expect(result.runs.map(\.outcome) == [.budgetExhausted, .cancelled])
  }

  /// Steps that but estimate the bound do not beat an exact one; where nothing else is known they are what there is.
  @Test func cancellationOfANoisyAscent() async throws {
    let ascent = ScriptedAscent(
      isMonotone: false, estimate: .minibatch(observations: 1), final: { _ in -5 }
    ) { (state) throws(InferenceError) in state.step % 2 == 0 ? 100 : -100 }
    for (cancelled, step) in [(1, 2), (0, 2)] {
      let fit = ascent.fit(few, restarts: 2)
      let task = Task {
        try await fit.run { now in
          if now.restart == cancelled, now.iteration == step { withUnsafeCurrentTask { $0?.cancel() } }
        }
      }
      let result = try await task.value
      #expect(result.outcome == .cancelled)
      #expect(result.best.restart == 0 && result.bound.value == (cancelled == 1 ? -5 : 100))
      #expect(result.runs.map(\.outcome) == (cancelled == 1 ? [.budgetExhausted, .cancelled] : [.cancelled]))
    }
  }

  struct Interruption: Error {}

  @Test func whatTheObserverThrows() async throws {
    await #expect(throws: Interruption.self) {
      try await ScriptedAscent.climbing(to: [0]).fit(few).run { step in
        if step.iteration == 3 { throw Interruption() }
      }
    }
  }

  @Test func checkpointOfFailures() async throws {
    let ascent = ScriptedAscent { (state) throws(InferenceError) in
      if state.restart == 0, state.step == 3 { throw FitTests.collapse }
      return Double(state.step)
    }
    var last: FitProgress<ScriptedAscent.State>?
    for try await step in ascent.fit(few, restarts: 3).prefix(4) { last = step.progress }
    let progress = try #require(last)
    var archive = Archive(kind: "checkpoint")
    progress.write(to: &archive, at: "fit")
    let read = try FitProgress<ScriptedAscent.State>(from: Archive(decoding: archive.encoded()), at: "fit")
    #expect(read.trace == progress.trace && read.state == progress.state && read.seconds == progress.seconds)
    #expect(read.runs.count == 1 && read.runs[0].iterations == 2)
    // The relative variance is not a number, and comes back as such.
    guard case .collapsed(let collapse) = read.runs[0].error, case .flat(0, let variance) = collapse.cause
    else {
      Issue.record("\(read.runs)")
      return
    }
    #expect(variance.isNaN)
    let whole = try await ascent.fit(few, restarts: 3).run()
    let rest = try await ascent.fit(few, restarts: 3, resuming: read).run()
    #expect(rest.trace == whole.trace && rest.runs.map(\.bound) == whole.runs.map(\.bound))
  }

  /// A damaged checkpoint is an error that names the entry.
  @Test func damagedCheckpoints() async throws {
    var last: FitProgress<ScriptedAscent.State>?
    for try await step in ScriptedAscent.climbing(to: [0, 1]).fit(few, restarts: 2).prefix(8) {
      last = step.progress
    }
    var sound = Archive(kind: "checkpoint")
    try #require(last).write(to: &sound, at: "fit")
    func read(_ archive: Archive) throws {
      _ = try FitProgress<ScriptedAscent.State>(from: archive, at: "fit")
    }
    #expect(throws: Never.self) { try read(sound) }
    for damage: (inout Archive) -> Void in [
      { $0.set("fit/seconds", -1.0) }, { $0.set("fit/seconds", Double.nan) },
      { $0.set("fit/seconds", [1.0]) },
      { $0.note("fit/runs", "[{]") }, { $0.note("fit/best", "{}") },
      { $0.set("fit/trace", Matrix<Double>(rows: 1, columns: 5)) },
      { $0.set("fit/trace", Matrix<Double>(rows: 1, columns: 6, repeating: .nan)) },
      { $0.set("fit/trace", Matrix<Double>(rows: 1, columns: 6, repeating: -1)) },
      { $0.set("fit/best/trace", Matrix<Double>(rows: 1, columns: 6, repeating: 1e300)) },
      { $0.set("fit/state/step", 1.5) },
    ] {
      var archive = sound
      damage(&archive)
      #expect(throws: FileError.self) { try read(archive) }
    }
    #expect(throws: FileError.self) { try read(Archive(kind: "checkpoint")) }
  }
}

extension ScriptedAscent.State {
  init(at restart: Int, _ step: Int) {
    self.init(restart: restart)
    self.step = step
  }
}
