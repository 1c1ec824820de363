import CLatentKernels

// Elementwise functions. Of two inputs each may have one row, one column or one element, which is then repeated.

extension TapeEngine {
  func map(_ f: Map, _ x: Int32, _ a: Double = 0, _ b: Double = 0) -> Int32 {
    let source = node(x)
    let y = append(
      .map(f, x, a, b), rows: source.rows, columns: source.columns, needsGradient: source.needsGradient)
    kernels.map(f.code, y.rows, y.columns, source.value, source.stride, y.value, y.stride, a, b)
    return last
  }

  func mapBackward(_ f: Map, _ x: Int32, _ a: Double, _ b: Double, _ y: Node, _ g: Elements) {
    let source = node(x)
    let t = target(of: x, takingOver: g)
    if f == .scale && a == 1 && t.address == g { return }
    kernels.map_gradient(
      f.code, t.add, y.rows, y.columns, source.value, source.stride, y.value, y.stride, g, y.columns,
      t.address, t.stride, a, b)
  }

  func combine(_ f: Combination, _ a: Int32, _ b: Int32) -> Int32 {
    let (first, second) = (node(a), node(b))
    let rows = Swift.max(first.rows, second.rows)
    let columns = Swift.max(first.columns, second.columns)
    precondition(
      (first.rows == rows || first.rows == 1) && (second.rows == rows || second.rows == 1)
        && (first.columns == columns || first.columns == 1)
        && (second.columns == columns || second.columns == 1),
      "[\(first.rows), \(first.columns)] and [\(second.rows), \(second.columns)] do not go together")
    let y = append(
      .combine(f, a, b), rows: rows, columns: columns,
      needsGradient: first.needsGradient || second.needsGradient)
    let (p, q) = (Repetition(of: first, rows, columns), Repetition(of: second, rows, columns))
    kernels.combine(
      f.code, 0, rows, columns, first.value, p.stride, p.step, second.value, q.stride, q.step, y.value,
      columns, 1)
    return last
  }

  /// How the kernels walk through a matrix that is repeated along its single row or column.
  struct Repetition {
    let stride: Int
    let step: Int

    init(of node: Node, _ rows: Int, _ columns: Int) {
      stride = node.rows == 1 && rows != 1 ? 0 : node.stride
      step = node.columns == 1 && columns != 1 ? 0 : 1
    }
  }

  func combineBackward(_ f: Combination, _ a: Int32, _ b: Int32, _ y: Node, _ g: Elements) {
    let (first, second) = (node(a), node(b))
    // The second first: the first input may take over g and overwrite it.
    if second.needsGradient {
      switch f {
      case .add: spread(g, y, to: b)
      case .subtract: spread(g, y, scale: -1, to: b)
      case .multiply: spread(g, y, .multiply, first, to: b)
      case .divide:
        let product = allocate(y.count)  // ∂y/∂b = −y / b
        kernels.combine(
          Combination.multiply.code, 0, y.rows, y.columns, g, y.columns, 1, y.value, y.stride, 1, product,
          y.columns, 1)
        spread(product, y, .divide, second, scale: -1, to: b)
      }
    }
    guard first.needsGradient else { return }
    let free = a != b && first.rows == y.rows && first.columns == y.columns
    switch f {
    case .add, .subtract: spread(g, y, to: a, takingOver: free)
    case .multiply: spread(g, y, .multiply, second, to: a, takingOver: free)
    case .divide: spread(g, y, .divide, second, to: a, takingOver: free)
    }
  }

  /// Adds scale · g, or scale · (g op other), summed over what was repeated, to the gradient of an input.
  func spread(
    _ g: Elements, _ y: Node, _ f: Combination? = nil, _ other: Node? = nil, scale: Double = 1,
    to index: Int32,
    takingOver: Bool = false
  ) {
    let input = node(index)
    let (rows, columns) = (y.rows, y.columns)
    if input.rows == rows && input.columns == columns {
      let t = target(of: index, takingOver: takingOver ? g : nil)
      if let f, let other {
        let q = Repetition(of: other, rows, columns)
        kernels.combine(
          f.code, t.add, rows, columns, g, columns, 1, other.value, q.stride, q.step, t.address, t.stride,
          scale)
      } else if t.address != g {
        kernels.copy(t.add, rows, columns, g, columns, 1, t.address, t.stride, scale)
      }
      return
    }
    var term = g
    if let f, let other {
      let q = Repetition(of: other, rows, columns)
      term = allocate(rows * columns)
      kernels.combine(
        f.code, 0, rows, columns, g, columns, 1, other.value, q.stride, q.step, term, columns, 1)
    }
    sum(term, rows, columns, scale: scale, into: index)
  }

  /// Adds scale times a matrix, summed to the shape of an input, to its gradient.
  func sum(_ term: Elements, _ rows: Int, _ columns: Int, scale: Double, into index: Int32) {
    let input = node(index)
    let t = target(of: index)
    if input.columns == columns {
      kernels.sum_rows(t.add, rows, columns, term, columns, nil, t.address, scale)
    } else if input.rows == rows {
      kernels.sum_columns(t.add, rows, columns, term, columns, t.address, t.stride, scale)
    } else {
      let sums = allocate(rows)
      kernels.sum_columns(0, rows, columns, term, columns, sums, 1, 1)
      kernels.sum_columns(t.add, 1, rows, sums, rows, t.address, 1, scale)
    }
  }
}
