// N rows, D columns, L factors

import LatentDistributions
import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

typealias VariationalPCA = Mixture<VariationalFactorEmission<Double>>

@Suite struct VariationalPCATests {
  /// Rows with standard deviation 1 in three directions and ½ in the others, turned at random.
  static func threeDirections(_ seed: UInt64, rows: Int = 300) -> Matrix<Double> {
    var stream = RandomStream(seed: seed)
    let D = 10
    let axes = SymmetricEigen(stream.covariance(D))?.vectors ?? .identity(D)
    return Matrix(
      rows: rows, columns: D,
      elements: (0..<rows).flatMap { _ in
        let z = (0..<D).map { stream.normal() * ($0 < 3 ? 1 : 0.5) }
        return (0..<D).map { j in (0..<D).reduce(0) { $0 + z[$1] * axes[$1, j] } }
      })
  }

  static func model(for x: Rows<Double>, factors: Int, components: Int = 1) throws -> VariationalPCA {
    try VariationalPCA(
      components: components, of: VariationalFactorEmission(factors: factors, prior: .scaled(to: x)))
  }

  /// Bishop (1999): of nine possible factors three are kept, whatever the start.
  @Test(arguments: [1, 2] as [UInt64]) func keepsThree(_ seed: UInt64) async throws {
    let x = Rows(Self.threeDirections(seed))
    let model = try Self.model(for: x, factors: 9)
    for start in [MixtureStart.kMeans, .randomRows] {
      let fit = Fit(
        CoordinateAscent(model), on: x, stopping: StoppingRule(tolerance: 1e-8, maximumIterations: 5000)
      ) { (_) throws(InferenceError) in
        .init(parameters: try model.initialParameters(for: x, start: start, using: RandomStream(seed: seed)))
      }
      let result = try await fit.run()
      let q = result.state.parameters.emission
      #expect(q.relevantFactors().count == 3, "\(start): \(q.relevantFactors())")
      let noise = q.expected.noise[0, 0]
      #expect((noise - 0.25).magnitude < 0.02, "noise \(noise)")
      // It agrees with probabilistic PCA of the dimension it found, of which it is a shrunken relative.
      let closed = try ProbabilisticPCA.maximumLikelihood(of: x, latent: 3).parameters
      let (found, expected) = (q.expected.covariance(of: 0), closed.covariance(of: 0))
      expectAgreement("covariance", found.elements, expected.elements, tolerance: 0.08)
    }
  }

  /// ln p(x) of tiny data by averaging the likelihood over draws from the prior: the bound lies below, and not far.
  @Test(arguments: [false, true]) func belowTheEvidence(_ hasMissing: Bool) async throws {
    var rows = Matrix<Double>([[1.2, 0.8], [-0.5, -0.9], [0.3, 0.7], [-1.4, -1.0], [0.6, 0.1]])
    if hasMissing { (rows[1, 0], rows[4, 1]) = (.nan, .nan) }
    let x = Rows(rows)
    let prior = try RelevancePrior(
      mean: [0, 0], meanPrecision: 1, relevance: Gamma(shape: 3, rate: 2), noise: Gamma(shape: 3, rate: 1))
    let model = try VariationalPCA(components: 1, of: VariationalFactorEmission(factors: 1, prior: prior))
    let fit = Fit(CoordinateAscent(model), on: x, stopping: StoppingRule(tolerance: 1e-12)) {
      (_) throws(InferenceError) in
      .init(parameters: try model.initialParameters(for: x, using: RandomStream(seed: 1)))
    }
    let bound = try await fit.run().bound.value

    var stream = RandomStream(seed: 11)
    let likelihoods = (0..<100_000).map { _ -> Double in
      let τ = prior.noise.sample(using: &stream)
      let α = prior.relevance.sample(using: &stream)
      let w = [stream.normal() / α.squareRoot(), stream.normal() / α.squareRoot()]
      let μ = [stream.normal(), stream.normal()]
      let (a, b, c) = (w[0] * w[0] + 1 / τ, w[0] * w[1], w[1] * w[1] + 1 / τ)
      let determinant = a * c - b * b
      var total = 0.0
      for n in 0..<5 {
        let (d, e) = (rows[n, 0] - μ[0], rows[n, 1] - μ[1])
        if d.isNaN {
          total -= 0.5 * (Double.log(2 * .pi * c) + e * e / c)
        } else if e.isNaN {
          total -= 0.5 * (Double.log(2 * .pi * a) + d * d / a)
        } else {
          let square = (c * d * d - 2 * b * d * e + a * e * e) / determinant
          total -= 0.5 * (2 * Double.log(2 * .pi) + Double.log(determinant) + square)
        }
      }
      return Double.exp(total)
    }
    let evidence = MonteCarloMean(likelihoods)
    let upper = Double.log(evidence.value + 5 * evidence.standardError)
    let lower = Double.log(evidence.value - 5 * evidence.standardError)
    #expect(bound < upper, "bound \(bound), evidence \(Double.log(evidence.value))")
    // Two signs of w are as good as each other, and q holds one: ln 2 of the gap.
    #expect(bound > lower - 4, "bound \(bound), evidence \(Double.log(evidence.value))")
  }

