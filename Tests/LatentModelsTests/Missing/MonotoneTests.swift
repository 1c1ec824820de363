// N rows, of which n have the second column as well

import LatentEvidence
import LatentModels
import LatentNumerics
import Testing

/// Where columns drop out in a fixed order, the maximum likelihood of one Gaussian has a closed form: the mean and
/// variance of what all rows have, and the regression of each later column on those before it over the rows that have it.
///
/// Little & Rubin (2002), §7.2 and §7.4.
@Suite struct MonotoneTests {
  /// Least squares of `y` on a constant and the columns of `x`, with the mean squared residual.
  private func regression(_ x: [[Double]], _ y: [Double]) -> (coefficients: [Double], variance: Double) {
    let rows = x.map { [1] + $0 }
    let p = rows[0].count
    let gram = (0..<p).map { i in (0..<p).map { j in rows.reduce(0) { $0 + $1[i] * $1[j] } } }
    let right = (0..<p).map { i in [zip(rows, y).reduce(0) { $0 + $1.0[i] * $1.1 }] }
    let b = Plain.solve(gram, right).solution.map { $0[0] }
    let residuals = zip(rows, y).map { row, y in y - zip(row, b).reduce(0) { $0 + $1.0 * $1.1 } }
    return (b, residuals.reduce(0) { $0 + $1 * $1 } / Double(y.count))
  }

  @Test(arguments: [2, 3, 5]) func emReachesTheFactoredEstimates(D: Int) async throws {
    var stream = RandomStream(seed: 11)
    let N = 60
    var x = Matrix<Double>(rows: N, columns: D)
    for n in 0..<N {
      var z = stream.normal()
      for j in 0..<D {
        z = 1 + 0.7 * z + 0.6 * stream.normal()
        x[n, j] = z
      }
      // Column j is there for all but the first 7j rows.
      for j in 1..<D where n < 7 * j { x[n, j] = .nan }
    }
    // μ and Σ column by column: Σ_jj = s² + bᵀ Σ b, Σ_j,before = bᵀ Σ.
    var (μ, Σ) = ([Double](), Matrix<Double>(rows: D, columns: D))
    for j in 0..<D {
      let there = (0..<N).filter { !x[$0, j].isNaN }
      let (b, s2) = regression(there.map { n in (0..<j).map { x[n, $0] } }, there.map { x[$0, j] })
      μ.append((0..<j).reduce(b[0]) { $0 + b[1 + $1] * μ[$1] })
      for i in 0..<j {
        Σ[j, i] = (0..<j).reduce(0) { $0 + b[1 + $1] * Σ[$1, i] }
        Σ[i, j] = Σ[j, i]
      }
      Σ[j, j] = (0..<j).reduce(s2) { $0 + b[1 + $1] * Σ[j, $1] }
    }
    let model = try GaussianMixture<Double>(components: 1, dimensions: D)
    let rows = Rows(x)
    let start = try model.initialParameters(for: rows, using: RandomStream(seed: 1))
    let fit = Fit(
      CoordinateAscent(model), on: rows, stopping: StoppingRule(tolerance: 0, maximumIterations: 400)
    ) { _ in .init(parameters: start) }
    let θ = try await fit.run().state.parameters
    for j in 0..<D {
      #expect(abs(θ.means[0, j] - μ[j]) < 1e-8, "μ[\(j)]: \(θ.means[0, j]), expected \(μ[j])")
      for i in 0...j {
        #expect(abs(θ.covariance(of: 0)[j, i] - Σ[j, i]) < 1e-8, "Σ[\(j), \(i)]")
      }
    }
  }
}
