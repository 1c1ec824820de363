import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct BernoulliTests {
  /// One component's maximum is the share of ones among observed cells, and the bound the binomial entropy.
  @Test func oneComponent() throws {
    let x = Matrix<Double>([[1, 0, 1], [1, .nan, 0], [0, 1, 0], [1, 0, .nan]])
    let model = try BernoulliMixture<Double>(components: 1, dimensions: 3)
    let start = try model.initialParameters(for: Rows(x), using: RandomStream(seed: 1))
    let ascent = CoordinateAscent(model, threads: 1)
    let statistics = try ascent.expectation(at: start, of: Rows(x)).statistics
    let θ = try model.parameters(maximizing: statistics, threads: 1)
    let expected = [3.0 / 4, 1.0 / 3, 1.0 / 3]
    expectAgreement("μ", θ.emission.probabilities.elements, expected, tolerance: 1e-15)
    let bound = try ascent.expectation(at: θ, of: Rows(x)).bound
    let entropy =
      3 * Double.log(0.75) + Double.log(0.25) + 2 * (Double.log(1.0 / 3) + 2 * Double.log(2.0 / 3))
    #expect((bound.value - entropy).magnitude < 1e-14)
  }

  /// Whole weights count as repeated rows: the same statistics, the same step.
  @Test func wholeWeightsAreRepeatedRows() throws {
    let x = Matrix<Double>([[1, 0, 1], [1, .nan, 0], [0, 1, 0], [1, 0, .nan], [1, 1, 1]])
    let repeats = [2, 1, 0, 3, 1]
    let all = x.selecting(
      rows: repeats.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) })
    let model = try BernoulliMixture<Double>(components: 2, dimensions: 3)
    let θ = BernoulliMixtureParameters(
      mixing: .weights([0.4, 0.6]),
      emission: .init(probabilities: Matrix([[0.2, 0.5, 0.7], [0.9, 0.3, 0.4]])))
    let ascent = CoordinateAscent(model, threads: 1)
    let (a, b) = (
      try ascent.expectation(at: θ, of: Rows(x, weights: repeats.map { Double($0) })),
      try ascent.expectation(at: θ, of: Rows(all))
    )
    #expect((a.bound.value - b.bound.value).magnitude < 1e-14)
    expectAgreement("R", a.statistics.counts, b.statistics.counts, tolerance: 1e-15)
    expectAgreement("S", a.statistics.ones.elements, b.statistics.ones.elements, tolerance: 1e-15)
    expectAgreement("M", a.statistics.observed.elements, b.statistics.observed.elements, tolerance: 1e-15)
  }

  /// Probabilities of 0 and 1 are exact: agreeing cells add nothing, contradicting ones exclude the component.
  @Test(arguments: [false, true]) func boundary(single: Bool) throws {
    func check<S: LatentScalar>(_: S.Type) throws {
      let model = try BernoulliMixture<S>(components: 2, dimensions: 3)
      let θ = BernoulliMixtureParameters(
        mixing: .weights([0.5, 0.5]),
        emission: .init(probabilities: Matrix([[0, 1, 0.25], [0, 0.5, 1]])))
      let x = Rows(Matrix<S>([[0, 1, 1], [0, 0, 1], [0, 1, 0], [.nan, 0, 1], [.nan, .nan, .nan]]))
      let (r, logDensity) = try model.posterior(of: x, at: θ, threads: 1)
      let expected = [0.5 * 0.25 + 0.5 * 0.5, 0.25, 0.5 * 0.75, 0.25, 1].map { Double.log($0) }
      expectAgreement("ln p", logDensity, expected, tolerance: 1e-6)
      #expect(r.row(1) == [0, 1] && r.row(2) == [1, 0] && r.row(3) == [0, 1])
      #expect(throws: InferenceError.notFinite(quantity: "density", row: 1)) {
        try model.logDensity(of: Rows(Matrix<S>([[0, 1, 1], [1, 0, 1]])), at: θ, threads: 1)
      }
    }
    if single { try check(Float.self) } else { try check(Double.self) }
  }

  /// A column that is 1 in every row has probability 1 after a step, whatever rounding does to the sums.
  @Test(arguments: [false, true]) func constantColumns(single: Bool) throws {
    func check<S: LatentScalar>(_: S.Type) throws {
      var stream = RandomStream(seed: 3)
      let x = Matrix<S>(
        rows: 5000, columns: 3, elements: (0..<5000).flatMap { _ in [1, 0, stream.uniform() < 0.3 ? 1 : 0] })
      let model = try BernoulliMixture<S>(components: 2, dimensions: 3)
      var θ = try model.initialParameters(for: Rows(x), start: .randomRows, using: stream, threads: 1)
      for _ in 0..<3 {
        let s = try CoordinateAscent(model, threads: 1).expectation(at: θ, of: Rows(x)).statistics
        θ = try model.parameters(maximizing: s, threads: 1)
      }
      for k in 0..<2 {
        #expect(θ.emission.probabilities[k, 0] == 1)
        #expect(θ.emission.probabilities[k, 1] == 0)
      }
    }
    if single { try check(Float.self) } else { try check(Double.self) }
  }

  @Test func refusesOtherValues() throws {
    let model = try BernoulliMixture<Double>(components: 1, dimensions: 2)
    let θ = BernoulliMixtureParameters(
      mixing: .weights([1]), emission: .init(probabilities: Matrix([[0.5, 0.5]])))
    // The row with the missing cell comes last in the batch, not in the source.
    let x = Rows(Matrix<Double>([[1, 0], [.nan, 0.5], [0, 1]]))
    let error = InferenceError.notBinary(row: 1, column: 1, value: 0.5)
    #expect(throws: error) { try model.initialParameters(for: x, using: RandomStream(seed: 1)) }
    #expect(throws: error) { try model.logDensity(of: x, at: θ) }
    #expect(throws: InferenceError.self) {
      try BernoulliMixture<Double>(components: 1, dimensions: 2, prior: BetaPrior(ones: 0.5, zeros: 1))
    }
    #expect(throws: InferenceError.self) { try BetaPrior(ones: 0, zeros: 1) }
    #expect(throws: InferenceError.self) {
      try model.initialParameters(
        for: Rows(Matrix<Double>([[1, 0]])), start: .means(Matrix([[0.5, 1.5]])),
        using: RandomStream(seed: 1))
    }
  }

  /// Also on the climb, from parameters that were given, and in batches: with the row in the source.
  @Test(arguments: [0.5, 2, -1, .infinity] as [Double], [5, 20]) func refusesOtherValuesOnTheClimb(
    _ value: Double, dimensions D: Int
  ) async throws {
    var stream = RandomStream(seed: 3)
    var x = Matrix<Double>(
      rows: 300, columns: D, elements: (0..<300 * D).map { _ in stream.uniform() < 0.4 ? 1 : 0 })
    for n in stride(from: 0, to: 300, by: 3) { x[n, 1] = .nan }
    let model = try BernoulliMixture<Double>(components: 2, dimensions: D, prior: .laplace)
    let μ = Matrix(rows: 2, columns: D, elements: (0..<2 * D).map { _ in 0.2 + 0.6 * stream.uniform() })
    let θ = BernoulliMixtureParameters(mixing: .weights([0.5, 0.5]), emission: .init(probabilities: μ))
    for row in [150, 151] {
      var wrong = x
      wrong[row, 3] = value
      let error = InferenceError.notBinary(row: row, column: 3, value: value)
      let fit = Fit(CoordinateAscent(model, threads: 2), on: Rows(wrong)) { _ in .init(parameters: θ) }
      await #expect(throws: error) { try await fit.run() }
      let source = Batches(Rows(wrong), size: 40, shuffledBy: RandomStream(seed: 1))
      #expect(throws: error) { try source.bound(of: model, at: θ, threads: 1) }
    }
    #expect(throws: Never.self) { try CoordinateAscent(model).expectation(at: θ, of: Rows(x)) }
  }

  @Test func emptyComponentsCollapse() throws {
    let model = try BernoulliMixture<Double>(components: 2, dimensions: 1)
    var s = BernoulliStatistics(components: 2, dimensions: 1)
    s.counts = [3, 0]
    s.ones[0, 0] = 1
    s.observed[0, 0] = 3
    #expect(throws: InferenceError.self) { try model.parameters(maximizing: s, threads: 1) }
    let mode = try BernoulliMixture<Double>(components: 2, dimensions: 1, prior: .laplace)
    let θ = try mode.parameters(maximizing: s, threads: 1)
    #expect(θ.emission.probabilities.elements == [0.4, 0.5])
  }

  /// Draws, and what is said about missing cells.
  @Test func samplesAndImputes() throws {
    let μ = Matrix<Double>([[0.1, 0.8], [0.6, 0.3]])
    let model = try BernoulliMixture<Double>(components: 2, dimensions: 2)
    let θ = BernoulliMixtureParameters(mixing: .weights([0.25, 0.75]), emission: .init(probabilities: μ))
    let (x, z) = try model.sample(4000, at: θ, using: RandomStream(seed: 2))
    for k in 0..<2 {
      for j in 0..<2 {
        let draws = z.indices.filter { z[$0] == k }.map { x[$0, j] }
        #expect(MonteCarloMean(draws).agrees(with: μ[k, j]))
      }
    }
    let cells = try model.emission.imputer(at: θ.emission).conditional(missing: [1])
    #expect(cells.cells(of: [1, .nan], component: 1) == [.number(mean: 0.3, variance: 0.3 * 0.7)])
    var stream = RandomStream(seed: 4)
    let draws = (0..<2000).map { _ in cells.draw(of: [1, .nan], component: 0, using: &stream)[0] }
    #expect(MonteCarloMean(draws).agrees(with: 0.8))
  }
}
