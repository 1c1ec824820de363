import LatentNumerics

/// What a minibatch does to all parameters: the lanes' gradients are added up, and the optimiser takes its step, block by block
/// while a block is in the cache. Pointers alone, so that the loop is compiled for each precision.
struct GradientBlocks<Scalar: LatentScalar> {
  /// The gradients of the lanes, of which the first takes up the sum.
  let gradients: UnsafePointer<UnsafeMutablePointer<Scalar>>
  let laneCount: Int
  /// Σ g² of each block.
  let norms: UnsafeMutablePointer<Double>
  /// The parameters in half the bits, where they are wanted.
  let rounded: UnsafeMutablePointer<UInt16>?
  /// All parameters.
  let elements: OptimizerElements<Scalar>

  /// The elements of a block: 4 KB of each of the arrays, which all fit into the first-level cache.
  private static var block: Int { 4096 / MemoryLayout<Scalar>.stride }

  /// The number of blocks of a buffer.
  static func blocks(of count: Int) -> Int { (count + block - 1) / block }

  /// - Parameters:
  ///   - adds: whether the gradients are added up, and the squares of the sum.
  ///   - rule: takes the step; nil for none.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func perform(_ blocks: Range<Int>, adds: Bool, updates rule: (any Optimizer)?) {
    for block in blocks {
      let low = block * Self.block
      let count = Swift.min(Self.block, elements.count - low)
      if adds {
        let g = gradients[0] + low
        for lane in 1..<Swift.max(laneCount, 1) {
          GradientKernels.add(UnsafePointer(gradients[lane] + low), to: g, count: count)
        }
        norms[block] = GradientKernels.sumOfSquares(UnsafePointer(g), count: count)
      }
      if let rule {
        let p = elements.parameters + low
        OptimizerElements(
          count: count, parameters: p, gradient: elements.gradient + low, scale: elements.scale,
          first: elements.first.map { $0 + low }, second: elements.second.map { $0 + low },
          step: elements.step, learningRate: elements.learningRate
        ).update(by: rule)
        if let rounded { GradientKernels.round(UnsafePointer(p), into: rounded + low, count: count) }
      }
    }
  }
}
