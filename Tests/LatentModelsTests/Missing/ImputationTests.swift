// N rows, D columns, K components, M imputations

import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Filled tables against conditional moments by elimination, and draws against the moments.
@Suite struct ImputationTests {
  private func posterior(_ x: [Double], _ θ: GaussianMixtureParameters) -> [Double] {
    let joint = (0..<θ.components).map { k in
      Double.log(θ.weights[k])
        + Plain.conditional(x, mean: θ.means.row(k), covariance: θ.covariance(of: k)).logDensity
    }
    let top = joint.max() ?? 0
    let total = joint.reduce(0) { $0 + Double.exp($1 - top) }
    return joint.map { Double.exp($0 - top) / total }
  }

  /// A table in the source's own order, complete rows among others.
  private func table(_ covariance: CovarianceStructure, _ D: Int) throws -> Matrix<Double> {
    var x = try MixtureCase(covariance: covariance, dimensions: D).observations(Double.self)[rows: 0..<40]
    var stream = RandomStream(seed: 3)
    for n in 0..<40 where n % 4 != 1 {
      for j in 0..<D where n == 6 || stream.uniform() < 0.3 { x[n, j] = .nan }
    }
    return x
  }

  @Test(arguments: CovarianceStructure.allCases, [2, 5, 40])
  func meansAndDeviations(_ covariance: CovarianceStructure, dimensions D: Int) throws {
    let θ = MixtureCase(covariance: covariance, dimensions: D).parameters
    let model = try GaussianMixture<Double>(components: 3, dimensions: D, covariance: covariance)
    let x = try table(covariance, D)
    let (values, deviations) = try model.imputed(Rows(x), at: θ)
    #expect(try model.imputed(Rows(x), at: θ, threads: 3) == (values, deviations))
    for n in 0..<x.rows {
      let r = posterior(x.row(n), θ)
      var (mean, square) = ([Double](repeating: 0, count: D), [Double](repeating: 0, count: D))
      for k in 0..<3 {
        let part = Plain.conditional(x.row(n), mean: θ.means.row(k), covariance: θ.covariance(of: k))
        for (i, j) in part.missing.enumerated() {
          mean[j] += r[k] * part.means[i]
          square[j] += r[k] * (part.covariance[i][i] + part.means[i] * part.means[i])
        }
      }
      for j in 0..<D {
        if x[n, j].isNaN {
          #expect(abs(values[n, j] - mean[j]) < 1e-9, "row \(n), column \(j)")
          let expected = (square[j] - mean[j] * mean[j]).squareRoot()
          #expect(abs(deviations[n, j] - expected) < 1e-7, "row \(n), column \(j)")
        } else {
          #expect(values[n, j].bitPattern == x[n, j].bitPattern && deviations[n, j] == 0)
        }
      }
    }
  }

  @Test(arguments: [CovarianceStructure.full, .diagonal]) func draws(_ covariance: CovarianceStructure) throws
  {
    let (D, M) = (4, 3000)
    let θ = MixtureCase(covariance: covariance, dimensions: D).parameters
    let model = try GaussianMixture<Double>(components: 3, dimensions: D, covariance: covariance)
    let x = try table(covariance, D)[rows: 0..<12]
    let rows = Rows(x)
    let tables = try model.imputations(rows, at: θ, draws: M, using: RandomStream(seed: 8))
    let again = try model.imputations(rows, at: θ, draws: 3, using: RandomStream(seed: 8), threads: 2)
    #expect(Array(tables.prefix(3)) == again)
    let (values, deviations) = try model.imputed(rows, at: θ)
    for n in 0..<x.rows {
      for j in 0..<D {
        let drawn = tables.map { $0[n, j] }
        guard x[n, j].isNaN else {
          #expect(drawn.allSatisfy { $0 == x[n, j] })
          continue
        }
        #expect(MonteCarloMean(drawn).agrees(with: values[n, j]), "row \(n), column \(j)")
        let squares = drawn.map { ($0 - values[n, j]) * ($0 - values[n, j]) }
        #expect(
          MonteCarloMean(squares).agrees(with: deviations[n, j] * deviations[n, j]), "row \(n), column \(j)")
      }
    }
    // Cells of one row are drawn together: products have the conditional covariances' expectation.
    let row = 6
    let r = posterior(x.row(row), θ)
    var expected = 0.0
    for k in 0..<3 {
      let part = Plain.conditional(x.row(row), mean: θ.means.row(k), covariance: θ.covariance(of: k))
      expected += r[k] * (part.covariance[0][1] + part.means[0] * part.means[1])
    }
    #expect(MonteCarloMean(tables.map { $0[row, 0] * $0[row, 1] }).agrees(with: expected))
  }

  @Test func variationalCellsAreThoseOfTheExpectedPrecision() throws {
    let x = try table(.full, 3)
    let rows = Rows(x)
    let prior = try GaussianPrior.scaled(to: rows, components: 2)
    let model = try Mixture(
      components: 2, of: VariationalGaussianEmission<Double>(prior: prior),
      mixing: .dirichlet(concentration: 1))
    let θ = try model.initialParameters(for: rows, using: RandomStream(seed: 1))
    let (values, _) = try model.imputed(rows, at: θ)
    let r = try model.posterior(of: rows, at: θ).responsibilities
    for n in 0..<x.rows {
      for j in 0..<3 where x[n, j].isNaN {
        let mean = (0..<2).reduce(0.0) { sum, k in
          let part = Plain.conditional(
            x.row(n), mean: θ.emission.expected.means.row(k),
            covariance: θ.emission.expected.covariance(of: k))
          return sum + r[n, k] * part.means[part.missing.firstIndex(of: j)!]
        }
        #expect(abs(values[n, j] - mean) < 1e-9)
      }
    }
  }
}
