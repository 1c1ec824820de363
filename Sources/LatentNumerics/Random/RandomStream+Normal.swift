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
    let tail = (Double(word >> 1) + 0.5) * 0x1p-64  // in (0, 1/2]
    let z = normalQuantile(tail)
    return word & 1 == 0 ? z : -z
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
    for i in buffer.indices { buffer.initializeElement(at: i, to: Scalar(normal())) }
  }
}
