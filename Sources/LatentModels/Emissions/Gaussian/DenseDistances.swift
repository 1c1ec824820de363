// D dimensions, K components; Σ[k] = L[k] L[k]ᵀ, y = L[k]⁻¹ (x − μ[k])

import LatentNumerics

/// Log densities of a block of rows under dense covariances, by forward substitution in panels of columns.
///
/// ‖y‖² only grows from panel to panel, so c[k] − ½‖y‖² over the first panels is an upper bound of a row's log density.
/// The first panel, which costs little, gives every row a likely best component; that one is computed in full, and every
/// other component only until its bound lies below the best by more than `margin`, where its responsibility is 0
/// in any case. With well separated components this saves most of the work, and it changes no result.
struct DenseDistances<Scalar: LatentScalar> {
  let factors: [Matrix<Scalar>]
  let means: Matrix<Scalar>
  let constants: [Scalar]
  /// The rows, `count` of them, row-major, `[count, D]`.
  let rows: UnsafePointer<Scalar>
  let count: Int
  let stride: Int
  /// How far below a row's largest a log density is negligible.
  let margin: Scalar

  /// Columns of one panel.
  static var panel: Int { 96 }

  /// - Parameters:
  ///   - joint: receives ln (π[k] p(x | k)) at `k * stride + i`, or a bound of it that is negligible.
  ///   - best: receives the largest of each row.
  ///   - work: memory for `count * D` elements.
  func compute(
    joint: UnsafeMutablePointer<Scalar>, best: UnsafeMutablePointer<Scalar>,
    work: UnsafeMutablePointer<Scalar>
  ) {
    let K = factors.count
    let all = (0..<Int32(count)).map { $0 }
    joint.initialize(repeating: 0, count: K * stride)
    best.update(repeating: -.infinity, count: count)
    (best + count).update(repeating: 0, count: stride - count)  // padding has weight 0 and a finite density
    var likely = [Int](repeating: 0, count: count)
    for k in 0..<K {
      let out = joint + k * stride
      firstPanel(k, all, work: work, squares: out)
      for i in 0..<count {
        out[i] = constants[k] - out[i] / 2
        if k == 0 || out[i] > joint[likely[i] * stride + i] { likely[i] = k }
      }
    }
    for k in 0..<K {
      substitute(k, all.filter { likely[Int($0)] == k }, joint: joint, best: best, work: work)
    }
    for k in 0..<K {
      let out = joint + k * stride
      substitute(
        k, all.filter { likely[Int($0)] != k && out[Int($0)] > best[Int($0)] - margin }, joint: joint,
        best: best, work: work)
    }
  }

  private var D: Int { means.columns }

  private func firstPanel(
    _ k: Int, _ indices: [Int32], work: UnsafeMutablePointer<Scalar>, squares: UnsafeMutablePointer<Scalar>
  ) {
    let width = Swift.min(Self.panel, D)
    means.withUnsafeElements { μ in
      Kernels.gather(
        rows, stride: D, rows: indices.count, columns: width, row: indices, origin: μ.baseAddress! + k * D,
        into: work, stride: width)
    }
    factors[k].withUnsafeElements { L in
      BLAS.solveRows(m: indices.count, n: width, lower: L.baseAddress!, stride: D, into: work, stride: width)
    }
    Kernels.addSquareNorms(work, stride: width, rows: indices.count, columns: width, into: squares)
  }

  /// Carries the rows at `indices` through all panels of component k, dropping those that have become negligible.
  private func substitute(
    _ k: Int, _ indices: [Int32], joint: UnsafeMutablePointer<Scalar>, best: UnsafeMutablePointer<Scalar>,
    work: UnsafeMutablePointer<Scalar>
  ) {
    guard !indices.isEmpty else { return }
    let out = joint + k * stride
    var alive = indices
    var squares = [Scalar](repeating: 0, count: alive.count)
    means.withUnsafeElements { μ in
      Kernels.gather(
        rows, stride: D, rows: alive.count, columns: D, row: alive, origin: μ.baseAddress! + k * D,
        into: work, stride: D)
    }
    factors[k].withUnsafeElements { L in
      let L = L.baseAddress!
      for low in Swift.stride(from: 0, to: D, by: Self.panel) {
        let width = Swift.min(Self.panel, D - low)
        if low > 0 {
          BLAS.multiply(
            m: alive.count, n: width, k: low, alpha: -1, work, stride: D, by: L + low * D, stride: D,
            transposingSecond: true, beta: 1, into: work + low, stride: D)
        }
        BLAS.solveRows(
          m: alive.count, n: width, lower: L + low * D + low, stride: D, into: work + low, stride: D)
        squares.withUnsafeMutableBufferPointer {
          Kernels.addSquareNorms(
            work + low, stride: D, rows: alive.count, columns: width, into: $0.baseAddress!)
        }
        var kept = 0
        for i in alive.indices {
          let row = Int(alive[i])
          out[row] = constants[k] - squares[i] / 2
          guard low + width < D, out[row] > best[row] - margin else { continue }
          if kept < i {
            alive[kept] = alive[i]
            squares[kept] = squares[i]
            (work + kept * D).update(from: work + i * D, count: D)
          }
          kept += 1
        }
        if low + width == D {
          for row in alive { best[Int(row)] = Swift.max(best[Int(row)], out[Int(row)]) }
        }
        alive.removeLast(alive.count - kept)
        if alive.isEmpty { break }
      }
    }
  }
}
