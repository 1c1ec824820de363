import LatentEvidence
import LatentNumerics
import LatentTestSupport
import Testing

/// Every ascent over every small model.
@Suite struct EveryAscentTests {
  static func fixture<Model: ConjugateModel>(
    _ name: String, _ model: Model, _ x: Rows<Double>,
    start: @escaping @Sendable (Int) throws(InferenceError) -> Table
  ) -> ModelFixture<Model>
  where Model.Parameters == Table, Model.Statistics == Totals, Model.Observations == Rows<Double> {
    ModelFixture(name: name, model: model, observations: x, start: start, numbers: \.values)
  }

  func check<Model: LinearModel>(_ fixture: ModelFixture<Model>) async throws
  where Model.Parameters == Table, Model.Statistics == Totals {
    try await checkAscent(fixture)
    try await checkAccelerated(fixture)
    try await checkIncremental(fixture)
    try await checkStochastic(fixture)
    try await checkRace(fixture)
    let θ = try fixture.start(0)
    let later = try await fixture.fit(stopping: StoppingRule(tolerance: 0, maximumIterations: 3)).run()
    try checkLinear(fixture, at: θ, other: later.state.parameters)
    try checkFisherIdentity(fixture, at: θ)
  }

  @Test func normal() async throws {
    let x = NormalMixture.rows(700, means: [-2, 2], seed: 1)
    try await check(
      Self.fixture("normal", NormalMixture(), x) { (restart) throws(InferenceError) in
        NormalMixture.start(restart, components: 2, for: x)
      })
  }

  @Test func poisson() async throws {
    try await check(
      Self.fixture("Poisson", PoissonMixture(), PoissonMixture.deaths) { (restart) throws(InferenceError) in
        PoissonMixture.start(restart)
      })
  }

  @Test func bernoulli() async throws {
    let model = BernoulliMixture(components: 2, columns: 5, concentration: 0.5, prior: (2, 3))
    var random = RandomStream(seed: 8)
    let bits = BernoulliMixture.rows(600, columns: 5, components: 3, seed: 6)
    let x = Rows(bits.values, weights: (0..<600).map { _ in Double(random.integer(below: 4)) })
    try await check(
      Self.fixture("Bernoulli", model, x) { (restart) throws(InferenceError) in model.start(restart) })
  }
}
