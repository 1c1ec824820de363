import LatentDistributions
import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// The variational bound against ln p(D | π) by enumeration of all assignments, each in closed form.
@Suite struct BernoulliEvidenceTests {
  let x = Matrix<Double>([
    [1, 1, 0], [1, 1, 0], [1, .nan, 0], [0, 0, 1], [0, 1, 1], [0, 0, .nan], [1, 1, 1],
  ])
  let prior: BetaPrior

  init() throws { prior = try BetaPrior(ones: 0.7, zeros: 1.3) }

  /// ln Σ_z p(z) Πⱼₖ B(a + S, b + M − S) / B(a, b), with p(z) of weights, or with weights integrated out under
  /// Dir(1, …, 1).
  func logEvidence(components K: Int, weights π: [Double]?) -> Double {
    func logBeta(_ a: Double, _ b: Double) -> Double { logGamma(a) + logGamma(b) - logGamma(a + b) }
    let assignments = Int(Double.pow(Double(K), Double(x.rows)).rounded())
    return logSumExp(
      (0..<assignments).map { code -> Double in
        var (rest, total) = (code, 0.0)
        var S = [[Double]](repeating: [0, 0, 0], count: K)
        var Z = S
        var counts = [Double](repeating: 0, count: K)
        for n in 0..<x.rows {
          let k = rest % K
          rest /= K
          counts[k] += 1
          if let π { total += .log(π[k]) }
          for j in 0..<3 where !x[n, j].isNaN {
            S[k][j] += x[n, j]
            Z[k][j] += 1 - x[n, j]
          }
        }
        if π == nil {
          total += logGamma(Double(K)) - logGamma(Double(K + x.rows))
          total += counts.reduce(0) { $0 + logGamma($1 + 1) }
        }
        for k in 0..<K {
          for j in 0..<3 {
            total +=
              logBeta(prior.ones + S[k][j], prior.zeros + Z[k][j]) - logBeta(prior.ones, prior.zeros)
          }
        }
        return total
      })
  }

  func fit(components: Int, mixing: Mixing) async throws -> FitResult<
    CoordinateAscent<VariationalBernoulliMixture<Double>>.State
  > {
    let model = try Mixture(
      components: components, of: VariationalBernoulliEmission<Double>(dimensions: 3, prior: prior),
      mixing: mixing)
    let rows = Rows(x)
    return try await Fit(
      CoordinateAscent(model, threads: 1), on: rows, stopping: StoppingRule(tolerance: 1e-12), restarts: 5
    ) { (restart) throws(InferenceError) in
      .init(
        parameters: try model.initialParameters(
          for: rows, start: .randomRows, using: RandomStream(seed: 1).substream(restart), threads: 1))
    }.run()
  }

  @Test func exactForOneComponent() async throws {
    let bound = try await fit(components: 1, mixing: .dirichlet(concentration: 1)).bound
    let exact = logEvidence(components: 1, weights: nil)
    #expect((bound.value - exact).magnitude < 1e-11, "\(bound.value) \(exact)")
  }

  @Test(arguments: [2, 3]) func below(components: Int) async throws {
    let point = try await fit(components: components, mixing: .maximumLikelihood)
    let given = logEvidence(components: components, weights: point.state.parameters.weights)
    #expect(point.bound.value < given && point.bound.value > given - 4, "\(point.bound.value) \(given)")
    let full = try await fit(components: components, mixing: .dirichlet(concentration: 1))
    let exact = logEvidence(components: components, weights: nil)
    #expect(full.bound.value < exact && full.bound.value > exact - 4, "\(full.bound.value) \(exact)")
  }

  /// KL between betas by the trapezoid rule.
  @Test func divergence() {
    let (q, p) = (Beta(3.5, 2.2), Beta(1.5, 4))
    let n = 20000
    let sum = (1..<n).reduce(0.0) { sum, i in
      let μ = Double(i) / Double(n)
      return sum + .exp(q.logDensity(μ)) * (q.logDensity(μ) - p.logDensity(μ)) / Double(n)
    }
    #expect((q.divergence(from: p) - sum).magnitude < 1e-6)
    #expect(q.divergence(from: q) == 0)
  }
}
