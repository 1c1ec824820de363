import RealModule

/// The logarithm of the absolute value of the gamma function, ln|Γ(x)|.
///
/// Zero and the negative integers, the poles, give +∞, as do both infinities; NaN gives NaN.
///
/// The platform's `lgamma` in its re-entrant form. Against 60-digit references glibc's stays within
/// 3.8 units in the last place (relative 8e-16) over the whole domain, near the zeros at 1 and 2 and near
/// the zeros on the negative axis included; within 2.2 for positive x.
public func logGamma(_ x: Double) -> Double { Double.logGamma(x) }

/// The logarithm of the multivariate gamma function, which normalises the Wishart density.
///
///     ln Γ_D(a) = D(D−1)/4 · ln π + Σ_{j=1…D} ln Γ(a + (1−j)/2),   a > (D−1)/2
///
/// The terms are added with compensation, so the error is that of the terms: measured below 1e-15 of
/// max(|ln Γ(a)|, |ln Γ_D(a)|) for D up to 500.
///
/// - Parameters:
///   - a: half the degrees of freedom of a Wishart density. At (D−1)/2 the result is +∞, below it NaN.
///   - dimension: D, at least 1; D = 1 is `logGamma(_:)`.
/// - Complexity: O(D).
/// - Source: Bishop (2006), appendix B, equation B.79.
public func multivariateLogGamma(_ a: Double, dimension: Int) -> Double {
  precondition(dimension > 0, "a multivariate gamma function has at least one dimension")
  // D dimensions
  let D = Double(dimension)
  guard a >= (D - 1) / 2 else { return .nan }
  guard a > (D - 1) / 2, a < .infinity else { return .infinity }
  // ln π as an unevaluated sum of two numbers.
  let logOfPi = (high: 1.1447298858494002, low: 1.0265951162707826e-17)
  let constant = D * (D - 1) / 4
  var sum = CompensatedSum()
  sum.add(product: constant, logOfPi.high)
  sum.add(constant * logOfPi.low)
  for j in 0..<dimension { sum.add(logGamma(a - Double(j) / 2)) }
  return sum.value
}
