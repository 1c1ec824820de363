import LatentEvidence
import LatentFiles
import LatentNetworks
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct GradientFailureTests {
  typealias Recording = GradientAscent<RecordingModel, SGD>
  typealias State = Recording.State

  let x = RecordingModel.rows(40)

  func ascent(
    _ model: RecordingModel, rate: Double = 0.1, batchSize: Int = 10
  ) throws -> Recording {
    GradientAscent(
      model, SGD(), learningRate: try ConstantRate(rate),
      settings: try GradientSettings(batchSize: batchSize),
      using: RandomStream(seed: 2), threads: 1)
  }

  func start(_ model: RecordingModel) -> State { State(parameters: ParameterVector(model.layout)) }

  /// Differs where a bit of the state does.
  func bits(_ state: State) -> Int {
    var archive = Archive(kind: "state")
    state.write(to: &archive, at: "state")
    return archive.encoded().hashValue
  }

  /// A rate that is too long ends in `.diverged`, and what is left is the last point that had a finite bound.
  @Test func divergence() async throws {
    let model = RecordingModel()
    let fit = Fit(
      try ascent(model, rate: 1e4), on: x, stopping: StoppingRule(tolerance: 0, maximumIterations: 100)
    ) { (_) throws(InferenceError) in start(model) }
    var iterator = fit.makeAsyncIterator()
    var steps = 0
    do {
      while try await iterator.next() != nil { steps += 1 }
      Issue.record("a rate of 10,000 went well")
    } catch {
      guard case .diverged(let step, _) = error else { throw error }
      #expect(step >= 4 * steps && step < 100)
    }
    let good = try #require(iterator.progress.lastGoodState)
    #expect(good.parameters.isFinite)
    let bound = try ascent(model).bound(at: good.parameters, of: x, noise: RandomStream(seed: 1))
    #expect(bound.isFinite)
    await #expect(throws: InferenceError.self) { try await fit.run() }
  }

  /// In each minibatch of the second and third step: the state is the beginning of the last step that was good, bit for bit.
  @Test(arguments: [RecordingModel.Failure.nanBound, .nanGradient], 4..<12)
  func keepsTheLastGoodState(_ failure: RecordingModel.Failure, call: Int) throws {
    var model = RecordingModel()
    model.failure = (call, failure)
    let ascent = try ascent(model)
    var state = start(model)
    var starts = [bits(state)]
    let error = #expect(throws: InferenceError.self) {
      for _ in 0..<4 {
        _ = try ascent.step(&state, on: x)
        starts.append(bits(state))
      }
    }
    let isBound = if case .nanBound = failure { true } else { false }
    #expect(error == .diverged(step: call, quantity: isBound ? "bound" : "gradient"))
    // In the first minibatch of a step its own beginning is what failed.
    #expect(bits(state) == starts[call % 4 == 0 ? call / 4 - 1 : call / 4])
    #expect(state.minibatches % 4 == 0)
  }

  @Test func firstMinibatch() throws {
    var model = RecordingModel()
    model.failure = (0, .nanBound)
    var state = start(model)
    let before = bits(state)
    #expect(throws: InferenceError.diverged(step: 0, quantity: "bound")) {
      try ascent(model).step(&state, on: x)
    }
    #expect(bits(state) == before)
    // A row without a density is named where nothing else can be to blame, and is a divergence later.
    for (call, expected) in [
      (0, InferenceError.notFinite(quantity: "density", row: 17)),
      (3, .diverged(step: 3, quantity: "density")),
    ] {
      var model = RecordingModel()
      model.failure = (call, .row(17))
      var state = start(model)
      #expect(throws: expected) { try ascent(model).step(&state, on: x) }
      #expect(bits(state) == before)
    }
  }

  /// The last minibatch of all spoils the parameters: nobody meets them but the pass that judges the end.
  @Test func failsAtTheEnd() async throws {
    var model = RecordingModel()
    model.failure = (8, .nanBound)
    let fit = Fit(
      try ascent(model), on: x, stopping: StoppingRule(tolerance: 0, maximumIterations: 2)
    ) { [model] (_) throws(InferenceError) in start(model) }
    var iterator = fit.makeAsyncIterator()
    #expect(try await iterator.next()?.iteration == 1)
    let after = try #require(iterator.progress.state)
    await #expect(throws: InferenceError.diverged(step: 8, quantity: "bound")) {
      while try await iterator.next() != nil {}
    }
    // The beginning of the second step had a finite bound.
    #expect(iterator.progress.lastGoodState.map(bits) == bits(after))
    // A step so long that the parameters overflow.
    var state = start(model)
    let far = try ascent(RecordingModel(), rate: 1e38, batchSize: 40)
    let error = #expect(throws: InferenceError.self) {
      for _ in 0..<3 { _ = try far.step(&state, on: x) }
    }
    guard case .diverged = error else { throw try #require(error) }
    #expect(state.parameters.isFinite)
  }

  /// A task that is cancelled in the middle of a step stops there; what it wrote goes on to the same end, step by step.
  @Test(arguments: 0..<9) func interruption(call: Int) async throws {
    let stopping = StoppingRule(tolerance: 0, maximumIterations: 4)
    func fit(_ model: RecordingModel, _ progress: FitProgress<State> = FitProgress()) throws -> Fit<Recording>
    {
      Fit(try ascent(model), on: x, stopping: stopping, resuming: progress) { (_) throws(InferenceError) in
        start(model)
      }
    }
    let whole = try await fit(RecordingModel()).run()
    let archive = try await Task {
      var model = RecordingModel()
      model.cancelling = call
      var iterator = try fit(model).makeAsyncIterator()
      while try await iterator.next() != nil {}
      // The minibatch in hand is finished, and no other begun.
      #expect(model.calls.count == call + 1)
      let progress = iterator.progress
      #expect(progress.runs.isEmpty && progress.trace.count == (call + 1) / 4)
      #expect(progress.state?.minibatches == call + 1 && progress.seconds > 0)
      var archive = Archive(kind: "checkpoint")
      progress.write(to: &archive, at: "fit")
      return archive.encoded()
    }.value
    let read = try FitProgress<State>(from: Archive(decoding: archive, kind: "checkpoint"), at: "fit")
    let model = RecordingModel()
    let rest = try await fit(model, read).run()
    #expect(rest.trace == whole.trace && rest.trace.count == 4)
    #expect(bits(rest.state) == bits(whole.state))
    // Three steps are left of four, less what was done, and the pass that judges the end.
    #expect(model.calls.count == 16 - (call + 1) + 4)
  }

  @Test func refusesWhatDoesNotFit() throws {
    let model = RecordingModel()
    var state = start(model)
    #expect(
      throws: InferenceError.invalidParameter(
        name: "size of a minibatch", value: "41", requirement: "at most the number of observations, 40")
    ) { try ascent(model, batchSize: 41).step(&state, on: x) }
    // A checkpoint of another architecture, of another optimiser.
    var other = State(parameters: ParameterVector(RecordingModel(columns: 4).layout))
    #expect(throws: InferenceError.self) { try ascent(model).step(&other, on: x) }
    _ = try ascent(model).step(&state, on: x)
    var archive = Archive(kind: "state")
    state.write(to: &archive, at: "state")
    let adam = GradientAscent(
      model, try Adam(), learningRate: try ConstantRate(0.1), settings: try GradientSettings(batchSize: 10),
      using: RandomStream(seed: 2), threads: 1)
    var read = try GradientAscent<RecordingModel, Adam>.State(from: archive, at: "state")
    #expect(throws: InferenceError.self) { try adam.step(&read, on: x) }
    for (size, lanes, clip) in [(0, 2, 1), (1, 0, 1), (1, 65, 1), (1, 2, 0), (1, 2, .nan)]
      as [(Int, Int, Double)]
    {
      #expect(throws: InferenceError.self) {
        try GradientSettings(batchSize: size, clippingNorm: clip, lanes: lanes)
      }
    }
    #expect(throws: InferenceError.self) { try GradientSettings(batchSize: 1, batchesPerStep: 0) }
  }

  /// Rows that all weigh nothing leave the parameters where they are.
  @Test func weightlessRows() throws {
    let model = RecordingModel()
    let nothing = Rows(x.values, weights: Array(repeating: 0, count: 40))
    var state = start(model)
    let bound = try ascent(model).step(&state, on: nothing)
    #expect(bound.count == 0 && bound.value == 0 && state.parameters == start(model).parameters)
  }
}
