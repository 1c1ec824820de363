import LatentNumerics

/// What a minibatch does to parameters: the lanes' gradients are added up, and the optimiser takes its step, block by block
/// while a block is in the cache. Pointers alone, so that the loop is compiled for each precision.
struct GradientBlocks<Scalar: LatentScalar> {
  /// The gradients of the lanes. Where they are added up for a later step, the first takes up the sum.
  let gradients: UnsafePointer<UnsafeMutablePointer<Scalar>>
  let laneCount: Int
  /// The parameters in half the bits, where they are wanted.
  let rounded: UnsafeMutablePointer<UInt16>?
  /// Takes the step; nil for none.
  let rule: (any Optimizer)?
  /// All parameters.
  let elements: OptimizerElements<Scalar>

  /// The elements of a block: 16 KB of each of the arrays, so that the sum stays in the first-level cache, and what a rule
  /// computes once a call costs little.
  private static var block: Int { 16384 / MemoryLayout<Scalar>.stride }

  /// Goes through elements whose gradients the lanes wrote.
  ///
  /// - Parameter adds: whether the gradients are added up; otherwise the first lane has their sum.
  /// - Returns: Σ g² of the sum; 0 where nothing is added up.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func perform(_ range: Range<Int>, adds: Bool) -> Double {
    var squares = 0.0
    for low in stride(from: range.lowerBound, to: range.upperBound, by: Self.block) {
      let count = Swift.min(Self.block, range.upperBound - low)
      var gradient = UnsafePointer(gradients[0] + low)
      if adds {
        if laneCount > 1 {
          // A sum that the step uses at once is written where the last one was, which stays in the cache.
          let sum = gradients[0] + (rule == nil ? low : range.lowerBound)
          for lane in 1..<laneCount {
            GradientKernels.add(gradient, UnsafePointer(gradients[lane] + low), into: sum, count: count)
            gradient = UnsafePointer(sum)
          }
        }
        squares += GradientKernels.sumOfSquares(gradient, count: count)
      }
      step(low, count, along: gradient)
    }
    return squares
  }

  /// Goes through elements whose gradient lies elsewhere, in the cache.
  ///
  /// - Returns: Σ g².
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func perform(_ range: Range<Int>, along gradient: UnsafePointer<Scalar>) -> Double {
    var squares = 0.0
    for low in stride(from: range.lowerBound, to: range.upperBound, by: Self.block) {
      let count = Swift.min(Self.block, range.upperBound - low)
      let gradient = gradient + (low - range.lowerBound)
      squares += GradientKernels.sumOfSquares(gradient, count: count)
      step(low, count, along: gradient)
    }
    return squares
  }

  @inline(__always)
  private func step(_ low: Int, _ count: Int, along gradient: UnsafePointer<Scalar>) {
    guard let rule else { return }
    let p = elements.parameters + low
    OptimizerElements(
      count: count, parameters: p, gradient: gradient, scale: elements.scale,
      first: elements.first.map { $0 + low }, second: elements.second.map { $0 + low },
      step: elements.step, learningRate: elements.learningRate
    ).update(by: rule)
    if let rounded { GradientKernels.round(UnsafePointer(p), into: rounded + low, count: count) }
  }
}
