// L latent dimensions, D columns; S the second moments of residuals about θ, n their numbers

public import LatentEvidence
import LatentNumerics
import RealModule

extension LinearStateSpace: LinearModel {
  /// E_q[ln p(x | z, θ)], missing entries of frames counting with x, and E_q[ln p(z | θ)]: each a sum of
  /// −½ (n ln |2πΣ| + tr Σ⁻¹ S) with Σ = R, and P and Q.
  ///
  /// - Throws: `.notPositiveDefinite`, `.wrongWidth`.
  public func expectedLogJoint(
    of statistics: LinearStateSpaceStatistics, at θ: Parameters
  ) throws(InferenceError) -> ExpectedLogJoint {
    guard θ.dimensions == dimensions else { throw .wrongWidth(expected: dimensions, actual: θ.dimensions) }
    var moved = statistics
    if moved.origin != θ { moved.move(to: θ) }
    var (observed, latent, magnitude) = (0.0, 0.0, 0.0)
    func term(
      _ count: Double, _ S: Matrix<Double>, _ Σ: Matrix<Double>, _ name: String
    ) throws(InferenceError) -> Double {
      guard let factor = Cholesky(Σ) else { throw .notPositiveDefinite(name) }
      let normalizer = count * (Double(Σ.rows) * Double.log(2 * .pi) + factor.logDeterminant)
      let trace = S.solvingRows(factor.lower).transposed().solvingRows(factor.lower).diagonal.reduce(0, +)
      magnitude += normalizer.magnitude + trace.magnitude
      return -0.5 * (normalizer + trace)
    }
    observed += try term(
      moved.emission.count, moved.emission.residuals, θ.emissionNoise, "the emission noise")
    latent += try term(
      moved.initial.count, moved.initial.second, θ.initialCovariance, "the initial covariance")
    if moved.transition.count > 0 {
      latent += try term(
        moved.transition.count, moved.transition.residuals, θ.transitionNoise, "the transition noise")
    }
    guard observed.isFinite, latent.isFinite else {
      throw .notFinite(quantity: "expected log density", row: nil)
    }
    return ExpectedLogJoint(observed: observed, latent: latent, roundoff: 32 * .ulpOfOne * magnitude)
  }
}
