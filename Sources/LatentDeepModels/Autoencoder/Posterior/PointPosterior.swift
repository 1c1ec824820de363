// B rows, S draws for each, L latent dimensions

package import LatentEvidence
package import LatentNetworks
package import LatentNumerics

/// z = μ(x), without any spread: the deterministic auto-encoder. It has no density, and no divergence is counted.
package struct PointPosterior: PosteriorHead {
  package let latent: Int
  package let layer: Linear
  package let parts: [PosteriorPart]

  package init(
    _ name: String, latent L: Int, from inputs: Int, in layout: inout ParameterLayout
  ) {
    latent = L
    parts = [PosteriorPart(width: L)]
    layer = Self.layer(name, parts, from: inputs, in: &layout)
  }

  package func draw<Scalar: LatentScalar>(
    _ q: Variable<Scalar>, _ ε: Variable<Scalar>, times S: Int, withDensity: Bool
  ) -> LatentDraw<Scalar> { LatentDraw(z: S == 1 ? q : q.repeatingRows(S), logDensity: nil) }

  package func divergence<Scalar: LatentScalar>(_ q: Variable<Scalar>) -> Variable<Scalar>? {
    q.detached().sumOfColumns().scaled(by: 0)
  }

  package func moments<Scalar: LatentScalar>(
    _ q: Variable<Scalar>
  ) -> (means: Variable<Scalar>, variances: Variable<Scalar>)? { (q, q.detached().scaled(by: 0)) }
}
