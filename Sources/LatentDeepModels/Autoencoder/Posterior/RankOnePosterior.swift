// B rows, S draws for each, L latent dimensions; d = diag D > 0, s = uᵀ D⁻¹ u, η = 1 / (1 + s)

package import LatentNetworks
package import LatentNumerics
package import LatentEvidence

/// q(z | x) = 𝒩(μ(x), C(x)) whose precision is a diagonal and one direction, C⁻¹ = D + u uᵀ:
///
///     C = D⁻¹ − η D⁻¹ u uᵀ D⁻¹,   ln |C| = ln η − ln |D|
///     z = μ + R ε,   R = D^−½ − (1 − √η) / s · D⁻¹ u uᵀ D^−½,   R Rᵀ = C
///     KL = ½ (μᵀμ + Σ 1/d − η Σ (u/d)² − L − ln |C|)
///
/// - Source: Rezende, Mohamed & Wierstra (2014), ICML, §4.3.
package struct RankOnePosterior: PosteriorHead {
  package let latent: Int
  package let layer: Linear
  package let parts: [PosteriorPart]

  package init(
    _ name: String, latent L: Int, from inputs: Int, in layout: inout ParameterLayout
  ) {
    latent = L
    parts = [PosteriorPart](repeating: PosteriorPart(width: L), count: 3)
    layer = Self.layer(name, parts, from: inputs, in: &layout)
  }

  private func mean<Scalar>(_ q: Variable<Scalar>) -> Variable<Scalar> { q.columns(0..<latent) }

  /// −ln d.
  private func logInverse<Scalar>(_ q: Variable<Scalar>) -> Variable<Scalar> {
    q.columns(latent..<2 * latent)
  }

  private func direction<Scalar>(_ q: Variable<Scalar>) -> Variable<Scalar> {
    q.columns(2 * latent..<3 * latent)
  }

  /// 1/d, u/d `[B, L]`, 1 + s `[B, 1]`.
  private func factors<Scalar>(
    _ q: Variable<Scalar>
  ) -> (inverse: Variable<Scalar>, scaled: Variable<Scalar>, onePlus: Variable<Scalar>) {
    let inverse = logInverse(q).exp()
    let scaled = direction(q) * inverse
    return (inverse, scaled, (scaled * direction(q)).sumOfColumns() + 1)
  }

  /// ln |C| = −ln(1 + s) − Σ ln d, `[B, 1]`.
  private func logDeterminant<Scalar>(_ q: Variable<Scalar>, _ onePlus: Variable<Scalar>) -> Variable<Scalar>
  { logInverse(q).sumOfColumns() - onePlus.log() }

  package func draw<Scalar: LatentScalar>(
    _ q: Variable<Scalar>, _ ε: Variable<Scalar>, times S: Int, withDensity: Bool
  ) -> LatentDraw<Scalar> {
    let (_, scaled, onePlus) = factors(q)
    let root = logInverse(q).scaled(by: 0.5).exp()
    // (1 − √η) / s = η / (1 + √η) = 1 / (r² + r) with r = √(1 + s): without cancellation at small s.
    let factor = scaled / (onePlus + onePlus.squareRoot())
    let straight = root.spread(S) * ε
    let along = (direction(q).spread(S) * straight).sumOfColumns()
    let z = straight - factor.spread(S) * along + mean(q).spread(S)
    guard withDensity else { return LatentDraw(z: z, logDensity: nil) }
    let ofNoise = ε.squared().sumOfColumns().scaled(by: -0.5, adding: -0.5 * Double(latent) * logTwoPi)
    return LatentDraw(z: z, logDensity: ofNoise - logDeterminant(q, onePlus).scaled(by: 0.5).spread(S))
  }

  package func divergence<Scalar: LatentScalar>(_ q: Variable<Scalar>) -> Variable<Scalar>? {
    let (inverse, scaled, onePlus) = factors(q)
    let trace = inverse.sumOfColumns() - scaled.squared().sumOfColumns() / onePlus
    return (mean(q).squared().sumOfColumns() + trace - logDeterminant(q, onePlus))
      .scaled(by: 0.5, adding: -0.5 * Double(latent))
  }

  /// −½ (L ln 2π + ln |C| + δᵀ (D + u uᵀ) δ), δ = z − μ.
  package func pathDensity<Scalar: LatentScalar>(
    _ q: Variable<Scalar>, at z: Variable<Scalar>, from ε: Variable<Scalar>, density: Variable<Scalar>,
    times S: Int, on tape: Tape<Scalar>
  ) -> Variable<Scalar>? {
    let q = q.detached()
    let δ = z - mean(q).spread(S)
    let precision = logInverse(q).scaled(by: -1).exp()
    let along = (δ * direction(q).spread(S)).sumOfColumns()
    let form = (δ.squared() * precision.spread(S)).sumOfColumns() + along.squared()
    return (form + logDeterminant(q, factors(q).onePlus).spread(S))
      .scaled(by: -0.5, adding: -0.5 * Double(latent) * logTwoPi)
  }

  package func moments<Scalar: LatentScalar>(
    _ q: Variable<Scalar>
  ) -> (means: Variable<Scalar>, variances: Variable<Scalar>)? {
    let (inverse, scaled, onePlus) = factors(q)
    return (mean(q), inverse - scaled.squared() / onePlus)
  }
}
