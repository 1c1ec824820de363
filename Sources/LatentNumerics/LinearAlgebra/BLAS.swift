import COpenBLAS

/// The dense products, over raw row-major memory, for the code of this package.
///
/// Every call runs on the calling thread: parallelism is over observations (`Lanes`), never inside an
/// operation.
package enum BLAS {
  /// Keeps OpenBLAS on the calling thread; evaluated once, before the first product.
  private static let singleThreaded: Void = openblas_set_num_threads(1)

  /// C ← α op(A) op(B) + β C, where op(A) is `m × k`, op(B) is `k × n`.
  @inline(__always)
  package static func multiply<S: LatentScalar>(
    m: Int, n: Int, k: Int, alpha: S = 1,
    _ a: UnsafePointer<S>, stride lda: Int, transposingFirst transposeA: Bool = false,
    by b: UnsafePointer<S>, stride ldb: Int, transposingSecond transposeB: Bool = false,
    beta: S = 0, into c: UnsafeMutablePointer<S>, stride ldc: Int
  ) {
    singleThreaded
    let ta = transposeA ? CblasTrans : CblasNoTrans
    let tb = transposeB ? CblasTrans : CblasNoTrans
    if S.self == Double.self {
      cblas_dgemm(
        CblasRowMajor, ta, tb, Int32(m), Int32(n), Int32(k), cast(alpha), cast(a), Int32(lda), cast(b),
        Int32(ldb), cast(beta), cast(c), Int32(ldc))
    } else {
      cblas_sgemm(
        CblasRowMajor, ta, tb, Int32(m), Int32(n), Int32(k), cast(alpha), cast(a), Int32(lda), cast(b),
        Int32(ldb), cast(beta), cast(c), Int32(ldc))
    }
  }

  /// The lower triangle of C ← AᵀA + β C, where A is `k × n`.
  @inline(__always)
  package static func accumulateGram<S: LatentScalar>(
    n: Int, k: Int, _ a: UnsafePointer<S>, stride lda: Int, beta: S = 1,
    into c: UnsafeMutablePointer<S>, stride ldc: Int
  ) {
    singleThreaded
    if S.self == Double.self {
      cblas_dsyrk(
        CblasRowMajor, CblasLower, CblasTrans, Int32(n), Int32(k), 1, cast(a), Int32(lda), cast(beta),
        cast(c), Int32(ldc))
    } else {
      cblas_ssyrk(
        CblasRowMajor, CblasLower, CblasTrans, Int32(n), Int32(k), 1, cast(a), Int32(lda), cast(beta),
        cast(c), Int32(ldc))
    }
  }

  /// B ← B L⁻ᵀ: every row b of B (`m × n`) becomes L⁻¹ b (or L⁻ᵀ b, transposing), L lower triangular.
  @inline(__always)
  package static func solveRows<S: LatentScalar>(
    m: Int, n: Int, lower l: UnsafePointer<S>, stride ldl: Int, transposing: Bool = false,
    into b: UnsafeMutablePointer<S>, stride ldb: Int
  ) {
    singleThreaded
    let operation = transposing ? CblasNoTrans : CblasTrans
    if S.self == Double.self {
      cblas_dtrsm(
        CblasRowMajor, CblasRight, CblasLower, operation, CblasNonUnit, Int32(m), Int32(n), 1, cast(l),
        Int32(ldl), cast(b), Int32(ldb))
    } else {
      cblas_strsm(
        CblasRowMajor, CblasRight, CblasLower, operation, CblasNonUnit, Int32(m), Int32(n), 1, cast(l),
        Int32(ldl), cast(b), Int32(ldb))
    }
  }

  /// B ← B Lᵀ: every row b of B (`m × n`) becomes L b, L lower triangular.
  @inline(__always)
  package static func multiplyRows<S: LatentScalar>(
    m: Int, n: Int, lower l: UnsafePointer<S>, stride ldl: Int, into b: UnsafeMutablePointer<S>,
    stride ldb: Int
  ) {
    singleThreaded
    if S.self == Double.self {
      cblas_dtrmm(
        CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, Int32(m), Int32(n), 1, cast(l),
        Int32(ldl), cast(b), Int32(ldb))
    } else {
      cblas_strmm(
        CblasRowMajor, CblasRight, CblasLower, CblasTrans, CblasNonUnit, Int32(m), Int32(n), 1, cast(l),
        Int32(ldl), cast(b), Int32(ldb))
    }
  }

  /// The lower Cholesky factor of a symmetric matrix in place (its lower triangle is read; the upper one is
  /// left as it was).
  ///
  /// - Returns: 0, or the 1-based order of the leading minor that is not positive definite.
  package static func factorCholesky(n: Int, _ a: UnsafeMutablePointer<Double>, stride: Int) -> Int {
    singleThreaded
    // Row-major lower is column-major upper.
    var order = Int32(n)
    var leading = Int32(Swift.max(stride, 1))
    var info: Int32 = 0
    dpotrf_("U", &order, a, &leading, &info)
    return Int(info)
  }

  /// The lower triangular L, `m × m`, with L Lᵀ = A Aᵀ and no negative diagonal element, of a contiguous A, `m × n`, n ≥ m,
  /// by orthogonal transformations: A Aᵀ, which has half the digits, is not formed (LAPACK's `dgeqrf`). A is overwritten.
  package static func lowerRoot(
    m: Int, n: Int, _ a: UnsafeMutablePointer<Double>, into l: UnsafeMutablePointer<Double>
  ) {
    precondition(n >= m, "a matrix at least as wide as high")
    guard m > 0 else { return }
    singleThreaded
    // Row-major A is column-major Aᵀ = Q R, and R is Lᵀ.
    var (rows, columns) = (Int32(n), Int32(m))
    var info: Int32 = 0
    var length = Int32(32 * m)
    withUnsafeTemporaryAllocation(of: Double.self, capacity: 33 * m) { work in
      dgeqrf_(&rows, &columns, a, &rows, work.baseAddress! + 32 * m, work.baseAddress!, &length, &info)
    }
    precondition(info == 0, "a call with sizes that fit")
    for i in 0..<m {
      for j in 0..<m { l[i * m + j] = j > i ? 0 : a[i * n + j] }
    }
    for j in 0..<m where l[j * m + j] < 0 { for i in j..<m { l[i * m + j] = -l[i * m + j] } }
  }

  /// L⁻¹ in place, L lower triangular with a non-zero diagonal.
  package static func invertLower(n: Int, _ l: UnsafeMutablePointer<Double>, stride: Int) {
    singleThreaded
    var order = Int32(n)
    var leading = Int32(Swift.max(stride, 1))
    var info: Int32 = 0
    dtrtri_("U", "N", &order, l, &leading, &info)
    precondition(info == 0, "a triangular factor with a zero on its diagonal")
  }

  /// The eigenvalues (ascending) and eigenvectors (rows) of a symmetric matrix, in place of it.
  ///
  /// - Returns: nil when the iteration did not converge (LAPACK's `dsyevd`).
  package static func symmetricEigen(n: Int, _ a: UnsafeMutablePointer<Double>) -> [Double]? {
    singleThreaded
    var values = [Double](repeating: 0, count: n)
    var order = Int32(n)
    var leading = Int32(Swift.max(n, 1))
    var info: Int32 = 0
    var query = 0.0
    var integerQuery: Int32 = 0
    var minusOne: Int32 = -1
    dsyevd_(
      "V", "U", &order, a, &leading, &values, &query, &minusOne, &integerQuery, &minusOne, &info)
    var workCount = Int32(query)
    var integerCount = integerQuery
    var work = [Double](repeating: 0, count: Int(workCount))
    var integers = [Int32](repeating: 0, count: Int(integerCount))
    dsyevd_(
      "V", "U", &order, a, &leading, &values, &work, &workCount, &integers, &integerCount, &info)
    return info == 0 ? values : nil
  }

  @inline(__always) private static func cast<S, T>(_ value: S) -> T {
    unsafeBitCast(value, to: T.self)
  }
}
