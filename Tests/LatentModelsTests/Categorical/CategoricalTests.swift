import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct CategoricalTests {
  let nan = Double.nan

  /// Columns of two categories are Bernoulli columns: the same densities and the same steps.
  @Test func twoCategoriesAreBernoulli() throws {
    var stream = RandomStream(seed: 1)
    var x = Matrix<Double>(
      rows: 60, columns: 4, elements: (0..<240).map { _ in stream.uniform() < 0.4 ? 1 : 0 })
    x[5, 2] = nan
    x[9, 0] = nan
    let rows = Rows(x)
    let μ = Matrix<Double>([[0.2, 0.5, 0.7, 0.9], [0.9, 0.3, 0, 0.4]])
    let columns = try CategoricalColumns(of: rows)
    #expect(columns.levels == [2, 2, 2, 2])
    let p = Matrix((0..<2).map { k in (0..<4).flatMap { [1 - μ[k, $0], μ[k, $0]] } })
    let bernoulli = try BernoulliMixture<Double>(components: 2, dimensions: 4)
    let categorical = try CategoricalMixture<Double>(components: 2, columns: columns)
    let mixing = MixingParameters.weights([0.4, 0.6])
    let a = try CoordinateAscent(bernoulli, threads: 1).expectation(
      at: .init(mixing: mixing, emission: .init(probabilities: μ)), of: rows)
    let b = try CoordinateAscent(categorical, threads: 1).expectation(
      at: .init(mixing: mixing, emission: .init(columns: columns, probabilities: p)), of: rows)
    #expect((a.bound.value - b.bound.value).magnitude < 1e-12)
    let one = try bernoulli.parameters(maximizing: a.statistics, threads: 1).emission.probabilities
    let two = try categorical.parameters(maximizing: b.statistics, threads: 1).emission.probabilities
    for k in 0..<2 { for j in 0..<4 { #expect((one[k, j] - two[k, 2 * j + 1]).magnitude < 1e-14) } }
    #expect(bernoulli.freeParameters == categorical.freeParameters)
  }

  @Test func refusesOtherCodes() throws {
    let columns = try CategoricalColumns(levels: [2, 3])
    let model = try CategoricalMixture<Double>(components: 1, columns: columns)
    let θ = CategoricalMixtureParameters(
      mixing: .weights([1]),
      emission: .init(columns: columns, probabilities: Matrix([[0.5, 0.5, 0.2, 0.3, 0.5]])))
    for (value, levels, column) in [(3.0, 3, 1), (-1, 3, 1), (0.5, 2, 0), (2, 2, 0)] {
      var x = Matrix<Double>([[nan, 0], [0, 1], [1, 2]])
      x[2, column] = value
      let error = InferenceError.unknownCategory(row: 2, column: column, value: value, levels: levels)
      #expect(throws: error) { try model.initialParameters(for: Rows(x), using: RandomStream(seed: 1)) }
      #expect(throws: error) { try model.logDensity(of: Rows(x), at: θ) }
    }
    // On the climb as well, and nothing beyond the tables is read.
    for (value, levels, column) in [(7.0, 3, 1), (1.5, 3, 1), (-1, 2, 0), (0.5, 2, 0), (.infinity, 2, 0)] {
      var x = Matrix<Double>([[0, 1], [nan, 2], [1, 0]])
      x[2, column] = value
      let error = InferenceError.unknownCategory(row: 2, column: column, value: value, levels: levels)
      #expect(throws: error) { try CoordinateAscent(model, threads: 1).expectation(at: θ, of: Rows(x)) }
      let source = Batches(Rows(x), size: 2, shuffledBy: RandomStream(seed: 4))
      #expect(throws: error) { try source.bound(of: model, at: θ, threads: 1) }
    }
    #expect(throws: InferenceError.self) { try CategoricalColumns(of: Rows(Matrix<Double>([[0.5]]))) }
    #expect(throws: InferenceError.self) { try CategoricalColumns(levels: [2, 0]) }
    #expect(throws: InferenceError.self) { try CategoricalPrior(concentration: 0) }
    #expect(throws: InferenceError.self) {
      try CategoricalEmission<Double>(columns: columns, prior: .init(concentration: 0.5))
    }
  }

  /// A category that a component never shows excludes it.
  @Test func boundary() throws {
    let columns = try CategoricalColumns(levels: [3])
    let model = try CategoricalMixture<Float>(components: 2, columns: columns)
    let θ = CategoricalMixtureParameters(
      mixing: .weights([0.5, 0.5]),
      emission: .init(columns: columns, probabilities: Matrix([[0.5, 0.5, 0], [0, 1, 0]])))
    let (r, logDensity) = try model.posterior(of: Rows(Matrix<Float>([[0], [1], [.nan]])), at: θ, threads: 1)
    #expect(r.row(0) == [1, 0])
    expectAgreement("ln p", logDensity, [0.25, 0.75, 1].map { .log($0) }, tolerance: 1e-6)
    #expect(throws: InferenceError.notFinite(quantity: "density", row: 0)) {
      try model.logDensity(of: Rows(Matrix<Float>([[2]])), at: θ, threads: 1)
    }
  }

  @Test func samplesAndImputes() throws {
    let columns = try CategoricalColumns(levels: [3, 2])
    let model = try CategoricalMixture<Double>(components: 1, columns: columns)
    let θ = CategoricalMixtureParameters(
      mixing: .weights([1]),
      emission: .init(columns: columns, probabilities: Matrix([[0.2, 0.5, 0.3, 0.9, 0.1]])))
    let (x, _) = try model.sample(4000, at: θ, using: RandomStream(seed: 2))
    for (code, share) in [0.2, 0.5, 0.3].enumerated() {
      #expect(MonteCarloMean(x.column(0).map { $0 == Double(code) ? 1 : 0 }).agrees(with: share))
    }
    let cells = try model.emission.imputer(at: θ.emission).conditional(missing: [0])
    #expect(cells.cells(of: [nan, 1], component: 0) == [.category([0.2, 0.5, 0.3])])
  }
}

/// The variational bound against ln p(D) by enumeration of all assignments, each in closed form.
@Suite struct CategoricalEvidenceTests {
  let x = Matrix<Double>([[0, 1], [0, 1], [0, .nan], [2, 0], [2, 0], [1, 0], [.nan, 1]])
  let columns: CategoricalColumns

  init() throws { columns = try CategoricalColumns(levels: [3, 2]) }

  /// ln Σ_z p(z) Πⱼₖ B(α₀ + C) / B(α₀).
  @Test func evidence() async throws {
    func logBeta(_ α: [Double]) -> Double { α.reduce(0) { $0 + logGamma($1) } - logGamma(α.reduce(0, +)) }
    let family = VariationalCategoricalEmission<Double>(
      columns: columns, prior: try CategoricalPrior(concentration: 0.8))
    try await checkEvidence(of: family, Rows(x)) { K, π in
      logSumOverAssignments(rows: x.rows, components: K) { z in
        var total = logAssignment(z, components: K, weights: π)
        for k in 0..<K {
          for j in 0..<2 {
            let prior = [Double](repeating: 0.8, count: columns.levels[j])
            var α = prior
            for n in 0..<x.rows where z[n] == k && !x[n, j].isNaN { α[Int(x[n, j])] += 1 }
            total += logBeta(α) - logBeta(prior)
          }
        }
        return total
      }
    }
  }
}
