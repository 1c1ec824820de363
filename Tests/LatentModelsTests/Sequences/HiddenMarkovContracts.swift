import LatentEvidence
import LatentFiles
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// The contracts of a conjugate model for hidden Markov models, over families × precisions × missing entries.
@Suite struct HiddenMarkovContracts {
  static func numbers(_ s: HiddenMarkovStatistics<GaussianStatistics>) -> [Double] {
    s.initial + s.transitions.elements + s.emission.counts + s.emission.first.elements
      + s.emission.second.flatMap { $0.elements }
  }

  /// Enough short sequences for several lanes.
  func sequences<S: LatentScalar>(
    _: S.Type, dimensions D: Int = 2, missing: Bool, weights: Bool, binary: Bool = false
  ) throws -> SequenceBatch<S> {
    let lengths = (0..<90).map { 1 + ($0 * 7) % 23 }
    let one = try HiddenMarkovCase(dimensions: D, lengths: lengths, missing: missing, seed: 21)
    let frames = one.sequences.frames.elements.map { binary && !$0.isNaN ? ($0 > 0 ? 1.0 : 0) : $0 }
    return try SequenceBatch(
      Matrix(rows: frames.count / D, columns: D, elements: frames).converted(to: S.self), lengths: lengths,
      weights: weights ? (0..<90).map { Double($0 % 4) * 0.75 } : nil)
  }

  func check<F: Emission>(
    _ name: String, _ model: HiddenMarkovModel<F>, on x: SequenceBatch<F.Scalar>, tolerance: Double,
    numbers: @escaping @Sendable (HiddenMarkovStatistics<F.Statistics>) -> [Double]
  ) async throws where F.Parameters: Archivable {
    let fixture = ModelFixture(
      name: name, model: model, observations: x,
      start: { restart throws(InferenceError) in
        try model.initialParameters(
          for: x, start: restart % 2 == 0 ? .kMeans : .randomRows,
          using: RandomStream(seed: 5).substream(restart), threads: 1)
      }, numbers: numbers)
    try await checkAscent(fixture, stopping: StoppingRule(tolerance: 1e-3, maximumIterations: 1000))
    let θ = try await fixture.fit(stopping: StoppingRule(tolerance: 0, maximumIterations: 3)).run().state
      .parameters
    try checkStatistics(fixture, at: θ, tolerance: tolerance)
    try await checkCheckpoint(fixture)
    try await checkThreads(fixture)
    try checkFile(fixture, at: θ)
    try await checkRace(fixture)
  }

  @Test(arguments: CovarianceStructure.allCases, [false, true])
  func gaussian(_ covariance: CovarianceStructure, _ missing: Bool) async throws {
    // Beyond 32 columns products are dense.
    for D in covariance == .full ? [2, 40] : [2] {
      let x = try sequences(Double.self, dimensions: D, missing: missing, weights: missing)
      let prior = try GaussianPrior.scaled(to: Rows(x.frames), components: 3, covariance: covariance)
      try await check(
        "\(covariance), D = \(D)",
        HiddenMarkovModel(
          states: 3, of: GaussianEmission(dimensions: D, covariance: covariance, prior: prior),
          chain: .mode(initial: 2, transition: 1.5, stickiness: 3)),
        on: x, tolerance: 1e-11, numbers: Self.numbers)
      try await check(
        "variational \(covariance), D = \(D)",
        HiddenMarkovModel(
          states: 3, of: VariationalGaussianEmission(covariance: covariance, prior: prior),
          chain: .dirichlet(initial: 1, transition: 0.5, stickiness: 2)),
        on: x, tolerance: 1e-11, numbers: Self.numbers)
    }
    let single = try sequences(Float.self, missing: missing, weights: missing)
    let prior = try GaussianPrior.scaled(to: Rows(single.frames), components: 3, covariance: covariance)
    try await check(
      "\(covariance), single",
      HiddenMarkovModel(
        states: 3, of: GaussianEmission(dimensions: 2, covariance: covariance, prior: prior)),
      on: single, tolerance: 1e-5, numbers: Self.numbers)
  }

