/// The Cholesky factorisation A = L Lᵀ of a symmetric positive definite matrix.
///
/// - Source: Golub & Van Loan (2013), §4.2; LAPACK `dpotrf`.
public struct Cholesky: Sendable, Equatable {
  /// L, lower triangular; zero above the diagonal.
  public let lower: Matrix<Double>

  /// The order n of A.
  public var order: Int { lower.rows }

  /// Factors A; only its lower triangle is read. Returns nil when A is not positive definite in floating
  /// point or not finite.
  ///
  /// - Complexity: O(n³).
  public init?(_ matrix: Matrix<Double>) {
    precondition(matrix.rows == matrix.columns, "a factored matrix is square")
    var factor = matrix
    let n = matrix.rows
    let failed = factor.withUnsafeMutableElements { a -> Bool in
      guard n > 0, let base = a.baseAddress else { return false }
      guard BLAS.factorCholesky(n: n, base, stride: n) == 0 else { return true }
      for i in 0..<n {
        guard a[i * n + i].isFinite, a[i * n + i] > 0 else { return true }
        for j in i + 1..<Swift.max(n, i + 1) { a[i * n + j] = 0 }
      }
      return false
    }
    if failed { return nil }
    lower = factor
  }

  /// Takes over a lower factor with a positive diagonal.
  public init(lower: Matrix<Double>) {
    precondition(lower.rows == lower.columns && lower.diagonal.allSatisfy { $0 > 0 }, "not a Cholesky factor")
    self.lower = lower
  }

  /// ln |A| = 2 Σ ln L[i, i].
  public var logDeterminant: Double {
    2 * lower.diagonal.reduce(0) { $0 + Double.log($1) }
  }

  /// L⁻¹, lower triangular. O(n³).
  public func invertedLower() -> Matrix<Double> {
    var inverse = lower
    inverse.withUnsafeMutableElements { l in
      guard let base = l.baseAddress, order > 0 else { return }
      BLAS.invertLower(n: order, base, stride: order)
    }
    return inverse
  }

  /// A⁻¹. O(n³).
  public func inverse() -> Matrix<Double> { inverse(lower: invertedLower()) }

  /// A⁻¹, where L⁻¹ is at hand.
  package func inverse(lower half: Matrix<Double>) -> Matrix<Double> {
    let n = order
    var result = Matrix<Double>(rows: n, columns: n)
    guard n > 0 else { return result }
    result.withUnsafeMutableElements { c in
      half.withUnsafeElements { l in
        BLAS.multiply(
          m: n, n: n, k: n, l.baseAddress!, stride: n, transposingFirst: true, by: l.baseAddress!, stride: n,
          into: c.baseAddress!, stride: n)
      }
    }
    return result
  }

  /// (A⁻¹)ⱼⱼ = Σᵢ (L⁻¹)ᵢⱼ², where L⁻¹ is at hand. O(n²).
  package static func inverseDiagonal(lower half: Matrix<Double>) -> [Double] {
    let n = half.rows
    var result = [Double](repeating: 0, count: n)
    half.withUnsafeElements { l in
      for i in 0..<n { for j in 0...i { result[j] += l[i * n + j] * l[i * n + j] } }
    }
    return result
  }

  /// L⁻¹ b for each row b of `rows`, `[N, n]`. O(N n²).
  public func whitening(_ rows: Matrix<Double>) -> Matrix<Double> {
    precondition(rows.columns == order, "rows of another length")
    var result = rows
    guard rows.count > 0 else { return result }
    result.withUnsafeMutableElements { b in
      lower.withUnsafeElements { l in
        BLAS.solveRows(
          m: rows.rows, n: order, lower: l.baseAddress!, stride: order, into: b.baseAddress!, stride: order)
      }
    }
    return result
  }

  /// L b for each row b of `rows`, `[N, n]`. O(N n²).
  public func coloring(_ rows: Matrix<Double>) -> Matrix<Double> {
    precondition(rows.columns == order, "rows of another length")
    var result = rows
    guard rows.count > 0 else { return result }
    result.withUnsafeMutableElements { b in
      lower.withUnsafeElements { l in
        BLAS.multiplyRows(
          m: rows.rows, n: order, lower: l.baseAddress!, stride: order, into: b.baseAddress!, stride: order)
      }
    }
    return result
  }
}
