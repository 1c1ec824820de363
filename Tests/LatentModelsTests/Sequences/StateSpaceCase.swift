// N sequences, L latent dimensions, U controls, D columns

import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport

/// A small linear Gaussian state space with ragged sequences. Where it is certain, the first state is known and noise moves the
/// next ones along one direction only.
struct StateSpaceCase: Sendable {
  let model: LinearStateSpace<Double>
  let parameters: LinearStateSpaceParameters
  let sequences: SequenceBatch<Double>

  init(
    latent L: Int = 2, dimensions D: Int = 3, controls U: Int = 1, noise: EmissionNoise = .full,
    lengths: [Int] = [4, 1, 5, 4], missing: Bool = false, weights: [Double]? = nil,
    prior: StateSpacePrior? = nil, noiseScale: Double = 1, isCertain: Bool = false, seed: UInt64 = 1
  ) throws {
    var stream = RandomStream(seed: seed)
    func normals(_ rows: Int, _ columns: Int, _ scale: Double = 1) -> Matrix<Double> {
      Matrix(
        rows: rows, columns: columns, elements: (0..<rows * columns).map { _ in scale * stream.normal() })
    }
    var R = stream.covariance(D, scale: noiseScale)
    if noise != .full { R = .diagonal(R.diagonal) }
    if noise == .isotropic { R = .diagonal(Array(repeating: R[0, 0], count: D)) }
    // Of rank 1 and 0 where states are certain.
    let direction = normals(L, 1)
    let rankOne = direction.times(direction.transposed())
    parameters = LinearStateSpaceParameters(
      initialMean: normals(1, L).elements,
      initialCovariance: isCertain ? Matrix(rows: L, columns: L) : stream.covariance(L),
      transition: normals(L, L, 0.6 / Double(L).squareRoot()), control: normals(L, U),
      transitionNoise: isCertain ? rankOne : stream.covariance(L, scale: noiseScale), emission: normals(D, L),
      offset: normals(1, D).elements,
      emissionNoise: R)
    model = try LinearStateSpace(latent: L, dimensions: D, controls: U, noise: noise, prior: prior)
    let total = lengths.reduce(0, +)
    let controls = U > 0 ? normals(total, U) : nil
    var frames = try model.sample(
      lengths: lengths, controls: controls, at: parameters, using: RandomStream(seed: seed + 100)
    ).sequences.frames
    if missing {
      for t in 0..<frames.rows {
        for j in 0..<D where t % 6 == 2 || (t != 4 && stream.uniform() < 0.25) { frames[t, j] = .nan }
      }
    }
    sequences = try SequenceBatch(frames, lengths: lengths, controls: controls, weights: weights)
  }

  func joint(_ n: Int) -> DenseJoint {
    let range = sequences.frameRange(of: n)
    return DenseJoint(parameters, frames: range.count, controls: sequences.controls.map { $0[rows: range] })
  }

  static func numbers(_ s: LinearStateSpaceStatistics) -> [Double] {
    [s.initial.count] + s.initial.first + s.initial.second.elements
      + [s.transition, s.emission].flatMap {
        [$0.count] + $0.residuals.elements + $0.cross.elements + $0.regressors.elements
      }
  }
}
