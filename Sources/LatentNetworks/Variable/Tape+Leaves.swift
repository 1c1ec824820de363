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

  /// Some rows of a table, copied: `[indices.count, columns]`.
  ///
  /// - Parameters:
  ///   - indices: of the rows, in any order.
  ///   - table: the first row.
  ///   - columns: the elements of a row.
  ///   - stride: the elements from row to row; `columns` unless told.
  @specialized(where Scalar == Float, Indices == ArraySlice<Int>)
  @specialized(where Scalar == Double, Indices == ArraySlice<Int>)
  public func constant<Indices: Collection<Int>>(
    rows indices: Indices, of table: UnsafePointer<Scalar>, columns: Int, stride: Int? = nil
  ) -> Variable<Scalar> {
    constant(rows: indices.count, columns: columns) { target in
      var place = target.baseAddress!
      for index in indices {
        place.initialize(from: table + index * (stride ?? columns), count: columns)
        place += columns
      }
    }
  }

  /// Standard normal noise that belongs to observations, however a batch is cut: row i is drawn from the substream with
  /// the i-th of `keys`.
  ///
  /// - Parameters:
  ///   - keys: a number for each observation.
  ///   - times: how many rows in turn belong to each key; 1 unless told.
  ///   - columns: the elements of a row.
  ///   - noise: the stream of the step, and of this use of noise in it.
  /// - Returns: `[keys.count · times, columns]`.
  @specialized(where Scalar == Float, Keys == ArraySlice<Int>)
  @specialized(where Scalar == Double, Keys == ArraySlice<Int>)
  @specialized(where Scalar == Float, Keys == Range<Int>)
  @specialized(where Scalar == Double, Keys == Range<Int>)
  public func normal<Keys: Collection<Int>>(
    rows keys: Keys, times: Int = 1, columns: Int, noise: RandomStream
  ) -> Variable<Scalar> {
    let width = times * columns
    return constant(rows: keys.count * times, columns: columns) { target in
      var place = target.baseAddress!
      for key in keys {
        var stream = noise.substream(key)
        stream.fill(normal: UnsafeMutableBufferPointer(start: place, count: width))
        place += width
      }
    }
  }
}

extension Variable {
  var storage: UnsafeMutablePointer<Scalar> {
    engine.node(node).value.assumingMemoryBound(to: Scalar.self)
  }
}
