// N observations, D dimensions, K components; o the observed columns of a row, m the missing ones

import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// A Gaussian mixture with missing cells, with weights, or both.
struct MissingCase: Sendable, CustomTestStringConvertible {
  var covariance: CovarianceStructure
  var dimensions: Int
  var single = false
  var hasMissing = true
  var hasWeights = false
  var hasPrior = false

  var testDescription: String {
    "\(base.testDescription), missing \(hasMissing), weights \(hasWeights)"
  }

  /// 3 and 8 columns fill no vector and one, 20 several; from 33 on products are dense, from 97 in panels.
  static let all: [MissingCase] =
    CovarianceStructure.allCases.flatMap { covariance in
      [3, 8, 20, 40].flatMap { dimensions in
        [false, true].flatMap { single in
          [(true, false), (true, true), (false, true)].map { missing, weights in
            MissingCase(
              covariance: covariance, dimensions: dimensions, single: single, hasMissing: missing,
              hasWeights: weights, hasPrior: weights != single || dimensions > 8)
          }
        }
      }
    } + [
      MissingCase(covariance: .full, dimensions: 110, hasPrior: true),
      MissingCase(covariance: .tied, dimensions: 110, hasPrior: true),
    ]

  private var base: MixtureCase {
    MixtureCase(
      covariance: covariance, dimensions: dimensions, single: single, hasPrior: hasPrior, components: 3)
  }

  var parameters: GaussianMixtureParameters { base.parameters }

  /// Rows of which a third is complete, the others lack a fifth of their cells; one lacks all, one all but one.
  func rows<S: LatentScalar>(_: S.Type) throws -> Rows<S> {
    var x = try base.observations(S.self)[rows: 0..<(dimensions > 96 ? 131 : 267)]
    var stream = RandomStream(seed: 9).substream(dimensions)
    if hasMissing {
      for n in 0..<x.rows where n % 3 != 0 {
        for j in 0..<dimensions where n == 4 || (n == 7 && j != 1) || stream.uniform() < 0.2 {
          x[n, j] = .nan
        }
      }
    }
    // Weights of 0, whole ones, and others, whose sums are exact.
    var weights = (0..<x.rows).map { 0.25 * Double(1 + $0 % 7) }
    for n in stride(from: 3, to: x.rows, by: 11) { weights[n] = 0 }
    return Rows(x, weights: hasWeights ? weights : nil)
  }

  func fixture<S: LatentScalar>(_: S.Type) throws -> ModelFixture<GaussianMixture<S>> {
    let rows = try rows(S.self)
    let prior = hasPrior ? try GaussianPrior.scaled(to: rows, components: 3, covariance: covariance) : nil
    let model = try GaussianMixture<S>(
      components: 3, dimensions: dimensions, covariance: covariance, prior: prior)
    return ModelFixture(
      name: testDescription, model: model, observations: rows,
      start: { (restart) throws(InferenceError) in
        try model.initialParameters(
          for: rows, start: restart == 0 ? .kMeans : .randomRows,
          using: RandomStream(seed: 1).substream(restart),
          threads: 1)
      }, numbers: { $0.parts.flatMap { $0 } })
  }
}

extension Plain {
  /// The block of a covariance: rows `a`, columns `b`.
  static func block(_ Σ: Matrix<Double>, _ a: [Int], _ b: [Int]) -> [[Double]] {
    a.map { i in b.map { Σ[i, $0] } }
  }

  /// Σ⁻¹ B and ln |Σ| by elimination with row operations on [Σ B], row-major.
  static func solve(_ Σ: [[Double]], _ B: [[Double]]) -> (solution: [[Double]], logDeterminant: Double) {
    let (n, width) = (Σ.count, Σ.count + (B.first?.count ?? 0))
    var a = zip(Σ, B).flatMap { $0 + $1 }
    var logDeterminant = 0.0
    a.withUnsafeMutableBufferPointer { a in
      for i in 0..<n {
        logDeterminant += Double.log(a[i * width + i])
        for l in i + 1..<Swift.max(n, i + 1) {
          let factor = a[l * width + i] / a[i * width + i]
          for j in i..<width { a[l * width + j] -= factor * a[i * width + j] }
        }
      }
      for i in stride(from: n - 1, through: 0, by: -1) {
        for j in n..<Swift.max(width, n) {
          for l in i + 1..<Swift.max(n, i + 1) { a[i * width + j] -= a[i * width + l] * a[l * width + j] }
          a[i * width + j] /= a[i * width + i]
        }
      }
    }
    return ((0..<n).map { i in Array(a[i * width + n..<(i + 1) * width]) }, logDeterminant)
  }

