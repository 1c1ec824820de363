import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// The θ-step is where the bound says it is, with and without a prior.
@Suite struct FactorMaximisationTests {
  static let cases = NoiseStructure.allCases.flatMap { noise in
    [false, true].map {
      FactorCase(noise: noise, components: 2, dimensions: 5, factors: 1, hasPrior: $0, missing: $0 ? 0.1 : 0)
    }
  }

  /// θ moved a little: means, loadings, and the logarithms of weights and noise.
  func perturbed(
    _ θ: FactorMixtureParameters, by size: Double, using stream: inout RandomStream
  ) -> FactorMixtureParameters {
    var other = θ
    let ratios = θ.weights.map { $0 * Double.exp(size * stream.normal()) }
    let total = ratios.reduce(0, +)
    other.mixing = .weights(ratios.map { $0 / total })
    for k in 0..<θ.components {
      for j in 0..<θ.dimensions {
        other.emission.means[k, j] += size * stream.normal()
        for l in 0..<θ.emission.factors { other.emission.loadings[k][j, l] += size * stream.normal() }
      }
    }
    for i in 0..<θ.emission.noise.rows {
      for j in 0..<θ.emission.noise.columns {
        other.emission.noise[i, j] *= Double.exp(size * stream.normal())
      }
    }
    return other
  }

  /// At convergence the bound's slope vanishes in every direction, and what is near lies below.
  @Test(arguments: cases) func fitIsStationary(_ one: FactorCase) async throws {
    let x = try one.observations(Double.self).chunk(0..<160)
    let model = try one.model(for: x)
    try await checkStationary(
      model, on: x, from: one.parameters,
      stopping: StoppingRule(tolerance: 1e-13, maximumIterations: 10_000), slope: 0.05
    ) { perturbed($0, by: $1, using: &$2) }
  }

  /// A component without rows stays at the prior's mode: no loadings, the prior's mean.
  @Test func emptyComponentUnderAPrior() throws {
    let one = FactorCase(noise: .diagonal, components: 2, hasPrior: true)
    let x = try one.observations(Double.self)
    let model = try one.model(for: x)
    let prior = try #require(model.emission.prior)
    let oracle = try model.oracle(at: one.parameters, threads: 1)
    var statistics = oracle.zero
    _ = try oracle.accumulate(x, into: &statistics)
    statistics.latent[1].scale0()
    statistics.cross[1].scale0()
    for j in 0..<6 { statistics.squares[1, j] = 0 }
    let θ = try model.parameters(maximizing: statistics, threads: 1).emission
    expectAgreement("mean", θ.means.row(1), prior.mean, tolerance: 1e-12)
    #expect(θ.loadings[1].elements.allSatisfy { $0 == 0 })
    expectAgreement(
      "noise", θ.noiseVariances(of: 1), prior.scale.map { $0 / (3 + 2 + 3) }, tolerance: 1e-12)
    let plain = try FactorMixture<Double>(components: 2, dimensions: 6, factors: 2)
    #expect(throws: InferenceError.self) { try plain.parameters(maximizing: statistics, threads: 1) }
  }

  /// Moved to other origins, statistics give the same parameters; halves add up to the whole.
  @Test func origins() throws {
    let one = FactorCase(noise: .sharedDiagonal, components: 2, missing: 0.1, weighted: true)
    let x = try one.observations(Double.self)
    let model = try FactorMixture<Double>(components: 2, dimensions: 6, factors: 2, noise: .sharedDiagonal)
    func statistics(_ θ: FactorMixtureParameters, _ rows: Range<Int>) throws -> FactorStatistics {
      let oracle = try model.oracle(at: θ, threads: 1)
      var s = oracle.zero
      _ = try oracle.accumulate(x.chunk(rows), into: &s)
      return s
    }
    var elsewhere = try statistics(one.parameters, 0..<0)
    for k in 0..<2 { for j in 0..<6 { elsewhere.origins[k, j] += Double(j) - 2.5 } }
    elsewhere += try statistics(one.parameters, 0..<x.rows)
    let direct = try model.parameters(maximizing: statistics(one.parameters, 0..<x.rows), threads: 1)
    let moved = try model.parameters(maximizing: elsewhere, threads: 1)
    expectAgreement("means", moved.emission.means.elements, direct.emission.means.elements, tolerance: 1e-11)
    expectAgreement("noise", moved.emission.noise.elements, direct.emission.noise.elements, tolerance: 1e-10)
    elsewhere.scale(by: 3)
    let scaled = try model.parameters(maximizing: elsewhere, threads: 1)
    expectAgreement(
      "scaled", scaled.emission.noise.elements, direct.emission.noise.elements, tolerance: 1e-10)
  }

  /// A column that no row has leaves nothing to start from; one that only a cluster lacks takes the mean of all.
  @Test func missingColumns() throws {
    var x = try FactorCase(noise: .diagonal, components: 2).observations(Double.self).values
    let model = try FactorMixture<Double>(components: 2, dimensions: 6, factors: 2)
    for n in 0..<x.rows where x[n, 0] > 3 { x[n, 4] = .nan }
    let start = try model.initialParameters(for: Rows(x), using: RandomStream(seed: 1))
    let isProper = start.emission.means.elements.allSatisfy { $0.isFinite }
    #expect(isProper)
    for n in 0..<x.rows { x[n, 4] = .nan }
    #expect(throws: InferenceError.columnMissing(4)) {
      try model.initialParameters(for: Rows(x), using: RandomStream(seed: 1))
    }
    #expect(throws: InferenceError.columnMissing(4)) { try FactorPrior.scaled(to: Rows(x)) }
    #expect(throws: InferenceError.columnMissing(4)) { try RelevancePrior.scaled(to: Rows(x)) }
  }

  /// Integer weights are repeated rows.
  @Test func weightsAreRepetitions() throws {
    let one = FactorCase(noise: .diagonal, components: 2, missing: 0.2)
    let x = try one.observations(Double.self)
    let source = x.inSourceOrder(x.values)
    let weights = (0..<x.rows).map { Double($0 % 3) }
    let repeated = source.selecting(rows: (0..<x.rows).flatMap { Array(repeating: $0, count: $0 % 3) })
    let model = try one.model(for: x)
    let ascent = CoordinateAscent(model, threads: 1)
    let a = try ascent.expectation(at: one.parameters, of: Rows(source, weights: weights))
    let b = try ascent.expectation(at: one.parameters, of: Rows(repeated))
    #expect((a.bound.value - b.bound.value).magnitude < 1e-10 * b.bound.value.magnitude)
    expectAgreement(
      "statistics", a.statistics.parts.flatMap { $0 }, b.statistics.parts.flatMap { $0 }, tolerance: 1e-11)
  }
}

extension Matrix<Double> {
  fileprivate mutating func scale0() {
    withUnsafeMutableElements { for i in $0.indices { $0[i] = 0 } }
  }
}
