import LatentEvidence
import LatentNetworks
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct GradientAscentTests {
  typealias Recording = GradientAscent<RecordingModel, SGD>

  static let x = LinearAutoencoder<Float>.rows(150, columns: 5, latent: 2, seed: 3)
  static let model = LinearAutoencoder<Float>(columns: 5, latent: 2, sampled: true)

  func ascent(
    threads: Int, batchesPerStep: Int? = nil, clipping: Double? = nil, lanes: Int = 2,
    objective: ObjectiveSchedule = .bound
  ) throws -> GradientAscent<LinearAutoencoder<Float>, Adam> {
    GradientAscent(
      Self.model, try Adam(), learningRate: try ConstantRate(0.01), objective: objective,
      settings: try GradientSettings(
        batchSize: 40, clippingNorm: clipping, batchesPerStep: batchesPerStep, lanes: lanes),
      using: RandomStream(seed: 8), threads: threads)
  }

  func recording(
    _ model: RecordingModel, batchSize: Int, rate: Double = 0.1, batchesPerStep: Int? = nil,
    clipping: Double? = nil, lanes: Int = 2, objective: ObjectiveSchedule = .bound, threads: Int = 1
  ) throws -> Recording {
    GradientAscent(
      model, SGD(), learningRate: try ConstantRate(rate), objective: objective,
      settings: try GradientSettings(
        batchSize: batchSize, clippingNorm: clipping, batchesPerStep: batchesPerStep, lanes: lanes),
      using: RandomStream(seed: 2), threads: threads)
  }

  /// Threads, resumption from a checkpoint, restarts and races: bit for bit.
  @Test(arguments: [(nil, nil), (3, nil), (nil, 0.5), (7, 0.5)] as [(Int?, Double?)])
  func contract(batchesPerStep: Int?, clipping: Double?) async throws {
    for (restarts, steps) in [(2, nil), (3, 3)] as [(Int, Int?)] {
      try await checkSteps(
        "linear auto-encoder", on: Self.x, restarts: restarts, racing: steps,
        stopping: StoppingRule(tolerance: 0, maximumIterations: 5),
        ascent: { try! ascent(threads: $0, batchesPerStep: batchesPerStep, clipping: clipping) }
      ) { (restart) throws(InferenceError) in .init(parameters: Self.model.start(restart)) }
    }
  }

  /// Each pass visits every row once, in an order of its own, in minibatches that differ by at most one row; what a row draws
  /// depends neither on the lanes nor on the threads.
  @Test(arguments: [(1, 1), (2, 1), (3, 2), (4, 3)]) func rowsAndNoise(lanes: Int, threads: Int) throws {
    let x = RecordingModel.rows(130)
    var words: [[Int: UInt64]] = []
    var orders: [[Int]] = []
    for (lanes, threads) in [(1, 1), (lanes, threads)] {
      let model = RecordingModel()
      let ascent = try recording(model, batchSize: 70, lanes: lanes, threads: threads)
      var state = Recording.State(parameters: ParameterVector(model.layout))
      for _ in 0..<2 { _ = try ascent.step(&state, on: x) }
      let calls = model.calls
      // Two passes of two minibatches of 65 rows, each cut into as many lanes as have 16.
      #expect(calls.count == 4 * lanes)
      for minibatch in 0..<4 {
        let part = calls[minibatch * lanes..<(minibatch + 1) * lanes]
        #expect(part.reduce(0) { $0 + $1.rows.count } == 65)
        #expect(part.allSatisfy { $0.rows.count >= 8 && $0.wantsGradient })
      }
      for pass in 0..<2 {
        let part = calls[pass * 2 * lanes..<(pass + 1) * 2 * lanes]
        #expect(part.flatMap(\.rows).sorted() == Array(0..<130))
        words.append(
          Dictionary(uniqueKeysWithValues: part.flatMap { Array(zip($0.rows, $0.words)) }))
        // On several threads lanes may come in any order.
        orders.append(threads == 1 ? part.flatMap(\.rows) : [])
      }
      #expect(state.minibatches == 4 && state.iteration == 2)
    }
    #expect(words[0] == words[2] && words[1] == words[3])
    #expect(words[0] != words[1] && Set(words[0].values).count == 130)
    #expect(orders[0] != orders[1] && orders[0] != Array(0..<130))
    if threads == 1 { #expect(orders[0] == orders[2] && orders[1] == orders[3]) }
  }

  /// By hand: two steps of plain ascent are θ ← θ + η (mean x − θ), and the trace adds up what the steps met.
  @Test func stepsByHand() throws {
    let x = RecordingModel.rows(40)
    let model = RecordingModel()
    let ascent = try recording(model, batchSize: 20, rate: 0.25, lanes: 1)
    var state = Recording.State(parameters: ParameterVector(model.layout))
    let bound = try ascent.step(&state, on: x)
    var θ = [0.0, 0, 0]
    var expected = 0.0
    for minibatch in 0..<2 {
      let rows = model.calls.suffix(from: minibatch).first!.rows
      for n in rows {
        for j in 0..<3 {
          let r = Double(x.values[n, j]) - θ[j]
          expected -= r * r / 2
        }
      }
      for j in 0..<3 { θ[j] += 0.25 * (rows.reduce(0) { $0 + Double(x.values[$1, j]) } / 20 - θ[j]) }
    }
    for j in 0..<3 { #expect((Double(state.parameters["θ"][0, j]) - θ[j]).magnitude < 1e-6) }
    #expect((bound.value - expected).magnitude < 1e-4)
    #expect(bound.estimate == .minibatch(observations: 40) && bound.count == 40)
    // Half a pass is scaled up to all.
    let half = try recording(RecordingModel(), batchSize: 20, batchesPerStep: 1, lanes: 1)
    var other = Recording.State(parameters: ParameterVector(model.layout))
    let estimate = try half.step(&other, on: x)
    #expect(estimate.estimate == .minibatch(observations: 20) && estimate.count == 40)
    let rows = model.calls[0].rows
    let sum = rows.reduce(0.0) { sum, n in
      sum - (0..<3).reduce(0) { $0 + Double(x.values[n, $1] * x.values[n, $1]) } / 2
    }
    #expect((estimate.value - 2 * sum).magnitude < 1e-4)
    // The order is that of the whole pass.
    #expect(other.minibatches == 1 && other.iteration == 1)
  }

  /// A long gradient is shortened to the norm asked for, in its own direction; a short one is left.
  @Test func clipping() throws {
    let x = RecordingModel.rows(32)
    func move(_ clipping: Double?) throws -> [Double] {
      let model = RecordingModel()
      let ascent = try recording(model, batchSize: 32, rate: 1, clipping: clipping)
      var start = ParameterVector<Float>(model.layout)
      start["θ"] = Matrix(rows: 1, columns: 3, elements: [3, -4, 12])
      var state = Recording.State(parameters: start)
      _ = try ascent.step(&state, on: x)
      return (0..<3).map { Double(state.parameters["θ"][0, $0] - start["θ"][0, $0]) }
    }
    func norm(_ v: [Double]) -> Double { v.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    let free = try move(nil)
    let clipped = try move(0.5)
    #expect(norm(free) > 10 && (norm(clipped) - 0.5).magnitude < 1e-5)
    for j in 0..<3 { #expect((clipped[j] / 0.5 - free[j] / norm(free)).magnitude < 1e-4) }
    #expect(try move(100) == free)
  }

  /// Weights shape the steps and not the trace.
  @Test func objectives() throws {
    let schedule = try ObjectiveSchedule(ObjectiveWeights(latentKL: 4), warmUp: 4)
    var bounds: [Bound] = []
    var ends: [ParameterVector<Float>] = []
    for objective in [ObjectiveSchedule.bound, schedule] {
      let ascent = try ascent(threads: 1, batchesPerStep: 1, objective: objective)
      var state = GradientAscent<LinearAutoencoder<Float>, Adam>.State(parameters: Self.model.start(0))
      bounds.append(try ascent.step(&state, on: Self.x))
      ends.append(state.parameters)
    }
    #expect(bounds[0] == bounds[1] && bounds[0].latentKL > 0)
    #expect(ends[0] != ends[1])
    let model = RecordingModel()
    let ascent = try recording(model, batchSize: 10, objective: schedule)
    var state = Recording.State(parameters: ParameterVector(model.layout))
    for _ in 0..<2 { _ = try ascent.step(&state, on: RecordingModel.rows(40)) }
    #expect(model.calls.map(\.objective.latentKL) == [0, 1, 2, 3, 4, 4, 4, 4] as [Double])
    _ = try ascent.finalBound(of: [], at: state, on: RecordingModel.rows(40))
    #expect(model.calls.suffix(4).allSatisfy { $0.objective.isBound && !$0.wantsGradient })
    #expect(model.calls.suffix(4).flatMap(\.rows) == Array(0..<40))
    // A weight that the model does not know is refused.
    let cold = try self.ascent(threads: 1, objective: ObjectiveSchedule(annealing: 5))
    var other = GradientAscent<LinearAutoencoder<Float>, Adam>.State(parameters: Self.model.start(0))
    #expect(throws: InferenceError.self) { try cold.step(&other, on: Self.x) }
  }

  /// Copies in half the bits keep up with the parameters, from the first minibatch of a step on.
  @Test func roundedCopies() throws {
    var model = RecordingModel(columns: 5000)
    model.readsRoundedParameters = true
    let x = RecordingModel.rows(60, columns: 5000)
    let ascent = try recording(model, batchSize: 20, lanes: 1, threads: 2)
    var state = Recording.State(parameters: ParameterVector(model.layout))
    for _ in 0..<2 { _ = try ascent.step(&state, on: x) }
    #expect(model.calls.count == 6 && model.calls.allSatisfy(\.isRounded))
    #expect(state.parameters["θ"].elements.allSatisfy { $0 != 0 })
  }

  @Test func convergence() async throws {
    let x = RecordingModel.rows(64)
    let model = RecordingModel()
    let ascent = try recording(model, batchSize: 64, rate: 0.5)
    let result = try await Fit(
      ascent, on: x, stopping: StoppingRule(tolerance: 1e-6, maximumIterations: 200)
    ) { (_) throws(InferenceError) in .init(parameters: ParameterVector(model.layout)) }.run()
    #expect(result.outcome == .converged && result.iterations < 60)
    for j in 0..<3 {
      let mean = (0..<64).reduce(0) { $0 + x.values[$1, j] } / 64
      #expect((result.state.parameters["θ"][0, j] - mean).magnitude < 1e-3)
    }
    #expect(result.bound.estimate == .exact)
  }

  /// From the second minibatch of a step to the last no thread asks for memory.
  @Test(arguments: [1, 2], [nil, 1.0]) func noMemoryIsTaken(threads: Int, clipping: Double?) throws {
    var model = RecordingModel()
    model.keepsRows = false
    model.record.calls.withLock { $0.reserveCapacity(10_000) }
    let ascent = try recording(
      model, batchSize: 40, batchesPerStep: 400, clipping: clipping, threads: threads)
    var state = Recording.State(parameters: ParameterVector(model.layout))
    let x = RecordingModel.rows(400)
    for _ in 0..<2 { _ = try ascent.step(&state, on: x) }
    let calls = model.calls
    #expect(calls.count == 1600)
    // The first calls of each step may prepare.
    for step in [calls[10..<800], calls[810..<1600]] {
      for (_, ofThread) in Dictionary(grouping: step, by: \.thread) {
        #expect(Set(ofThread.map(\.allocations)).count == 1)
      }
    }
  }
}
