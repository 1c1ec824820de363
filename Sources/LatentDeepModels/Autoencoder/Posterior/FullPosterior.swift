// B rows, S draws for each, L latent dimensions; T the lower triangle with Σ = T Tᵀ

package import LatentNetworks
package import LatentNumerics
package import LatentEvidence
import RealModule

/// q(z | x) = 𝒩(μ(x), T(x) T(x)ᵀ):
///
///     z = μ + T ε,   KL = ½ (μᵀμ + Σ T[a, b]² − L) − Σ ln T[a, a]
///
/// The encoder gives T packed by rows, its diagonal as logarithms.
package struct FullPosterior: PosteriorHead {
  package let latent: Int
  package let layer: Linear
  package let parts: [PosteriorPart]

  /// Triangles start near I, so that draws do not spread as L grows.
  package init(
    _ name: String, latent L: Int, from inputs: Int, in layout: inout ParameterLayout
  ) {
    latent = L
    parts = [
      PosteriorPart(width: L),
      PosteriorPart(width: L * (L + 1) / 2, initial: .normal(deviation: 0.01)),
    ]
    layer = Self.layer(name, parts, from: inputs, in: &layout)
  }

  private func mean<Scalar>(_ q: Variable<Scalar>) -> Variable<Scalar> { q.columns(0..<latent) }

  private func triangle<Scalar>(_ q: Variable<Scalar>) -> Variable<Scalar> {
    q.columns(latent..<q.columns)
  }

  package func draw<Scalar: LatentScalar>(
    _ q: Variable<Scalar>, _ ε: Variable<Scalar>, times S: Int, withDensity: Bool
  ) -> LatentDraw<Scalar> {
    let packed = triangle(q)
    let spread = packed.spread(S)
    let z = spread.lowerProduct(ε, diagonal: spread.factorDiagonal(order: latent)) + mean(q).spread(S)
    guard withDensity else { return LatentDraw(z: z, logDensity: nil) }
    let ofNoise = ε.squared().sumOfColumns().scaled(by: -0.5, adding: -0.5 * Double(latent) * logTwoPi)
    return LatentDraw(
      z: z, logDensity: ofNoise - packed.factorLogDeterminant(order: latent).spread(S))
  }

  package func divergence<Scalar: LatentScalar>(_ q: Variable<Scalar>) -> Variable<Scalar>? {
    let packed = triangle(q)
    let stored = packed.packedDiagonal(order: latent)
    // Off the diagonal Σ T² is that of all stored numbers less those on it.
    let offDiagonal = packed.squared().sumOfColumns() - stored.squared().sumOfColumns()
    let onDiagonal = stored.scaled(by: 2).exp() - stored.scaled(by: 2) + mean(q).squared()
    return (offDiagonal + onDiagonal.sumOfColumns()).scaled(by: 0.5, adding: -0.5 * Double(latent))
  }

  /// By the gradient −T⁻ᵀ ε of ln q at z = μ + T ε.
  package func pathDensity<Scalar: LatentScalar>(
    _ q: Variable<Scalar>, at z: Variable<Scalar>, from ε: Variable<Scalar>, density: Variable<Scalar>,
    times S: Int, on tape: Tape<Scalar>
  ) -> Variable<Scalar>? {
    let packed = triangle(q)
    let gradient = tape.constant(rows: z.rows, columns: latent) {
      writeSolution(
        packed.elements, packed.stride, rows: packed.rows, ε.elements, ε.stride, latent, times: S,
        into: $0.baseAddress!)
    }
    return z.density(density, gradient: gradient)
  }

  package func moments<Scalar: LatentScalar>(
    _ q: Variable<Scalar>
  ) -> (means: Variable<Scalar>, variances: Variable<Scalar>)? {
    let packed = triangle(q)
    let diagonal = packed.factorDiagonal(order: latent).squared()
    let squares = packed.squared()
    var variances = diagonal.columns(0..<1)
    for a in 1..<Swift.max(latent, 1) {
      let row = a * (a + 1) / 2
      let one = squares.columns(row..<row + a).sumOfColumns() + diagonal.columns(a..<a + 1)
      variances = variances.concatenated(with: one)
    }
    return (mean(q), variances)
  }
}

/// −T⁻ᵀ ε for S vectors ε of each packed triangle T with a logarithmic diagonal.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func writeSolution<Scalar: LatentScalar>(
  _ packed: UnsafePointer<Scalar>, _ packedStride: Int, rows B: Int, _ ε: UnsafePointer<Scalar>,
  _ stride: Int,
  _ L: Int, times S: Int, into c: UnsafeMutablePointer<Scalar>
) {
  for i in 0..<B * S {
    let T = packed + i / S * packedStride
    let (c, ε) = (c + i * L, ε + i * stride)
    for a in (0..<L).reversed() {
      var sum = -ε[a]
      for b in a + 1..<Swift.max(L, a + 1) { sum -= T[b * (b + 1) / 2 + a] * c[b] }
      c.advanced(by: a).initialize(to: sum / Scalar.exp(T[a * (a + 1) / 2 + a]))
    }
  }
}
