import LatentEvidence
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct IncrementalAscentTests {
  typealias Incremental = IncrementalAscent<BernoulliMixture, Batches<Rows<Double>>>

  static let bits = BernoulliMixture.rows(1500, columns: 6, components: 3, seed: 4)
  static let batches = Batches(bits, size: 300, shuffledBy: RandomStream(seed: 1))
  static let model = BernoulliMixture(components: 3, columns: 6)

  @Test func contract() async throws {
    try await checkSteps(
      "Bernoulli, incremental", on: Self.batches, restarts: 2,
      stopping: StoppingRule(tolerance: 0, maximumIterations: 15),
      ascent: { Incremental(Self.model, using: RandomStream(seed: 2), threads: $0) }
    ) { (restart) throws(InferenceError) in .init(parameters: Self.model.start(restart)) }
    let x = NormalMixture.rows(900, means: [-2, 0, 2], seed: 1)
    try await checkSteps(
      "normal, incremental", on: Batches(x, size: 100, shuffledBy: RandomStream(seed: 1)),
      stopping: StoppingRule(tolerance: 1e-9, maximumIterations: 40),
      ascent: { IncrementalAscent(NormalMixture(), using: RandomStream(seed: 2), threads: $0) }
    ) { (restart) throws(InferenceError) in
      .init(parameters: NormalMixture.start(restart, components: 3, for: x))
    }
  }

  /// With one batch it is coordinate ascent.
  @Test func oneBatch() throws {
    let whole = Batches(Self.bits, size: 1500, shuffledBy: nil)
    let (incremental, coordinate) = (
      Incremental(Self.model, using: RandomStream(seed: 1), threads: 1),
      CoordinateAscent(Self.model, threads: 1)
    )
    var a = Incremental.State(parameters: Self.model.start(0))
    var b = CoordinateAscent<BernoulliMixture>.State(parameters: Self.model.start(0))
    for _ in 0..<30 {
      let (x, y) = (try incremental.step(&a, on: whole), try coordinate.step(&b, on: Self.bits))
      #expect((x.value - y.value).magnitude <= x.roundoff + y.roundoff && x.count == y.count)
      #expect(
        (x.reconstruction - y.reconstruction).magnitude < 1e-8 && (x.latentKL - y.latentKL).magnitude < 1e-8)
      #expect(a.parameters == b.parameters)
    }
  }

  /// The bound is that of the remembered q: never above the bound that q taken anew at the same parameters would give, and
  /// equal to it at the start and in the end.
  @Test func boundOfStaleResponsibilities() async throws {
    let plain = CoordinateAscent(Self.model, threads: 1)
    var slack: [Double] = []
    let stopping = StoppingRule(tolerance: 1e-7, maximumIterations: 2000)
    let result = try await Fit(
      Incremental(Self.model, using: RandomStream(seed: 2), threads: 1), on: Self.batches, stopping: stopping
    ) { (_) throws(InferenceError) in .init(parameters: Self.model.start(1)) }.run { step in
      guard let state = step.progress.state else { return }
      slack.append(try plain.expectation(at: state.parameters, of: Self.bits).bound.value - step.bound.value)
    }
    #expect(slack.allSatisfy { $0 > -1e-8 } && slack[0] < 1e-8 && slack[3] > 1e-3)
    #expect(result.outcome == .converged && slack[slack.count - 1] < 1e-3)
    // A limit of coordinate ascent as well.
    let further = try await Fit(
      plain, on: Self.bits, stopping: StoppingRule(tolerance: 0, maximumIterations: 50)
    ) {
      (_) throws(InferenceError) in .init(parameters: result.state.parameters)
    }.run()
    #expect(further.bound.value - result.bound.value < 1e-5 * Double(Self.bits.rows))
  }

  /// One component: q(θ) is the exact posterior and the bound ln p(x), in closed form.
  static func evidence(of x: Rows<Double>, _ a: Double, _ b: Double) -> Double {
    (0..<x.columns).reduce(0) { sum, d in
      let ones = x.values.column(d).reduce(0, +)
      let zeros = Double(x.rows) - ones
      return sum + logGamma(a + ones) + logGamma(b + zeros) - logGamma(a + b + Double(x.rows))
        - logGamma(a) - logGamma(b) + logGamma(a + b)
    }
  }

  @Test func exactEvidence() throws {
    let model = BernoulliMixture(components: 1, columns: 6, prior: (2, 0.5))
    let incremental = Incremental(model, using: RandomStream(seed: 1), threads: 1)
    var state = Incremental.State(parameters: model.start(0))
    _ = try incremental.step(&state, on: Self.batches)
    let bound = try incremental.step(&state, on: Self.batches)
    #expect((bound.value - Self.evidence(of: Self.bits, 2, 0.5)).magnitude < 1e-8)
  }

  /// Two thirds of the rows first, the rest later: in closed form the evidence of all rows.
  @Test func continuation() async throws {
    let model = BernoulliMixture(components: 1, columns: 6, prior: (2, 0.5))
    let (old, new) = (Self.bits.chunk(0..<1000), Self.bits.chunk(1000..<1500))
    let plain = CoordinateAscent(model, threads: 1)
    let first = try await Fit(plain, on: old) { (_) throws(InferenceError) in
      .init(parameters: model.start(0))
    }.run()
    let known = try plain.expectation(at: first.state.parameters, of: old)
    let next = try Continuation(
      model, earlier: known.statistics, at: first.state.parameters, evidence: known.bound.evidence)
    let second = try await Fit(CoordinateAscent(next, threads: 2), on: new) {
      (_) throws(InferenceError) in .init(parameters: first.state.parameters)
    }.run()
    #expect((second.bound.value - Self.evidence(of: Self.bits, 2, 0.5)).magnitude < 1e-7)
  }

  /// A mixture that goes on: monotone whichever ascent climbs, below the bound of all rows, and near it.
  @Test func continuationOfAMixture() async throws {
    let (old, new) = (Self.bits.chunk(0..<1000), Self.bits.chunk(1000..<1500))
    let plain = CoordinateAscent(Self.model, threads: 1)
    let stopping = StoppingRule(tolerance: 1e-7)
    let first = try await Fit(plain, on: old, stopping: stopping) {
      (_) throws(InferenceError) in .init(parameters: Self.model.start(1))
    }.run()
    let known = try plain.expectation(at: first.state.parameters, of: old)
    let next = try Continuation(
      Self.model, earlier: known.statistics, at: first.state.parameters, evidence: known.bound.evidence)
    let second = try await checkSteps(
      "continuation", on: new, stopping: stopping, ascent: { AcceleratedAscent(next, threads: $0) }
    ) { (_) throws(InferenceError) in .init(parameters: first.state.parameters) }
    let all = try plain.expectation(at: second.state.parameters, of: Self.bits)
    #expect(second.bound.value < all.bound.value && second.bound.value > all.bound.value - 5)
    let third = try await checkSteps(
      "continuation, incremental", on: Batches(new, size: 100, shuffledBy: nil), stopping: stopping,
      ascent: { IncrementalAscent(next, using: RandomStream(seed: 1), threads: $0) }
    ) { (_) throws(InferenceError) in .init(parameters: first.state.parameters) }
    #expect((third.bound.value - second.bound.value).magnitude < 1e-3)
  }
}
