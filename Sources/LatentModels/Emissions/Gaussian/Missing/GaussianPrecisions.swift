// D dimensions, K components

import LatentNumerics
import RealModule
import Synchronization

/// Λ[k] = Σ[k]⁻¹ of dense covariances: made when the first row with a missing cell asks for them, since complete rows
/// need none.
final class GaussianPrecisions: Sendable {
  let θ: GaussianParameters
  private let made = Mutex<Inverses?>(nil)

  struct Inverses: Sendable {
    /// Λ, one for each component or one for all, `[D, stride]`, filled up with zeros.
    let matrices: [Matrix<Double>]
    /// ln |Σ|, likewise.
    let logDeterminants: [Double]
  }

  init(_ θ: GaussianParameters) { self.θ = θ }

  /// Whether covariances have more than a diagonal.
  var isDense: Bool { θ.covariances.structure == .full || θ.covariances.structure == .tied }

  /// Columns of the matrices: D, up to whole vectors.
  var stride: Int { (θ.dimensions + 7) / 8 * 8 }

  /// - Complexity: O(K·D³) once.
  var inverses: Inverses {
    made.withLock { made in
      if let made { return made }
      let (D, stride) = (θ.dimensions, stride)
      var (matrices, logDeterminants): ([Matrix<Double>], [Double]) = ([], [])
      for k in 0..<(θ.covariances.structure == .tied ? 1 : θ.components) {
        var padded = Matrix<Double>(rows: D, columns: stride)
        // The densities factored these before.
        if let factor = Cholesky(θ.covariance(of: k)) {
          let inverse = factor.inverse()
          padded.withUnsafeMutableElements { target in
            inverse.withUnsafeElements { source in
              for i in 0..<D { for j in 0..<D { target[i * stride + j] = source[i * D + j] } }
            }
          }
          logDeterminants.append(factor.logDeterminant)
        }
        matrices.append(padded)
      }
      let result = Inverses(matrices: matrices, logDeterminants: logDeterminants)
      made = result
      return result
    }
  }

  /// p(x_m | x_o) of component k.
  func conditional(_ k: Int, missing: [Int]) -> GaussianConditional {
    let inverses = inverses
    let index = inverses.matrices.count == 1 ? 0 : k
    return GaussianConditional(
      covariance: θ.covariance(of: k), precision: inverses.matrices[index],
      logDeterminant: inverses.logDeterminants[index], missing: missing)
  }

  /// What filling missing cells may add to the rounding error of a bound, in nats. With δ the unit in double precision,
  /// κⱼ = Σⱼⱼ Λⱼⱼ, and the sums over columns, for each row, under the worst component:
  ///
  ///     4δ Σκⱼ                of ln |Λ_mm|, whose Λ comes from an inverse;
  ///     (8δ (Σ√κⱼ)²)²         of Λ_mo and the solution with Λ_mm: of second order, since the filled cells minimise;
  ///     ε² Σ Λⱼⱼ (Σⱼⱼ + μⱼ²)   of the filled cells in the rows' precision, likewise;
  ///     2ε Σ |ln 2πΣⱼⱼ| + |ln Λⱼⱼ/2π|   of the offset itself in the rows' precision.
  func roundoff(weight: Double, unit ε: Double) -> Double {
    let δ = Double.ulpOfOne
    let inverses = isDense ? inverses.matrices : []
    var worst = 0.0
    for k in 0..<θ.components {
      var (κ, roots, cells, offsets) = (0.0, 0.0, 0.0, 0.0)
      for (j, variance) in θ.variances(of: k).enumerated() {
        let precision = isDense ? inverses[inverses.count == 1 ? 0 : k][j, j] : 1 / variance
        let μ = θ.means[k, j]
        κ += variance * precision
        roots += (variance * precision).squareRoot()
        cells += precision * (variance + μ * μ)
        offsets += abs(Double.log(2 * .pi * variance)) + abs(Double.log(precision / (2 * .pi)))
      }
      let second = 8 * δ * roots * roots
      worst = Swift.max(worst, 4 * δ * κ + second * second + ε * ε * cells + 2 * ε * offsets)
    }
    return weight * worst
  }
}
