// q decimal exponent, w decimal significand: a number is w · 10^q.

/// Decimal text to the nearest `Double`, ties to even: `[+-] digits [. digits] [e [+-] digits]`, ASCII only.
///
/// Up to 19 digits with |q| ≤ 22 and w ≤ 2^53 need one exact multiplication or division (Clinger, "How to read
/// floating point numbers accurately", PLDI 1990); other q from −54 to 55 one or two 64-bit products
/// (Lemire 2021, see ``PowersOfFive``); the rest goes to the standard library, which is slower by a factor of
/// ten. The results are the same bits in all three.
struct DecimalParser {
  private let powers = PowersOfFive.shared

  /// The number that starts at `start`.
  ///
  /// - Parameter start: text that is followed by a byte that cannot belong to a number, and eight readable ones.
  /// - Returns: where the number ends, or nil when none starts there; infinite when it overflows.
  @inline(__always)
  func parse(_ start: UnsafePointer<UInt8>, into value: inout Double) -> UnsafePointer<UInt8>? {
    var p = start
    let isNegative = p.pointee == UInt8(ascii: "-")
    if isNegative || p.pointee == UInt8(ascii: "+") { p += 1 }
    let first = p
    var w: UInt64 = 0
    p = Self.digits(p, into: &w)
    var count = p - first
    var q = 0
    if p.pointee == UInt8(ascii: ".") {
      let fraction = p + 1
      p = Self.digits(fraction, into: &w)
      q = fraction - p
      count -= q
    }
    guard count > 0 else { return nil }
    if p.pointee | 0x20 == UInt8(ascii: "e") {
      guard let end = Self.exponent(p + 1, adding: &q) else { return nil }
      p = end
    }
    // Beyond 19 digits w has overflowed, unless the first ones are zeros.
    guard count <= 19 || count - Self.leadingZeros(first) <= 19, let magnitude = magnitude(w, q) else {
      value = Self.standardLibrary(start, p)
      return p
    }
    value = isNegative ? -magnitude : magnitude
    return p
  }

  /// w · 10^q, or nil where the short ways do not decide.
  @inline(__always)
  private func magnitude(_ w: UInt64, _ q: Int) -> Double? {
    if w <= 1 << 53, q >= -22, q <= 22 {
      let factor = powers.exactTens[abs(q)]
      return q < 0 ? Double(w) / factor : Double(w) * factor
    }
    if w == 0 { return 0 }
    guard PowersOfFive.exponents.contains(q) else { return nil }
    return scaled(w, q)
  }

  /// w · 10^q for w > 0 by the leading bits of w · 5^q. Within the table's range nothing is subnormal or
  /// overflows. Source: Lemire 2021, algorithm 1; nil in its undecided case.
  @inline(__always)
  private func scaled(_ w: UInt64, _ q: Int) -> Double? {
    let shift = w.leadingZeroBitCount
    let power = powers[q]
    let normal = w << UInt64(shift)
    var (high, low) = normal.multipliedFullWidth(by: power.high)
    // The product with the lower half can matter only where the bits below the rounding bit are all ones.
    if high & 0x1FF == 0x1FF {
      let carry = normal.multipliedFullWidth(by: power.low).high
      let (sum, overflow) = low.addingReportingOverflow(carry)
      low = sum
      if overflow { high &+= 1 }
      if low == .max && !(-27...55).contains(q) { return nil }
    }
    let top = Int(high >> 63)
    let drop = UInt64(top + 64 - 52 - 3)
    var mantissa = high >> drop
    // 217706 / 2^16 approximates log₂ 10 closely enough for the whole range of exponents.
    var exponent = (217_706 * q) >> 16 + 63 + top - shift + 1023
    // A tie is possible only where 5^|q| divides into 64 bits; then the even neighbour is taken.
    if low <= 1, (-4...23).contains(q), mantissa & 3 == 1, mantissa << drop == high { mantissa &= ~1 }
    mantissa += mantissa & 1
    mantissa >>= 1
    if mantissa >= 1 << 53 {
      mantissa = 1 << 52
      exponent += 1
    }
    return Double(bitPattern: UInt64(exponent) << 52 | mantissa & (1 << 52 - 1))
  }

  /// Appends digits to w, wrapping around, and returns where they end.
  @inline(__always)
  private static func digits(_ start: UnsafePointer<UInt8>, into w: inout UInt64) -> UnsafePointer<UInt8> {
    var p = start
    while true {
      let block = UInt64(littleEndian: UnsafeRawPointer(p).loadUnaligned(as: UInt64.self))
      // All eight are digits: the high halves are 3, also after 6 has been added.
      let high = block & 0xF0F0_F0F0_F0F0_F0F0
      let raised = (block &+ 0x0606_0606_0606_0606) & 0xF0F0_F0F0_F0F0_F0F0
      guard high | raised >> 4 == 0x3333_3333_3333_3333 else { break }
      w = w &* 100_000_000 &+ eight(block)
      p += 8
    }
    while true {
      let digit = p.pointee &- UInt8(ascii: "0")
      guard digit < 10 else { return p }
      w = w &* 10 &+ UInt64(digit)
      p += 1
    }
  }

  /// The value of eight digits, first digit in the lowest byte: pairs, then fours, then all.
  @inline(__always)
  private static func eight(_ block: UInt64) -> UInt64 {
    let digits = block &- 0x3030_3030_3030_3030
    let pairs = digits &* 10 &+ digits >> 8
    let low = (pairs & 0x0000_00FF_0000_00FF) &* (100 + 1_000_000 << 32)
    let high = (pairs >> 16 & 0x0000_00FF_0000_00FF) &* (1 + 10_000 << 32)
    return (low &+ high) >> 32
  }

  /// The digits after `e`, added to q; nil when there are none. What exceeds 6 digits is cut to a million,
  /// which leaves the fast ways for sure.
  @inline(__always)
  private static func exponent(_ start: UnsafePointer<UInt8>, adding q: inout Int) -> UnsafePointer<UInt8>? {
    var p = start
    let isNegative = p.pointee == UInt8(ascii: "-")
    if isNegative || p.pointee == UInt8(ascii: "+") { p += 1 }
    let first = p
    var exponent = 0
    while true {
      let digit = p.pointee &- UInt8(ascii: "0")
      guard digit < 10 else { break }
      if exponent < 1_000_000 { exponent = exponent * 10 + Int(digit) }
      p += 1
    }
    guard p > first else { return nil }
    q += isNegative ? -exponent : exponent
    return p
  }

  /// The zeros at the start of the digits, the point left out.
  private static func leadingZeros(_ first: UnsafePointer<UInt8>) -> Int {
    var p = first
    var zeros = 0
    while p.pointee == UInt8(ascii: "0") || p.pointee == UInt8(ascii: ".") {
      if p.pointee == UInt8(ascii: "0") { zeros += 1 }
      p += 1
    }
    return zeros
  }

  @inline(never)
  private static func standardLibrary(_ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>) -> Double {
    // The text has been checked, so the initialiser accepts it: infinite when it overflows, 0 when it underflows.
    Double(String(decoding: UnsafeBufferPointer(start: start, count: end - start), as: UTF8.self)) ?? .nan
  }
}