  /// ln 𝒩(x_o | μ_o, Σ_oo), E[x_m | x_o] and Cov(x_m | x_o) from Σ's blocks; missing cells are NaN.
  static func conditional(
    _ x: [Double], mean μ: [Double], covariance Σ: Matrix<Double>
  ) -> (logDensity: Double, missing: [Int], means: [Double], covariance: [[Double]]) {
    let (o, m) = (x.indices.filter { !x[$0].isNaN }, x.indices.filter { x[$0].isNaN })
    let (cross, d) = (block(Σ, o, m), o.map { x[$0] - μ[$0] })
    let (solution, logDeterminant) = solve(block(Σ, o, o), zip(d, cross).map { [$0] + $1 })
    var square = 0.0
    var (means, covariance) = (m.map { μ[$0] }, block(Σ, m, m))
    for i in o.indices {
      square += d[i] * solution[i][0]
      for a in m.indices {
        means[a] += cross[i][a] * solution[i][0]
        for b in m.indices { covariance[a][b] -= cross[i][a] * solution[i][1 + b] }
      }
    }
    let logDensity = -0.5 * (Double(o.count) * Double.log(2 * .pi) + logDeterminant + square)
    return (logDensity, m, means, covariance)
  }

  /// Statistics about given origins and the bound, with the exact posterior over components and missing cells.
  static func expectation(
    _ rows: Rows<Double>, _ θ: GaussianMixtureParameters, about zero: GaussianStatistics
  ) -> (statistics: GaussianStatistics, bound: Bound) {
    let D = rows.columns
    var s = zero
    var bound = Bound(reconstruction: 0, latentKL: 0, count: rows.totalWeight)
    for n in 0..<rows.rows {
      let x = rows.values.row(n)
      let w = rows.weight(of: n)
      let parts = (0..<θ.components).map { k in
        conditional(x, mean: θ.means.row(k), covariance: θ.covariance(of: k))
      }
      let joint = parts.indices.map { Double.log(θ.weights[$0]) + parts[$0].logDensity }
      let top = joint.max() ?? 0
      let evidence = top + Double.log(joint.reduce(0) { $0 + Double.exp($1 - top) })
      for k in 0..<θ.components {
        let r = Double.exp(joint[k] - evidence)
        guard r > 1e-30, w > 0 else { continue }
        bound.reconstruction += w * r * (joint[k] - Double.log(θ.weights[k]))
        bound.latentKL += w * r * (joint[k] - evidence - Double.log(θ.weights[k]))
        var d = x
        let (_, m, means, covariance) = parts[k]
        for (i, j) in m.enumerated() { d[j] = means[i] }
        for j in 0..<D { d[j] -= zero.origins[k, j] }
        var square = (0..<D).map { i in (0..<D).map { d[i] * d[$0] } }
        for (i, a) in m.enumerated() { for (j, b) in m.enumerated() { square[a][b] += covariance[i][j] } }
        s.counts[k] += w * r
        for i in 0..<D {
          s.first[k, i] += w * r * d[i]
          switch θ.covariances.structure {
          case .full: for j in 0...i { s.second[k][i, j] += w * r * square[i][j] }
          case .tied: for j in 0...i { s.second[0][i, j] += w * r * square[i][j] }
          case .diagonal: s.second[0][k, i] += w * r * square[i][i]
          case .spherical: s.second[0][k, 0] += w * r * square[i][i]
          }
        }
      }
    }
    return (s, bound)
  }
}
