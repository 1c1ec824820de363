import COneDNN
import LatentNumerics

/// Matrix products and convolutions on the calling thread: oneDNN for `Float`, OpenBLAS for `Double`.
///
/// oneDNN makes its code at run time for the processor and the shape.
final class MatrixProducts {
  let single: Bool
  private(set) lazy var primitives = OneDNNPrimitives()

  init(single: Bool) { self.single = single }

  /// To be called on each thread before its first product.
  func prepareThread() {
    if single { latent_onednn_stay_on_this_thread() }
  }

  /// C = op(A) op(B), or C += op(A) op(B); op(A) is `m × k`, op(B) `k × n`.
  @inline(__always)
  func multiply(
    _ m: Int, _ n: Int, _ k: Int, _ a: Elements, _ lda: Int, _ transposeA: Bool, _ b: Elements, _ ldb: Int,
    _ transposeB: Bool, add: Bool, _ c: Elements, _ ldc: Int
  ) {
    if single {
      let (yes, no) = (CChar(UInt8(ascii: "T")), CChar(UInt8(ascii: "N")))
      let status = dnnl_sgemm(
        transposeA ? yes : no, transposeB ? yes : no, Int64(m), Int64(n), Int64(k), 1,
        a.assumingMemoryBound(to: Float.self), Int64(lda), b.assumingMemoryBound(to: Float.self), Int64(ldb),
        add ? 1 : 0, c.assumingMemoryBound(to: Float.self), Int64(ldc))
      precondition(status == dnnl_success, "oneDNN refused a product of \(m) × \(k) and \(k) × \(n)")
    } else {
      BLAS.multiply(
        m: m, n: n, k: k, UnsafePointer(a.assumingMemoryBound(to: Double.self)), stride: lda,
        transposingFirst: transposeA, by: UnsafePointer(b.assumingMemoryBound(to: Double.self)), stride: ldb,
        transposingSecond: transposeB, beta: add ? 1 : 0, into: c.assumingMemoryBound(to: Double.self),
        stride: ldc)
    }
  }

  /// The same with A and B in bfloat16, C in single precision.
  func multiplyRounded(
    _ m: Int, _ n: Int, _ k: Int, _ a: UnsafePointer<UInt16>, _ lda: Int, _ transposeA: Bool,
    _ b: UnsafePointer<UInt16>, _ ldb: Int, _ transposeB: Bool, add: Bool, _ c: Elements, _ ldc: Int
  ) {
    let shape = OneDNNPrimitives.ProductShape(
      m: m, n: n, k: k, lda: lda, ldb: ldb, ldc: ldc, transposeA: transposeA, transposeB: transposeB, add: add
    )
    primitives.multiply(shape, a, b, c)
  }
}
