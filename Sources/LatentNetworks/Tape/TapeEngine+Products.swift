import CLatentKernels

// Matrix products. For Y = op(A) op(B) + 1 b with the gradient G of Y:
//
//     ∂A = G op(B)ᵀ (transposed if op transposes),  ∂B = op(A)ᵀ G (likewise),  ∂b = Gᵀ 1

extension TapeEngine {
  func product(
    _ a: Int32, transposingFirst: Bool = false, _ b: Int32, transposingSecond: Bool = false, bias: Int32 = -1
  ) -> Int32 {
    let (first, second) = (node(a), node(b))
    let (m, k) = transposingFirst ? (first.columns, first.rows) : (first.rows, first.columns)
    let (l, n) = transposingSecond ? (second.columns, second.rows) : (second.rows, second.columns)
    precondition(k == l, "a product of [\(m), \(k)] with [\(l), \(n)]")
    let y = append(
      .product(
        a, b, bias: bias, transposingFirst: transposingFirst, transposingSecond: transposingSecond), rows: m,
      columns: n, needsGradient: first.needsGradient || second.needsGradient || needsGradient(bias))
    start(y, bias: bias)
    products.multiply(
      m, n, k, first.value, first.stride, transposingFirst, second.value, second.stride, transposingSecond,
      add: bias >= 0, y.value, n)
    return last
  }

  private func start(_ y: Node, bias: Int32) {
    guard bias >= 0 else { return }
    let row = node(bias)
    precondition(row.rows == 1 && row.columns == y.columns, "a bias is one row, as wide as the product")
    kernels.copy(0, y.rows, y.columns, row.value, 0, 1, y.value, y.columns, 1)
  }

  func productBackward(
    _ a: Int32, _ transposingFirst: Bool, _ b: Int32, _ transposingSecond: Bool, bias: Int32, _ y: Node,
    _ g: Elements
  ) {
    let (first, second) = (node(a), node(b))
    let (m, n) = (y.rows, y.columns)
    let k = transposingFirst ? first.rows : first.columns
    let isLeft =
      !transposingFirst && !transposingSecond
      && leave(.plain(first.value, stride: first.stride, g), rows: m, for: b)
    if second.needsGradient, !isLeft {
      let t = target(of: b)
      if transposingSecond {
        products.multiply(
          n, k, m, g, n, true, first.value, first.stride, transposingFirst, add: t.add == 1, t.address,
          t.stride)
      } else {
        products.multiply(
          k, n, m, first.value, first.stride, !transposingFirst, g, n, false, add: t.add == 1, t.address,
          t.stride)
      }
    }
    if needsGradient(bias) { sum(g, m, n, scale: 1, into: bias) }
    if first.needsGradient {
      let t = target(of: a)
      if transposingFirst {
        products.multiply(
          k, m, n, second.value, second.stride, transposingSecond, g, n, true, add: t.add == 1, t.address,
          t.stride)
      } else {
        products.multiply(
          m, k, n, g, n, false, second.value, second.stride, !transposingSecond, add: t.add == 1, t.address,
          t.stride)
      }
    }
  }

  /// x W + 1 b; in bfloat16 if the step has such copies of the parameters and W is one. Inputs that are mostly zeros are taken
  /// for what they are.
  func linear(_ x: Int32, weights: Int32, bias: Int32) -> Int32 {
    if let sparse = sparseLinear(x, weights: weights, bias: bias) { return sparse }
    guard let roundedParameters, case .parameter(let offset) = node(weights).operation else {
      return product(x, weights, bias: bias)
    }
    let (first, second) = (node(x), node(weights))
    let (m, k, n) = (first.rows, first.columns, second.columns)
    precondition(k == second.rows, "a product of [\(m), \(k)] with [\(second.rows), \(n)]")
    let rounded = rounding(first)
    let y = append(
      .roundedProduct(x, weights, bias: bias, first: rounded, second: roundedParameters + offset), rows: m,
      columns: n, needsGradient: first.needsGradient || second.needsGradient || needsGradient(bias))
    start(y, bias: bias)
    products.multiplyRounded(
      m, n, k, rounded, k, false, roundedParameters + offset, n, false, add: bias >= 0, y.value, n)
    return last
  }

  private func rounding(_ x: Node) -> UnsafeMutablePointer<UInt16> {
    let rounded = arena.allocate(bytes: 2 * x.count).assumingMemoryBound(to: UInt16.self)
    let source = x.value.assumingMemoryBound(to: Float.self)
    if x.stride == x.columns {
      latent_round_bf16(source, rounded, x.count)
    } else {
      for i in 0..<x.rows {
        latent_round_bf16(source + i * x.stride, rounded + i * x.columns, x.columns)
      }
    }
    return rounded
  }

  func roundedProductBackward(
    _ a: Int32, _ b: Int32, bias: Int32, first: UnsafeMutablePointer<UInt16>, second: UnsafePointer<UInt16>,
    _ y: Node, _ g: Elements
  ) {
    let (m, n, k) = (y.rows, y.columns, node(a).columns)
    var gradient = y
    gradient.value = g
    gradient.stride = n
    let rounded = rounding(gradient)
    if needsGradient(b), !leave(.rounded(first, rounded), rows: m, for: b) {
      let t = target(of: b)
      products.multiplyRounded(
        k, n, m, first, k, true, rounded, n, false, add: t.add == 1, t.address, t.stride)
    }
    if needsGradient(bias) { sum(g, m, n, scale: 1, into: bias) }
    if needsGradient(a) {
      let t = target(of: a)
      products.multiplyRounded(
        m, k, n, rounded, n, false, second, n, true, add: t.add == 1, t.address, t.stride)
    }
  }
}
