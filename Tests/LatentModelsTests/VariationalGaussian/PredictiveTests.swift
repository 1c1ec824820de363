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

  /// Rows by rows the same as row by row, in the order of the source.
  @Test(arguments: [Mixing.dirichlet(concentration: 1), .stickBreaking(concentration: 2)])
  func ofRows(mixing: Mixing) throws {
    let one = VariationalCase(covariance: .full, mixing: mixing, dimensions: 2, hasMissing: true)
    let x = try one.observations(Double.self)
    let model = try one.model(for: x)
    let found = try model.predictiveLogDensity(of: x, at: one.parameters, threads: 2)
    let predictive = try model.predictive(at: one.parameters)
    for i in 0..<x.rows {
      #expect(found[x.sourceIndex(of: i)] == predictive.logDensity(of: x.values.row(i)))
    }
    #expect(throws: InferenceError.wrongWidth(expected: 2, actual: 3)) {
      try model.predictiveLogDensity(of: Rows(Matrix<Double>(rows: 1, columns: 3)), at: one.parameters)
    }
  }

  /// Draws of π by its sticks, one component after the other, and of each component from `component`: the mean of p(x), with
  /// its error, beyond the last of K components from the prior.
  private func predictive(
    _ mixing: MixingParameters, _ α: Double, density: (_ k: Int, inout RandomStream) -> Double
  ) -> MonteCarloMean {
    var stream = RandomStream(seed: 21)
    return MonteCarloMean(
      (0..<20_000).map { _ in
        var total = 0.0
        switch mixing {
        case .weights(let π): for k in π.indices { total += π[k] * density(k, &stream) }
        case .dirichlet(let α):
          for (k, π) in stream.dirichlet(α).enumerated() { total += π * density(k, &stream) }
        case .sticks(let sticks):
          var left = 1.0
          for (place, k) in sticks.order.enumerated() {
            let v = stream.dirichlet([sticks.shapes[place].a, sticks.shapes[place].b])[0]
            total += left * v * density(k, &stream)
            left *= 1 - v
          }
          total += left * density(mixing.components, &stream)
        }
        return total
      })
  }

  static let mixings: [MixingParameters] = [
    .dirichlet([3, 1.5]), .sticks(Sticks(counts: [1.2, 4], concentration: 1.5)),
  ]

  /// Of discrete rows: against averages over draws of all parameters, and summing to 1 over all rows there can be.
  @Test(arguments: mixings) func discrete(_ mixing: MixingParameters) throws {
    let weights: Mixing =
      if case .sticks = mixing { .stickBreaking(concentration: 1.5) } else { .dirichlet(concentration: 0.5) }
    let prior = try BetaPrior(ones: 0.6, zeros: 1.4)
    let bernoulli = try Mixture(
      components: 2, of: VariationalBernoulliEmission<Double>(dimensions: 3, prior: prior), mixing: weights)
    let q = BernoulliPosterior(
      ones: Matrix([[4, 1, 2], [0.6, 7, 3]]), zeros: Matrix([[1, 3, 2], [5, 1, 0.8]]))
    let bits = Rows(
      Matrix<Double>((0..<8).map { n in (0..<3).map { Double((n >> $0) & 1) } } + [[1, .nan, 0]]))
    let found = try bernoulli.predictiveLogDensity(of: bits, at: .init(mixing: mixing, emission: q))
    #expect((found.prefix(8).reduce(0) { $0 + Double.exp($1) } - 1).magnitude < 1e-12)
    for (n, row) in [(5, [1.0, 0, 1]), (8, [1, .nan, 0])] {
      let mean = predictive(mixing, 1.5) { k, stream in
        row.indices.reduce(1.0) { product, j in
          let (a, b) = k < 2 ? (q.ones[k, j], q.zeros[k, j]) : (prior.ones, prior.zeros)
          let μ = stream.dirichlet([a, b])[0]
          return row[j].isNaN ? product : product * (row[j] == 1 ? μ : 1 - μ)
        }
      }
      #expect(mean.agrees(with: Double.exp(found[n])), "\(mean), \(Double.exp(found[n]))")
    }

    let columns = try CategoricalColumns(levels: [3, 2])
    let categorical = try Mixture(
      components: 2,
      of: VariationalCategoricalEmission<Double>(columns: columns, prior: .init(concentration: 0.7)),
      mixing: weights)
    let p = CategoricalPosterior(
      columns: columns, concentrations: Matrix([[4, 1, 0.7, 2, 0.7], [0.7, 0.9, 5, 1, 6]]))
    let codes = Rows(Matrix<Double>((0..<6).map { [Double($0 % 3), Double($0 / 3)] } + [[.nan, 1]]))
    let scores = try categorical.predictiveLogDensity(of: codes, at: .init(mixing: mixing, emission: p))
    #expect((scores.prefix(6).reduce(0) { $0 + Double.exp($1) } - 1).magnitude < 1e-12)
    for (n, row) in [(4, [1, 1]), (6, [nil, 1])] as [(Int, [Int?])] {
      let mean = predictive(mixing, 1.5) { k, stream in
        row.indices.reduce(1.0) { product, j in
          let α = columns.range(j).map { k < 2 ? p.concentrations[k, $0] : 0.7 }
          let draw = stream.dirichlet(α)
          return row[j].map { product * draw[$0] } ?? product
        }
      }
      #expect(mean.agrees(with: Double.exp(scores[n])), "\(mean), \(Double.exp(scores[n]))")
    }
  }

  /// A process of few rows draws many of components that no row has, from the prior.
  @Test func samplesOfAProcess() throws {
    let sticks = Sticks(counts: [4, 1], concentration: 3)
    let prior = try BetaPrior(ones: 9, zeros: 1)
    let model = try Mixture(
      components: 2, of: VariationalBernoulliEmission<Double>(dimensions: 1, prior: prior),
      mixing: .stickBreaking(concentration: 3))
    let q = BernoulliPosterior(ones: Matrix([[1.0], [2]]), zeros: Matrix([[9.0], [8]]))
    let (x, z) = try model.sample(
      20_000, at: .init(mixing: .sticks(sticks), emission: q), using: RandomStream(seed: 3))
    // E[1 − v] of Beta(5, 4) and Beta(2, 3).
    let remainder = 4.0 / 9 * 3 / 5
    #expect((sticks.remainder - remainder).magnitude < 1e-14)
    for (k, (share, mean)) in [(5.0 / 9, 0.1), (4.0 / 9 * 2 / 5, 0.2), (remainder, 0.9)].enumerated() {
      #expect(MonteCarloMean(z.map { $0 == k ? 1 : 0 }).agrees(with: share), "component \(k)")
      #expect(MonteCarloMean(z.indices.filter { z[$0] == k }.map { x[$0, 0] }).agrees(with: mean))
    }
  }

  /// Coordinates of sticks follow the components, whichever places these are in.
  @Test func coordinatesOfSticks() throws {
    let sticks = [[5.0, 2, 9], [5.0, 9, 2]].map {
      MixingParameters.sticks(Sticks(counts: $0, concentration: 1))
    }
    let expected = [
      // 1 + R by components, then α and the rows behind each.
      [6, 3, 10, 3, 1, 8], [6, 10, 3, 3, 8, 1],
    ].map { $0.map { Double.log($0) } }
    for (one, vector) in zip(sticks, expected) {
      expectAgreement("coordinates", one.vector, vector, tolerance: 1e-15)
      #expect(one.replacing(vector: vector)?.vector == one.vector)
    }
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
