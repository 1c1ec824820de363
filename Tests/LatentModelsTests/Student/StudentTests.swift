import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Densities and maxima found by scipy without EM: `Tests/Reference/generate_student.py`.
@Suite struct StudentReferenceTests {
  struct Reference: Decodable {
    struct Density: Decodable {
      let means: [Double]
      let scale: [Double]
      let rows: [[Double?]]
      let logDensity: [String: [Double]]
    }
    struct Maximum: Decodable {
      let rows: [[Double?]]
      let logLikelihood: Double
      let weights: [Double]
      let means: [[Double]]
      let scales: [[Double]]
      let degreesOfFreedom: [Double]
    }
    let density: Density
    let one: Maximum
    let oneMissing: Maximum
    let two: Maximum
  }

  let expected: Reference

  init() throws { expected = try reference("student.json") }

  func matrix(_ rows: [[Double?]]) -> Matrix<Double> { Matrix(rows.map { $0.map { $0 ?? .nan } }) }

  @Test func density() throws {
    for (ν, values) in expected.density.logDensity {
      let θ = StudentParameters(
        means: Matrix([expected.density.means]),
        scales: .full([Matrix(rows: 3, columns: 3, elements: expected.density.scale)]),
        degreesOfFreedom: [try #require(Double(ν))])
      let model = try StudentMixture<Double>(components: 1, dimensions: 3, degreesOfFreedom: .estimated())
      let found = try model.logDensity(
        of: Rows(matrix(expected.density.rows)), at: .init(mixing: .weights([1]), emission: θ))
      expectAgreement("ν = \(ν)", found, values, tolerance: 1e-13)
    }
  }

  enum Data: CaseIterable { case one, oneMissing, two }

  @Test(arguments: Data.allCases) func maximum(_ data: Data) async throws {
    let expected =
      switch data {
      case .one: expected.one
      case .oneMissing: expected.oneMissing
      case .two: expected.two
      }
    let K = expected.weights.count
    let rows = Rows(matrix(expected.rows))
    let model = try StudentMixture<Double>(components: K, dimensions: 2, degreesOfFreedom: .estimated())
    let result = try await Fit(
      CoordinateAscent(model, threads: 1), on: rows,
      stopping: StoppingRule(tolerance: 1e-14, maximumIterations: 5000)
    ) { (_) throws(InferenceError) in
      .init(parameters: try model.initialParameters(for: rows, using: RandomStream(seed: 1), threads: 1))
    }.run()
    #expect((result.bound.value - expected.logLikelihood).magnitude < 1e-6, "\(result.bound.value)")
    let θ = result.state.parameters
    let order = (0..<K).sorted { θ.emission.means[$0, 0] < θ.emission.means[$1, 0] }
    for (k, found) in order.enumerated() {
      #expect((θ.weights[found] - expected.weights[k]).magnitude < 1e-4)
      expectAgreement("mean", θ.emission.means.row(found), expected.means[k], tolerance: 1e-4)
      guard case .full(let Σ) = θ.emission.scales else { return }
      expectAgreement("scale", Σ[found].elements, expected.scales[k], tolerance: 1e-3)
      let ν = θ.emission.degreesOfFreedom[found]
      #expect((ν - expected.degreesOfFreedom[k]).magnitude < 3e-3 * ν, "\(ν)")
    }
  }
}

@Suite struct StudentTests {
  /// The root of ln (ν/2) − ψ(ν/2) = c over many sizes of c.
  @Test(arguments: [1e-8, 1e-4, 0.01, 0.3, 1, 5, 80, 1e4]) func degreesOfFreedom(_ c: Double) {
    let ν = StudentEmission<Double>.degreesOfFreedom(from: c)
    let value = Double.log(ν / 2) - digamma(ν / 2)
    #expect((value - c).magnitude < 1e-9 * c + 1e-15 / c, "\(ν) \(value)")
    #expect(ν > 1 / c && ν < 2 / c)
    #expect(StudentEmission<Double>.degreesOfFreedom(from: 0) == .infinity)
  }

  /// Gaussian rows with a few far away: the Gaussian's covariance explodes, the Student's scale does not.
  @Test func outliers() async throws {
    var stream = RandomStream(seed: 8)
    var x = Matrix<Double>(rows: 300, columns: 2, elements: (0..<600).map { _ in stream.normal() })
    for n in 0..<6 { for j in 0..<2 { x[n, j] = 1000 * stream.normal() } }
    let model = try StudentMixture<Double>(components: 1, dimensions: 2, degreesOfFreedom: .estimated())
    let rows = Rows(x)
    let result = try await Fit(
      CoordinateAscent(model, threads: 1), on: rows, stopping: StoppingRule(tolerance: 1e-9)
    ) { (_) throws(InferenceError) in
      .init(parameters: try model.initialParameters(for: rows, using: RandomStream(seed: 1), threads: 1))
    }.run()
    let θ = result.state.parameters.emission
    #expect(θ.means.elements.allSatisfy { $0.magnitude < 0.2 })
    guard case .full(let Σ) = θ.scales else { return }
    #expect(Σ[0].diagonal.allSatisfy { $0 > 0.3 && $0 < 1.5 }, "\(Σ[0])")
    #expect(θ.degreesOfFreedom[0] < 3)
  }

  /// At many degrees of freedom the densities are the Gaussian's.
  @Test func gaussianLimit() throws {
    let one = MixtureCase(covariance: .full, dimensions: 5)
    let θ = one.parameters
    let x = Rows(try one.observations(Double.self))
    let gaussian = try GaussianMixture<Double>(components: 3, dimensions: 5).logDensity(of: x, at: θ)
    let student = try StudentMixture<Double>(components: 3, dimensions: 5, degreesOfFreedom: .fixed(1e9))
      .logDensity(
        of: x,
        at: .init(
          mixing: θ.mixing,
          emission: .init(
            means: θ.means, scales: θ.covariances, degreesOfFreedom: Array(repeating: 1e9, count: 3))))
    expectAgreement("ln p", student, gaussian, tolerance: 1e-6)
  }

  /// Draws have the density's scale: the distances δ/D follow an F distribution, whose mean is ν/(ν − 2).
  @Test func draws() throws {
    let θ = StudentParameters(
      means: Matrix([[1, -2]]), scales: .full([Matrix([[2, 0.5], [0.5, 1]])]), degreesOfFreedom: [9])
    let model = try StudentMixture<Double>(components: 1, dimensions: 2, degreesOfFreedom: .fixed(9))
    let (x, _) = try model.sample(
      8000, at: .init(mixing: .weights([1]), emission: θ), using: RandomStream(seed: 6))
    let inverse = Plain.inverse(Matrix([[2, 0.5], [0.5, 1]])).inverse
    let ratios = (0..<x.rows).map { n -> Double in
      let d = [x[n, 0] - 1, x[n, 1] + 2]
      return (d[0] * d[0] * inverse[0][0] + 2 * d[0] * d[1] * inverse[0][1] + d[1] * d[1] * inverse[1][1]) / 2
    }
    #expect(MonteCarloMean(ratios).agrees(with: 9.0 / 7))
    #expect(MonteCarloMean(x.column(0)).agrees(with: 1))
  }

  /// With a prior, −ln p(θ) has the Gaussian components' terms, and ln of the width of the bounds for each ν that is found.
  @Test func priorOfDegreesOfFreedom() throws {
    let one = MixtureCase(covariance: .full, dimensions: 2)
    let x = Rows(try one.observations(Double.self))
    let prior = try GaussianPrior.scaled(to: x, components: 3)
    let θ = StudentMixtureParameters(
      mixing: one.parameters.mixing,
      emission: .init(
        means: one.parameters.means, scales: one.parameters.covariances, degreesOfFreedom: [3, 4, 5]))
    let gaussian = try GaussianMixture<Double>(components: 3, dimensions: 2, prior: prior)
      .oracle(at: one.parameters, threads: 1).parameterKL
    for (degrees, expected) in [
      (DegreesOfFreedom.estimated(), 3 * Double.log(199.5)),
      (.estimated(within: 1...11), 3 * Double.log(10)), (.fixed(4), 0), (.estimated(within: 4...4), 0),
    ] {
      func divergence(_ prior: GaussianPrior?) throws -> Double {
        try StudentMixture<Double>(components: 3, dimensions: 2, prior: prior, degreesOfFreedom: degrees)
          .oracle(at: θ, threads: 1).parameterKL
      }
      #expect((try divergence(prior) - gaussian - expected).magnitude < 1e-11, "\(degrees)")
      #expect(try divergence(nil) == 0)
    }
  }

  /// Nearly Gaussian rows, whose degrees of freedom climb to their limit: an extrapolated point does not go beyond, where
  /// the next θ-step could only go down.
  @Test(arguments: [DegreesOfFreedom.estimated(), .estimated(within: 2...30), .fixed(5)])
  func accelerationKeepsTheLimits(_ degrees: DegreesOfFreedom) async throws {
    let one = MixtureCase(covariance: .full, dimensions: 2)
    let x = Rows(try one.observations(Double.self)[rows: 0..<400])
    let model = try StudentMixture<Double>(components: 3, dimensions: 2, degreesOfFreedom: degrees)
    for seed in 0..<4 {
      let start = try model.initialParameters(
        for: x, start: .randomRows, using: RandomStream(seed: UInt64(seed)), threads: 1)
      var lowest = Double.infinity
      var highest = 0.0
      let result = try await Fit(
        AcceleratedAscent(model, threads: 1), on: x,
        stopping: StoppingRule(tolerance: 1e-8, maximumIterations: 400)
      ) { _ in .init(parameters: start) }.run { step in
        let state = step.progress.state ?? step.progress.best?.state
        for ν in state?.parameters.emission.degreesOfFreedom ?? [] {
          (lowest, highest) = (Swift.min(lowest, ν), Swift.max(highest, ν))
        }
      }
      switch degrees {
      case .estimated(let range):
        #expect(lowest >= range.lowerBound && highest <= range.upperBound, "\(lowest) … \(highest)")
        #expect(highest == range.upperBound, "no component came to the limit: \(highest)")
      case .fixed(let ν): #expect(lowest == ν && highest == ν)
      }
      #expect(result.outcome == .converged)
    }
  }

  @Test func refusesImpossibleDegreesOfFreedom() {
    #expect(throws: InferenceError.self) {
      try StudentEmission<Double>(dimensions: 1, degreesOfFreedom: .fixed(0))
    }
    #expect(throws: InferenceError.self) {
      try StudentEmission<Double>(dimensions: 1, degreesOfFreedom: .estimated(within: -1...3))
    }
    #expect(throws: InferenceError.self) {
      try StudentEmission<Double>(dimensions: 1, degreesOfFreedom: .fixed(.infinity))
    }
  }

  /// Conditional means and covariances against plain code, and draws against them.
  @Test func imputes() throws {
    let gaussian = MixtureCase(covariance: .full, dimensions: 5).parameters
    let θ = StudentParameters(
      means: gaussian.means, scales: gaussian.covariances, degreesOfFreedom: [4, 0.5, 30])
    let plain = PlainStudent(θ: θ)
    let emission = try StudentEmission<Double>(dimensions: 5)
    let x = [2.5, Double.nan, 4, .nan, 3.1]
    let conditional = try emission.imputer(at: θ).conditional(missing: [1, 3])
    for k in 0..<3 {
      let row = plain.row(x, k)
      let ν = θ.degreesOfFreedom[k]
      // u = (ν + d)/(ν + δ)
      let widening = (ν + 3) / row.u / (ν + 1)
      for (cell, j) in zip(conditional.cells(of: x, component: k), [1, 3]) {
        guard case .number(let mean, let variance) = cell else {
          Issue.record("\(cell)")
          return
        }
        #expect((mean - row.filled[j]).magnitude < 1e-12)
        #expect((variance - widening * row.covariance[j][j]).magnitude < 1e-12 * variance)
      }
    }
    var stream = RandomStream(seed: 12)
    let draws = (0..<4000).map { _ in conditional.draw(of: x, component: 0, using: &stream) }
    let row = plain.row(x, 0)
    #expect(MonteCarloMean(draws.map { $0[0] }).agrees(with: row.filled[1]))
    let products = draws.map { ($0[0] - row.filled[1]) * ($0[1] - row.filled[3]) }
    #expect(MonteCarloMean(products).agrees(with: 7 / row.u / 5 * row.covariance[1][3]))
    // Below two degrees of freedom in all there is no variance.
    let wide = try emission.imputer(at: θ).conditional(missing: [0, 1, 2, 3])
    guard case .number(_, let variance)? = wide.cells(of: [.nan, .nan, .nan, .nan, 1], component: 1).first
    else {
      return
    }
    #expect(variance == .infinity)
  }
}
