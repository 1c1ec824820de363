import RealModule

/// The quantile of the standard normal distribution: the z with Φ(z) = p.
///
/// 0 and 1 give ∓∞; anything outside [0, 1] and NaN give NaN. Measured against 60-digit references the relative
/// error is below 8e-16 for p from 1e-300 to 1/2.
///
/// - Complexity: O(1).
/// - Source: Wichura (1988), algorithm AS 241, PPND16.
public func normalQuantile(_ p: Double) -> Double {
  guard p >= 0, p <= 1 else { return .nan }
  let q = p - 0.5
  if q.magnitude <= 0.425 {
    let r = 0.180625 - q * q
    return q * central(r)
  }
  let tail = q < 0 ? p : 1 - p
  guard tail > 0 else { return q < 0 ? -.infinity : .infinity }
  let r = Double.sqrt(-Double.log(tail))
  let z = r <= 5 ? middle(r - 1.6) : far(r - 5)
  return q < 0 ? -z : z
}

/// Eight quantiles at once, the same bits as one by one, of probabilities in (0, 1/2].
func normalQuantiles(ofLowerTails p: SIMD8<Double>) -> SIMD8<Double> {
  let q = p - 0.5
  var z = q * central(0.180625 - q * q)
  for lane in 0..<8 where q[lane] < -0.425 { z[lane] = normalQuantile(p[lane]) }
  return z
}

/// What the rational functions are evaluated in: one number, or eight side by side.
private protocol RationalArgument {
  static func * (a: Self, b: Self) -> Self
  static func / (a: Self, b: Self) -> Self
  static func * (a: Double, b: Self) -> Self
  static func + (a: Self, b: Double) -> Self
}
extension Double: RationalArgument {}
extension SIMD8: RationalArgument where Scalar == Double {}

/// A polynomial of degree 7, highest power first; spelled out, so that the constants are part of the code.
@inline(__always)
private func polynomial<Argument: RationalArgument>(
  _ x: Argument,
  _ c7: Double, _ c6: Double, _ c5: Double, _ c4: Double,
  _ c3: Double, _ c2: Double, _ c1: Double, _ c0: Double
) -> Argument {
  var value = c7 * x + c6
  value = value * x + c5
  value = value * x + c4
  value = value * x + c3
  value = value * x + c2
  value = value * x + c1
  return value * x + c0
}

/// |p − 1/2| ≤ 0.425, r = 0.180625 − (p − 1/2)²
@inline(__always)
private func central<Argument: RationalArgument>(_ r: Argument) -> Argument {
  polynomial(
    r, 2.5090809287301226727e3, 3.3430575583588128105e4, 6.7265770927008700853e4,
    4.5921953931549871457e4, 1.3731693765509461125e4, 1.9715909503065514427e3,
    1.3314166789178437745e2, 3.3871328727963666080e0)
    / polynomial(
      r, 5.2264952788528545610e3, 2.8729085735721942674e4, 3.9307895800092710610e4,
      2.1213794301586595867e4, 5.3941960214247511077e3, 6.8718700749205790830e2,
      4.2313330701600911252e1, 1)
}

/// A tail of at least e⁻²⁵, r = √(−ln tail) − 1.6
@inline(__always)
private func middle(_ r: Double) -> Double {
  polynomial(
    r, 7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
    1.27045825245236838258e0, 3.64784832476320460504e0, 5.76949722146069140550e0,
    4.63033784615654529590e0, 1.42343711074968357734e0)
    / polynomial(
      r, 1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
      1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e0,
      2.05319162663775882187e0, 1)
}

/// A smaller tail, r = √(−ln tail) − 5
@inline(__always)
private func far(_ r: Double) -> Double {
  polynomial(
    r, 2.01033439929228813265e-7, 2.71155556874348757815e-5, 1.24266094738807843860e-3,
    2.65321895265761230930e-2, 2.96560571828504891230e-1, 1.78482653991729133580e0,
    5.46378491116411436990e0, 6.65790464350110377720e0)
    / polynomial(
      r, 2.04426310338993978564e-15, 1.42151175831644588870e-7, 1.84631831751005468180e-5,
      7.86869131145613259100e-4, 1.48753612908506148525e-2, 1.36929880922735805310e-1,
      5.99832206555887937690e-1, 1)
}
