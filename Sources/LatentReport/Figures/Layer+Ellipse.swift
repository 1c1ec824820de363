import Foundation

extension Figure.Layer {
  /// The points that are `deviations` standard deviations from a mean in the plane.
  ///
  ///     (p − μ)ᵀ Σ⁻¹ (p − μ) = r²,   p = μ + r L (cos t, sin t)ᵀ,   Σ = L Lᵀ
  ///
  /// A covariance of rank one gives a line. One that is not positive semidefinite cannot be drawn, and the panel says
  /// so as for values that are not finite.
  ///
  /// - Parameters:
  ///   - mean: μ.
  ///   - covariance: Σ by its three elements.
  ///   - deviations: r; 2 holds 86.5 % of a Gaussian.
  ///   - name: the entry in the legend.
  public static func ellipse(
    mean: (x: Double, y: Double), covariance: (xx: Double, xy: Double, yy: Double), deviations: Double = 2,
    name: String? = nil
  ) -> Self {
    let (xx, xy, yy) = covariance
    let a = xx.squareRoot()
    let b = a > 0 ? xy / a : xy == 0 ? 0 : .nan
    // Rounding may leave a covariance of rank one a little negative.
    let rest = yy - b * b
    let c = rest < 0 && rest > -1e-12 * yy ? 0 : rest.squareRoot()
    let corners = 128
    let points = (0..<corners).map { index in
      let t = 2 * Double.pi * Double(index) / Double(corners)
      let (u, v) = (deviations * cos(t), deviations * sin(t))
      return (mean.x + a * u, mean.y + b * u + c * v)
    }
    return .polygon(x: points.map(\.0), y: points.map(\.1), name: name)
  }
}
