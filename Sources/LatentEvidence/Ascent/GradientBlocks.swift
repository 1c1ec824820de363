import LatentNumerics

/// What a minibatch does to all parameters: the lanes' gradients are added up, and the optimiser takes its step, block by block
/// while a block is in the cache. Pointers alone, so that the loop is compiled for each precision.
struct GradientBlocks<Scalar: LatentScalar> {
  /// The gradients of the lanes. Where they are added up for a later step, the first takes up the sum.
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
      var gradient = UnsafePointer(gradients[0] + low)
      if adds {
        if laneCount > 1 {
          // A sum that the step uses at once is written where the last one was, which stays in the cache.
          let sum = gradients[0] + (rule == nil ? low : blocks.lowerBound * Self.block)
          for lane in 1..<laneCount {
            GradientKernels.add(gradient, UnsafePointer(gradients[lane] + low), into: sum, count: count)
            gradient = UnsafePointer(sum)
          }
        }
        norms[block] = GradientKernels.sumOfSquares(gradient, count: count)
      }
      if let rule {
        let p = elements.parameters + low
        OptimizerElements(
          count: count, parameters: p, gradient: gradient, scale: elements.scale,
          first: elements.first.map { $0 + low }, second: elements.second.map { $0 + low },
          step: elements.step, learningRate: elements.learningRate
        ).update(by: rule)
        if let rounded { GradientKernels.round(UnsafePointer(p), into: rounded + low, count: count) }
      }
    }
  }
}
