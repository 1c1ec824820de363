/// How the diagonal of a Cholesky factor is kept positive: the stored number d stands for exp d or ln(1 + exp d).
public enum FactorDiagonal: String, Sendable, Codable {
  case exponential, softplus
}

/// Lower triangles, one for each row, packed by rows: L[a, b], b ≤ a, at a(a + 1)/2 + b. Their diagonals are stored as
/// `FactorDiagonal` says, so any numbers make a factor with a positive diagonal.
extension Variable {
  /// The stored diagonal of packed triangles, `[rows, n]`.
  public func packedDiagonal(order n: Int) -> Self { Self(engine, engine.lowerDiagonal(node, order: n)) }

  /// The diagonal of the factor, positive, `[rows, n]`.
  public func factorDiagonal(order n: Int, _ diagonal: FactorDiagonal = .exponential) -> Self {
    let stored = packedDiagonal(order: n)
    switch diagonal {
    case .exponential: return stored.exp()
    case .softplus: return stored.softplus()
    }
  }

  /// ln |L| of each row's factor, `[rows, 1]`.
  public func factorLogDeterminant(order n: Int, _ diagonal: FactorDiagonal = .exponential) -> Self {
    switch diagonal {
    case .exponential: return packedDiagonal(order: n).sumOfColumns()
    case .softplus: return packedDiagonal(order: n).softplus().log().sumOfColumns()
    }
  }

  /// L ε for each row: with μ added a draw of 𝒩(μ, L Lᵀ).
  ///
  /// - Parameters:
  ///   - noise: ε, `[rows, n]`.
  ///   - diagonal: the factor's diagonal as `factorDiagonal` gives it, `[rows, n]`.
  /// - Returns: `[rows, n]`. `self` is `[rows, n(n + 1)/2]`, or one row for all.
  /// - Complexity: O(rows n²).
  public func lowerProduct(_ noise: Self, diagonal: Self) -> Self {
    precondition(engine === noise.engine && engine === diagonal.engine, "variables of different tapes")
    return Self(engine, engine.lowerProduct(node, diagonal: diagonal.node, noise: noise.node))
  }
}
