/// The eigendecomposition A = V Λ Vᵀ of a symmetric matrix.
///
/// - Source: LAPACK `dsyevd`, divide and conquer.
public struct SymmetricEigen: Sendable, Equatable {
  /// The eigenvalues, ascending.
  public let values: [Double]
  /// The eigenvectors as rows, in the order of `values`.
  public let vectors: Matrix<Double>

  /// Decomposes a symmetric matrix (its lower triangle is read). Returns nil when a value is not finite or
  /// the iteration does not converge.
  ///
  /// - Complexity: O(n³).
  public init?(_ matrix: Matrix<Double>) {
    precondition(matrix.rows == matrix.columns, "a decomposed matrix is square")
    guard matrix.elements.allSatisfy(\.isFinite) else { return nil }
    var work = matrix
    let n = matrix.rows
    let found = work.withUnsafeMutableElements { a -> [Double]? in
      guard n > 0, let base = a.baseAddress else { return [] }
      return BLAS.symmetricEigen(n: n, base)
    }
    guard let found else { return nil }
    values = found
    vectors = work
  }
}
