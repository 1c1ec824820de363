import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// The posterior predictive density.
@Suite struct VariationalPredictiveTests {
  /// With one component p(x | D) is a ratio of two evidences, p(D, x) / p(D), each in closed form.
  @Test(arguments: CovarianceStructure.allCases, [1, 2])
  func isTheRatioOfEvidences(covariance: CovarianceStructure, dimensions: Int) throws {
    let x = VariationalEvidence.tiny.selecting(columns: Array(0..<dimensions))
    let prior = try VariationalEvidence.prior(dimensions)
    let model = try VariationalGaussianMixture<Double>(components: 1, covariance: covariance, prior: prior)
    let start = try model.initialParameters(for: Rows(x), using: RandomStream(seed: 1))
    let q = try model.parameters(
      maximizing: CoordinateAscent(model, threads: 1).expectation(at: start, of: Rows(x)).statistics,
      threads: 1)
    let predictive = try model.predictive(at: q)
    func evidence(_ x: Matrix<Double>) -> Double {
      ExactEvidence(x: x, prior: prior, covariance: covariance).logMarginal(
        Array(repeating: 0, count: x.rows))
    }
    for new in [[0.0, 0], [1.3, -0.4], [-7, 12]] {
      let row = Array(new[..<dimensions])
      let exact = evidence(Matrix((0..<x.rows).map { x.row($0) } + [row])) - evidence(x)
      let found = predictive.logDensity(of: row)
      #expect((found - exact).magnitude < 1e-10, "\(row): \(found), exactly \(exact)")
    }
  }

  /// The marginal of some columns is the integral over the others.
  @Test(arguments: CovarianceStructure.allCases)
  func missingCells(covariance: CovarianceStructure) throws {
    let one = VariationalCase(covariance: covariance, mixing: .dirichlet(concentration: 1), dimensions: 2)
    let predictive = try one.model(for: one.observations(Double.self)).predictive(at: one.parameters)
    let h = 0.02
    let integral = stride(from: -150.0, to: 150, by: h).reduce(0.0) {
      $0 + h * Double.exp(predictive.logDensity(of: [2.5, $1]))
    }
    let found = predictive.logDensity(of: [2.5, .nan])
    #expect(
      (found - Double.log(integral)).magnitude < 1e-3, "\(found), by quadrature \(Double.log(integral))")
    #expect(predictive.logDensity(of: [.nan, .nan]).magnitude < 1e-14)
  }

  /// A Dirichlet process keeps some weight for components that no row has: draws from the prior.
  @Test func processKeepsSomeForThePrior() throws {
    let one = VariationalCase(covariance: .full, mixing: .stickBreaking(concentration: 1), dimensions: 2)
    let predictive = try one.model(for: one.observations(Double.self)).predictive(at: one.parameters)
    #expect(predictive.weights.count == 4)
    #expect((predictive.weights.reduce(0, +) - 1).magnitude < 1e-14)
    #expect(predictive.weights[3] > 0 && predictive.weights[3] < 0.01)
  }

  /// Means, and moments that tell one scale variable from one a column, of draws.
  @Test(arguments: CovarianceStructure.allCases)
  func draws(covariance: CovarianceStructure) throws {
    let one = VariationalCase(covariance: covariance, mixing: .dirichlet(concentration: 1), dimensions: 2)
    let q = one.parameters.emission
    let predictive = try VariationalGaussianPredictive(q)
    var stream = RandomStream(seed: 4)
    let draws = (0..<40_000).map { _ in predictive.draw(from: 1, using: &stream) }
    let f = predictive.degreesOfFreedom[1]
    let S = GaussianParameters(means: predictive.locations, covariances: predictive.scales).covariance(of: 1)
    func centred(_ j: Int) -> [Double] { draws.map { $0[j] - predictive.locations[1, j] } }
    for j in 0..<2 {
      #expect(MonteCarloMean(draws.map { $0[j] }).agrees(with: q.expected.means[1, j]))
      #expect(MonteCarloMean(centred(j).map { $0 * $0 }).agrees(with: f / (f - 2) * S[j, j]))
    }
    #expect(MonteCarloMean(zip(centred(0), centred(1)).map { $0 * $1 }).agrees(with: f / (f - 2) * S[0, 1]))
    // E[x₀² x₁²]: with one scale variable u for both, E[u⁻²] = f² / ((f − 2)(f − 4)) times the Gaussian's moment.
    let gaussian = S[0, 0] * S[1, 1] + 2 * S[0, 1] * S[0, 1]
    let expected =
      covariance == .diagonal
      ? f / (f - 2) * f / (f - 2) * S[0, 0] * S[1, 1] : f * f / ((f - 2) * (f - 4)) * gaussian
    let products = zip(centred(0), centred(1)).map { $0 * $0 * $1 * $1 }
    #expect(MonteCarloMean(products).agrees(with: expected), "\(MonteCarloMean(products)), \(expected)")
  }
}
