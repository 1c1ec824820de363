// K states, D dimensions

import LatentDistributions
import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport

/// A small Gaussian hidden Markov model with ragged sequences.
struct HiddenMarkovCase: Sendable {
  let model: HiddenMarkovModel<GaussianEmission<Double>>
  let parameters: HiddenMarkovParameters<GaussianParameters>
  let sequences: SequenceBatch<Double>

  init(
    states K: Int = 3, dimensions D: Int = 2, lengths: [Int] = [4, 1, 5, 3], missing: Bool = false,
    weights: [Double]? = nil, seed: UInt64 = 1
  ) throws {
    var stream = RandomStream(seed: seed)
    let π = stream.dirichlet(Array(repeating: 2, count: K))
    var A = Matrix((0..<K).map { _ in stream.dirichlet(Array(repeating: 1, count: K)) })
    // A transition that cannot be.
    if K > 2 {
      A[0, 1] += A[0, 2]
      A[0, 2] = 0
    }
    let means = Matrix(rows: K, columns: D, elements: (0..<K * D).map { _ in 2 * stream.normal() })
    parameters = HiddenMarkovParameters(
      chain: ChainParameters(initial: π, transitions: A),
      emission: GaussianParameters(
        means: means, covariances: .full((0..<K).map { _ in stream.covariance(D) })))
    model = try HiddenMarkovModel(states: K, of: GaussianEmission(dimensions: D))
    var frames = try model.sample(lengths: lengths, at: parameters, using: RandomStream(seed: seed + 100))
      .sequences.frames
    if missing {
      for t in 0..<frames.rows {
        for j in 0..<D where t % 5 == 2 || stream.uniform() < 0.2 { frames[t, j] = .nan }
      }
    }
    sequences = try SequenceBatch(frames, lengths: lengths, weights: weights)
  }

  /// ln p(x | k) of the cells observed, by the density of their marginal.
  func logDensity(_ x: [Double], _ k: Int) throws -> Double {
    let observed = x.indices.filter { !x[$0].isNaN }
    guard !observed.isEmpty else { return 0 }
    let θ = parameters.emission
    let Σ = θ.covariance(of: k).selecting(rows: observed).selecting(columns: observed)
    guard let factor = Cholesky(Σ) else { return .nan }
    let offset = Matrix(
      rows: 1, columns: observed.count, elements: observed.map { x[$0] - θ.means[k, $0] })
    let white = factor.whitening(offset).elements
    return -0.5 * (Double(observed.count) * Double.log(2 * .pi) + factor.logDeterminant)
      - 0.5 * white.reduce(0) { $0 + $1 * $1 }
  }

  /// The enumeration of sequence n.
  func enumeration(_ n: Int) throws -> PathEnumeration {
    let x = sequences.sequence(n)
    return PathEnumeration(
      initial: parameters.chain.initial, transitions: parameters.chain.transitions,
      log: try (0..<x.rows).map { t in try (0..<model.states).map { try logDensity(x.row(t), $0) } })
  }
}
