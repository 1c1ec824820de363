import LatentEvidence
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct RestartRaceTests {
  let rows = Rows(Matrix<Double>(rows: 1, columns: 1))

  func fit(
    restarts: Int, steps: Int = 4, threads: Int = 2,
    stopping: StoppingRule = StoppingRule(tolerance: 0, maximumIterations: 20),
    bound: @escaping @Sendable (ScriptedAscent.State) throws(InferenceError) -> Double
  ) -> Fit<ScriptedAscent> {
    Fit(
      ScriptedAscent(bound: bound), on: rows, stopping: stopping, restarts: restarts,
      race: RestartRace(steps: steps, threads: threads)
    ) { (restart) throws(InferenceError) in ScriptedAscent.State(restart: restart) }
  }

  /// Half of six after 4 steps, half of the three after 8, and so on; the winner goes on alone.
  @Test(arguments: [1, 3]) func halving(threads: Int) async throws {
    let heights = [0.0, 5, -3, 4, 1, 2]
    var seen: [[Int]] = []
    let result = try await fit(restarts: 6, threads: threads) { (state) throws(InferenceError) in
      heights[state.restart] - Double(sign: .plus, exponent: -state.step, significand: 1)
    }.run { step in seen.append([step.iteration, step.restart, step.contestants]) }
    #expect(result.runs.map(\.iterations) == [4, 20, 4, 16, 4, 8])
    #expect(result.runs.map(\.restart) == Array(0..<6))
    #expect(
      result.runs.map(\.outcome) == [.outpaced, .budgetExhausted, .outpaced, .outpaced, .outpaced, .outpaced])
    #expect(result.runs[5].bound == 2 - 1.0 / 256)
    #expect(result.best.restart == 1 && result.trace.count == 20 && result.outcome == .budgetExhausted)
    #expect(seen.map { $0[0] } == Array(1...20) && seen.allSatisfy { $0[1] == 1 })
    #expect(seen.map { $0[2] } == [6, 6, 6, 3, 3, 3, 3, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1])
  }

  /// One that is behind but climbs steadily is not given up for those that have arrived.
  @Test func slowAndHigh() async throws {
    let result = try await fit(
      restarts: 4, steps: 8, stopping: StoppingRule(tolerance: 0, maximumIterations: 100)
    ) {
      (state) throws(InferenceError) in
      let t = Double(state.step)
      return state.restart == 2 ? 10 - 20 * Double.pow(0.9, t) : Double(state.restart) - Double.pow(0.3, t)
    }.run()
    #expect(result.best.restart == 2 && result.bound.value > 9)
    #expect(result.runs.map(\.outcome) == [.outpaced, .outpaced, .budgetExhausted, .outpaced])
  }

  @Test func failuresDropOut() async throws {
    let result = try await fit(restarts: 4) { (state) throws(InferenceError) in
      if state.restart != 1, state.step == 3 { throw FitTests.collapse }
      return Double(state.step)
    }.run()
    #expect(result.best.restart == 1 && result.runs.map(\.iterations) == [2, 20, 2, 2])
    #expect(result.runs.filter { $0.error != nil }.count == 3)

    let none = fit(restarts: 3) { (state) throws(InferenceError) in
      throw .tooFewRows(rows: state.step, needed: state.restart)
    }
    await #expect(throws: InferenceError.tooFewRows(rows: 1, needed: 2)) { try await none.run() }
    let fall = fit(restarts: 3) { (state) throws(InferenceError) in
      state.restart == 1 ? -Double(state.step) : 0
    }
    await #expect(throws: InferenceError.boundDecreased(iteration: 2, from: -1, to: -2, allowance: 0)) {
      try await fall.run()
    }
  }

  /// All have converged, or the budget is used up, before the cuts are through.
  @Test func endsEarly() async throws {
    let flat = try await fit(restarts: 5, steps: 16) { (state) throws(InferenceError) in
      -Double(state.restart)
    }.run()
    #expect(
      flat.outcome == .converged && flat.best.restart == 0 && flat.runs.map(\.iterations) == [6, 6, 6, 6, 6])
    let short = try await fit(restarts: 5, stopping: StoppingRule(tolerance: 0, maximumIterations: 3)) {
      (state) throws(InferenceError) in Double(state.step * state.restart)
    }.run()
    #expect(short.outcome == .budgetExhausted && short.best.restart == 4 && short.trace.count == 3)
    let late = try await fit(
      restarts: 5, stopping: StoppingRule(tolerance: 0, maximumIterations: 50, timeLimit: 0)
    ) {
      (state) throws(InferenceError) in Double(state.step * state.restart)
    }.run()
    #expect(late.outcome == .budgetExhausted && late.best.restart == 4 && late.trace.count == 1)
  }

  /// With all steps used up, what a start still promises is nothing: the highest bound wins, whoever climbs fastest.
  @Test(arguments: [3, 6]) func theHighestBoundWinsAtTheEnd(budget: Int) async throws {
    let result = try await fit(
      restarts: 5, steps: 16, stopping: StoppingRule(tolerance: 0, maximumIterations: budget)
    ) {
      (state) throws(InferenceError) in
      let t = Double(state.step)
      return state.restart == 3 ? -1 - Double.pow(0.1, t) : -20 - Double(state.restart) + t
    }.run()
    #expect(result.best.restart == 3 && result.outcome == .budgetExhausted)
    let bounds = result.runs.compactMap(\.bound)
    #expect(result.bound.value == bounds.max() && bounds.count == 5)
  }

  @Test func cancellation() async throws {
    let fit = fit(restarts: 4) { (state) throws(InferenceError) in Double(state.step * state.restart) }
    let result = try await Task {
      try await fit.run { step in if step.iteration == 2 { withUnsafeCurrentTask { $0?.cancel() } } }
    }.value
    #expect(result.outcome == .cancelled && result.best.restart == 3 && result.trace.count == 2)
    #expect(result.runs.map(\.outcome) == [.outpaced, .outpaced, .outpaced, .cancelled])
  }

  @Test func contract() async throws {
    let x = NormalMixture.rows(600, means: [-3, 0, 3], seed: 1)
    let stopping = StoppingRule(tolerance: 1e-6, maximumIterations: 60)
    let raced = try await checkSteps(
      "race", on: x, restarts: 6, racing: 3, stopping: stopping,
      ascent: { CoordinateAscent(NormalMixture(), threads: $0) }
    ) { (restart) throws(InferenceError) in
      .init(parameters: NormalMixture.start(restart, components: 3, for: x))
    }
    // The winner's steps are those that it takes without a race.
    let alone = try await Fit(CoordinateAscent(NormalMixture(), threads: 1), on: x, stopping: stopping) {
      [winner = raced.best.restart] (_) throws(InferenceError) in
      .init(parameters: NormalMixture.start(winner, components: 3, for: x))
    }.run()
    #expect(alone.trace.map(\.bits) == raced.trace.map(\.bits))
  }
}
