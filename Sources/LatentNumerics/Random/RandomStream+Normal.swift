// Normal draws invert the distribution function. Box–Muller makes two at a time, so single draws waste one
// or keep it as state; a ziggurat rejects, so it takes a varying number of words. Inversion takes exactly one
// word a draw: the n-th number of a stream is known without the ones before it, and filling a buffer is the
// same as drawing one by one.

extension RandomStream {
  /// A standard normal number.
  ///
  /// One bit is the sign and 63 bits the tail probability, so values reach to ±9.2 and are symmetric.
  /// Takes one 64-bit word.
  public mutating func normal() -> Double {
    let word = next()
    let tail = (Double(Int64(word >> 1)) + 0.5) * 0x1p-64  // in (0, 1/2]
    return normalQuantile(tail).negated(ifOdd: word)
  }

  /// A normal number with this mean and standard deviation, which is finite and not negative.
  ///
  /// Takes one 64-bit word.
  public mutating func normal(mean: Double, standardDeviation: Double) -> Double {
    precondition(
      standardDeviation >= 0 && standardDeviation.isFinite, "a standard deviation is finite and not negative")
    return mean + standardDeviation * normal()
  }

  /// Fills a buffer with standard normal numbers, the same as that many calls of `normal()`.
  ///
  /// Memory need not be initialised.
  @inlinable
  public mutating func fill<Scalar: LatentScalar>(normal buffer: UnsafeMutableBufferPointer<Scalar>) {
    var i = 0
    if position & 1 == 1 && !buffer.isEmpty {
      buffer.initializeElement(at: 0, to: Scalar(normal()))
      i = 1
    }
    while i + 8 <= buffer.count {
      let z = eightNormals()
      for lane in 0..<8 { buffer.initializeElement(at: i + lane, to: Scalar(z[lane])) }
      i += 8
    }
    while i < buffer.count {
      buffer.initializeElement(at: i, to: Scalar(normal()))
      i += 1
    }
  }

  /// Eight calls of `normal()` from an even position, in half the time.
  @usableFromInline
  mutating func eightNormals() -> SIMD8<Double> {
    let blocks = Philox4x32.fourBlocks(low: wordsDrawn >> 1, high: identity, key: key)
    wordsDrawn &+= 8
    var words = SIMD8<UInt64>()
    words.evenHalf = blocks.low
    words.oddHalf = blocks.high
    var tails = SIMD8<Double>()
    for lane in 0..<8 { tails[lane] = Double(Int64(words[lane] >> 1)) }
    var z = normalQuantiles(ofLowerTails: (tails + 0.5) * 0x1p-64)
    for lane in 0..<8 { z[lane] = z[lane].negated(ifOdd: words[lane]) }
    return z
  }
}

extension Double {
  /// The negative where a word is odd, without a branch that is wrong every other time.
  @inline(__always)
  fileprivate func negated(ifOdd word: UInt64) -> Double {
    Double(bitPattern: bitPattern ^ (word << 63))
  }
}
