// q decimal exponent, w decimal significand: a number is w · 10^q.

/// The leading 128 bits of 5^q for −54 ≤ q ≤ 55, the exponents that data have.
///
/// In this range 5^|q| fits in 128 bits, so the table needs no long arithmetic and is made at start-up: exact
/// for q ≥ 0; for q < 0 the quotient 2^b / 5^|q| by long division, rounded up for q ≥ −27 and down below.
/// Source: Lemire, "Number parsing at a gigabyte per second", Software: Practice and Experience 51 (2021), §5.
struct PowersOfFive: Sendable {
  static let exponents = -54...55
  static let shared = PowersOfFive()

  /// (high, low) halves, normalised so that the highest bit is set; owned for the life of the process.
  private nonisolated(unsafe) let halves: UnsafePointer<(high: UInt64, low: UInt64)>

  /// 10^0 … 10^22, the powers of ten that a `Double` holds exactly.
  nonisolated(unsafe) let exactTens: UnsafePointer<Double>

  private init() {
    let tens = UnsafeMutablePointer<Double>.allocate(capacity: 23)
    tens.initialize(to: 1)
    for i in 1..<23 { tens.advanced(by: i).initialize(to: tens[i - 1] * 10) }
    exactTens = UnsafePointer(tens)
    let count = Self.exponents.count
    let table = UnsafeMutablePointer<(high: UInt64, low: UInt64)>.allocate(capacity: count)
    for (i, q) in Self.exponents.enumerated() {
      let power = (0..<abs(q)).reduce(UInt128(1)) { product, _ in product * 5 }
      let bits =
        q >= 0 ? power << UInt128(power.leadingZeroBitCount) : Self.reciprocal(power) + (q >= -27 ? 1 : 0)
      table.advanced(by: i).initialize(to: (UInt64(bits >> 64), UInt64(truncatingIfNeeded: bits)))
    }
    halves = UnsafePointer(table)
  }

  @inline(__always)
  subscript(q: Int) -> (high: UInt64, low: UInt64) { halves[q - Self.exponents.lowerBound] }

  /// The first 128 bits of 1 / divisor, rounded down; the divisor is below 2^126 and no power of two but 1.
  private static func reciprocal(_ divisor: UInt128) -> UInt128 {
    var remainder = UInt128(1) << UInt128(128 - divisor.leadingZeroBitCount)
    var quotient: UInt128 = 0
    for _ in 0..<128 {
      quotient <<= 1
      if remainder >= divisor {
        remainder -= divisor
        quotient |= 1
      }
      remainder <<= 1
    }
    return quotient
  }
}
