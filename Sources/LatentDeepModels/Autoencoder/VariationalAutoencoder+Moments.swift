// B rows, S draws for each, L latent dimensions of the first layer; v = ln s²

import LatentEvidence
import LatentNetworks
import LatentNumerics
import RealModule

/// What q(z | x) says of the latent dimensions of a row, those of all layers, the layer next to the data first.
struct LatentMoments: Sendable {
  /// E_q[z].
  var means: [Double]
  /// Standard deviations.
  var deviations: [Double]
  /// What each dimension adds to KL(q ‖ p) where q and p are products over dimensions, in nats.
  var divergences: [Double]
}

extension VariationalAutoencoder {
  /// The draws that moments are averaged over where they have no closed form.
  private static var drawsForMoments: Int { 200 }

  /// E_q[z] of the layer next to the data and the deviations of its dimensions for the rows of a batch.
  func firstMoments(
    _ q: Variable<Scalar>, of batch: AutoencoderBatch<Scalar>, on tape: Tape<Scalar>
  ) -> (means: [[Double]], deviations: [[Double]]) {
    let (B, L) = (batch.rows.count, configuration.latent)
    if let (means, variances) = posterior.moments(q) {
      let v = variances.doubles().map { $0.map { $0.squareRoot() } }
      return (means.doubles(), v.count == B ? v : [[Double]](repeating: v[0], count: B))
    }
    let S = Self.drawsForMoments
    let ε = tape.normal(rows: batch.rows, times: S, columns: L, noise: batch.noise)
    let z = posterior.draw(q, ε, times: S, withDensity: false).z.doubles()
    let pairs = (0..<B).map { Self.moments(z[$0 * S..<($0 + 1) * S]) }
    return (pairs.map(\.means), pairs.map(\.deviations))
  }

  /// Means and standard deviations of draws.
  private static func moments(_ draws: ArraySlice<[Double]>) -> (means: [Double], deviations: [Double]) {
    let S = Double(draws.count)
    let means = draws[draws.startIndex].indices.map { l in draws.reduce(0) { $0 + $1[l] } / S }
    let deviations = means.indices.map { l in
      let squares = draws.reduce(0) { $0 + ($1[l] - means[l]) * ($1[l] - means[l]) }
      return (squares / (S - 1)).squareRoot()
    }
    return (means, deviations)
  }

  /// What q says of all layers. The divergence of a dimension is that of its moments, KL(𝒩(μ, σ²) ‖ 𝒩(0, 1)), and 0 for a point; where
  /// p(z₁ | z₂) takes the place of 𝒩(0, 1), and z₁ that of x, it is an average over 200 draws.
  func moments(
    _ q: Variable<Scalar>, of batch: AutoencoderBatch<Scalar>, on tape: Tape<Scalar>
  ) -> [LatentMoments] {
    let first = firstMoments(q, of: batch, on: tape)
    func divergence(_ μ: Double, _ σ: Double) -> Double {
      configuration.posterior == .point ? 0 : 0.5 * (μ * μ + σ * σ - 1) - Double.log(σ)
    }
    guard let second else {
      return zip(first.means, first.deviations).map { μ, σ in
        LatentMoments(means: μ, deviations: σ, divergences: zip(μ, σ).map(divergence))
      }
    }
    let (S, L) = (Self.drawsForMoments, configuration.latent)
    let ε = noise(rows: batch.rows, times: S, from: batch.noise, on: tape)
    let z = posterior.draw(q, ε.columns(0..<L), times: S, withDensity: false).z
    let q₂ = second.encode(z)
    let z₂ = second.posterior.draw(q₂, ε.columns(L..<ε.columns), times: 1, withDensity: false).z
    let (m, v) = second.decode(z₂)
    let (draws, draws₂, m₁, v₁) = (z.doubles(), z₂.doubles(), m.doubles(), v.doubles())
    // Given z₁, in closed form where q₂ has it.
    let given = second.posterior.moments(q₂).map { ($0.means.doubles(), $0.variances.doubles()) }
    return first.means.indices.map { i in
      let all = i * S..<(i + 1) * S
      let divergences = (0..<L).map { l in
        let cross = all.reduce(0) { sum, s in
          let δ = draws[s][l] - m₁[s][l]
          return sum + 0.5 * (v₁[s][l] + δ * δ * Double.exp(-v₁[s][l]))
        }
        return cross / Double(S) - 0.5 - Double.log(first.deviations[i][l])
      }
      var (means, deviations) = Self.moments(draws₂[all])
      var divergences₂ = zip(means, deviations).map(divergence)
      if let (μ, s²) = given {
        let ofMeans = Self.moments(μ[all])
        means = ofMeans.means
        for l in means.indices {
          let spread = all.reduce(0) { $0 + s²[s².count == 1 ? 0 : $1][l] } / Double(S)
          deviations[l] = (spread + ofMeans.deviations[l] * ofMeans.deviations[l]).squareRoot()
          divergences₂[l] =
            all.reduce(0) { $0 + divergence(μ[$1][l], s²[s².count == 1 ? 0 : $1][l].squareRoot()) }
            / Double(S)
        }
      }
      return LatentMoments(
        means: first.means[i] + means, deviations: first.deviations[i] + deviations,
        divergences: divergences + divergences₂)
    }
  }
}
