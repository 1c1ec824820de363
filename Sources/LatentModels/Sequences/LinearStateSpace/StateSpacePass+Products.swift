import LatentNumerics

// Products over the frames of many sequences at once, in the shapes that OpenBLAS's kernels for small products take.

/// Rows of a few columns, one for each frame of several sequences.
struct FrameBlock {
  let storage: AlignedStorage<Double>
  let columns: Int

  init(_ storage: AlignedStorage<Double>, _ columns: Int) {
    self.storage = storage
    self.columns = columns
  }

  /// OpenBLAS copies the factors of larger products about, at half the speed and, for several threads, in turn.
  private static let largestSmallProduct = 1_000_000

  /// Adds selfᵀ other to a part of the target.
  func addProduct(
    with other: FrameBlock, rows: Int, to target: inout Matrix<Double>, at row: Int, _ column: Int
  ) {
    let (m, n, stride) = (columns, other.columns, target.columns)
    guard m > 0, n > 0 else { return }
    let most = Swift.max(1, Self.largestSmallProduct / (m * n))
    target.withUnsafeMutableElements {
      let out = $0.baseAddress! + row * stride + column
      for start in Swift.stride(from: 0, to: rows, by: most) {
        BLAS.multiply(
          m: m, n: n, k: Swift.min(most, rows - start), storage.base + start * m, stride: m,
          transposingFirst: true, by: other.storage.base + start * n, stride: n, beta: 1, into: out,
          stride: stride)
      }
    }
    withExtendedLifetime((storage, other.storage)) {}
  }
}

extension Matrix<Double> {
  /// f · self.
  func times(_ f: Double) -> Matrix<Double> {
    var result = self
    result.scale(by: f)
    return result
  }

  /// out (+)= f A v, or f Aᵀ v, for each of n rows v.
  func multiplyRows(
    _ v: UnsafePointer<Double>, _ n: Int, by f: Double = 1, transposing: Bool = false,
    into out: UnsafeMutablePointer<Double>, adding: Bool = false
  ) {
    let (inputs, outputs) = transposing ? (rows, columns) : (columns, rows)
    guard n > 0, outputs > 0 else { return }
    // OpenBLAS's kernels for small products are up to four times as fast with the one or the other, so measured for up to 8 × 8.
    let isStoredByInput = outputs % 8 == 0
    let stored = isStoredByInput == transposing ? self : transposed()
    stored.withUnsafeElements { a in
      BLAS.multiply(
        m: n, n: outputs, k: inputs, alpha: f, v, stride: inputs, by: a.baseAddress!, stride: stored.columns,
        transposingSecond: !isStoredByInput, beta: adding ? 1 : 0, into: out, stride: outputs)
    }
  }
}

extension LinearStateSpaceStatistics.Moments {
  /// Adds covariances of residuals and of the first of the regressors.
  mutating func add(
    noise: Matrix<Double>, cross: Matrix<Double>, regressors P: Matrix<Double>, times f: Double
  ) {
    residuals.add(f == 1 ? noise : noise.times(f))
    for i in 0..<cross.rows { for j in 0..<cross.columns { self.cross[i, j] += f * cross[i, j] } }
    for i in 0..<P.rows { for j in 0..<P.columns { regressors[i, j] += f * P[i, j] } }
  }

  /// Adds the products of rows of residuals and regressors, which stand in blocks of columns.
  mutating func addGrams(_ e: FrameBlock, _ regressors: [FrameBlock], rows: Int) {
    e.addProduct(with: e, rows: rows, to: &residuals, at: 0, 0)
    var row = 0
    for first in regressors {
      e.addProduct(with: first, rows: rows, to: &cross, at: 0, row)
      var column = 0
      for second in regressors {
        first.addProduct(with: second, rows: rows, to: &self.regressors, at: row, column)
        column += second.columns
      }
      row += first.columns
    }
  }
}
