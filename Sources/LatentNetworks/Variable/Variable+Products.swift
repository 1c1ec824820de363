public import LatentEvidence

extension Variable {
  /// The matrix product, either factor transposed or not.
  ///
  /// - Complexity: O(m n k).
  public func multiplied(by other: Self, transposing: Bool = false, transposingOther: Bool = false) -> Self {
    precondition(engine === other.engine, "variables of different tapes")
    return Self(
      engine,
      engine.product(node, transposingFirst: transposing, other.node, transposingSecond: transposingOther))
  }

  /// x W + 1 b: each row through an affine map.
  ///
  /// - Parameters:
  ///   - weights: W, `[columns, n]`.
  ///   - bias: b, `[1, n]`; nil for none.
  /// - Returns: `[rows, n]`.
  public func linear(_ weights: Self, _ bias: Self? = nil) -> Self {
    precondition(engine === weights.engine, "variables of different tapes")
    return Self(engine, engine.linear(node, weights: weights.node, bias: bias?.node ?? -1))
  }

  /// The same with parameters of the model.
  public func linear(_ weights: ParameterReference, _ bias: ParameterReference? = nil) -> Self {
    guard let bias else { return linear(parameter(weights)) }
    return linear(parameter(weights), parameter(bias))
  }

  /// A parameter of the model, on the tape of this variable.
  public func parameter(_ reference: ParameterReference) -> Self {
    Self(
      engine,
      engine.parameter(offset: reference.offset, rows: reference.rows, columns: reference.columns))
  }
}
