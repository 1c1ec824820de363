import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

@Suite struct ProbabilisticPCATests {
  /// EM from random loadings reaches the closed form: bound, noise, and the covariance of the factors.
  @Test(arguments: [(6, 2, 300), (12, 3, 200), (30, 4, 25)]) func climbsToTheClosedForm(
    D: Int, L: Int, N: Int
  ) async throws {
    let one = FactorCase(noise: .isotropic, dimensions: D, factors: L)
    let x = Rows(try one.observations(Double.self).values[rows: 0..<N])
    let closed = try ProbabilisticPCA.maximumLikelihood(of: x, latent: L)
    let model = try FactorMixture<Double>(components: 1, dimensions: D, factors: L, noise: .isotropic)
    let start = try model.initialParameters(for: x, start: .randomRows, using: RandomStream(seed: 4))
    let fit = Fit(
      CoordinateAscent(model), on: x, stopping: StoppingRule(tolerance: 1e-13, maximumIterations: 5000)
    ) { (_) throws(InferenceError) in .init(parameters: start) }
    let result = try await fit.run()
    let best = closed.bound.value
    #expect((result.bound.value - best).magnitude < 1e-6, "\(result.bound.value), closed form \(best)")
    let found = result.state.parameters.emission
    expectAgreement(
      "covariance", found.covariance(of: 0).elements, closed.parameters.covariance(of: 0).elements,
      tolerance: 1e-4)
    expectAgreement("mean", found.means.elements, closed.parameters.means.elements, tolerance: 1e-5)
    // In the fixed rotation the loadings themselves agree.
    expectAgreement(
      "loadings", found.inCanonicalRotation().loadings[0].elements, closed.parameters.loadings[0].elements,
      tolerance: 1e-3)

    // Its default start is the closed form, where EM stays.
    let direct = try model.initialParameters(for: x, using: RandomStream(seed: 4))
    let first = try CoordinateAscent(model).expectation(at: direct, of: x)
    #expect(
      (first.bound.value - best).magnitude < 1e-9 * best.magnitude + 1e-8, "\(first.bound.value), \(best)")
  }

  /// The bound of the closed form is the density of its own Gaussian.
  @Test func boundIsTheDensity() throws {
    let one = FactorCase(noise: .isotropic, weighted: true)
    let x = try one.observations(Double.self)
    let closed = try ProbabilisticPCA.maximumLikelihood(of: x, latent: 2)
    let θ = FactorMixtureParameters(mixing: .weights([1]), emission: closed.parameters)
    let plain = PlainFactors.logJoint(x, θ).enumerated().reduce(0) { $0 + x.weight(of: $1.0) * $1.1[0] }
    #expect(
      (plain - closed.bound.value).magnitude < 1e-9 * plain.magnitude, "\(plain), \(closed.bound.value)")
    #expect(closed.bound.count == x.totalWeight)
  }

  /// Through the Gram matrix of the rows where they are fewer than columns: the same as by columns.
  @Test func fewRows() throws {
    let one = FactorCase(noise: .isotropic, dimensions: 30, factors: 4)
    let x = try one.observations(Double.self).values[rows: 0..<30]
    let byColumns = try ProbabilisticPCA.maximumLikelihood(of: Rows(x), latent: 4)
    // A row of weight 0 changes nothing but the side the decomposition is taken from.
    let fewer = try ProbabilisticPCA.maximumLikelihood(
      of: Rows(x, weights: (0..<30).map { $0 == 29 ? 0 : 1 }), latent: 4)
    let byRows = try ProbabilisticPCA.maximumLikelihood(of: Rows(x[rows: 0..<29]), latent: 4)
    expectAgreement(
      "loadings", byRows.parameters.loadings[0].elements, fewer.parameters.loadings[0].elements,
      tolerance: 1e-9)
    #expect((byRows.bound.value - fewer.bound.value).magnitude < 1e-8)
    #expect(byColumns.eigenvalues.count == 30 && byRows.eigenvalues.count == 29)
  }

  @Test func noNoiseIsACollapse() throws {
    let x = Rows(Matrix<Double>([[1, 2, 3, 4], [2, 3, 5, 1], [0, 1, 7, 2]]))
    #expect(throws: InferenceError.self) { try ProbabilisticPCA.maximumLikelihood(of: x, latent: 2) }
    #expect(throws: InferenceError.self) { try ProbabilisticPCA.maximumLikelihood(of: x, latent: 4) }
    let model = try FactorMixture<Double>(components: 1, dimensions: 4, factors: 2, noise: .isotropic)
    let oracle = try model.oracle(
      at: model.initialParameters(for: x, using: RandomStream(seed: 1)), threads: 1)
    var statistics = oracle.zero
    _ = try oracle.accumulate(x, into: &statistics)
    #expect(throws: InferenceError.self) { try model.parameters(maximizing: statistics, threads: 1) }
    // With a prior there is an answer.
    let regularised = try FactorMixture<Double>(
      components: 1, dimensions: 4, factors: 2, noise: .isotropic, prior: .scaled(to: x))
    let θ = try regularised.parameters(maximizing: statistics, threads: 1)
    #expect(θ.emission.noise[0, 0] > 0)
  }
}
