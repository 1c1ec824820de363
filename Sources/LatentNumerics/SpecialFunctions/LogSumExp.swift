public import RealModule

/// The logarithm of a sum of exponentials, without overflow or underflow.
///
///     ln Σₙ exp(v[n]) = m + ln(1 + Σₙ≠ₘ exp(v[n] − m)),   m = maxₙ v[n]
///
/// The largest term is taken out of the sum exactly, so a result near zero keeps its relative accuracy.
/// The sum is kept in double precision for either element type. An empty collection and one of nothing but
/// −∞ give −∞ (the sum is zero); a +∞ gives +∞; any NaN gives NaN, even beside a +∞.
///
/// - Parameter values: logarithms, in nats; traversed twice.
/// - Returns: the logarithm of the sum, in nats.
/// - Complexity: O(N).
@inlinable
public func logSumExp<Values: Collection>(_ values: Values) -> Values.Element
where Values.Element: LatentScalar {
  typealias Scalar = Values.Element
  var maximum = -Scalar.infinity
  for value in values {
    if value.isNaN { return .nan }
    if value > maximum { maximum = value }
  }
  guard maximum.isFinite else { return maximum }
  var sum = 0.0
  var maximumIsOut = false
  for value in values {
    if value == maximum && !maximumIsOut {
      maximumIsOut = true
    } else {
      sum += Double(Scalar.exp(value - maximum))
    }
  }
  return Scalar(Double(maximum) + Double.log(onePlus: sum))
}
