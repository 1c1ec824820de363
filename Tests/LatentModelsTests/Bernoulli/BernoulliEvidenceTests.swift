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

  /// ln Σ_z p(z) Πⱼₖ B(a + S, b + M − S) / B(a, b).
  @Test func evidence() async throws {
    func logBeta(_ a: Double, _ b: Double) -> Double { logGamma(a) + logGamma(b) - logGamma(a + b) }
    let family = VariationalBernoulliEmission<Double>(dimensions: 3, prior: prior)
    try await checkEvidence(of: family, Rows(x)) { K, π in
      logSumOverAssignments(rows: x.rows, components: K) { z in
        var total = logAssignment(z, components: K, weights: π)
        for k in 0..<K {
          for j in 0..<3 {
            let cells = (0..<x.rows).filter { z[$0] == k && !x[$0, j].isNaN }.map { x[$0, j] }
            let ones = cells.reduce(0, +)
            total += logBeta(prior.ones + ones, prior.zeros + Double(cells.count) - ones)
            total -= logBeta(prior.ones, prior.zeros)
          }
        }
        return total
      }
    }
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
