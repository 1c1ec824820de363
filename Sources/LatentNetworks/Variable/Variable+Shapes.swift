extension Variable {
  /// The sum of all elements, `[1, 1]`.
  public func sum() -> Self { sumOfColumns().sumOfRows() }

  /// The mean of all elements, `[1, 1]`.
  public func mean() -> Self {
    let columnMeans = Self(engine, engine.sumColumns(node, scale: 1 / Double(columns)))
    return Self(engine, engine.sumRows(columnMeans.node, scale: 1 / Double(rows)))
  }

  /// The rows added up: Σᵢ x[i, j], `[1, columns]`.
  public func sumOfRows() -> Self { Self(engine, engine.sumRows(node, scale: 1)) }

  /// The columns added up: Σⱼ x[i, j], `[rows, 1]`.
  public func sumOfColumns() -> Self { Self(engine, engine.sumColumns(node, scale: 1)) }

  /// The mean column, `[rows, 1]`.
  public func meanOfColumns() -> Self { Self(engine, engine.sumColumns(node, scale: 1 / Double(columns))) }

  /// ln Σⱼ exp x[i, j] for each row, `[rows, 1]`, without overflow; −∞ where all are.
  public func logSumExp() -> Self { Self(engine, engine.logSumExp(node)) }

  /// exp x[i, j] / Σⱼ exp x[i, j]: each row positive with sum 1.
  public func softmax() -> Self { Self(engine, engine.softmax(node)) }

  /// x[i, j] − ln Σⱼ exp x[i, j], the logarithm of the softmax.
  public func logSoftmax() -> Self { self - logSumExp() }

  /// Some columns; shares memory.
  public func columns(_ range: Range<Int>) -> Self { Self(engine, engine.columns(node, range)) }

  /// Some rows; shares memory.
  public func rows(_ range: Range<Int>) -> Self { Self(engine, engine.rows(node, range)) }

  /// The same elements, row-major, in another shape; shares memory unless this is a range of columns.
  public func reshaped(rows: Int, columns: Int) -> Self {
    Self(engine, engine.reshape(node, rows: rows, columns: columns))
  }

  /// Columns become rows.
  public func transposed() -> Self { Self(engine, engine.transpose(node)) }

  /// Every row `times` times in turn, `[rows · times, columns]`.
  public func repeatingRows(_ times: Int) -> Self { Self(engine, engine.repeatRows(node, times: times)) }

  /// The same numbers as a constant: no derivatives pass through.
  public func detached() -> Self { Self(engine, engine.detached(node)) }

  /// Side by side with others of as many rows.
  public func concatenated(with second: Self, _ third: Self? = nil, _ fourth: Self? = nil) -> Self {
    let first = engine.operands.count
    engine.operands.append(Operand(node: node, partial: nil))
    engine.operands.append(Operand(node: second.node, partial: nil))
    if let third { engine.operands.append(Operand(node: third.node, partial: nil)) }
    if let fourth { engine.operands.append(Operand(node: fourth.node, partial: nil)) }
    return Self(engine, engine.concatenate(first: first, byColumns: true))
  }
}

extension Tape {
  /// Side by side: `[rows, Σ columns]`.
  public func concatenate(columns parts: some Collection<Variable<Scalar>>) -> Variable<Scalar> {
    concatenate(parts, byColumns: true)
  }

  /// Below each other: `[Σ rows, columns]`.
  public func concatenate(rows parts: some Collection<Variable<Scalar>>) -> Variable<Scalar> {
    concatenate(parts, byColumns: false)
  }

  private func concatenate(
    _ parts: some Collection<Variable<Scalar>>, byColumns: Bool
  ) -> Variable<Scalar> {
    let first = engine.operands.count
    for part in parts {
      precondition(part.engine === engine, "a variable of another tape")
      engine.operands.append(Operand(node: part.node, partial: nil))
    }
    return Variable(engine, engine.concatenate(first: first, byColumns: byColumns))
  }
}
