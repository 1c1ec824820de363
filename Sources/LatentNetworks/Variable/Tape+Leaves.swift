public import LatentEvidence
public import LatentNumerics

extension Tape {
  /// Numbers that stay where they are, unchanged, until the step is over: `[rows, columns]`, `stride` elements from
  /// row to row. Nothing is copied.
  public func constant(
    _ elements: UnsafePointer<Scalar>, rows: Int, columns: Int, stride: Int? = nil
  ) -> Variable<Scalar> {
    precondition(rows > 0 && columns > 0, "a variable has at least one element")
    let address = Elements(mutating: UnsafeRawPointer(elements))
    return Variable(engine, engine.constant(address, rows: rows, columns: columns, stride: stride ?? columns))
  }

  /// A copy of a matrix, without derivatives.
  public func constant(_ matrix: Matrix<Scalar>) -> Variable<Scalar> { leaf(matrix, needsGradient: false) }

  /// One number, `[1, 1]`.
  public func constant(_ number: Scalar) -> Variable<Scalar> {
    constant(rows: 1, columns: 1) { $0[0] = number }
  }

  /// A constant that `body` writes, row-major, all of it.
  public func constant<Failure: Error>(
    rows: Int, columns: Int, writing body: (UnsafeMutableBufferPointer<Scalar>) throws(Failure) -> Void
  ) throws(Failure) -> Variable<Scalar> {
    precondition(rows > 0 && columns > 0, "a variable has at least one element")
    let result = Variable<Scalar>(engine, engine.leaf(rows: rows, columns: columns, needsGradient: false))
    try body(UnsafeMutableBufferPointer(start: result.storage, count: rows * columns))
    return result
  }

  /// A copy of a matrix whose gradient is wanted; read it with `Variable.gradient`.
  public func variable(_ matrix: Matrix<Scalar>) -> Variable<Scalar> { leaf(matrix, needsGradient: true) }

  /// A parameter of the model, `[rows, columns]`; the same variable at every use in a step.
  public func parameter(_ reference: ParameterReference) -> Variable<Scalar> {
    Variable(
      engine,
      engine.parameter(offset: reference.offset, rows: reference.rows, columns: reference.columns))
  }

  private func leaf(_ matrix: Matrix<Scalar>, needsGradient: Bool) -> Variable<Scalar> {
    precondition(matrix.count > 0, "a variable has at least one element")
    let result = Variable<Scalar>(
      engine, engine.leaf(rows: matrix.rows, columns: matrix.columns, needsGradient: needsGradient))
    matrix.withUnsafeElements { result.storage.initialize(from: $0.baseAddress!, count: $0.count) }
    return result
  }

  /// Standard normal noise: row i of the result is drawn from the substream with the i-th number of `rows`, so it
  /// does not depend on how a batch is cut.
  ///
  /// - Parameter noise: the stream of the step, and of this use of noise in it.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func normal(rows: Range<Int>, columns: Int, noise: RandomStream) -> Variable<Scalar> {
    constant(rows: rows.count, columns: columns) { target in
      for (i, row) in rows.enumerated() {
        var stream = noise.substream(row)
        stream.fill(normal: UnsafeMutableBufferPointer(rebasing: target[i * columns..<(i + 1) * columns]))
      }
    }
  }

  /// Uniform noise in [0, 1), keyed as `normal(rows:columns:noise:)`.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func uniform(rows: Range<Int>, columns: Int, noise: RandomStream) -> Variable<Scalar> {
    constant(rows: rows.count, columns: columns) { target in
      for (i, row) in rows.enumerated() {
        var stream = noise.substream(row)
        for j in 0..<columns { target[i * columns + j] = stream.uniform(Scalar.self) }
      }
    }
  }
}

extension Variable {
  var storage: UnsafeMutablePointer<Scalar> {
    engine.node(node).value.assumingMemoryBound(to: Scalar.self)
  }
}
