// N observations, D dimensions, K components, L factors

import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// One configuration of factor analysers, with data drawn from it.
struct FactorCase: Sendable, CustomTestStringConvertible {
  var noise: NoiseStructure
  var components = 1
  var dimensions = 6
  var factors = 2
  var single = false
  var hasPrior = false
  /// The share of cells that are missing.
  var missing = 0.0
  var weighted = false
  var seed: UInt64 = 3

  var testDescription: String {
    "\(noise), K = \(components), D = \(dimensions), L = \(factors), \(single ? "single" : "double"), "
      + "prior \(hasPrior ? "scaled" : "none"), \(missing) missing\(weighted ? ", weighted" : "")"
  }

  /// ppca, fa and mixtures × missing × weights × precision.
  static let all: [FactorCase] =
    [(NoiseStructure.isotropic, 1), (.diagonal, 1), (.isotropic, 3), (.sharedDiagonal, 2), (.diagonal, 2)]
    .flatMap { noise, components in
      [(0.0, false), (0.0, true), (0.15, false), (0.15, true)].flatMap { missing, weighted in
        [false, true].map { single in
          FactorCase(
            noise: noise, components: components, single: single, hasPrior: weighted, missing: missing,
            weighted: weighted)
        }
      }
    } + [
      FactorCase(noise: .isotropic, dimensions: 70, factors: 9),
      FactorCase(noise: .diagonal, components: 2, dimensions: 40, factors: 5, single: true, hasPrior: true),
      FactorCase(noise: .sharedIsotropic, components: 2, hasPrior: true, missing: 0.1),
      FactorCase(noise: .diagonal, dimensions: 5, factors: 1, hasPrior: true, missing: 0.6),
    ]

  var rows: Int { 300 }

  /// Random parameters whose components overlap.
  var parameters: FactorMixtureParameters {
    var stream = RandomStream(seed: seed).substream(dimensions)
    let (K, D, L) = (components, dimensions, factors)
    let means = Matrix<Double>(
      rows: K, columns: D, elements: (0..<K * D).map { _ in 3 + 2 * stream.normal() })
    let loadings = (0..<K).map { _ in
      Matrix<Double>(rows: D, columns: L, elements: (0..<D * L).map { _ in stream.normal() })
    }
    let psi = Matrix<Double>(
      rows: noise.isShared ? 1 : K, columns: noise.isIsotropic ? 1 : D,
      elements: (0..<(noise.isShared ? 1 : K) * (noise.isIsotropic ? 1 : D)).map { _ in
        0.3 + 0.5 * stream.uniform()
      })
    return FactorMixtureParameters(
      mixing: .weights(stream.dirichlet(Array(repeating: 5, count: K))),
      emission: FactorParameters(means: means, loadings: loadings, noise: psi))
  }

  func model<S: LatentScalar>(for x: Rows<S>) throws -> FactorMixture<S> {
    try FactorMixture<S>(
      components: components, dimensions: dimensions, factors: factors, noise: noise,
      prior: hasPrior ? .scaled(to: x, components: components, threads: 1) : nil)
  }

  /// Rows with cells missing at random, one row without any, and weights among which are 0 and 2.
  func observations<S: LatentScalar>(_: S.Type) throws -> Rows<S> {
    let model = try FactorMixture<S>(
      components: components, dimensions: dimensions, factors: factors, noise: noise)
    var x = try model.sample(rows, at: parameters, using: RandomStream(seed: seed)).values
    var stream = RandomStream(seed: seed + 1)
    if missing > 0 {
      for n in 0..<x.rows {
        for j in 0..<x.columns where n == 17 || stream.uniform() < missing { x[n, j] = .nan }
      }
    }
    // Eighths, whose sums are exact.
    let weights = (0..<x.rows).map { [1, 0, 2, 0.25][$0 % 4] + Double(Int(8 * stream.uniform())) / 8 }
    return Rows(x, weights: weighted ? weights : nil)
  }

  func fixture<S: LatentScalar>(_: S.Type) throws -> ModelFixture<FactorMixture<S>> {
    let x = try observations(S.self)
    let model = try model(for: x)
    return ModelFixture(
      name: testDescription, model: model, observations: x,
      start: { [seed] restart throws(InferenceError) in
        try model.initialParameters(
          for: x, start: restart == 0 ? .randomRows : .kMeans,
          using: RandomStream(seed: seed).substream(restart), threads: 1)
      }, numbers: { $0.parts.flatMap { $0 } })
  }
}

extension FactorStatistics {
  var parts: [[Double]] {
    [counts, latent.flatMap(\.elements), cross.flatMap(\.elements), squares.elements]
  }
}

