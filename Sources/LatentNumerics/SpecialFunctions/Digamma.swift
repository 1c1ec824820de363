import RealModule

/// The digamma function, the derivative of ln Γ.
///
///     ψ(x) = d/dx ln Γ(x)
///
/// ±0 gives ∓∞, the limit from that side; a negative integer (every number below −2⁵² is one) and −∞ give
/// NaN; +∞ gives +∞.
///
/// Measured against 60-digit references at 13,500 points: for positive x, the neighbourhood of the root
/// 1.4616321… included, the relative error is below 6e-16. For negative x the error is below 6e-16 of
/// max(|ψ(x)|, ln|x|, 1): close to each of the infinitely many negative roots it is small in absolute, not in
/// relative terms.
///
/// - Complexity: O(1).
/// - Source: DLMF §5.4(iii), §5.5.2, §5.5.4, §5.11.2.
public func digamma(_ x: Double) -> Double {
  if x > 0 { return positiveDigamma(x) }
  if x == 0 { return -1 / x }
  let y = -x
  guard y.isFinite, y != y.rounded(.down) else { return .nan }
  // Reflection: ψ(−y) = ψ(1 + y) + π cot πy. ψ(1 + y) = ψ(y) + 1/y spares large y the rounding of 1 + y.
  return (y < 1 ? positiveDigamma(1 + y) : positiveDigamma(y) + 1 / y) + cotangentOfPiTimes(y)
}

private func positiveDigamma(_ x: Double) -> Double {
  if x < 1 { return digammaFromOneToTwo(x + 1) - 1 / x }
  if x <= 2 { return digammaFromOneToTwo(x) }
  if x < 8 {
    // ψ(x) = ψ(x − 1) + 1/(x − 1): each x − 1 is exact, and the terms but the last are positive.
    var y = x
    var sum = 0.0
    while y > 2 {
      y -= 1
      sum += 1 / y
    }
    return digammaFromOneToTwo(y) + sum
  }
  // ψ(x) ~ ln x − 1/(2x) − Σ B₂ₖ/(2k x²ᵏ)
  let t = 1 / (x * x)
  var series = 0.0
  for coefficient in asymptoticCoefficients { series = series * t + coefficient }
  return Double.log(x) - (0.5 / x + series * t)
}

/// ψ on [1, 2] as (x − x₀) g(x): with the root x₀ in double-double the difference is as good as exact, so the
/// relative error does not grow where ψ changes sign.
private func digammaFromOneToTwo(_ x: Double) -> Double {
  let root = (high: 1.4616321449683622, low: 9.549995429965697e-17)
  let t = x - 1.5
  var g = 0.0
  for coefficient in quotientCoefficients { g = g * t + coefficient }
  return ((x - root.high) - root.low) * g
}

/// π cot πy of a positive y that is no integer.
private func cotangentOfPiTimes(_ y: Double) -> Double {
  let fraction = y - y.rounded(.down)
  let s = fraction > 0.5 ? fraction - 1 : fraction  // exact, |s| ≤ 1/2
  // Near ±1/2 the cotangent is small: there it is the tangent of the complement, which is exact too.
  if s.magnitude <= 0.25 { return .pi / Double.tan(.pi * s) }
  let cotangent = Double.pi * Double.tan(.pi * (0.5 - s.magnitude))
  return s < 0 ? -cotangent : cotangent
}

/// B₂ₖ/(2k) for k = 10, …, 1; at x = 8 the first term left out is below 1e-17.
private let asymptoticCoefficients: [Double] = [
  -174611.0 / 6600, 43867.0 / 14364, -3617.0 / 8160, 1.0 / 12, -691.0 / 32760, 1.0 / 132, -1.0 / 240,
  1.0 / 252, -1.0 / 120, 1.0 / 12,
]

/// The Chebyshev fit of g(3/2 + t) = ψ(3/2 + t)/(3/2 + t − x₀) on |t| ≤ 1/2, highest power first; error 6e-19.
/// From `Tests/Reference/generate_special_functions.py --coefficients`.
private let quotientCoefficients: [Double] = [
  -8.153978973309418e-05, 0.00012230983055406747, -6.11554261750751e-05, 9.173383289174792e-05,
  -0.0002178682145501451, 0.0003268068044141764, -0.0004599625144612576, 0.0006899717801166841,
  -0.001042261556504223, 0.0015635679757533885, -0.002344650082351321, 0.0035180800751066694,
  -0.00528001782089874, 0.007927024067961237, -0.011908215172584002, 0.017907248195969127,
  -0.02697579684427536, 0.04076083394462657, -0.06192213327165706, 0.09498872445283,
  -0.14840492305391761, 0.24054248424078736, -0.42362742128146047, 0.9510558760318328,
]
