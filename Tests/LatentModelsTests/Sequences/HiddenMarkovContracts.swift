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

  /// Monotone from 100 random configurations: states that are nearly points, sequences of one frame, missing entries.
  @Test func randomConfigurations() async throws {
    var completed = 0
    for seed in 0..<100 {
      var stream = RandomStream(seed: UInt64(seed) + 1000)
      let (K, D) = (1 + stream.integer(below: 5), 1 + stream.integer(below: 4))
      let N = 1 + stream.integer(below: 12)
      let lengths = (0..<N).map { _ in seed % 4 == 0 ? 1 : 1 + stream.integer(below: 40) }
      let noise = seed % 3 == 0 ? 1e-5 : 1
      var frames = try HiddenMarkovCase(states: K, dimensions: D, lengths: lengths, seed: UInt64(seed))
        .sequences.frames
      for i in 0..<frames.rows {
        for j in 0..<D {
          // Nearly on a grid: clusters far narrower than they are apart.
          if noise < 1 { frames[i, j] = frames[i, j].rounded() + noise * stream.normal() }
          if seed % 2 == 1, stream.uniform() < 0.2 { frames[i, j] = .nan }
        }
      }
      let x = try SequenceBatch(frames, lengths: lengths)
      let structure = CovarianceStructure.allCases[seed % 4]
      let prior =
        seed % 5 < 2 ? nil : try? GaussianPrior.scaled(to: Rows(frames), components: K, covariance: structure)
      let model = try HiddenMarkovModel(
        states: K, of: GaussianEmission<Double>(dimensions: D, covariance: structure, prior: prior),
        chain: prior == nil ? .maximumLikelihood : .mode(initial: 1, transition: 1.1))
      let fit = Fit(
        CoordinateAscent(model, threads: 1), on: x,
        stopping: StoppingRule(tolerance: 0, maximumIterations: 30)
      ) { (_) throws(InferenceError) in
        .init(
          parameters: try model.initialParameters(
            for: x, start: .randomRows, using: RandomStream(seed: UInt64(seed)), threads: 1))
      }
      do {
        let result = try await fit.run()
        completed += result.trace.allSatisfy(\.isFinite) ? 1 : 0
      } catch let error as InferenceError {
        switch error {
        case .boundDecreased, .notFinite: Issue.record("configuration \(seed): \(error)")
        default: break  // too few rows, a collapse: said in words
        }
      }
    }
    #expect(completed > 50, "\(completed) of 100 came to an end")
  }
}