  /// Each hyperparameter is at its optimum: the bound falls whichever is moved.
  @Test func fitIsStationary() async throws {
    let x = Rows(Self.threeDirections(4, rows: 60))
    let model = try Self.model(for: x, factors: 4)
    let ascent = CoordinateAscent(model, threads: 1)
    let fit = Fit(ascent, on: x, stopping: StoppingRule(tolerance: 1e-14, maximumIterations: 20_000)) {
      (_) throws(InferenceError) in
      .init(parameters: try model.initialParameters(for: x, using: RandomStream(seed: 1)))
    }
    let result = try await fit.run()
    let q = result.state.parameters
    let best = result.bound
    func value(_ change: (inout VariationalFactorParameters) -> Void) throws -> Double {
      var other = q
      change(&other.emission)
      return try ascent.expectation(at: other, of: x).bound.value
    }
    let sizes = [1e-3, -1e-3]
    var values: [[Double]] = []
    for size in sizes {
      let factor = Double.exp(size)
      let moved = [
        try value { $0.noiseRates[0] *= factor }, try value { $0.noiseShapes[0] *= factor },
        try value { $0.relevanceShape *= factor }, try value { $0.relevanceRates[0, 1] *= factor },
        try value { $0.meanVariances[0] *= factor }, try value { $0.means[0, 2] += size },
        try value { $0.loadings[0][3, 0] += size },
        try value { q in
          let L = q.factors
          for a in 0..<L { for b in 0..<L { q.loadingCovariances[0][a, b] *= factor } }
        },
      ]
      for (i, one) in moved.enumerated() {
        #expect(one < best.value + 1e-7, "hyperparameter \(i): \(one) against \(best.value)")
      }
      values.append(moved)
    }
    // Nothing is gained or lost at first order: central differences vanish, where the bound does bend.
    for i in values[0].indices {
      let slope = (values[0][i] - values[1][i]) / (sizes[0] - sizes[1])
      let bend = (values[0][i] + values[1][i] - 2 * best.value) / (sizes[0] * sizes[0])
      #expect(slope.magnitude < 1e-3 * Swift.max(bend.magnitude, 1), "hyperparameter \(i): slope \(slope)")
      #expect(bend < 0, "hyperparameter \(i): bend \(bend)")
    }
  }

  static func fixture<S: LatentScalar>(
    _: S.Type, components: Int, missing: Bool, weighted: Bool
  ) throws -> ModelFixture<Mixture<VariationalFactorEmission<S>>> {
    let one = FactorCase(
      noise: .isotropic, components: components, missing: missing ? 0.15 : 0, weighted: weighted)
    let x = try one.observations(S.self)
    let model = try Mixture(
      components: components, of: VariationalFactorEmission<S>(factors: 3, prior: .scaled(to: x)))
    return ModelFixture(
      name: "variational PCA, \(one.testDescription)", model: model, observations: x,
      start: { restart throws(InferenceError) in
        try model.initialParameters(
          for: x, start: .randomRows, using: RandomStream(seed: 3).substream(restart), threads: 1)
      }, numbers: { $0.parts.flatMap { $0 } })
  }

  @Test(arguments: [1, 2], [(false, false), (true, false), (false, true), (true, true)])
  func contracts(_ components: Int, _ kind: (missing: Bool, weighted: Bool)) async throws {
    func check<S: LatentScalar>(_: S.Type, tolerance: Double) async throws {
      let fixture = try Self.fixture(
        S.self, components: components, missing: kind.missing, weighted: kind.weighted)
      let θ = try fixture.start(0)
      try await checkAscent(fixture, stopping: StoppingRule(tolerance: 1e-4, maximumIterations: 3000))
      try checkStatistics(fixture, at: θ, tolerance: tolerance)
      try await checkCheckpoint(fixture)
      try await checkThreads(fixture)
      try checkFile(fixture, at: θ)
      try await checkAccelerated(fixture)
      try await checkRace(fixture)
    }
    try await check(Double.self, tolerance: 1e-12)
    try await check(Float.self, tolerance: 3e-6)
  }

  /// ln of the mixture of Gaussians with the predictive moments, by dense covariances.
  @Test func predictiveLogDensity() throws {
    for components in [1, 2] {
      let fixture = try Self.fixture(Double.self, components: components, missing: true, weighted: true)
      let q = try fixture.start(0)
      let x = fixture.observations
      let found = try fixture.model.predictiveLogDensity(of: x, at: q, threads: 2)
      let point = FactorMixtureParameters(mixing: .weights(q.weights), emission: q.emission.predictive)
      let joint = PlainFactors.logJoint(x, point)
      for i in 0..<x.rows {
        let expected = logSumExp(joint[i])
        #expect(
          (found[x.sourceIndex(of: i)] - expected).magnitude < 1e-10 * (1 + expected.magnitude), "row \(i)")
      }
    }
  }

  /// Draws from the posterior predictive have its covariance, E[W] E[W]ᵀ + (tr S + v + E[1/τ]) I.
  @Test func predictive() throws {
    let fixture = try Self.fixture(Double.self, components: 1, missing: false, weighted: false)
    let q = try fixture.start(0)
    let (x, _) = try fixture.model.sample(5000, at: q, using: RandomStream(seed: 6))
    let p = q.emission
    let extra =
      p.loadingCovariances[0].diagonal.reduce(0, +) + p.meanVariances[0] + p.noiseRates[0]
      / (p.noiseShapes[0] - 1)
    let matched = PlainFactors.covariance(p.predictive, 0)
    for (i, j) in [(0, 0), (0, 1), (2, 5), (4, 4)] {
      let products = (0..<x.rows).map { (x[$0, i] - p.means[0, i]) * (x[$0, j] - p.means[0, j]) }
      let expected = (0..<3).reduce(i == j ? extra : 0) { $0 + p.loadings[0][i, $1] * p.loadings[0][j, $1] }
      #expect((matched[i][j] - expected).magnitude < 1e-12 * expected.magnitude)
      #expect(MonteCarloMean(products).agrees(with: expected), "\(i), \(j)")
    }
  }
}
