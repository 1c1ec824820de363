import COneDNN
import LatentNumerics
import Synchronization

/// Matrix products and convolutions on the calling thread: oneDNN for `Float`, OpenBLAS for `Double`.
///
/// oneDNN makes its code at run time for the processor and the shape. One thread uses it at a time.
final class MatrixProducts: @unchecked Sendable {
  let single: Bool
  private(set) lazy var primitives = OneDNNPrimitives()

  private var memory = AlignedStorage<UInt8>(count: 0)

  init(single: Bool) { self.single = single }

  var elementSize: Int { single ? MemoryLayout<Float>.stride : MemoryLayout<Double>.stride }

  /// Memory to lay factors in until the next call.
  func room(bytes: Int) -> Elements {
    if bytes > memory.count { memory = AlignedStorage(count: bytes) }
    return Elements(memory.base)
  }

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

/// Products for threads that come and go.
final class SpareProducts: Sendable {
  private let single: Bool
  private let free = Mutex<[MatrixProducts]>([])

  init(single: Bool) { self.single = single }

  /// Calls `body` with products that no other thread uses meanwhile; made when all are in use.
  func use(_ body: (MatrixProducts) -> Void) {
    let products = free.withLock { $0.popLast() } ?? MatrixProducts(single: single)
    products.prepareThread()
    body(products)
    free.withLock { $0.append(products) }
  }
}
