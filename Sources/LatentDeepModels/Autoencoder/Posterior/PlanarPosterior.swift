// B rows, S draws for each, L latent dimensions, T maps; v = ln σ²

package import LatentEvidence
package import LatentNetworks
package import LatentNumerics
import RealModule

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

  package init(
    _ name: String, latent L: Int, steps T: Int, from inputs: Int, in layout: inout ParameterLayout
  ) {
    latent = L
    steps = T
    let map = [PosteriorPart(width: L), PosteriorPart(width: L), PosteriorPart(width: 1)]
    parts =
      [PosteriorPart(width: L), PosteriorPart(width: L)] + (0..<T).flatMap { _ in map }
    layer = Self.layer(name, parts, from: inputs, in: &layout)
  }

  /// Every w starts away from 0, where û has no value: a row of zeros leaves the biases alone.
  package func initializeOthers<Scalar: LatentScalar>(_ parameters: inout ParameterVector<Scalar>) {
    guard let reference = layer.bias else { return }
    var bias = parameters[reference]
    for t in 0..<steps {
      let first = 2 * latent + t * (2 * latent + 1) + latent
      for j in first..<first + latent { bias[0, j] = 0.1 }
    }
    parameters[reference] = bias
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

  /// By the gradient of ln q at z, which each map carries on:
  ///
  ///     ∇ ← (I + h w ûᵀ)⁻¹ (∇ − ∂/∂z ln(1 + m h)) = v − h w (ûᵀv) / (1 + m h),   h = 1 − tanh²(wᵀz + b)
  ///
  /// - Source: Vaitl, Nicoli, Nakajima & Kessel (2022), ICML, for the recursion.
  package func pathDensity<Scalar: LatentScalar>(
    _ q: Variable<Scalar>, at z: Variable<Scalar>, from ε: Variable<Scalar>, density: Variable<Scalar>,
    times S: Int, on tape: Tape<Scalar>
  ) -> Variable<Scalar>? {
    let gradient = tape.constant(rows: z.rows, columns: latent) {
      writeGradient(
        q.elements, q.stride, ε.elements, ε.stride, latent, steps, draws: z.rows, times: S,
        into: $0.baseAddress!)
    }
    return z.density(density, gradient: gradient)
  }

  package func divergence<Scalar: LatentScalar>(_ q: Variable<Scalar>) -> Variable<Scalar>? { nil }

  package func moments<Scalar: LatentScalar>(
    _ q: Variable<Scalar>
  ) -> (means: Variable<Scalar>, variances: Variable<Scalar>)? { nil }
}

/// The gradients of ln q at the ends of flows, in double precision.
@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func writeGradient<Scalar: LatentScalar>(
  _ q: UnsafePointer<Scalar>, _ qStride: Int, _ ε: UnsafePointer<Scalar>, _ stride: Int, _ L: Int, _ T: Int,
  draws: Int, times S: Int, into g: UnsafeMutablePointer<Scalar>
) {
  // z and the gradient of a draw.
  withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * L) { memory in
    let (z, c) = (memory.baseAddress!, memory.baseAddress! + L)
    for i in 0..<draws {
      let (p, ε) = (q + i / S * qStride, ε + i * stride)
      for l in 0..<L {
        let σ = Double.exp(0.5 * Double(p[L + l]))
        z.advanced(by: l).initialize(to: Double(p[l]) + σ * Double(ε[l]))
        c.advanced(by: l).initialize(to: -Double(ε[l]) / σ)
      }
      for t in 0..<T {
        let u = p + 2 * L + t * (2 * L + 1)
        let w = u + L
        var (wu, ww, a) = (0.0, 0.0, Double(w[L]))
        for l in 0..<L {
          wu += Double(w[l]) * Double(u[l])
          ww += Double(w[l]) * Double(w[l])
          a += Double(w[l]) * z[l]
        }
        let m = Swift.max(wu, 0) + Double.log(onePlus: Double.exp(-wu.magnitude)) - 1
        let shift = (m - wu) / ww
        let tanh = Double.tanh(a)
        let h = 1 - tanh * tanh
        let determinant = 1 + m * h
        // ∂/∂z ln(1 + m h) = m h′ w / (1 + m h), h′ = −2 tanh h.
        let slope = -2 * m * tanh * h / determinant
        var along = 0.0
        for l in 0..<L {
          c[l] -= slope * Double(w[l])
          along += (Double(u[l]) + shift * Double(w[l])) * c[l]
        }
        for l in 0..<L {
          c[l] -= h * Double(w[l]) * along / determinant
          z[l] += (Double(u[l]) + shift * Double(w[l])) * tanh
        }
      }
      for l in 0..<L { g.advanced(by: i * L + l).initialize(to: Scalar(c[l])) }
    }
  }
}
