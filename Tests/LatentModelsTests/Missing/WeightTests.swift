import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// A row of weight w counts as w rows.
@Suite struct WeightTests {
  struct Weighted {
    let weighted: Rows<Double>
    let repeated: Rows<Double>
  }

  private func data(_ covariance: CovarianceStructure, _ D: Int, missing: Bool) throws -> Weighted {
    var one = MissingCase(covariance: covariance, dimensions: D)
    one.hasMissing = missing
    let rows = try one.rows(Double.self)
    let weights = (0..<rows.rows).map { Double($0 % 4) }
    let repeats = (0..<rows.rows).flatMap { n in Array(repeating: n, count: n % 4) }
    return Weighted(
      weighted: Rows(rows.values, weights: weights), repeated: Rows(rows.values.selecting(rows: repeats)))
  }

  @Test(arguments: CovarianceStructure.allCases, [3, 20, 40])
  func wholeWeightsAreRepeatedRows(_ covariance: CovarianceStructure, dimensions D: Int) throws {
    for missing in [false, true] {
      let data = try data(covariance, D, missing: missing)
      let prior = try GaussianPrior.scaled(to: data.weighted, components: 3, covariance: covariance)
      let same = try GaussianPrior.scaled(to: data.repeated, components: 3, covariance: covariance)
      expectClose(prior.mean, same.mean, "prior mean")
      expectClose(prior.scale.elements, same.scale.elements, "prior scale")
      let model = try GaussianMixture<Double>(
        components: 3, dimensions: D, covariance: covariance, prior: prior)
      let θ = MissingCase(covariance: covariance, dimensions: D).parameters
      let ascent = CoordinateAscent(model, threads: 1)
      let (a, boundA) = try ascent.expectation(at: θ, of: data.weighted)
      let (b, boundB) = try ascent.expectation(at: θ, of: data.repeated)
      let name = "\(covariance), D = \(D), missing \(missing)"
      #expect(boundA.count == boundB.count, "\(name)")
      #expect(abs(boundA.value - boundB.value) < 1e-11 * abs(boundB.value), "\(name)")
      for (x, y) in zip(a.parts, b.parts) { expectClose(x, y, name) }
      let next = try model.parameters(maximizing: a, threads: 1)
      let other = try model.parameters(maximizing: b, threads: 1)
      expectClose(next.means.elements, other.means.elements, name)
      expectClose(next.weights, other.weights, name)
      for k in 0..<3 { expectClose(next.covariance(of: k).elements, other.covariance(of: k).elements, name) }
    }
  }

  /// The same start from the same rows, whether weights or copies say how often they were seen.
  @Test func startsFromMeans() throws {
    let data = try data(.full, 3, missing: true)
    let model = try GaussianMixture<Double>(components: 3, dimensions: 3)
    let means = MissingCase(covariance: .full, dimensions: 3).parameters.means
    let (a, b) = try (
      model.initialParameters(for: data.weighted, start: .means(means), using: RandomStream(seed: 1)),
      model.initialParameters(for: data.repeated, start: .means(means), using: RandomStream(seed: 1))
    )
    expectClose(a.covariance(of: 0).elements, b.covariance(of: 0).elements, "covariance")
  }

  /// Rows of weight 0 move neither starts nor fits, whatever they hold.
  @Test(arguments: [MixtureStart.kMeans, .randomRows]) func rowsWithoutWeightDoNotMatter(
    _ start: MixtureStart
  ) throws {
    let rows = try MissingCase(covariance: .full, dimensions: 3).rows(Double.self)
    var x = rows.values
    var weights = [Double](repeating: 1, count: x.rows)
    for n in stride(from: 0, to: x.rows, by: 3) {
      weights[n] = 0
      for j in 0..<3 { x[n, j] = 1e6 + Double(n * j) }
    }
    let weighted = Rows(x, weights: weights)
    let model = try GaussianMixture<Double>(components: 3, dimensions: 3)
    let θ = try model.initialParameters(for: weighted, start: start, using: RandomStream(seed: 2))
    #expect(θ.means.elements.allSatisfy { abs($0) < 100 })
    let (_, bound) = try CoordinateAscent(model).expectation(at: θ, of: weighted)
    let (_, without) = try CoordinateAscent(model).expectation(
      at: θ, of: Rows(x.selecting(rows: (0..<x.rows).filter { weights[$0] > 0 })))
    #expect(abs(bound.value - without.value) < 1e-9 * abs(without.value))
  }

