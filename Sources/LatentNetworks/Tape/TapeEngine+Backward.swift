// Reverse accumulation: every node, from the last to the first, adds its part to the gradients of its inputs.

extension TapeEngine {
  /// Where a contribution to a gradient goes.
  struct Target {
    let address: Elements
    let stride: Int
    /// 0: the first contribution, which overwrites; 1: it adds.
    let add: Int
  }

  func backward(from result: Int32, weight: Double) {
    guard needsGradient(result) else { return }
    let seed = target(of: result)
    let node = node(result)
    fill(seed, node.rows, node.columns, weight)
    var index = node.root
    while index >= 0 {
      propagate(index)
      index -= 1
    }
  }

  private func fill(_ t: Target, _ rows: Int, _ columns: Int, _ value: Double) {
    for i in 0..<rows {
      for j in 0..<columns {
        if single {
          at(t.address, i * t.stride + j).storeBytes(of: Float(value), as: Float.self)
        } else {
          at(t.address, i * t.stride + j).storeBytes(of: value, as: Double.self)
        }
      }
    }
  }

  /// Where the next contribution to a node's gradient goes.
  ///
  /// - Parameter memory: contiguous memory of the node's size that nobody needs any more: a first contribution to a
  ///   node with memory of its own goes there, and whoever writes it may find its own input in it.
  @inline(__always)
  func target(of index: Int32, takingOver memory: Elements? = nil) -> Target {
    let place = nodes.base + Int(index)
    let root = nodes.base + Int(place.pointee.root)
    let shown = place.pointee.value - root.pointee.value
    if let gradient = root.pointee.gradient {
      return Target(address: gradient + shown, stride: place.pointee.stride, add: 1)
    }
    let isWhole = place.pointee.count == root.pointee.count
    if case .parameter(let offset) = root.pointee.operation, let parameterGradient {
      let gradient = at(parameterGradient, offset)
      root.pointee.gradient = gradient
      if factoredWeights.count > 0, writeFactored(place.pointee.root, into: gradient) {
        return Target(address: gradient + shown, stride: place.pointee.stride, add: 1)
      }
    } else {
      root.pointee.gradient = isWhole ? memory ?? allocate(root.pointee.count) : allocate(root.pointee.count)
    }
    if !isWhole { clear(root.pointee.gradient!, root.pointee.count) }
    return Target(
      address: root.pointee.gradient! + shown, stride: place.pointee.stride, add: isWhole ? 0 : 1)
  }

  private func propagate(_ index: Int32) {
    let y = node(index)
    guard y.needsGradient, let g = y.gradient else { return }
    switch y.operation {
    case .leaf, .parameter, .view: break
    case .copy(let x): spread(g, y, to: x, takingOver: true)
    case .product(let a, let b, let bias, let transposingFirst, let transposingSecond):
      productBackward(a, transposingFirst, b, transposingSecond, bias: bias, y, g)
    case .roundedProduct(let a, let b, let bias, let first, let second):
      roundedProductBackward(a, b, bias: bias, first: first, second: second, y, g)
    case .sparseProduct(let a, let b, let bias, let entries):
      sparseProductBackward(a, b, bias: bias, entries, y, g)
    case .map(let f, let x, let a, let b): mapBackward(f, x, a, b, y, g)
    case .combine(let f, let a, let b): combineBackward(f, a, b, y, g)
    case .sumRows(let x, let scale):
      repeatBackward(x, g, stride: 0, step: 1, scale: scale)
    case .sumColumns(let x, let scale):
      repeatBackward(x, g, stride: y.rows == 1 ? 0 : 1, step: 0, scale: scale)
    case .logSumExp(let x):
      let source = node(x)
      let t = target(of: x)
      kernels.log_sum_exp_gradient(
        t.add, source.rows, source.columns, source.value, source.stride, y.value, g, t.address, t.stride)
    case .softmax(let x):
      let t = target(of: x, takingOver: g)
      kernels.softmax_gradient(t.add, y.rows, y.columns, y.value, y.stride, g, y.columns, t.address, t.stride)
    case .concatenateColumns(let first, let count):
      concatenateBackward(first, count, byColumns: true, y, g)
    case .concatenateRows(let first, let count):
      concatenateBackward(first, count, byColumns: false, y, g)
    case .repeatRows(let x, let times):
      repeatRowsBackward(x, Int(times), g)
    case .transpose(let x):
      let t = target(of: x)
      kernels.transpose(t.add, y.rows, y.columns, g, y.columns, t.address, t.stride)
    case .rowTerm(let first, let count): rowTermBackward(first, count, y, g)
    case .lowerDiagonal(let x):
      let t = zeroedTarget(of: x)
      kernels.lower_diagonal_gradient(y.rows, y.columns, g, t.address, t.stride)
    case .lowerProduct(let l, let diagonal, let noise):
      lowerProductBackward(l, diagonal, noise, y, g)
    case .convolve(let x, let kernel, let bias, let plan, let transposed):
      convolveBackward(x, kernel, bias: bias, convolutionShapes[Int(plan)], transposed: transposed, y, g)
    case .normalize(let x, let inverse):
      let t = target(of: x, takingOver: g)
      kernels.normalize_gradient(t.add, y.rows, y.columns, y.value, inverse, g, t.address, t.stride)
    }
  }

  /// A target that holds numbers, zero if there has been no contribution yet.
  func zeroedTarget(of index: Int32) -> Target {
    let t = target(of: index)
    if t.add == 0 { clear(t.address, node(index).count) }
    return Target(address: t.address, stride: t.stride, add: 1)
  }
}
