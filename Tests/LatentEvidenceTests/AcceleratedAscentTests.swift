import LatentEvidence
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct AcceleratedAscentTests {
  static let overlapping = NormalMixture.rows(1200, means: [-2, 0, 2], seed: 1)

  /// The maximum that Varadhan & Roland (2008), §7.1, and their package give for Hasselblad's deaths.
  @Test(arguments: 0..<4) func publishedMaximum(restart: Int) async throws {
    let ascent = AcceleratedAscent(PoissonMixture(), threads: 1)
    let fit = Fit(ascent, on: PoissonMixture.deaths, stopping: StoppingRule(tolerance: 1e-12)) {
      (_) throws(InferenceError) in
      .init(parameters: PoissonMixture.start(restart))
    }
    let result = try await fit.run()
    let p = result.state.parameters
    let components = p.rows[1].indices.sorted { p.rows[1][$0] < p.rows[1][$1] }
    let found =
      components.map { Double.exp(p.rows[1][$0]) } + [
        Double.exp(p.rows[0][components[0]] - logSumExp(p.rows[0]))
      ]
    for (a, b) in zip(found, [1.256095, 2.663404, 0.359885]) { #expect((a - b).magnitude < 2e-5, "\(found)") }
    #expect((result.bound.value + 1989.9459).magnitude < 1e-4)
    #expect(result.outcome == .converged && result.state.evaluations < 120, "\(result.state.evaluations)")
  }

  @Test func contract() async throws {
    try await checkSteps(
      "Poisson", on: PoissonMixture.deaths, restarts: 2,
      stopping: StoppingRule(tolerance: 1e-10, maximumIterations: 25),
      ascent: { AcceleratedAscent(PoissonMixture(), memory: 3, threads: $0) }
    ) { (restart) throws(InferenceError) in .init(parameters: PoissonMixture.start(restart)) }
    let x = Self.overlapping
    try await checkSteps(
      "normal", on: x, stopping: StoppingRule(tolerance: 0, maximumIterations: 20),
      ascent: { AcceleratedAscent(NormalMixture(), threads: $0) }
    ) { (restart) throws(InferenceError) in
      .init(parameters: NormalMixture.start(restart, components: 3, for: x))
    }
    let model = BernoulliMixture(components: 3, columns: 6)
    try await checkSteps(
      "Bernoulli", on: BernoulliMixture.rows(700, columns: 6, components: 3, seed: 2),
      stopping: StoppingRule(tolerance: 1e-8, maximumIterations: 60),
      ascent: { AcceleratedAscent(model, threads: $0) }
    ) { (restart) throws(InferenceError) in .init(parameters: model.start(restart)) }
  }

  /// Where coordinate ascent comes in 300 steps, in less than half the passes over the data; and then to a limit from
  /// which coordinate ascent does not climb further.
  @Test(arguments: 0..<3) func fewerPasses(restart: Int) async throws {
    let x = Self.overlapping
    let start = NormalMixture.start(restart, components: 3, for: x)
    func fit(
      from parameters: Table, _ stopping: StoppingRule
    ) async throws -> FitResult<CoordinateAscent<NormalMixture>.State> {
      try await Fit(CoordinateAscent(NormalMixture(), threads: 1), on: x, stopping: stopping) {
        (_) throws(InferenceError) in .init(parameters: parameters)
      }.run()
    }
    let plain = try await fit(from: start, StoppingRule(tolerance: 0, maximumIterations: 300))
    var passes: Int?
    let ascent = AcceleratedAscent(NormalMixture(), threads: 1)
    let fast = try await Fit(ascent, on: x, stopping: StoppingRule(tolerance: 1e-7)) {
      (_) throws(InferenceError) in .init(parameters: start)
    }.run { step in
      let state = step.progress.state ?? step.progress.best?.state
      if passes == nil, step.bound.value >= plain.bound.value { passes = state?.evaluations }
    }
    #expect(try #require(passes) < 150 && fast.outcome == .converged, "\(passes as Any)")
    let further = try await fit(
      from: fast.state.parameters, StoppingRule(tolerance: 0, maximumIterations: 100))
    #expect(further.bound.value - fast.bound.value < 1e-6 * Double(x.rows))
  }

  /// An extrapolated point that is not proper, or whose oracle throws, costs a pass and nothing else.
  @Test func improperPoints() async throws {
    let x = Self.overlapping
    let start = NormalMixture.start(0, components: 3, for: x)
    let stopping = StoppingRule(tolerance: 0, maximumIterations: 12)
    let plain = try await Fit(CoordinateAscent(NormalMixture(), threads: 1), on: x, stopping: stopping) {
      (_) throws(InferenceError) in .init(parameters: start)
    }.run()
    let guarded = try await Fit(AcceleratedAscent(Closed(), threads: 1), on: x, stopping: stopping) {
      (_) throws(InferenceError) in .init(parameters: Closed.Point(table: start))
    }.run()
    #expect(guarded.trace.map(\.bits) == plain.trace.map(\.bits))
    #expect(guarded.state.evaluations == 12)
  }

  @Test func memoryOfOneLinearMap() {
    // v ← A v + b in two dimensions: with two differences the secant step is Newton's, and exact.
    let (a, b) = ([[0.95, 0.03], [0.02, 0.6]], [1.0, -2.0])
    func image(_ v: [Double]) -> [Double] { (0..<2).map { a[$0][0] * v[0] + a[$0][1] * v[1] + b[$0] } }
    let determinant = 0.05 * 0.4 - 0.03 * 0.02
    let fixed = [(0.4 * 1 + 0.03 * -2) / determinant, (0.02 * 1 + 0.05 * -2) / determinant]
    var anderson = AndersonExtrapolation(memory: 3)
    for _ in 0..<200 { anderson.learn(wasKept: true) }
    var v = [0.0, 0.0]
    for _ in 0..<3 { v = anderson.extrapolate(from: v, image: image(v)) ?? image(v) }
    for (x, y) in zip(v, fixed) { #expect((x - y).magnitude < 1e-8 * (1 + y.magnitude), "\(v) \(fixed)") }
  }
}

/// A normal mixture none of whose parameters can be made from a vector.
private struct Closed: ConjugateModel {
  struct Point: VectorParameters {
    var table: Table
    var vector: [Double] { table.vector }
    func replacing(vector: [Double]) -> Point? { nil }
  }

  func oracle(at p: Point, threads: Int) throws(InferenceError) -> ExponentialMixtureOracle {
    try NormalMixture().oracle(at: p.table, threads: threads)
  }

  func parameters(maximizing s: Totals, threads: Int) throws(InferenceError) -> Point {
    Point(table: try NormalMixture().parameters(maximizing: s, threads: threads))
  }
}
