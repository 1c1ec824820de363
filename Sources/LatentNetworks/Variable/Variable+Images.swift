public import LatentNumerics

extension Variable {
  /// Images through a convolution: each row is one, `[rows, shape.large.count]`.
  ///
  /// - Parameters:
  ///   - shape: of both images and the kernel.
  ///   - kernel: `[small channels, kernel height · width · large channels]`.
  ///   - bias: one number a small channel, `[1, small channels]`.
  /// - Returns: `[rows, shape.small.count]`.
  public func convolved(_ shape: ConvolutionShape, _ kernel: Self, _ bias: Self? = nil) -> Self {
    Self(engine, engine.convolve(node, kernel.node, bias: bias?.node ?? -1, shape, transposed: false))
  }

  /// Images through the adjoint of a convolution, which enlarges them: `[rows, shape.small.count]` becomes
  /// `[rows, shape.large.count]`.
  ///
  /// - Parameters:
  ///   - shape: of both images and the kernel.
  ///   - kernel: `[small channels, kernel height · width · large channels]`.
  ///   - bias: one number a large channel, `[1, large channels]`.
  /// - Source: Dumoulin and Visin (2016), §4.
  public func transposedConvolved(_ shape: ConvolutionShape, _ kernel: Self, _ bias: Self? = nil) -> Self {
    Self(engine, engine.convolve(node, kernel.node, bias: bias?.node ?? -1, shape, transposed: true))
  }

  /// Each row less its mean, over the square root of its variance and ε.
  ///
  /// - Source: Ba, Kiros and Hinton (2016).
  public func normalizedRows(epsilon: Double = 1e-5) -> Self {
    Self(engine, engine.normalize(node, epsilon: epsilon))
  }

  /// Sets elements to 0 with probability `rate` and divides the others by 1 − `rate`, so that the mean stays.
  ///
  /// - Parameters:
  ///   - rate: in [0, 1).
  ///   - keys: a number for each row: row i is masked by the substream with the i-th of them.
  ///   - noise: the stream of the step, and of this layer in it.
  /// - Source: Srivastava et al. (2014).
  public func dropout<Keys: Collection<Int>>(rate: Double, rows keys: Keys, noise: RandomStream) -> Self {
    precondition(rate >= 0 && rate < 1, "a dropout rate lies in [0, 1)")
    precondition(keys.count == rows, "a number for each row")
    guard rate > 0 else { return self }
    let mask = Self(engine, engine.leaf(rows: rows, columns: columns, needsGradient: false))
    writeMask(mask.storage, rate, keys, columns, noise)
    return self * mask
  }
}

@specialized(where Scalar == Float, Keys == ArraySlice<Int>)
@specialized(where Scalar == Double, Keys == ArraySlice<Int>)
@specialized(where Scalar == Float, Keys == Range<Int>)
@specialized(where Scalar == Double, Keys == Range<Int>)
private func writeMask<Scalar: LatentScalar, Keys: Collection<Int>>(
  _ mask: UnsafeMutablePointer<Scalar>, _ rate: Double, _ keys: Keys, _ columns: Int, _ noise: RandomStream
) {
  // Four elements from each word, so the rate is a multiple of 2⁻¹⁶; the mean stays exactly.
  let limit = Swift.min(UInt64((rate * 65536).rounded()), 65535)
  let kept = Scalar(65536 / Double(65536 - limit))
  var place = mask
  for key in keys {
    var stream = noise.substream(key)
    var word: UInt64 = 0
    for j in 0..<columns {
      if j & 3 == 0 { word = stream.next() }
      place.initialize(to: word & 0xFFFF < limit ? 0 : kept)
      word >>= 16
      place += 1
    }
  }
}
