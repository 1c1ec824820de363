import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// The contracts of a conjugate model for linear state spaces.
@Suite struct StateSpaceContracts {
  @Test(arguments: EmissionNoise.allCases, [false, true])
  func contracts(_ noise: EmissionNoise, _ missing: Bool) async throws {
    let lengths = (0..<50).map { missing ? 1 + ($0 * 7) % 19 : 1 + $0 % 3 * 11 }
    let weights = missing ? (0..<50).map { Double($0 % 4) * 0.75 } : nil
    let x = try StateSpaceCase(noise: noise, lengths: lengths, missing: missing, weights: weights, seed: 3)
      .sequences
    try await check("double, missing \(missing)", x, noise, tolerance: 1e-11)
    let single = try SequenceBatch(
      x.frames.converted(to: Float.self), lengths: lengths, controls: x.controls?.converted(to: Float.self))
    try await check("single", single, noise, tolerance: 1e-11)
  }

  func check<S: LatentScalar>(
    _ name: String, _ x: SequenceBatch<S>, _ noise: EmissionNoise, tolerance: Double
  ) async throws {
    let model = try LinearStateSpace<S>(
      latent: 2, dimensions: 3, controls: 1, noise: noise, prior: .scaled(to: x, latent: 2))
    let fixture = ModelFixture(
      name: "\(name), \(noise)", model: model, observations: x,
      start: { restart throws(InferenceError) in
        try model.initialParameters(
          for: x, start: restart % 2 == 0 ? .principalAxes : .random,
          using: RandomStream(seed: 5).substream(restart))
      }, numbers: StateSpaceCase.numbers)
    try await checkAscent(fixture, stopping: StoppingRule(tolerance: 0.03, maximumIterations: 1000))
    let θ = try await fixture.fit(stopping: StoppingRule(tolerance: 0, maximumIterations: 3)).run().state
      .parameters
    try checkStatistics(fixture, at: θ, tolerance: tolerance)
    try await checkCheckpoint(fixture)
    try await checkThreads(fixture)
    try checkFile(fixture, at: θ)
    try await checkRace(fixture)
  }

  /// Statistics about different parameters add: those of the others move.
  @Test func origins() throws {
    let one = try StateSpaceCase(missing: true)
    var other = one.parameters
    other.transition[0, 1] += 0.3
    other.offset[1] -= 2
    other.initialMean[0] += 1
    other.control[1, 0] += 0.2
    let ascent = CoordinateAscent(one.model, threads: 1)
    let own = try ascent.expectation(at: one.parameters, of: one.sequences).statistics
    var sum = try one.model.oracle(at: other, threads: 1).zero
    sum += own
    // The θ-step does not depend on where residuals were taken.
    var (a, b) = (
      try one.model.parameters(maximizing: own, threads: 1),
      try one.model.parameters(maximizing: sum, threads: 1)
    )
    func numbers(_ θ: LinearStateSpaceParameters) -> [Double] {
      θ.initialMean + θ.initialCovariance.elements + θ.transition.elements + θ.control.elements
        + θ.transitionNoise.elements + θ.emission.elements + θ.offset + θ.emissionNoise.elements
    }
    expectAgreement("origins", numbers(b), numbers(a), tolerance: 1e-10)
    sum.scale(by: 3)
    b = try one.model.parameters(maximizing: sum, threads: 1)
    a = try one.model.parameters(maximizing: own, threads: 1)
    expectAgreement("scaled", numbers(b), numbers(a), tolerance: 1e-10)
  }

  /// Incremental and stochastic ascent, with batches of sequences.
  @Test(arguments: [false, true]) func batches(_ missing: Bool) async throws {
    let lengths = (0..<40).map { 1 + ($0 * 7) % 19 }
    let x = try StateSpaceCase(noise: .diagonal, lengths: lengths, missing: missing, seed: 3).sequences
    let model = try LinearStateSpace<Double>(
      latent: 2, dimensions: 3, controls: 1, prior: .scaled(to: x, latent: 2))
    let fixture = ModelFixture(
      name: "lds", model: model, observations: x,
      start: { (_) throws(InferenceError) in
        try model.initialParameters(for: x, using: RandomStream(seed: 5))
      }, numbers: StateSpaceCase.numbers)
    try await checkIncremental(fixture)
    try await checkStochastic(fixture)
  }

  /// Monotone and finite from 100 random configurations, all of which come to their end: noise that has nearly vanished or has,
  /// sequences of one frame, missing entries. The prior keeps noise from vanishing.
  @Test func randomConfigurations() async throws {
    for seed in 0..<100 {
      let (x, L) = try randomSequences(seed)
      do {
        try await climb(x, latent: L, prior: .scaled(to: x, latent: L), seed: seed)
      } catch {
        Issue.record("configuration \(seed): \(error)")
      }
    }
  }

  /// By maximum likelihood, whose supremum is infinite where noise can vanish: a fit climbs to its end, or says that noise has
  /// vanished, and nothing else.
  @Test func randomLikelihoods() async throws {
    var completed = 0
    for seed in 0..<100 {
      let (x, L) = try randomSequences(seed)
      do {
        try await climb(x, latent: L, prior: nil, seed: seed)
        completed += 1
      } catch let error as InferenceError {
        switch error {
        case .notPositiveDefinite: break
        default: Issue.record("configuration \(seed): \(error)")
        }
      }
    }
    #expect(completed > 60, "\(completed) of 100 came to an end")
  }

  func randomSequences(_ seed: Int) throws -> (sequences: SequenceBatch<Double>, latent: Int) {
    var stream = RandomStream(seed: UInt64(seed) + 2000)
    let (L, D, U) = (1 + stream.integer(below: 4), 1 + stream.integer(below: 5), stream.integer(below: 3))
    let N = (seed % 4 == 0 ? 4 : 1) + stream.integer(below: 12)
    let lengths = (0..<N).map { _ in seed % 4 == 0 ? 1 : 4 + stream.integer(below: 40) }
    let made = try StateSpaceCase(
      latent: L, dimensions: D, controls: U, noise: EmissionNoise.allCases[seed % 3], lengths: lengths,
      missing: seed % 2 == 1, noiseScale: [1, 1e-6, 1e-12][seed / 2 % 3], isCertain: seed % 10 == 7,
      seed: UInt64(seed)
    ).sequences
    // No column without a value.
    var frames = made.frames
    for j in 0..<D where frames[0, j].isNaN { frames[0, j] = stream.normal() }
    return (try SequenceBatch(frames, lengths: lengths, controls: made.controls), L)
  }

  func climb(_ x: SequenceBatch<Double>, latent L: Int, prior: StateSpacePrior?, seed: Int) async throws {
    let model = try LinearStateSpace<Double>(
      latent: L, dimensions: x.columns, controls: x.controlColumns, noise: EmissionNoise.allCases[seed % 3],
      prior: prior)
    let fit = Fit(
      CoordinateAscent(model, threads: 1), on: x,
      stopping: StoppingRule(tolerance: 0, maximumIterations: 30)
    ) { (_) throws(InferenceError) in
      .init(
        parameters: try model.initialParameters(
          for: x, start: seed % 7 == 0 ? .random : .principalAxes, using: RandomStream(seed: UInt64(seed))))
    }
    expectClimb(try await fit.run(), steps: 30, "configuration \(seed)")
  }
}
