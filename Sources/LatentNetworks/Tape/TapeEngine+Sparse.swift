import CLatentKernels

// Products of an input X that is mostly zeros, such as an image's ink or a document's words: Y = X W + 1 b, ∂W = Xᵀ G, with
// the entries of X alone. Where other products are rounded, W is, but neither X nor G.

/// What is not 0 in a matrix, row by row: entry e of row i, start[i] ≤ e < start[i + 1], is value[e] in column index[e].
struct SparseEntries {
  let start: UnsafeMutablePointer<Int32>
  let index: UnsafeMutablePointer<Int32>
  let value: Elements
}

extension TapeEngine {
  /// The share of entries up to which the sparse product was the faster one, on one core with AVX-512.
  private static var largestShare: Double { 0.25 }
  /// Multiplications below which looking for zeros does not pay.
  private static var fewestProducts: Int { 1 << 17 }

  /// x W + 1 b where x is an input that is mostly zeros; nil where it is not.
  func sparseLinear(_ x: Int32, weights: Int32, bias: Int32) -> Int32? {
    let (first, second) = (node(x), node(weights))
    let (m, k, n) = (first.rows, first.columns, second.columns)
    guard !first.needsGradient, case .leaf = first.operation, k == second.rows, n >= 16,
      m * k * n >= Self.fewestProducts, second.stride == n
    else { return nil }
    guard let entries = entries(of: first) else { return nil }
    let y = append(
      .sparseProduct(x, weights, bias: bias, entries: entries), rows: m, columns: n,
      needsGradient: second.needsGradient || needsGradient(bias))
    if bias >= 0 {
      precondition(
        node(bias).rows == 1 && node(bias).columns == n, "a bias is one row, as wide as the product")
    }
    let added = bias >= 0 ? node(bias).value : nil
    if let roundedParameters, case .parameter(let offset) = second.operation {
      latent_sparse_product_bf16(
        m, n, k, entries.start, entries.index, entries.value.assumingMemoryBound(to: Float.self),
        roundedParameters + offset, n, added?.assumingMemoryBound(to: Float.self),
        y.value.assumingMemoryBound(to: Float.self), n)
    } else {
      kernels.sparse_product(
        0, m, n, k, entries.start, entries.index, entries.value, second.value, n, added, y.value, n)
    }
    return last
  }

  private func entries(of x: Node) -> SparseEntries? {
    let most = Int(Double(x.count) * Self.largestShare)
    let room = arena.mark
    let entries = SparseEntries(
      start: integers(x.rows + 1), index: integers(most + x.columns), value: allocate(most + x.columns))
    guard
      kernels.sparse_rows(
        x.rows, x.columns, x.value, x.stride, most, entries.start, entries.index, entries.value) >= 0
    else {
      arena.release(to: room)
      return nil
    }
    return entries
  }

  private func integers(_ count: Int) -> UnsafeMutablePointer<Int32> {
    arena.allocate(bytes: count * MemoryLayout<Int32>.stride).assumingMemoryBound(to: Int32.self)
  }

  func sparseProductBackward(
    _ a: Int32, _ b: Int32, bias: Int32, _ x: SparseEntries, _ y: Node, _ g: Elements
  ) {
    let (m, n, k) = (y.rows, y.columns, node(a).columns)
    if needsGradient(b) {
      let count = Int(x.start[m])
      let byColumn = SparseEntries(
        start: integers(k + 2), index: integers(count), value: allocate(count))
      kernels.sparse_columns(m, k, x.start, x.index, x.value, byColumn.start, byColumn.index, byColumn.value)
      if !leave(.sparse(byColumn, g), rows: m, for: b) {
        let t = target(of: b)
        kernels.sparse_product(
          t.add, k, n, m, byColumn.start, byColumn.index, byColumn.value, g, n, nil, t.address, t.stride)
      }
    }
    if needsGradient(bias) { sum(g, m, n, scale: 1, into: bias) }
  }
}