  @Test(arguments: [false, true]) func binary(_ missing: Bool) async throws {
    let x = try sequences(Double.self, dimensions: 3, missing: missing, weights: true, binary: true)
    try await check(
      "Bernoulli", HiddenMarkovModel(states: 3, of: BernoulliEmission(dimensions: 3)), on: x,
      tolerance: 1e-11
    ) { $0.initial + $0.transitions.elements + $0.emission.ones.elements + $0.emission.observed.elements }
    let columns = try CategoricalColumns(levels: [2, 2, 2])
    try await check(
      "variational categorical",
      HiddenMarkovModel(
        states: 3, of: VariationalCategoricalEmission(columns: columns, prior: .init(concentration: 0.5)),
        chain: .dirichlet(initial: 0.5, transition: 0.5)),
      on: x, tolerance: 1e-11
    ) { $0.initial + $0.transitions.elements + $0.emission.cells.elements }
  }

  /// E_q[ln p(x, z | θ)] is what makes up the bound.
  @Test(arguments: [false, true]) func linear(_ missing: Bool) throws {
    let x = try sequences(Double.self, missing: missing, weights: true)
    let one = try HiddenMarkovCase(dimensions: 2, seed: 21)
    var other = one.parameters
    for k in 0..<3 { other.emission.means[k, 0] += 0.1 * Double(k) }
    let fixture = ModelFixture(
      name: "linear", model: one.model, observations: x,
      start: { [θ = one.parameters] (_) throws(InferenceError) in θ }, numbers: Self.numbers)
    try checkLinear(fixture, at: one.parameters, other: other)
  }

  /// Incremental and stochastic ascent, with batches of sequences.
  @Test(arguments: [false, true]) func batches(_ missing: Bool) async throws {
    let x = try sequences(Double.self, missing: missing, weights: missing)
    let prior = try GaussianPrior.scaled(to: Rows(x.frames), components: 3)
    let model = try HiddenMarkovModel(
      states: 3, of: GaussianEmission<Double>(dimensions: 2, prior: prior),
      chain: .mode(initial: 2, transition: 1.5, stickiness: 3))
    try await check(
      model, on: x,
      start: { (_) throws(InferenceError) in
        try model.initialParameters(for: x, using: RandomStream(seed: 5), threads: 1)
      }, numbers: Self.numbers)
    let codes = try sequences(Double.self, dimensions: 3, missing: missing, weights: true, binary: true)
    let variational = try HiddenMarkovModel(
      states: 3,
      of: VariationalCategoricalEmission<Double>(
        columns: CategoricalColumns(levels: [2, 2, 2]), prior: .init(concentration: 0.5)),
      chain: .dirichlet(initial: 0.5, transition: 0.5))
    try await check(
      variational, on: codes,
      start: { (_) throws(InferenceError) in
        try variational.initialParameters(for: codes, using: RandomStream(seed: 5), threads: 1)
      }, numbers: { $0.initial + $0.transitions.elements + $0.emission.cells.elements })
  }

  private func check<F: LinearEmission>(
    _ model: HiddenMarkovModel<F>, on x: SequenceBatch<F.Scalar>,
    start: @escaping @Sendable (Int) throws(InferenceError) -> HiddenMarkovParameters<F.Parameters>,
    numbers: @escaping @Sendable (HiddenMarkovStatistics<F.Statistics>) -> [Double]
  ) async throws where F.Parameters: Archivable, F.Statistics: Archivable {
    let fixture = ModelFixture(
      name: "\(F.self)", model: model, observations: x, start: start, numbers: numbers)
    try await checkIncremental(fixture)
    try await checkStochastic(fixture)
  }

