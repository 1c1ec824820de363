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
