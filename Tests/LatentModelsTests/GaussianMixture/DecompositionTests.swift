// N observations, K components

import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// ln p(x | θ) = L(q, θ) + KL(q ‖ p(z | x, θ)), for any q.
@Suite struct EvidenceDecompositionTests {
  static let cases = CovarianceStructure.allCases.flatMap { covariance in
    [1, 2, 5, 13, 40].map { MixtureCase(covariance: covariance, dimensions: $0, seed: 3) }
  }

  @Test(arguments: cases) func anyOracle(_ one: MixtureCase) throws {
    let x = try one.observations(Double.self)
    let (N, K) = (x.rows, one.components)
    let θ = one.parameters
    let model = try GaussianMixture<Double>(
      components: K, dimensions: one.dimensions, covariance: one.covariance)
    let plain = Plain.logJoint(x, θ)
    let evidence = plain.reduce(0) { $0 + logSumExp($1) }
    var stream = RandomStream(seed: 5)
    let oneHot = (0..<N * K).map { $0 % K == ($0 / K) % K ? 1.0 : 0 }
    let exact = plain.flatMap { row in row.map { Double.exp($0 - logSumExp(row)) } }
    let oracles: [(String, [Double])] =
      [0.1, 1, 20].map { α in
        ("Dirichlet(\(α))", (0..<N).flatMap { _ in stream.dirichlet(Array(repeating: α, count: K)) })
      } + [("one component", oneHot), ("exact", exact)]
    for (name, elements) in oracles {
      let q = Matrix(rows: N, columns: K, elements: elements)
      let parts = try model.decomposition(of: x, at: θ, under: q)
      let scale = evidence.magnitude + parts.bound.value.magnitude
      // The identity, with ln p(x) from another computation.
      #expect(
        (parts.bound.value + parts.posteriorKL - parts.logEvidence).magnitude <= 1e-13 * scale, "\(name)")
      #expect((parts.logEvidence - evidence).magnitude <= 1e-12 * scale, "\(name)")
      #expect(parts.posteriorKL >= (name == "exact" ? -1e-12 * scale : 0), "\(name): \(parts.posteriorKL)")
      if name == "exact" { #expect(parts.posteriorKL.magnitude <= 1e-12 * scale, "\(parts.posteriorKL)") }
      // The bound's terms, from their own definitions: E_q[ln p(x | z)] and KL(q ‖ π).
      var (reconstruction, latentKL) = (0.0, 0.0)
      for n in 0..<N {
        for k in 0..<K where q[n, k] > 0 {
          reconstruction += q[n, k] * (plain[n][k] - Double.log(θ.weights[k]))
          latentKL += q[n, k] * Double.log(q[n, k] / θ.weights[k])
        }
      }
      #expect((parts.bound.reconstruction - reconstruction).magnitude <= 1e-12 * scale, "\(name)")
      #expect((parts.bound.latentKL - latentKL).magnitude <= 1e-12 * scale, "\(name)")
      #expect(parts.bound.parameterKL == 0 && parts.bound.count == Double(N))
    }
  }

  /// The fast paths against the readable reference, and the fit's bound against the sum of log densities.
  @Test(arguments: MixtureCase.all) func fastPaths(_ one: MixtureCase) async throws {
    if one.single {
      // In single precision a distance of about D in units of 1.2e-7, times what the sums lose.
      try await check(one, as: Float.self, density: 3e-6, responsibility: 1e-4)
    } else {
      try await check(one, as: Double.self, density: 1e-14, responsibility: 1e-12)
    }
  }

  func check<S: LatentScalar>(
    _ one: MixtureCase, as _: S.Type, density tolerance: Double, responsibility: Double
  ) async throws {
    let fixture = try one.fixture(S.self)
    let (model, x) = (fixture.model, fixture.observations)
    let θ = one.parameters
    let joint = try model.logJoint(of: x.values, at: θ)
    let expected = (0..<x.rows).map { logSumExp(joint.row($0)) }
    let (r, found) = try model.posterior(of: x, at: θ)
    var worst = (density: 0.0, responsibility: 0.0)
    for n in 0..<x.rows {
      worst.density = Swift.max(
        worst.density, (found[n] - expected[n]).magnitude / (1 + expected[n].magnitude))
      var sum = 0.0
      for k in 0..<one.components {
        sum += Double(r[n, k])
        let error = (Double(r[n, k]) - Double.exp(joint[n, k] - expected[n])).magnitude
        worst.responsibility = Swift.max(worst.responsibility, error)
      }
      #expect(
        (sum - 1).magnitude <= 4 * Double(S.ulpOfOne) * Double(one.components), "row \(n) sums to \(sum)")
    }
    #expect(worst.density <= tolerance * Double(one.dimensions + 4), "\(worst)")
    #expect(worst.responsibility <= responsibility, "\(worst)")

    let result = try await fixture.fit(stopping: StoppingRule(tolerance: 1e-4, maximumIterations: 20)).run()
    let fitted = result.state.parameters
    let total = try model.logDensity(of: x, at: fitted).reduce(0, +)
    let logPrior = -(try model.oracle(at: fitted, threads: 1).parameterKL)
    // A plain sum of N terms rounds worse than the library's.
    #expect((result.bound.value - total - logPrior).magnitude <= 4 * result.bound.roundoff, "\(result.bound)")
    #expect(result.bound.parameterKL == -logPrior && (one.hasPrior || logPrior == 0))
    #expect(result.bound.latentKL >= -result.bound.roundoff)
    #expect(result.bound.count == Double(x.rows))
  }

  @Test func rejectsWhatIsNoDistribution() throws {
    let one = MixtureCase(covariance: .full, dimensions: 2)
    let model = try GaussianMixture<Double>(components: 3, dimensions: 2)
    let x = try one.observations(Double.self)[rows: 0..<2]
    for q in [[0.5, 0.5, 0.5], [-0.5, 1, 0.5], [.nan, 0.5, 0.5]] {
      #expect(throws: InferenceError.self) {
        try model.decomposition(of: x, at: one.parameters, under: Matrix([[1, 0, 0], q]))
      }
    }
    #expect(throws: InferenceError.wrongWidth(expected: 3, actual: 2)) {
      try model.decomposition(of: x, at: one.parameters, under: Matrix([[1, 0], [0, 1]]))
    }
  }
}
