// B rows, S draws for each, L latent dimensions; v = ln σ²

package import LatentEvidence
package import LatentNetworks
package import LatentNumerics

/// q(z | x) = 𝒩(μ(x), diag exp v), with v from the encoder too, or the same for all rows:
///
///     z = μ + exp(v / 2) ε,   KL = ½ Σ (μ² + exp v − 1 − v)
///
/// - Source: Kingma & Welling (2014), ICLR, §2.4 and appendix B.
package struct DiagonalPosterior: PosteriorHead {
  package let latent: Int
  package let layer: Linear
  package let parts: [PosteriorPart]
  /// v where it is the same for all rows.
  private let shared: ParameterReference?

  package init(
    _ name: String, latent L: Int, from inputs: Int, constantVariance: Bool, in layout: inout ParameterLayout
  ) {
    latent = L
    parts = [PosteriorPart](repeating: PosteriorPart(width: L), count: constantVariance ? 1 : 2)
    layer = Self.layer(name, parts, from: inputs, in: &layout)
    shared = constantVariance ? layout.add("\(name)/logVariance", L) : nil
  }

  private func mean<Scalar>(_ q: Variable<Scalar>) -> Variable<Scalar> {
    shared == nil ? q.columns(0..<latent) : q
  }

  private func logVariance<Scalar>(_ q: Variable<Scalar>) -> Variable<Scalar> {
    shared.map { q.parameter($0) } ?? q.columns(latent..<2 * latent)
  }

  package func draw<Scalar: LatentScalar>(
    _ q: Variable<Scalar>, _ ε: Variable<Scalar>, times S: Int, withDensity: Bool
  ) -> LatentDraw<Scalar> {
    let v = logVariance(q)
    let z = v.scaled(by: 0.5).exp().spread(S) * ε + mean(q).spread(S)
    return LatentDraw(z: z, logDensity: withDensity ? density(v, ε, S) : nil)
  }

  /// −½ (Σ v + L ln 2π + Σ ε²).
  private func density<Scalar>(_ v: Variable<Scalar>, _ ε: Variable<Scalar>, _ S: Int) -> Variable<Scalar> {
    let spread = v.sumOfColumns().scaled(by: -0.5).spread(S)
    let ofNoise = ε.squared().sumOfColumns().scaled(by: -0.5, adding: -0.5 * Double(latent) * logTwoPi)
    return ofNoise + spread
  }

  package func divergence<Scalar: LatentScalar>(_ q: Variable<Scalar>) -> Variable<Scalar>? {
    mean(q).standardDivergence(logVariance: logVariance(q))
  }

  package func dimensionDivergences<Scalar: LatentScalar>(_ q: Variable<Scalar>) -> Variable<Scalar>? {
    let v = logVariance(q)
    return (mean(q).squared() + (v.exp() - v)).scaled(by: 0.5, adding: -0.5)
  }

  package func pathDensity<Scalar: LatentScalar>(
    _ q: Variable<Scalar>, at z: Variable<Scalar>, from ε: Variable<Scalar>, density: Variable<Scalar>,
    times S: Int, on tape: Tape<Scalar>
  ) -> Variable<Scalar>? {
    z.logGaussian(mean: mean(q).detached().spread(S), logVariance: logVariance(q).detached().spread(S))
  }

  package func moments<Scalar: LatentScalar>(
    _ q: Variable<Scalar>
  ) -> (means: Variable<Scalar>, variances: Variable<Scalar>)? {
    (mean(q), logVariance(q).exp())
  }

  package func initializeOthers<Scalar: LatentScalar>(_ parameters: inout ParameterVector<Scalar>) {
    if let shared { parameters[shared] = Matrix(rows: 1, columns: latent) }
  }
}

/// ln 2π.
let logTwoPi = 1.837_877_066_409_345_5
