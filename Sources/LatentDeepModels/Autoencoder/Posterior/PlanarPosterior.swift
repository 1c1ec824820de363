// B rows, S draws for each, L latent dimensions, T maps; v = ln σ²

package import LatentEvidence
package import LatentNetworks
package import LatentNumerics

/// A diagonal Gaussian bent by T planar maps, all from the encoder:
///
///     z ← z + û tanh(wᵀz + b),   û = u + (m − wᵀu) w / wᵀw,   m = −1 + ln(1 + exp wᵀu)
///     ln q(z) = ln q₀(z₀) − Σ ln(1 + m (1 − tanh²(wᵀz + b)))
///
/// wᵀû = m > −1 makes every map one to one.
///
/// - Source: Rezende & Mohamed (2015), ICML, §4.1 and appendix A.
package struct PlanarPosterior: PosteriorHead {
  package let latent: Int
  package let layer: Linear
  package let parts: [PosteriorPart]
  private let steps: Int

  package init(latent L: Int, steps T: Int, from inputs: Int, in layout: inout ParameterLayout) {
    latent = L
    steps = T
    let map = [PosteriorPart(width: L), PosteriorPart(width: L), PosteriorPart(width: 1)]
    parts =
      [PosteriorPart(width: L), PosteriorPart(width: L)] + (0..<T).flatMap { _ in map }
    layer = Self.layer(parts, from: inputs, in: &layout)
  }

  package func draw<Scalar: LatentScalar>(
    _ q: Variable<Scalar>, _ ε: Variable<Scalar>, times S: Int, withDensity: Bool
  ) -> LatentDraw<Scalar> {
    let L = latent
    let v = q.columns(L..<2 * L)
    var z = v.scaled(by: 0.5).exp().spread(S) * ε + q.columns(0..<L).spread(S)
    var density: Variable<Scalar>?
    if withDensity {
      density =
        ε.squared().sumOfColumns().scaled(by: -0.5, adding: -0.5 * Double(L) * logTwoPi)
        - v.sumOfColumns().scaled(by: 0.5).spread(S)
    }
    for t in 0..<steps {
      let first = 2 * L + t * (2 * L + 1)
      let (u, w) = (q.columns(first..<first + L), q.columns(first + L..<first + 2 * L))
      let b = q.columns(first + 2 * L..<first + 2 * L + 1)
      let wu = (w * u).sumOfColumns()
      let m = wu.softplus() - 1
      let bent = u + w * ((m - wu) / w.squared().sumOfColumns())
      let h = ((z * w.spread(S)).sumOfColumns() + b.spread(S)).tanh()
      z = z + bent.spread(S) * h
      if let before = density {
        density = before - ((1 - h.squared()) * m.spread(S) + 1).log()
      }
    }
    return LatentDraw(z: z, logDensity: density)
  }

  package func divergence<Scalar: LatentScalar>(_ q: Variable<Scalar>) -> Variable<Scalar>? { nil }

  package func moments<Scalar: LatentScalar>(
    _ q: Variable<Scalar>
  ) -> (means: Variable<Scalar>, variances: Variable<Scalar>)? { nil }
}