  /// Monotone and finite from 100 random configurations, all of which come to their end: states that are nearly points, sequences
  /// of one frame, missing entries. The prior keeps states from vanishing.
  @Test func randomConfigurations() async throws {
    for seed in 0..<100 {
      let (x, K, structure) = try randomSequences(seed)
      let prior = try GaussianPrior.scaled(to: Rows(x.frames), components: K, covariance: structure)
      let model = try HiddenMarkovModel(
        states: K, of: GaussianEmission<Double>(dimensions: x.columns, covariance: structure, prior: prior),
        chain: .mode(initial: 1, transition: 1.1))
      do {
        try await climb(model, on: x, seed: seed, name: "configuration \(seed)")
      } catch {
        Issue.record("configuration \(seed): \(error)")
      }
    }
  }

  /// By maximum likelihood, whose supremum is infinite where a state can shrink to a point: a fit climbs to its end, or says that
  /// a state has collapsed, and nothing else.
  @Test func randomLikelihoods() async throws {
    var completed = 0
    for seed in 0..<100 {
      let (x, K, structure) = try randomSequences(seed)
      let model = try HiddenMarkovModel(
        states: K, of: GaussianEmission<Double>(dimensions: x.columns, covariance: structure))
      do {
        try await climb(model, on: x, seed: seed, name: "configuration \(seed)")
        completed += 1
      } catch let error as InferenceError {
        switch error {
        case .collapsed, .tooFewRows: break
        default: Issue.record("configuration \(seed): \(error)")
        }
      }
    }
    #expect(completed > 40, "\(completed) of 100 came to an end")
  }

  func randomSequences(
    _ seed: Int
  ) throws -> (sequences: SequenceBatch<Double>, states: Int, structure: CovarianceStructure) {
    var stream = RandomStream(seed: UInt64(seed) + 1000)
    let (K, D) = (1 + stream.integer(below: 5), 1 + stream.integer(below: 4))
    // Enough frames for as many states.
    let N = (seed % 4 == 0 ? 2 * K : 1) + stream.integer(below: 12)
    let lengths = (0..<N).map { _ in seed % 4 == 0 ? 1 : 2 * K + stream.integer(below: 40) }
    let noise = seed % 3 == 0 ? 1e-5 : 1
    var frames = try HiddenMarkovCase(states: K, dimensions: D, lengths: lengths, seed: UInt64(seed))
      .sequences.frames
    for i in 0..<frames.rows {
      for j in 0..<D {
        // Nearly on a grid: clusters far narrower than they are apart.
        if noise < 1 { frames[i, j] = frames[i, j].rounded() + noise * stream.normal() }
        if seed % 2 == 1, i > 0, stream.uniform() < 0.2 { frames[i, j] = .nan }
      }
    }
    return (try SequenceBatch(frames, lengths: lengths), K, CovarianceStructure.allCases[seed % 4])
  }

  /// 30 steps, each finite and none below the one before it by more than both say of their rounding.
  func climb<F: Emission>(
    _ model: HiddenMarkovModel<F>, on x: SequenceBatch<F.Scalar>, seed: Int, name: String
  ) async throws {
    let fit = Fit(
      CoordinateAscent(model, threads: 1), on: x,
      stopping: StoppingRule(tolerance: 0, maximumIterations: 30)
    ) { (_) throws(InferenceError) in
      .init(
        parameters: try model.initialParameters(
          for: x, start: .randomRows, using: RandomStream(seed: UInt64(seed)), threads: 1))
    }
    expectClimb(try await fit.run(), steps: 30, name)
  }
}

/// Expects so many bounds, or as many as there was anything to gain, each finite, none below the one before it by more than both say
/// of their rounding, which is small.
func expectClimb<State>(_ result: FitResult<State>, steps: Int, _ name: String) {
  let trace = result.trace
  #expect(trace.count == steps || result.outcome == .converged && trace.count > 1, "\(name): \(trace.count)")
  for (a, b) in zip(trace, trace.dropFirst()) {
    #expect(b.value >= a.value - a.roundoff - b.roundoff, "\(name): from \(a.value) to \(b.value)")
  }
  #expect(trace.allSatisfy { $0.isFinite && $0.roundoff < 1e-6 * (1 + $0.value.magnitude) }, "\(name)")
}
