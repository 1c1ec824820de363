public import LatentNumerics

/// What a row term reads of one operand, and where it writes the derivative by it.
public struct RowOperand<Scalar: LatentScalar> {
  /// The elements of the first row.
  public let elements: UnsafePointer<Scalar>
  /// The elements from row to row; 0 where one row serves for all.
  public let stride: Int
  public let columns: Int
  /// ∂f[i]/∂(row i), `[rows, columns]`, contiguous, to be written in full; nil where it is not needed.
  public let partial: UnsafeMutablePointer<Scalar>?

  /// One row.
  public func row(_ i: Int) -> UnsafePointer<Scalar> { elements + i * stride }

  /// Where the derivative of f[i] is written.
  public func partial(_ i: Int) -> UnsafeMutablePointer<Scalar>? { partial.map { $0 + i * columns } }
}

extension Tape {
  /// A function of the rows of some variables, one number a row, with its derivatives written down by the caller: a fused
  /// operation that costs one sweep forwards and at most one backwards.
  ///
  ///     f[i] = f(a[i, :], b[i, :], …),   partials ∂f[i]/∂a[i, j], ∂f[i]/∂b[i, j], …
  ///
  /// A variable with a single row serves for all rows.
  ///
  /// - Parameters:
  ///   - a: the first variable.
  ///   - b: the second; nil for none, as of the others.
  ///   - c: the third.
  ///   - d: the fourth.
  ///   - body: receives the number of rows, the operands, and `rows` elements for f; it runs at once.
  /// - Returns: f, `[rows, 1]`.
  public func rowTerm(
    _ a: Variable<Scalar>, _ b: Variable<Scalar>? = nil, _ c: Variable<Scalar>? = nil,
    _ d: Variable<Scalar>? = nil,
    body: (
      _ rows: Int,
      _ operands: (
        RowOperand<Scalar>, RowOperand<Scalar>?, RowOperand<Scalar>?, RowOperand<Scalar>?
      ),
      _ f: UnsafeMutablePointer<Scalar>
    ) -> Void
  ) -> Variable<Scalar> {
    let rows = Swift.max(a.rows, b?.rows ?? 1, c?.rows ?? 1, d?.rows ?? 1)
    let first = engine.operands.count
    let operands = (
      operand(a, rows), b.map { operand($0, rows) }, c.map { operand($0, rows) }, d.map { operand($0, rows) }
    )
    let y = engine.rowTerm(first: first, rows: rows)
    let result = Variable<Scalar>(engine, engine.last)
    body(rows, operands, y.value.assumingMemoryBound(to: Scalar.self))
    return result
  }

  private func operand(_ variable: Variable<Scalar>, _ rows: Int) -> RowOperand<Scalar> {
    precondition(variable.engine === engine, "a variable of another tape")
    engine.appendOperand(variable.node, rows: rows)
    let node = engine.node(variable.node)
    return RowOperand(
      elements: UnsafePointer(node.value.assumingMemoryBound(to: Scalar.self)),
      stride: engine.rowStride(node, rows: rows), columns: node.columns,
      partial: engine.operands[engine.operands.count - 1].partial?.assumingMemoryBound(to: Scalar.self))
  }
}
