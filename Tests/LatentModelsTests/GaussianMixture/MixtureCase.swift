// N observations, D dimensions, K components

import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// One configuration of a Gaussian mixture, with data drawn from it.
struct MixtureCase: Sendable, CustomTestStringConvertible {
  var covariance: CovarianceStructure
  var dimensions: Int
  var single = false
  var hasPrior = false
  var components = 3
  var seed: UInt64 = 1

  var testDescription: String {
    "\(covariance), D = \(dimensions), \(single ? "single" : "double"), prior \(hasPrior ? "scaled" : "none")"
  }

  /// 13 and 20 columns lie between the widths that kernels know and those that dense products take, above 32; beyond 96
  /// those go in panels.
  static let all: [MixtureCase] =
    CovarianceStructure.allCases.flatMap { covariance in
      [2, 5, 13, 20, 40].flatMap { dimensions in
        [false, true].flatMap { single in
          [false, true].map {
            MixtureCase(covariance: covariance, dimensions: dimensions, single: single, hasPrior: $0)
          }
        }
      }
    } + [
      MixtureCase(covariance: .full, dimensions: 130), MixtureCase(covariance: .tied, dimensions: 130),
      MixtureCase(covariance: .full, dimensions: 130, single: true, hasPrior: true),
    ]

  /// Several lanes and a last block that fills neither a vector nor a group of rows.
  var rows: Int { dimensions > 96 ? 1603 : dimensions > 32 ? 771 : 1101 }

  /// Random parameters whose components overlap.
  var parameters: GaussianMixtureParameters {
    var stream = RandomStream(seed: seed).substream(dimensions)
    let (K, D) = (components, dimensions)
    let spread = 4 / Double(D).squareRoot()
    let means = Matrix<Double>(
      rows: K, columns: D, elements: (0..<K * D).map { _ in 3 + spread * stream.normal() })
    let covariances: GaussianParameters.Covariances =
      switch covariance {
      case .full: .full((0..<K).map { stream.covariance(D, scale: 1 + Double($0)) })
      case .tied: .tied(stream.covariance(D))
      case .diagonal:
        .diagonal(Matrix(rows: K, columns: D, elements: (0..<K * D).map { _ in 0.5 + stream.uniform() }))
      case .spherical: .spherical((0..<K).map { _ in 0.5 + stream.uniform() })
      }
    return GaussianMixtureParameters(
      weights: stream.dirichlet(Array(repeating: 5, count: K)), means: means, covariances: covariances)
  }

  func observations<S: LatentScalar>(_: S.Type) throws -> Matrix<S> {
    let model = try GaussianMixture<S>(
      components: components, dimensions: dimensions, covariance: covariance)
    return try model.sample(rows, at: parameters, using: RandomStream(seed: seed)).values
  }

  func fixture<S: LatentScalar>(_: S.Type) throws -> ModelFixture<GaussianMixture<S>> {
    let x = try observations(S.self)
    let prior = hasPrior ? try GaussianPrior.scaled(to: Rows(x), components: components) : nil
    let model = try GaussianMixture<S>(
      components: components, dimensions: dimensions, covariance: covariance, prior: prior)
    return ModelFixture(
      name: testDescription, model: model, observations: Rows(x),
      start: { [seed, dimensions] restart throws(InferenceError) in
        // In many dimensions random rows may end in a collapse, which the ascent after the first is free to do.
        let start: MixtureStart = dimensions > 32 && restart == 0 ? .kMeans : .randomRows
        let stream = RandomStream(seed: seed).substream(restart)
        return try model.initialParameters(for: Rows(x), start: start, using: stream, threads: 1)
      }, numbers: { $0.parts.flatMap { $0 } })
  }
}

extension GaussianStatistics {
  /// Counts, first moments, and the lower triangles (or all) of the second moments.
  var parts: [[Double]] {
    [counts, first.elements]
      + second.map { m in
        guard m.rows == m.columns, second.count > 1 || m.rows == first.columns && m.rows != counts.count
        else {
          return m.elements
        }
        return (0..<m.rows).flatMap { i in (0...i).map { m[i, $0] } }
      }
  }
}

/// Plain computations that share nothing with the library's: Gauss–Jordan elimination and sums.
enum Plain {
  /// Σ⁻¹ and ln |Σ|.
  static func inverse(_ matrix: Matrix<Double>) -> (inverse: [[Double]], logDeterminant: Double) {
    let D = matrix.rows
    var a = (0..<D).map { i in matrix.row(i) + (0..<D).map { $0 == i ? 1 : 0 } }
    var logDeterminant = 0.0
    for i in 0..<D {
      let pivot = a[i][i]
      logDeterminant += Double.log(pivot.magnitude)
      for j in 0..<2 * D { a[i][j] /= pivot }
      for l in 0..<D where l != i && a[l][i] != 0 {
        let factor = a[l][i]
        for j in 0..<2 * D { a[l][j] -= factor * a[i][j] }
      }
    }
    return (a.map { Array($0[D...]) }, logDeterminant)
  }

  /// ln (π[k] 𝒩(x[n] | μ[k], Σ[k])), by rows.
  static func logJoint(_ x: Matrix<Double>, _ θ: GaussianMixtureParameters) -> [[Double]] {
    let D = x.columns
    let parts = (0..<θ.components).map { inverse(θ.covariance(of: $0)) }
    return (0..<x.rows).map { n in
      (0..<θ.components).map { k in
        let d = (0..<D).map { x[n, $0] - θ.means[k, $0] }
        var square = 0.0
        for i in 0..<D { for j in 0..<D { square += d[i] * parts[k].inverse[i][j] * d[j] } }
        return Double.log(θ.weights[k]) - 0.5
          * (Double(D) * Double.log(2 * .pi) + parts[k].logDeterminant + square)
      }
    }
  }

  /// Statistics about given origins and the bound, with the exact posterior.
  static func expectation(
    _ x: Matrix<Double>, _ θ: GaussianMixtureParameters, about zero: GaussianStatistics
  ) -> (statistics: GaussianStatistics, bound: Bound) {
    expectation(
      x, logJoint(x, θ), logWeights: θ.weights.map { Double.log($0) },
      weights: Array(repeating: 1, count: x.rows), structure: θ.covariances.structure, about: zero)
  }
}
