// N observations, K components, L kept

import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Mixtures whose rows keep the L best components.
@Suite struct SparseTests {
  /// The bound and counts with q(z) over the L largest joint densities of each row.
  private func expectation(
    _ x: Matrix<Double>, _ θ: GaussianMixtureParameters, kept L: Int
  ) -> (bound: Double, counts: [Double]) {
    var (bound, counts) = (0.0, [Double](repeating: 0, count: θ.components))
    for row in Plain.logJoint(x, θ) {
      let order = row.indices.sorted { row[$0] > row[$1] }.prefix(L)
      let top = row[order[0]]
      let sum = order.reduce(0.0) { $0 + Double.exp(row[$1] - top) }
      bound += top + Double.log(sum)
      for k in order { counts[k] += Double.exp(row[k] - top) / sum }
    }
    return (bound, counts)
  }

  @Test(arguments: CovarianceStructure.allCases, [2, 20, 40])
  func theBestComponentsAreExact(_ covariance: CovarianceStructure, dimensions D: Int) throws {
    for L in [1, 2, 5] { try check(covariance, D, kept: L) }
  }

  private func check(_ covariance: CovarianceStructure, _ D: Int, kept L: Int) throws {
    let one = MixtureCase(covariance: covariance, dimensions: D, components: 7)
    let θ = one.parameters
    let x = try one.observations(Double.self)[rows: 0..<331]
    let model = try GaussianMixture<Double>(components: 7, dimensions: D, covariance: covariance)
    let (statistics, bound) = try CoordinateAscent(model.keeping(L)).expectation(at: θ, of: Rows(x))
    let expected = expectation(x, θ, kept: L)
    #expect(abs(bound.value - expected.bound) < 1e-11 * abs(expected.bound))
    for k in 0..<7 { #expect(abs(statistics.counts[k] - expected.counts[k]) < 1e-9) }
    let exact = try CoordinateAscent(model).expectation(at: θ, of: Rows(x)).bound
    #expect(bound.value <= exact.value + exact.roundoff)
    // Scores do not depend on it.
    let (a, b) = try (
      model.logDensity(of: Rows(x), at: θ), model.keeping(L).logDensity(of: Rows(x), at: θ)
    )
    #expect(a == b)
    // All components are no restriction.
    #expect(try CoordinateAscent(model.keeping(7)).expectation(at: θ, of: Rows(x)).bound == exact)
  }

  /// Branch and bound over many components, all of which count: against plain sums.
  @Test(arguments: [33, 40, 100], [false, true]) func manyComponents(dimensions D: Int, single: Bool) throws {
    let one = MixtureCase(covariance: .full, dimensions: D, components: 18)
    let θ = one.parameters
    func check<S: LatentScalar>(_: S.Type, tolerance: Double) throws {
      let x = try one.observations(S.self)[rows: 0..<(D > 96 ? 47 : 150)]
      let model = try GaussianMixture<S>(components: 18, dimensions: D)
      let oracle = try model.oracle(at: θ, threads: 1)
      var statistics = oracle.zero
      let bound = try oracle.accumulate(Rows(x), into: &statistics)
      let expected = Plain.expectation(x.converted(to: Double.self), θ, about: oracle.zero)
      #expect(abs(bound.value - expected.bound.value) < tolerance * abs(expected.bound.value))
      for (a, b) in zip(statistics.parts, expected.statistics.parts) {
        let scale = b.reduce(1) { Swift.max($0, abs($1)) }
        for (a, b) in zip(a, b) { #expect(abs(a - b) < 10 * tolerance * scale) }
      }
    }
    if single { try check(Float.self, tolerance: 1e-5) } else { try check(Double.self, tolerance: 1e-11) }
  }

  @Test(arguments: CovarianceStructure.allCases, [3, 40])
  func ascentsAreMonotone(_ covariance: CovarianceStructure, dimensions D: Int) async throws {
    for single in [false, true] {
      let one = MixtureCase(
        covariance: covariance, dimensions: D, single: single, hasPrior: true, components: 5)
      let stopping = StoppingRule(tolerance: 0.01, maximumIterations: 1000)
      func check<S: LatentScalar>(_ fixture: ModelFixture<GaussianMixture<S>>) async throws {
        let sparse = ModelFixture(
          name: fixture.name, model: try fixture.model.keeping(2), observations: fixture.observations,
          start: fixture.start, numbers: fixture.numbers)
        try await checkAscent(sparse, stopping: stopping)
        try await checkThreads(sparse)
      }
      if single {
        try await check(one.fixture(Float.self))
      } else {
        try await check(one.fixture(Double.self))
      }
    }
  }

  /// Rows of few values tie exactly between components that are alike: still no more than L of them share a row.
  @Test(arguments: [1, 2, 4]) func ties(kept L: Int) async throws {
    var stream = RandomStream(seed: 5)
    let (K, D) = (9, 4)
    let bits = Rows(
      Matrix<Double>(
        rows: 300, columns: D, elements: (0..<300 * D).map { _ in stream.uniform() < 0.5 ? 1 : 0 }))
    let columns = try CategoricalColumns(levels: Array(repeating: 2, count: D))
    func check<F: Emission>(
      _ model: Mixture<F>, _ start: Mixture<F>.Parameters
    ) async throws where F.Scalar == Double {
      let sparse = try model.keeping(L)
      let (statistics, bound) = try CoordinateAscent(sparse, threads: 1).expectation(at: start, of: bits)
      // All components are alike: the bound knows L of them, those of the lowest numbers.
      #expect(statistics.counts.map { $0 > 0 } == (0..<K).map { $0 < L }, "\(statistics.counts)")
      let all = try CoordinateAscent(model, threads: 1).expectation(at: start, of: bits).bound
      let missing = 300 * Double.log(Double(K) / Double(L))
      #expect((all.value - bound.value - missing).magnitude < 1e-9)
      // Whatever it starts from, it never falls, which `Fit` checks.
      for seed in 0..<6 {
        let random = try model.initialParameters(
          for: bits, start: .randomRows, using: RandomStream(seed: UInt64(seed)), threads: 1)
        let result = try await Fit(
          CoordinateAscent(sparse, threads: 1), on: bits, stopping: StoppingRule(maximumIterations: 60)
        ) { _ in .init(parameters: random) }.run()
        #expect(result.bound.isFinite)
      }
    }
    let weights = MixingParameters.weights(Array(repeating: 1 / Double(K), count: K))
    try await check(
      BernoulliMixture<Double>(components: K, dimensions: D, prior: .laplace),
      .init(
        mixing: weights, emission: .init(probabilities: Matrix(rows: K, columns: D, repeating: 0.25))))
    try await check(
      CategoricalMixture<Double>(components: K, columns: columns, prior: .laplace),
      .init(
        mixing: weights,
        emission: .init(columns: columns, probabilities: Matrix(rows: K, columns: 2 * D, repeating: 0.5))))
  }

  @Test func missingCells() throws {
    let one = MissingCase(covariance: .full, dimensions: 40)
    let rows = try one.rows(Double.self)
    let model = try GaussianMixture<Double>(components: 3, dimensions: 40)
    let bound = try CoordinateAscent(model.keeping(1)).expectation(at: one.parameters, of: rows).bound
    var expected = 0.0
    for n in 0..<rows.rows {
      let θ = one.parameters
      let joint = (0..<3).map { k in
        Double.log(θ.weights[k])
          + Plain.conditional(rows.values.row(n), mean: θ.means.row(k), covariance: θ.covariance(of: k))
          .logDensity
      }
      expected += joint.max() ?? 0
    }
    #expect(abs(bound.value - expected) < 1e-10 * abs(expected))
  }

  @Test func numbersOutOfRange() throws {
    let model = try GaussianMixture<Double>(components: 3, dimensions: 2)
    for best in [0, -1, 33] { #expect(throws: InferenceError.self) { _ = try model.keeping(best) } }
    #expect(try model.keeping(2).keeping(nil).kept == nil)
  }
}
