import CLatentKernels

// Sums, and what moves numbers without changing them.

extension TapeEngine {
  func sumRows(_ x: Int32, scale: Double) -> Int32 {
    let source = node(x)
    let y = append(
      .sumRows(x, scale: scale), rows: 1, columns: source.columns, needsGradient: source.needsGradient)
    kernels.sum_rows(0, source.rows, source.columns, source.value, source.stride, nil, y.value, scale)
    return last
  }

  func sumColumns(_ x: Int32, scale: Double) -> Int32 {
    let source = node(x)
    let y = append(
      .sumColumns(x, scale: scale), rows: source.rows, columns: 1, needsGradient: source.needsGradient)
    kernels.sum_columns(0, source.rows, source.columns, source.value, source.stride, y.value, 1, scale)
    return last
  }

  /// Adds a row or a column, repeated to the shape of an input, to its gradient.
  func repeatBackward(_ x: Int32, _ g: Elements, stride: Int, step: Int, scale: Double) {
    let source = node(x)
    let t = target(of: x)
    kernels.copy(t.add, source.rows, source.columns, g, stride, step, t.address, t.stride, scale)
  }

  func logSumExp(_ x: Int32) -> Int32 {
    let source = node(x)
    let y = append(.logSumExp(x), rows: source.rows, columns: 1, needsGradient: source.needsGradient)
    kernels.log_sum_exp(source.rows, source.columns, source.value, source.stride, y.value)
    return last
  }

  func softmax(_ x: Int32) -> Int32 {
    let source = node(x)
    let y = append(
      .softmax(x), rows: source.rows, columns: source.columns, needsGradient: source.needsGradient)
    kernels.softmax(source.rows, source.columns, source.value, source.stride, y.value, y.columns)
    return last
  }

  func columns(_ x: Int32, _ range: Range<Int>) -> Int32 {
    let source = node(x)
    precondition(
      range.lowerBound >= 0 && range.upperBound <= source.columns && !range.isEmpty, "columns out of range")
    return view(
      x, offset: range.lowerBound, rows: source.rows, columns: range.count, stride: source.stride)
  }

  func rows(_ x: Int32, _ range: Range<Int>) -> Int32 {
    let source = node(x)
    precondition(
      range.lowerBound >= 0 && range.upperBound <= source.rows && !range.isEmpty, "rows out of range")
    return view(
      x, offset: range.lowerBound * source.stride, rows: range.count, columns: source.columns,
      stride: source.stride)
  }

  func reshape(_ x: Int32, rows: Int, columns: Int) -> Int32 {
    let source = node(x)
    precondition(source.count == rows * columns, "\(source.count) elements as [\(rows), \(columns)]")
    let flat = source.stride == source.columns || source.rows == 1 ? x : copy(x)
    return view(flat, offset: 0, rows: rows, columns: columns, stride: columns)
  }

  func copy(_ x: Int32) -> Int32 {
    let source = node(x)
    let y = append(.copy(x), rows: source.rows, columns: source.columns, needsGradient: source.needsGradient)
    kernels.copy(0, y.rows, y.columns, source.value, source.stride, 1, y.value, y.columns, 1)
    return last
  }

  /// The same numbers, a constant to what is computed from them.
  func detached(_ x: Int32) -> Int32 {
    let source = node(x)
    return constant(source.value, rows: source.rows, columns: source.columns, stride: source.stride)
  }

  func transpose(_ x: Int32) -> Int32 {
    let source = node(x)
    let y = append(
      .transpose(x), rows: source.columns, columns: source.rows, needsGradient: source.needsGradient)
    kernels.transpose(0, source.rows, source.columns, source.value, source.stride, y.value, y.columns)
    return last
  }

  func repeatRows(_ x: Int32, times: Int) -> Int32 {
    precondition(times > 0, "rows are repeated a positive number of times")
    let source = node(x)
    let y = append(
      .repeatRows(x, times: Int32(times)), rows: source.rows * times, columns: source.columns,
      needsGradient: source.needsGradient)
    for i in 0..<source.rows {
      kernels.copy(
        0, times, y.columns, at(source.value, i * source.stride), 0, 1, at(y.value, i * times * y.columns),
        y.columns, 1)
    }
    return last
  }

  func repeatRowsBackward(_ x: Int32, _ times: Int, _ g: Elements) {
    let source = node(x)
    let t = target(of: x)
    for i in 0..<source.rows {
      kernels.sum_rows(
        t.add, times, source.columns, at(g, i * times * source.columns), source.columns, nil,
        at(t.address, i * t.stride), 1)
    }
  }

  /// Puts the operands from number `first` on side by side, or below each other.
  func concatenate(first: Int, byColumns: Bool) -> Int32 {
    let count = operands.count - first
    precondition(count > 0, "nothing to concatenate")
    var (rows, columns, needsGradient) = (0, 0, false)
    for i in first..<operands.count {
      let part = node(operands[i].node)
      needsGradient = needsGradient || part.needsGradient
      if byColumns {
        precondition(i == first || part.rows == rows, "parts side by side have as many rows")
        (rows, columns) = (part.rows, columns + part.columns)
      } else {
        precondition(i == first || part.columns == columns, "parts below each other have as many columns")
        (rows, columns) = (rows + part.rows, part.columns)
      }
    }
    let operation: Operation =
      byColumns
      ? .concatenateColumns(first: Int32(first), count: Int32(count))
      : .concatenateRows(first: Int32(first), count: Int32(count))
    let y = append(operation, rows: rows, columns: columns, needsGradient: needsGradient)
    var offset = 0
    for i in first..<first + count {
      let part = node(operands[i].node)
      kernels.copy(
        0, part.rows, part.columns, part.value, part.stride, 1, at(y.value, offset), columns, 1)
      offset += byColumns ? part.columns : part.rows * columns
    }
    return last
  }

  func concatenateBackward(_ first: Int32, _ count: Int32, byColumns: Bool, _ y: Node, _ g: Elements) {
    var offset = 0
    for i in Int(first)..<Int(first + count) {
      let operand = operands[i].node
      let part = node(operand)
      if part.needsGradient {
        let t = target(of: operand)
        kernels.copy(
          t.add, part.rows, part.columns, at(g, offset), y.columns, 1, t.address, t.stride, 1)
      }
      offset += byColumns ? part.columns : part.rows * y.columns
    }
  }

  func normalize(_ x: Int32, epsilon: Double) -> Int32 {
    let source = node(x)
    let inverse = allocate(source.rows)
    let y = append(
      .normalize(x, inverse: inverse), rows: source.rows, columns: source.columns,
      needsGradient: source.needsGradient)
    kernels.normalize(
      source.rows, source.columns, source.value, source.stride, epsilon, y.value, inverse)
    return last
  }
}
