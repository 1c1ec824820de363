import LatentEvidence
import LatentFiles
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct StochasticAscentTests {
  static let bits = BernoulliMixture.rows(3000, columns: 6, components: 3, seed: 4)
  static let batches = Batches(bits, size: 250, shuffledBy: RandomStream(seed: 1))
  static let model = BernoulliMixture(components: 3, columns: 6)

  func ascent(threads: Int = 1) -> StochasticAscent<BernoulliMixture, Batches<Rows<Double>>> {
    StochasticAscent(Self.model, using: RandomStream(seed: 2), threads: threads)
  }

  /// ρ[t] = (t + τ)^−κ, by logarithms.
  @Test func schedule() throws {
    let schedule = try StepSchedule(delay: 1, forgetting: 0.5 + 1e-9)
    #expect((schedule.weight(at: 3) - 0.5).magnitude < 1e-8)
    #expect(try StepSchedule(delay: 0, forgetting: 1).weight(at: 8) == 0.125)
    #expect(try StepSchedule(delay: 64, forgetting: 0.75).weight(at: 17) == 1 / 27.0)
    for t in [1, 10, 1000] {
      let expected = Double.exp(
        -StepSchedule.standard.forgetting * Double.log(Double(t) + StepSchedule.standard.delay))
      #expect((StepSchedule.standard.weight(at: t) / expected - 1).magnitude < 1e-14)
    }
    for (delay, forgetting) in [(-1, 0.7), (.nan, 0.7), (1, 0.5), (1, 1.01), (1, .nan)] {
      #expect(throws: InferenceError.self) { try StepSchedule(delay: delay, forgetting: forgetting) }
    }
  }

  @Test func contract() async throws {
    try await checkSteps(
      "Bernoulli, stochastic", on: Self.batches, restarts: 2,
      stopping: StoppingRule(tolerance: 0, maximumIterations: 15), ascent: { ascent(threads: $0) }
    ) { (restart) throws(InferenceError) in .init(parameters: Self.model.start(restart)) }
  }

  /// Three steps by hand: the parameters, the estimates, and the running statistics.
  @Test func blending() throws {
    let (ascent, source) = (ascent(), Self.batches)
    var state = StochasticAscent<BernoulliMixture, Batches<Rows<Double>>>.State(
      parameters: Self.model.start(0))
    var order = RandomStream(seed: 2).substream(0)
    let sequence = order.permutation(12)
    var (S, θ) = ([Double](), Self.model.start(0))
    for step in 0..<3 {
      let bound = try ascent.step(&state, on: source)
      if step > 0 { θ = try Self.model.parameters(maximizing: Totals(values: S), threads: 1) }
      let x = source.batch(sequence[step])
      let oracle = try Self.model.oracle(at: θ, threads: 1)
      var s = oracle.zero
      let part = try oracle.accumulate(x, into: &s)
      let ρ = step == 0 ? 1 : Double.pow(Double(step) + 1, -0.55)
      S = s.values.indices.map { (step == 0 ? 0 : (1 - ρ) * S[$0]) + ρ * 3000 / 250 * s.values[$0] }
      expectAgreement("S", try #require(state.statistics).values, S, tolerance: 1e-13)
      #expect((bound.value - (12 * part.evidence - oracle.parameterKL)).magnitude < 1e-8)
      #expect(bound.estimate == .minibatch(observations: 250) && bound.count == 3000)
    }
  }

  /// A batch whose rows weigh nothing leaves no trace but a step: not as the first, not later, not in a checkpoint.
  @Test(arguments: [0, 2]) func weightlessBatch(at step: Int) throws {
    var order = RandomStream(seed: 2).substream(0)
    let sequence = order.permutation(12)
    let plain = Batches(Self.bits, size: 250, shuffledBy: nil)
    let empty = sequence[step] * 250..<(sequence[step] + 1) * 250
    let x = Rows(Self.bits.values, weights: (0..<3000).map { empty.contains($0) ? 0 : 1 })
    let source = Batches(x, size: 250, shuffledBy: nil)
    #expect(plain.batch(0).values == source.batch(0).values)
    let ascent = ascent()
    typealias State = StochasticAscent<BernoulliMixture, Batches<Rows<Double>>>.State
    var state = State(parameters: Self.model.start(0))
    var (S, θ, blended) = ([Double](), Self.model.start(0), 0)
    for t in 0..<5 {
      let bound = try ascent.step(&state, on: source)
      #expect(bound.isFinite)
      if blended > 0 { θ = try Self.model.parameters(maximizing: Totals(values: S), threads: 1) }
      #expect(state.parameters == θ, "step \(t)")
      if t != step {
        let oracle = try Self.model.oracle(at: θ, threads: 1)
        var s = oracle.zero
        _ = try oracle.accumulate(source.batch(sequence[t]), into: &s)
        let ρ = blended == 0 ? 1 : Double.pow(Double(blended) + 1, -0.55)
        S = s.values.indices.map { (blended == 0 ? 0 : (1 - ρ) * S[$0]) + ρ * 2750 / 250 * s.values[$0] }
        blended += 1
      }
      if blended == 0 {
        #expect(state.statistics == nil)
      } else {
        expectAgreement("S", try #require(state.statistics).values, S, tolerance: 1e-13)
      }
      var archive = Archive(kind: "state")
      state.write(to: &archive, at: "s")
      state = try State(from: Archive(decoding: archive.encoded()), at: "s")
    }
  }

  /// With all the observations in one batch and ρ[1] = 1, the first three steps are those of coordinate ascent.
  @Test func oneBatch() throws {
    let whole = Batches(Self.bits, size: 3000, shuffledBy: nil)
    let stochastic = StochasticAscent<BernoulliMixture, Batches<Rows<Double>>>(
      Self.model, schedule: try StepSchedule(delay: 0, forgetting: 0.9), using: RandomStream(seed: 1),
      threads: 1)
    let coordinate = CoordinateAscent(Self.model, threads: 1)
    var a = StochasticAscent<BernoulliMixture, Batches<Rows<Double>>>.State(parameters: Self.model.start(0))
    var b = CoordinateAscent<BernoulliMixture>.State(parameters: Self.model.start(0))
    for _ in 0..<3 {
      let (x, y) = (try stochastic.step(&a, on: whole), try coordinate.step(&b, on: Self.bits))
      #expect((x.value - y.value).magnitude <= x.roundoff + y.roundoff)
    }
  }

  /// Near the bound that coordinate ascent reaches from the same start, in few passes; judged by the exact bound.
  @Test(arguments: 0..<3) func reachesTheOptimum(restart: Int) async throws {
    let start = Self.model.start(restart)
    let plain = try await Fit(
      CoordinateAscent(Self.model, threads: 1), on: Self.bits, stopping: StoppingRule(tolerance: 1e-7)
    ) { (_) throws(InferenceError) in .init(parameters: start) }.run()
    let result = try await Fit(
      ascent(), on: Self.batches, stopping: StoppingRule(tolerance: 1e-5, maximumIterations: 12 * 60)
    ) { (_) throws(InferenceError) in .init(parameters: start) }.run()
    #expect(
      result.bound.value > plain.bound.value - 2e-3 * plain.bound.value.magnitude,
      "\(result.bound) \(plain.bound)")
    #expect(result.bound.estimate == .exact && result.runs[0].bound == result.bound.value)
    let exact = try CoordinateAscent(Self.model, threads: 1).expectation(
      at: result.state.parameters, of: Self.bits)
    #expect((result.bound.value - exact.bound.value).magnitude < 1e-8)
    // Estimates scatter about the exact bound by far less than it is large.
    #expect((result.trace[result.trace.count - 1].value / result.bound.value - 1).magnitude < 0.1)
  }

  /// Online EM of a mixture without priors.
  @Test func onlineEM() async throws {
    let x = NormalMixture.rows(4000, means: [-3, 3], seed: 8)
    let source = Batches(x, size: 200, shuffledBy: RandomStream(seed: 3))
    let start = Table([[0, 0], [-1, 1], [0.5, 0.5]])
    let result = try await Fit(
      StochasticAscent(NormalMixture(), warmUp: 2, using: RandomStream(seed: 2), threads: 1), on: source,
      stopping: StoppingRule(tolerance: 0, maximumIterations: 60)
    ) { (_) throws(InferenceError) in .init(parameters: start) }.run()
    let plain = try await Fit(CoordinateAscent(NormalMixture(), threads: 1), on: x) {
      (_) throws(InferenceError) in .init(parameters: start)
    }.run()
    #expect(result.outcome == .budgetExhausted && result.bound.value <= plain.bound.value + 1e-6)
    #expect(result.bound.value > plain.bound.value - 1e-3 * Double(x.rows))
  }

  @Test func batchesHoldEverythingOnce() {
    let values = Matrix<Double>((0..<53).map { [Double($0), $0 % 7 == 0 ? .nan : 1] })
    let x = Rows(values, weights: (0..<53).map { Double($0) })
    for stream in [nil, RandomStream(seed: 9)] {
      let batches = Batches(x, size: 10, shuffledBy: stream)
      #expect(batches.batchCount == 6 && batches.totalWeight == 53 * 26)
      var seen: [Int] = []
      for i in 0..<6 {
        let batch = batches.batch(i)
        #expect(batch.observationCount == 9 || batch.observationCount == 8)
        for row in 0..<batch.observationCount {
          let source = batches.sourceIndex(of: batch.sourceIndex(of: row), inBatch: i)
          #expect(batch.values[row, 0] == Double(source) && batch.weight(of: row) == Double(source))
          #expect(
            batch.values[row, 1].isNaN == (source % 7 == 0)
              && batch.missingColumns(of: row).isEmpty == (source % 7 != 0))
          seen.append(source)
        }
      }
      #expect(seen.sorted() == Array(0..<53))
      #expect((stream == nil) == (batches.batch(0).values[0, 0] == 1))
    }
  }

  /// A row without a density is named by its place in the source, wherever its batch holds it.
  @Test func errorsNameRows() throws {
    var values = NormalMixture.rows(500, means: [0], seed: 1).values
    values[137, 0] = 1e300
    let source = Batches(Rows(values), size: 60, shuffledBy: RandomStream(seed: 5))
    #expect(throws: InferenceError.notFinite(quantity: "density", row: 137)) {
      try source.bound(of: NormalMixture(), at: Table([[0], [0], [0]]), threads: 2)
    }
  }
}
