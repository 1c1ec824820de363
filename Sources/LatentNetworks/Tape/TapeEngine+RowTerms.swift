import CLatentKernels

// Row terms: f[i] = f(row i of each operand), computed together with ∂f[i]/∂(row i). The reverse pass then only
// multiplies rows by the gradient of f[i], in the very memory of the partial derivatives where it can.

extension TapeEngine {
  /// Notes an operand; `rows` are those of the result.
  func appendOperand(_ index: Int32, rows: Int) {
    let source = node(index)
    precondition(source.rows == rows || source.rows == 1, "a row term of \(source.rows) rows for \(rows)")
    operands.append(
      Operand(node: index, partial: source.needsGradient ? allocate(rows * source.columns) : nil))
  }

  /// The elements from row to row of an operand; 0 where one row serves for all.
  func rowStride(_ node: Node, rows: Int) -> Int { node.rows == 1 && rows != 1 ? 0 : node.stride }

  /// The node of a row term whose operands from number `first` on are noted; its values are still to be computed.
  func rowTerm(first: Int, rows: Int) -> Node {
    var needsGradient = false
    for i in first..<operands.count { needsGradient = needsGradient || operands[i].partial != nil }
    return append(
      .rowTerm(first: Int32(first), count: Int32(operands.count - first)), rows: rows, columns: 1,
      needsGradient: needsGradient)
  }

  func rowTermBackward(_ first: Int32, _ count: Int32, _ y: Node, _ g: Elements) {
    for i in Int(first)..<Int(first + count) {
      guard let partial = operands[i].partial else { continue }
      let index = operands[i].node
      let input = node(index)
      if input.rows == y.rows {
        let t = target(of: index, takingOver: partial)
        kernels.scale_rows(
          t.add, y.rows, input.columns, partial, input.columns, g, t.address, t.stride)
      } else {
        let t = target(of: index)
        kernels.sum_rows(t.add, y.rows, input.columns, partial, input.columns, g, t.address, 1)
      }
    }
  }

  func bernoulli(logits: Int32, data: Int32) -> Int32 {
    let (l, x) = (node(logits), node(data))
    let rows = Swift.max(l.rows, x.rows)
    precondition(l.columns == x.columns, "logits and data of different widths")
    precondition(!x.needsGradient, "Bernoulli data are constants")
    let first = operands.count
    appendOperand(logits, rows: rows)
    let y = rowTerm(first: first, rows: rows)
    kernels.bernoulli(
      rows, l.columns, l.value, rowStride(l, rows: rows), x.value, rowStride(x, rows: rows), y.value,
      operands[first].partial)
    return last
  }

  func gaussian(_ data: Int32, mean: Int32, logVariance: Int32) -> Int32 {
    let (x, m, v) = (node(data), node(mean), node(logVariance))
    let rows = Swift.max(x.rows, m.rows, v.rows)
    precondition(x.columns == m.columns, "data and means of different widths")
    precondition(v.columns == m.columns || v.columns == 1, "variances are as wide as the means, or one")
    let first = operands.count
    appendOperand(data, rows: rows)
    appendOperand(mean, rows: rows)
    appendOperand(logVariance, rows: rows)
    let y = rowTerm(first: first, rows: rows)
    kernels.gaussian(
      x.needsGradient ? 0 : 1, rows, x.columns, x.value, rowStride(x, rows: rows), m.value,
      rowStride(m, rows: rows), v.value, rowStride(v, rows: rows), v.columns == x.columns ? 1 : 0, y.value,
      operands[first].partial, operands[first + 1].partial, operands[first + 2].partial)
    return last
  }

  func standardDivergence(mean: Int32, logVariance: Int32) -> Int32 {
    let (m, v) = (node(mean), node(logVariance))
    let rows = Swift.max(m.rows, v.rows)
    precondition(v.columns == m.columns, "means and variances of different widths")
    let first = operands.count
    appendOperand(mean, rows: rows)
    appendOperand(logVariance, rows: rows)
    let y = rowTerm(first: first, rows: rows)
    kernels.standard_divergence(
      rows, m.columns, m.value, rowStride(m, rows: rows), v.value, rowStride(v, rows: rows), y.value,
      operands[first].partial, operands[first + 1].partial)
    return last
  }

  // MARK: Packed lower triangles

  func lowerDiagonal(_ packed: Int32, order n: Int) -> Int32 {
    let l = node(packed)
    precondition(
      l.columns == n * (n + 1) / 2, "a packed triangle of order \(n) has \(n * (n + 1) / 2) columns")
    let y = append(.lowerDiagonal(packed), rows: l.rows, columns: n, needsGradient: l.needsGradient)
    kernels.lower_diagonal(l.rows, n, l.value, l.stride, y.value)
    return last
  }

  func lowerProduct(_ packed: Int32, diagonal: Int32, noise: Int32) -> Int32 {
    let (l, d, e) = (node(packed), node(diagonal), node(noise))
    let n = e.columns
    precondition(
      l.columns == n * (n + 1) / 2, "a packed triangle of order \(n) has \(n * (n + 1) / 2) columns")
    precondition(d.columns == n, "a diagonal of another order")
    let rows = e.rows
    precondition(
      (l.rows == rows || l.rows == 1) && (d.rows == rows || d.rows == 1), "a triangle for each row, or one")
    let y = append(
      .lowerProduct(packed, diagonal: diagonal, noise: noise), rows: rows, columns: n,
      needsGradient: l.needsGradient || d.needsGradient || e.needsGradient)
    kernels.lower_product(
      rows, n, l.value, rowStride(l, rows: rows), d.value, rowStride(d, rows: rows), e.value, e.stride,
      y.value)
    return last
  }

  func lowerProductBackward(_ packed: Int32, _ diagonal: Int32, _ noise: Int32, _ y: Node, _ g: Elements) {
    let (l, d, e) = (node(packed), node(diagonal), node(noise))
    let toLower = l.needsGradient ? zeroedTarget(of: packed) : nil
    let toDiagonal = d.needsGradient ? zeroedTarget(of: diagonal) : nil
    let toNoise = e.needsGradient ? zeroedTarget(of: noise) : nil
    // A stride of 0 adds up the gradient of a triangle that serves for all rows.
    kernels.lower_product_gradient(
      y.rows, y.columns, l.value, rowStride(l, rows: y.rows), d.value, rowStride(d, rows: y.rows), e.value,
      e.stride, g, toLower?.address, rowStride(l, rows: y.rows), toDiagonal?.address,
      rowStride(d, rows: y.rows), toNoise?.address, toNoise?.stride ?? 0)
  }
}
