extension RandomStream {
  /// A number in [0, 1): a multiple of 2⁻⁵³ (`Double`) or 2⁻²⁴ (`Float`), each equally likely.
  ///
  /// Takes one 64-bit word.
  @inlinable
  public mutating func uniform<Scalar: LatentScalar>(_: Scalar.Type = Double.self) -> Scalar {
    let bits = Scalar.significandBitCount + 1
    return Scalar(next() >> (64 - bits)) * (Scalar.ulpOfOne / 2)
  }

  /// A number in (0, 1), neither end included: an odd multiple of 2⁻⁵³ (`Double`) or 2⁻²⁴ (`Float`).
  ///
  /// For what takes its logarithm. Takes one 64-bit word.
  @inlinable
  public mutating func openUniform<Scalar: LatentScalar>(_: Scalar.Type = Double.self) -> Scalar {
    let bits = Scalar.significandBitCount
    return (Scalar(next() >> (64 - bits)) + 0.5) * Scalar.ulpOfOne
  }

  /// A number in a half-open range, which is finite and not empty.
  ///
  /// Takes one 64-bit word.
  @inlinable
  public mutating func uniform<Scalar: LatentScalar>(in range: Range<Scalar>) -> Scalar {
    let (low, high) = (range.lowerBound, range.upperBound)
    precondition(low < high && (high - low).isFinite, "a range of finite, positive length")
    let value = low + (high - low) * uniform(Scalar.self)
    return value < high ? value : high.nextDown  // the sum may have been rounded up to the end
  }

  /// An integer in 0..<`bound`, each equally likely, without bias.
  ///
  /// Takes one 64-bit word, rarely more.
  ///
  /// - Source: Lemire (2019), "Fast random integer generation in an interval".
  @inlinable
  public mutating func integer(below bound: Int) -> Int {
    precondition(bound > 0, "a bound is positive")
    let n = UInt64(bound)
    var product = next().multipliedFullWidth(by: n)
    if product.low < n {
      let threshold = (0 &- n) % n  // 2⁶⁴ mod n low words would be counted once too often
      while product.low < threshold { product = next().multipliedFullWidth(by: n) }
    }
    return Int(product.high)
  }
}
