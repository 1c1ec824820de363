// o the observed columns of a frame, m the missing ones; D columns, L latent dimensions

import LatentEvidence
import LatentNumerics
import RealModule

/// What depends on which entries of a frame are observed: with R_oo = K Kᵀ,
///
///     C̃ = K⁻¹ C_o,   x[m] given x[o] and z:  v_m ~ 𝒩(F v_o, R_m|o),   F = R_mo R_oo⁻¹.
final class ObservationPattern: Sendable {
  let observed: [Int]
  let missing: [Int]
  /// K, `[o, o]`.
  let root: Matrix<Double>
  /// 1/Kⱼⱼ where R_oo is diagonal.
  let inverseScales: [Double]?
  /// C̃, `[o, L]`.
  let emission: Matrix<Double>
  /// −½ (|o| ln 2π + ln |R_oo|), in nats.
  let logNormalizer: Double
  /// F, `[m, o]`, and R_m|o, `[m, m]`.
  let fill: Matrix<Double>
  let conditional: Matrix<Double>

  /// - Throws: `.notPositiveDefinite` for R_oo.
  init(missing: [Int], _ θ: LinearStateSpaceParameters) throws(InferenceError) {
    self.missing = missing
    observed = (0..<θ.dimensions).filter { !missing.contains($0) }
    let R = θ.emissionNoise
    let Roo = R.selecting(rows: observed).selecting(columns: observed)
    guard let factor = Cholesky(Roo) else { throw .notPositiveDefinite("the emission noise") }
    let lower = factor.lower
    root = lower
    let isDiagonal = (0..<lower.rows).allSatisfy { i in (0..<i).allSatisfy { lower[i, $0] == 0 } }
    inverseScales = isDiagonal ? lower.diagonal.map { 1 / $0 } : nil
    emission = θ.emission.selecting(rows: observed).transposed().solvingRows(root).transposed()
    logNormalizer = -0.5 * (Double(observed.count) * Double.log(2 * .pi) + factor.logDeterminant)
    let Rmo = R.selecting(rows: missing).selecting(columns: observed)
    let half = Rmo.solvingRows(root)
    fill = half.solvingRows(root, transposing: true)
    conditional = R.selecting(rows: missing).selecting(columns: missing).adding(half.squared, times: -1)
  }
}
