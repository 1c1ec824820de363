// N rows, D columns, K components

import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Filled tables of mixtures of every family but the Gaussian (`ImputationTests`), against plain posteriors and the plain
/// moments or probabilities of each cell, and draws against both.
@Suite struct FamilyImputationTests {
  /// - Parameters:
  ///   - x: in the order of the source.
  ///   - logDensity: ln p(x_o | k).
  ///   - cell: what column j of a row is under component k, given what is observed.
  func check<Family: ImputingEmission>(
    _ name: String, _ model: Mixture<Family>, _ x: Matrix<Double>, at θ: Mixture<Family>.Parameters,
    logDensity: (_ x: [Double], _ k: Int) -> Double,
    cell: (_ x: [Double], _ j: Int, _ k: Int) -> CellDistribution
  ) throws where Family.Scalar == Double {
    let rows = Rows(x)
    let (values, deviations) = try model.imputed(rows, at: θ, threads: 2)
    let tables = try model.imputations(rows, at: θ, draws: 1500, using: RandomStream(seed: 8), threads: 2)
    for n in 0..<x.rows {
      let row = x.row(n)
      let joint = (0..<θ.components).map { Double.log(θ.weights[$0]) + logDensity(row, $0) }
      let r = joint.map { Double.exp($0 - logSumExp(joint)) }
      for j in 0..<x.columns {
        let place = "\(name), row \(n), column \(j)"
        let drawn = tables.map { $0[n, j] }
        guard row[j].isNaN else {
          #expect(values[n, j] == row[j] && deviations[n, j] == 0, "\(place)")
          #expect(drawn.allSatisfy { $0 == row[j] }, "\(place)")
          continue
        }
        var (mean, square, probabilities): (Double, Double, [Double]) = (0, 0, [])
        for k in r.indices {
          switch cell(row, j, k) {
          case .number(let m, let variance):
            mean += r[k] * m
            square += r[k] * (variance + m * m)
          case .category(let p):
            if probabilities.isEmpty { probabilities = p.map { _ in 0 } }
            for c in p.indices { probabilities[c] += r[k] * p[c] }
          }
        }
        if probabilities.isEmpty {
          let deviation = (square - mean * mean).squareRoot()
          #expect((values[n, j] - mean).magnitude < 1e-9, "\(place)")
          #expect((deviations[n, j] - deviation).magnitude < 1e-7, "\(place)")
          #expect(MonteCarloMean(drawn).agrees(with: mean), "\(place)")
        } else {
          // The most likely category, and how unlikely it is.
          let best = probabilities.indices.max { probabilities[$0] < probabilities[$1] } ?? 0
          #expect(values[n, j] == Double(best), "\(place)")
          #expect(
            (deviations[n, j] - (1 - probabilities[best]).squareRoot()).magnitude < 1e-9, "\(place)")
          for (c, p) in probabilities.enumerated() {
            #expect(
              MonteCarloMean(drawn.map { $0 == Double(c) ? 1 : 0 }).agrees(with: p), "\(place), category \(c)"
            )
          }
        }
      }
    }
    #expect(
      try model.imputations(rows, at: θ, draws: 2, using: RandomStream(seed: 8), threads: 1)
        == Array(tables.prefix(2)), "\(name): another number of threads")
  }

  /// Every other row lacks some cells; one lacks all.
  func holes(in x: Matrix<Double>) -> Matrix<Double> {
    var (x, stream) = (x, RandomStream(seed: 31))
    for n in stride(from: 0, to: x.rows, by: 2) {
      for j in 0..<x.columns where n == 4 || stream.uniform() < 0.4 { x[n, j] = .nan }
    }
    return x
  }

  @Test func bernoulli() throws {
    let μ = Matrix<Double>([[0.1, 0.8, 0.3, 0.95], [0.7, 0.2, 0.6, 0.4], [0.5, 0.5, 0.05, 0.2]])
    let model = try BernoulliMixture<Double>(components: 3, dimensions: 4)
    let θ = BernoulliMixtureParameters(mixing: .weights([0.5, 0.3, 0.2]), emission: .init(probabilities: μ))
    let x = holes(in: try model.sample(14, at: θ, using: RandomStream(seed: 1)).values)
    try check(
      "bmm", model, x, at: θ,
      logDensity: { x, k in
        (0..<4).reduce(0) { x[$1].isNaN ? $0 : $0 + Double.log(x[$1] == 1 ? μ[k, $1] : 1 - μ[k, $1]) }
      }, cell: { _, j, k in .number(mean: μ[k, j], variance: μ[k, j] * (1 - μ[k, j])) })
  }

  @Test func categorical() throws {
    let columns = try CategoricalColumns(levels: [3, 2, 4])
    let p = Matrix<Double>([
      [0.7, 0.2, 0.1, 0.9, 0.1, 0.1, 0.1, 0.1, 0.7], [0.1, 0.3, 0.6, 0.25, 0.75, 0.4, 0.3, 0.2, 0.1],
    ])
    let model = try CategoricalMixture<Double>(components: 2, columns: columns)
    let θ = CategoricalMixtureParameters(
      mixing: .weights([0.6, 0.4]), emission: .init(columns: columns, probabilities: p))
    let x = holes(in: try model.sample(14, at: θ, using: RandomStream(seed: 1)).values)
    try check(
      "cmm", model, x, at: θ,
      logDensity: { x, k in
        (0..<3).reduce(0) { x[$1].isNaN ? $0 : $0 + Double.log(p[k, columns.offsets[$1] + Int(x[$1])]) }
      }, cell: { _, j, k in .category(columns.range(j).map { p[k, $0] }) })
  }

  @Test func student() throws {
    let gaussian = MixtureCase(covariance: .full, dimensions: 4).parameters
    let θ = StudentMixtureParameters(
      mixing: gaussian.mixing,
      emission: StudentParameters(
        means: gaussian.means, scales: gaussian.covariances, degreesOfFreedom: [7, 12, 40]))
    let plain = PlainStudent(θ: θ.emission)
    let model = try StudentMixture<Double>(components: 3, dimensions: 4, degreesOfFreedom: .estimated())
    let x = holes(in: try model.sample(14, at: θ, using: RandomStream(seed: 1)).values)
    try check(
      "tmm", model, x, at: θ, logDensity: { plain.row($0, $1).logDensity },
      cell: { x, j, k in
        let (row, ν) = (plain.row(x, k), θ.emission.degreesOfFreedom[k])
        let d = Double(x.count { !$0.isNaN })
        // u = (ν + d)/(ν + δ), and the variance (ν + δ)/(ν + d − 2) Σ_m|o.
        let variance = (ν + d) / row.u / (ν + d - 2) * row.covariance[j][j]
        return .number(mean: row.filled[j], variance: variance)
      })
  }

  @Test func factorAnalysers() throws {
    let one = FactorCase(noise: .diagonal, components: 2, dimensions: 5, factors: 2)
    let θ = one.parameters
    let model = try FactorMixture<Double>(components: 2, dimensions: 5, factors: 2)
    let x = holes(in: try model.sample(14, at: θ, using: RandomStream(seed: 1)).values)
    let covariances = (0..<2).map { Matrix(PlainFactors.covariance(θ.emission, $0)) }
    func plain(
      _ x: [Double], _ k: Int
    ) -> (logDensity: Double, missing: [Int], means: [Double], covariance: [[Double]]) {
      Plain.conditional(x, mean: θ.emission.means.row(k), covariance: covariances[k])
    }
    try check(
      "mfa", model, x, at: θ, logDensity: { plain($0, $1).logDensity },
      cell: { x, j, k in
        let part = plain(x, k)
        let l = part.missing.firstIndex(of: j) ?? 0
        return .number(mean: part.means[l], variance: part.covariance[l][l])
      })
  }
}
