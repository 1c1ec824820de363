// T frames, L latent dimensions, D columns

import LatentModels
import LatentNumerics

/// All states and frames of one sequence as one Gaussian vector, (z[1] … z[T], x[1] … x[T]), each a linear map of independent
/// noise, conditioned by dense algebra.
struct DenseJoint {
  let L: Int
  let D: Int
  let T: Int
  let mean: [Double]
  let covariance: Matrix<Double>

  init(_ θ: LinearStateSpaceParameters, frames T: Int, controls u: Matrix<Double>? = nil) {
    let (L, D) = (θ.latent, θ.dimensions)
    (self.L, self.D, self.T) = (L, D, T)
    let size = T * (L + D)
    // Noise: a[t], `[L]` each, then v[t], `[D]` each.
    var map = Matrix<Double>(rows: size, columns: size)
    var mean = [Double](repeating: 0, count: size)
    for t in 0..<T {
      for i in 0..<L {
        map[t * L + i, t * L + i] = 1
        mean[t * L + i] = t == 0 ? θ.initialMean[i] : 0
        guard t > 0 else { continue }
        for j in 0..<L {
          mean[t * L + i] += θ.transition[i, j] * mean[(t - 1) * L + j]
          for c in 0..<t * L { map[t * L + i, c] += θ.transition[i, j] * map[(t - 1) * L + j, c] }
        }
        for j in 0..<θ.controls { mean[t * L + i] += θ.control[i, j] * (u?[t - 1, j] ?? 0) }
      }
      for i in 0..<D {
        let row = T * L + t * D + i
        map[row, row] = 1
        mean[row] = θ.offset[i]
        for j in 0..<L {
          mean[row] += θ.emission[i, j] * mean[t * L + j]
          for c in 0..<T * L { map[row, c] += θ.emission[i, j] * map[t * L + j, c] }
        }
      }
    }
    func noise(_ a: Int, _ b: Int) -> Double {
      if a < T * L, b < T * L, a / L == b / L {
        return (a < L ? θ.initialCovariance : θ.transitionNoise)[a % L, b % L]
      }
      let (i, j) = (a - T * L, b - T * L)
      return i >= 0 && j >= 0 && i / D == j / D ? θ.emissionNoise[i % D, j % D] : 0
    }
    var spread = Matrix<Double>(rows: size, columns: size)
    for a in 0..<size {
      for b in 0..<size {
        let own =
          b < T * L
          ? b / L * L..<b / L * L + L : (b - T * L) / D * D + T * L..<(b - T * L) / D * D + T * L + D
        for c in own { spread[a, b] += map[a, c] * noise(c, b) }
      }
    }
    self.mean = mean
    covariance = Matrix(
      rows: size, columns: size,
      elements: (0..<size * size).map { i in
        (0..<size).reduce(0) { $0 + spread[i / size, $1] * map[i % size, $1] }
      })
  }

  /// Mean and covariance of all variables given the entries of x that are numbers, of the first `frames`, and ln p of
  /// those entries, in nats.
  func given(
    _ x: Matrix<Double>, frames: Int? = nil
  ) throws -> (mean: [Double], covariance: Matrix<Double>, logDensity: Double) {
    let observed = (0..<(frames ?? T) * D).filter { !x[$0 / D, $0 % D].isNaN }
    guard !observed.isEmpty else { return (mean, covariance, 0) }
    let places = observed.map { T * L + $0 }
    let factor = Cholesky(covariance.selecting(rows: places).selecting(columns: places))!
    let offset = Matrix(
      rows: 1, columns: places.count,
      elements: observed.enumerated().map { x[$1 / D, $1 % D] - mean[places[$0]] })
    let white = factor.whitening(offset).row(0)
    let half = factor.whitening(covariance.selecting(columns: places))
    var (conditional, spread) = (mean, covariance)
    for a in mean.indices {
      conditional[a] += zip(half.row(a), white).reduce(0) { $0 + $1.0 * $1.1 }
      for b in mean.indices {
        spread[a, b] -= zip(half.row(a), half.row(b)).reduce(0) { $0 + $1.0 * $1.1 }
      }
    }
    let density =
      -0.5 * (Double(places.count) * Double.log(2 * .pi) + factor.logDeterminant)
      - 0.5 * white.reduce(0) { $0 + $1 * $1 }
    return (conditional, spread, density)
  }
}