  /// A row of weight 0 that every component rules out, or whose density is too small for a number, fails nothing.
  @Test func impossibleRowsWithoutWeight() throws {
    let θ = BernoulliMixtureParameters(
      mixing: .weights([0.5, 0.5]), emission: .init(probabilities: Matrix([[0, 0.2], [0, 0.7]])))
    let bernoulli = try BernoulliMixture<Double>(components: 2, dimensions: 2)
    let bits = Matrix<Double>([[0, 1], [1, 1], [0, 0]])
    let (a, b) = try (
      CoordinateAscent(bernoulli).expectation(at: θ, of: Rows(bits, weights: [1, 0, 2])),
      CoordinateAscent(bernoulli).expectation(
        at: θ, of: Rows(bits.selecting(rows: [0, 2]), weights: [1, 2]))
    )
    #expect(abs(a.bound.value - b.bound.value) < 1e-14 && a.bound.count == 3)
    #expect(zip(a.statistics.ones.elements, b.statistics.ones.elements).allSatisfy { abs($0 - $1) < 1e-14 })
    #expect(throws: InferenceError.notFinite(quantity: "density", row: 1)) {
      try CoordinateAscent(bernoulli).expectation(at: θ, of: Rows(bits, weights: [1, 1e-9, 2]))
    }
    for covariance in CovarianceStructure.allCases {
      for D in [3, 40] {
        let one = MixtureCase(covariance: covariance, dimensions: D)
        let x = try one.observations(Double.self)[rows: 0..<50]
        var far = x
        for j in 0..<D { far[20, j] = 1e180 }
        let model = try GaussianMixture<Double>(components: 3, dimensions: D, covariance: covariance)
        let weights = (0..<50).map { $0 == 20 ? 0.0 : 1 }
        let ascent = CoordinateAscent(model, threads: 1)
        let found = try ascent.expectation(at: one.parameters, of: Rows(far, weights: weights))
        let expected = try ascent.expectation(at: one.parameters, of: Rows(x, weights: weights))
        expectClose([found.bound.value], [expected.bound.value], "\(covariance), D = \(D)")
        for (a, b) in zip(found.statistics.parts, expected.statistics.parts) {
          expectClose(a, b, "\(covariance), D = \(D)")
        }
        // An infinite cell is no number to count 0 times.
        far[20, 0] = .infinity
        #expect(throws: InferenceError.self) {
          try ascent.expectation(at: one.parameters, of: Rows(far, weights: weights))
        }
      }
    }
  }

  /// A table of another width is refused wherever it comes from.
  @Test func otherWidths() throws {
    let one = MixtureCase(covariance: .full, dimensions: 3)
    let model = try GaussianMixture<Double>(components: 3, dimensions: 3)
    let oracle = try model.oracle(at: one.parameters, threads: 1)
    var statistics = oracle.zero
    for D in [1, 2, 4] {
      #expect(throws: InferenceError.wrongWidth(expected: 3, actual: D)) {
        try oracle.accumulate(Rows(Matrix<Double>(rows: 5, columns: D)), into: &statistics)
      }
    }
  }

  /// Small weights are no reason to call a covariance singular.
  @Test func smallWeights() throws {
    let rows = try MissingCase(covariance: .full, dimensions: 8, hasMissing: false).rows(Double.self)
    let weighted = Rows(rows.values, weights: Array(repeating: 1e-3, count: rows.rows))
    let model = try GaussianMixture<Double>(components: 1, dimensions: 8)
    let θ = try model.initialParameters(for: weighted, using: RandomStream(seed: 1))
    let (statistics, _) = try CoordinateAscent(model).expectation(at: θ, of: weighted)
    #expect(throws: Never.self) { try model.parameters(maximizing: statistics, threads: 1) }
    let few = Rows(rows.values[rows: 0..<8], weights: Array(repeating: 1, count: 8))
    let (degenerate, _) = try CoordinateAscent(model).expectation(at: θ, of: few)
    #expect(throws: InferenceError.self) { try model.parameters(maximizing: degenerate, threads: 1) }
  }

  /// Factor analysers likewise.
  @Test func smallWeightsOfFactorAnalysers() throws {
    let one = FactorCase(noise: .diagonal)
    let x = try one.observations(Double.self)
    let model = try one.model(for: x)
    func next(_ rows: Rows<Double>) throws -> FactorMixtureParameters {
      let s = try CoordinateAscent(model, threads: 1).expectation(at: one.parameters, of: rows).statistics
      return try model.parameters(maximizing: s, threads: 1)
    }
    let small = try next(Rows(x.values, weights: Array(repeating: 1e-3, count: x.rows)))
    let plain = try next(x)
    expectClose(small.emission.noise.elements, plain.emission.noise.elements, "noise")
    // Four rows for a plane of two dimensions leave a residual, three do not, whatever they weigh.
    #expect(throws: Never.self) { try next(x.chunk(0..<4)) }
    for weight in [1, 1e-3] {
      #expect(throws: InferenceError.self) {
        try next(Rows(x.values[rows: 0..<3], weights: [weight, weight, weight]))
      }
    }
    let s = try CoordinateAscent(model, threads: 1).expectation(at: one.parameters, of: x).statistics
    var (half, twice) = (s, s)
    half.scale(by: 0.5)
    twice += s
    #expect(s.rows == 300 && half.rows == 150 && twice.rows == 600)
  }

  /// No start of any family is a row of weight 0; fewer rows of positive weight than components are too few.
  @Test(arguments: 0..<20) func randomStartsAreRowsThatCount(seed: Int) throws {
    // Rows that count hold 0 in the first column, others 1.
    var stream = RandomStream(seed: 4)
    let weights = (0..<30).map { $0 % 3 == 0 ? 1.0 : 0 }
    let x = Rows(
      Matrix<Double>(
        (0..<30).map { n in [n % 3 == 0 ? 0 : 1, stream.uniform() < 0.5 ? 1 : 0, Double(n % 2)] }),
      weights: weights)
    let random = RandomStream(seed: UInt64(seed))
    let bernoulli = try BernoulliMixture<Double>(components: 4, dimensions: 3)
      .initialParameters(for: x, start: .randomRows, using: random, threads: 1)
    let low = bernoulli.emission.probabilities.column(0)
    #expect(low.allSatisfy { $0 < 0.2 }, "\(low)")
    let columns = try CategoricalColumns(levels: [2, 2, 2])
    let categorical = try CategoricalMixture<Double>(components: 4, columns: columns)
      .initialParameters(for: x, start: .randomRows, using: random, threads: 1)
    #expect((0..<4).allSatisfy { categorical.emission.probabilities[$0, 1] < 0.2 })
    let factors = try FactorMixture<Double>(components: 4, dimensions: 3, factors: 1, prior: .scaled(to: x))
      .initialParameters(for: x, start: .randomRows, using: random, threads: 1)
    #expect(factors.emission.means.column(0) == [0, 0, 0, 0])
    let many = Rows(x.values, weights: (0..<30).map { $0 < 3 ? 1 : 0 })
    let error = InferenceError.tooFewRows(rows: 3, needed: 4)
    #expect(throws: error) {
      try BernoulliMixture<Double>(components: 4, dimensions: 3).initialParameters(for: many, using: random)
    }
    #expect(throws: error) {
      try FactorMixture<Double>(components: 4, dimensions: 3, factors: 1)
        .initialParameters(for: many, using: random)
    }
  }

  /// A column that no row of positive weight has says nothing to any family.
  @Test func aColumnWithoutValuesOfDiscreteRows() throws {
    let x = Matrix<Double>([[1, .nan, 0], [0, .nan, 1], [1, 1, 1], [0, .nan, .nan]])
    let error = InferenceError.columnMissing(1)
    for (rows, isMissing) in [(Rows(x, weights: [1, 2, 0, 1]), true), (Rows(x), false)] {
      let columns = try CategoricalColumns(levels: [2, 2, 2])
      for start in [MixtureStart.kMeans, .randomRows] {
        func starts() throws {
          _ = try BernoulliMixture<Double>(components: 2, dimensions: 3)
            .initialParameters(for: rows, start: start, using: RandomStream(seed: 1))
        }
        func others() throws {
          _ = try Mixture(components: 2, of: VariationalCategoricalEmission<Double>(columns: columns))
            .initialParameters(for: rows, start: start, using: RandomStream(seed: 1))
        }
        if isMissing {
          #expect(throws: error) { try starts() }
          #expect(throws: error) { try others() }
        } else {
          #expect(throws: Never.self) { try starts() }
          #expect(throws: Never.self) { try others() }
        }
      }
    }
  }

  @Test func noVariation() throws {
    let x = Rows(Matrix<Double>(rows: 5, columns: 2, repeating: 3))
    #expect(throws: InferenceError.noVariation) { try FactorPrior.scaled(to: x) }
    #expect(throws: InferenceError.noVariation) { try RelevancePrior.scaled(to: x) }
    #expect(throws: InferenceError.noVariation) { try GaussianPrior.scaled(to: x, components: 1) }
  }

  /// The count of a collapsed component is its share of the weight, by batches too.
  @Test func collapsesCountWeights() throws {
    let x = Rows(Matrix<Double>((0..<40).map { [Double($0), 1] }), weights: (0..<40).map { _ in 2.5 })
    let model = try GaussianMixture<Double>(components: 2, dimensions: 2, covariance: .diagonal)
    let θ = GaussianMixtureParameters(
      weights: [0.75, 0.25], means: Matrix([[10, 1], [20, 1]]),
      covariances: .diagonal(Matrix([[4, 1], [4, 1e-40]])))
    func count(_ body: () throws -> Void) -> Double? {
      do { try body() } catch InferenceError.collapsed(let collapse) { return collapse.count } catch {}
      return nil
    }
    let whole = count { _ = try CoordinateAscent(model).expectation(at: θ, of: x) }
    #expect(whole.map { ($0 - 25).magnitude < 1e-9 } ?? false, "\(whole as Any)")
    let batches = Batches(x, size: 7, shuffledBy: nil)
    let byBatches = count { _ = try batches.bound(of: model, at: θ, threads: 1) }
    #expect(byBatches.map { ($0 - 25).magnitude < 1e-9 } ?? false, "\(byBatches as Any)")
  }

  @Test func aColumnWithoutValues() throws {
    let x = Matrix<Double>([[1, .nan, 2], [2, .nan, 1], [3, 5, 4]])
    let rows = Rows(x, weights: [1, 1, 0])
    #expect(throws: InferenceError.columnMissing(1)) {
      _ = try GaussianPrior.scaled(to: rows, components: 1)
    }
    let model = try GaussianMixture<Double>(components: 1, dimensions: 3)
    for start in [MixtureStart.kMeans, .randomRows] {
      #expect(throws: InferenceError.columnMissing(1)) {
        _ = try model.initialParameters(for: rows, start: start, using: RandomStream(seed: 1))
      }
    }
  }

  private func expectClose(_ a: [Double], _ b: [Double], _ name: String) {
    let scale = b.reduce(0) { Swift.max($0, abs($1)) }
    #expect(zip(a, b).allSatisfy { abs($0 - $1) <= 1e-11 * scale }, "\(name)")
  }
}