/// Plain computations by dense Gaussians and sub-matrices, which share nothing with the library's.
enum PlainFactors {
  /// ln 𝒩(x_o | μ_o, Σ_oo) and what it says of z and of missing cells.
  static func logJoint(_ x: Rows<Double>, _ θ: FactorMixtureParameters) -> [[Double]] {
    (0..<x.rows).map { n in
      let row = x.values.row(n)
      let seen = row.indices.filter { !row[$0].isNaN }
      return (0..<θ.components).map { k in
        let Σ = covariance(θ.emission, k)
        guard !seen.isEmpty else { return Double.log(θ.weights[k]) }
        let part = Plain.inverse(Matrix(seen.map { i in seen.map { Σ[i][$0] } }))
        let d = seen.map { row[$0] - θ.emission.means[k, $0] }
        var square = 0.0
        for a in d.indices { for b in d.indices { square += d[a] * part.inverse[a][b] * d[b] } }
        return Double.log(θ.weights[k]) - 0.5
          * (Double(seen.count) * Double.log(2 * .pi) + part.logDeterminant + square)
      }
    }
  }

  static func covariance(_ θ: FactorParameters, _ k: Int) -> [[Double]] {
    let ψ = θ.noiseVariances(of: k)
    return (0..<θ.dimensions).map { i in
      (0..<θ.dimensions).map { j in
        (0..<θ.factors).reduce(i == j ? ψ[i] : 0) { $0 + θ.loadings[k][i, $1] * θ.loadings[k][j, $1] }
      }
    }
  }

  /// Statistics about given origins and the bound: the joint Gaussian of (z, x) conditioned on what is observed.
  static func expectation(
    _ x: Rows<Double>, _ θ: FactorMixtureParameters, about zero: FactorStatistics
  ) -> (statistics: FactorStatistics, bound: Bound) {
    let (D, L, K) = (θ.dimensions, θ.emission.factors, θ.components)
    var s = zero
    var bound = Bound(reconstruction: 0, latentKL: 0, count: x.totalWeight)
    let joint = logJoint(x, θ)
    for n in 0..<x.rows {
      let row = x.values.row(n)
      let seen = row.indices.filter { !row[$0].isNaN }
      let top = joint[n].max() ?? 0
      let evidence = top + Double.log(joint[n].reduce(0) { $0 + Double.exp($1 - top) })
      for k in 0..<K {
        let r = Double.exp(joint[n][k] - evidence)
        let weight = r * x.weight(of: n)
        bound.reconstruction += weight * (joint[n][k] - Double.log(θ.weights[k]))
        bound.latentKL += weight * (joint[n][k] - evidence - Double.log(θ.weights[k]))
        // v = (z, x − μ): prior covariance G, conditioned on the observed cells.
        let Σ = covariance(θ.emission, k)
        let W = θ.emission.loadings[k]
        func G(_ a: Int, _ b: Int) -> Double {
          switch (a < L, b < L) {
          case (true, true): a == b ? 1 : 0
          case (true, false): W[b - L, a]
          case (false, true): W[a - L, b]
          case (false, false): Σ[a - L][b - L]
          }
        }
        let inverse =
          seen.isEmpty
          ? [] : Plain.inverse(Matrix(seen.map { i in seen.map { Σ[i][$0] } })).inverse
        let d = seen.map { row[$0] - θ.emission.means[k, $0] }
        let gain = (0..<L + D).map { a in
          seen.indices.map { c in seen.indices.reduce(0) { $0 + G(a, L + seen[$1]) * inverse[$1][c] } }
        }
        let mean = (0..<L + D).map { a in seen.indices.reduce(0) { $0 + gain[a][$1] * d[$1] } }
        func second(_ a: Int, _ b: Int) -> Double {
          mean[a] * mean[b] + G(a, b) - seen.indices.reduce(0) { $0 + gain[a][$1] * G(L + seen[$1], b) }
        }
        for a in 0..<L {
          for b in 0..<L { s.latent[k][a, b] += weight * second(a, b) }
          s.latent[k][a, L] += weight * mean[a]
          s.latent[k][L, a] += weight * mean[a]
        }
        s.latent[k][L, L] += weight
        for j in 0..<D {
          let shift = θ.emission.means[k, j] - zero.origins[k, j]
          for a in 0..<L { s.cross[k][j, a] += weight * (second(L + j, a) + shift * mean[a]) }
          s.cross[k][j, L] += weight * (mean[L + j] + shift)
          s.squares[k, j] +=
            weight * (second(L + j, L + j) + 2 * shift * mean[L + j] + shift * shift)
        }
      }
    }
    return (s, bound)
  }
}
