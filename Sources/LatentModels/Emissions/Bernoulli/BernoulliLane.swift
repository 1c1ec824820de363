// D dimensions, K components

public import LatentEvidence
public import LatentNumerics

/// One thread's pass over rows under Bernoulli components, by dense products.
///
/// Rows with missing cells are taken as two tables side by side, `[rows, 2D]`: the cells with 0 for missing ones, and
/// 1 where a cell is observed. Both densities and statistics are linear in them.
public struct BernoulliLane<Scalar: LatentScalar>: EmissionLane {
  public typealias Statistics = BernoulliStatistics

  private let densities: BernoulliDensities<Scalar>
  /// Σ r x and, of rows with missing cells, Σ r o, `[K, 2D]`, not yet in the statistics.
  private let sums: AlignedStorage<Scalar>
  /// Σ r of complete rows, `[K]`, not yet in the statistics.
  private var complete: [Double]
  private var pendingRows = 0
  /// The two tables of a block with missing cells; made when the first comes.
  private var tables: AlignedStorage<Scalar>?
  /// Contradictions, by components.
  private let contradictions: AlignedStorage<Scalar>?

  /// Single precision keeps enough digits in sums of this many rows; then they go to double.
  private static var rowsBetweenFlushes: Int { 8192 }

  init(_ densities: BernoulliDensities<Scalar>) {
    self.densities = densities
    let (K, D) = (densities.components, densities.dimensions)
    sums = AlignedStorage(count: K * 2 * D, repeating: 0)
    complete = Array(repeating: 0, count: K)
    contradictions = densities.boundary == nil ? nil : AlignedStorage(count: K * densities.blockRows)
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public mutating func logJoint(of block: RowBlock<Scalar>) {
    let (K, stride) = (densities.components, block.stride)
    let isComplete = !block.batch.hasMissingCells(in: block.rows)
    if !isComplete { fillTables(of: block) }
    multiply(block, by: densities.coefficients, into: block.joint, isComplete: isComplete)
    let constants = isComplete ? densities.constants : densities.logWeights
    for k in 0..<K {
      let (joint, constant) = (block.joint + k * stride, constants[k])
      for i in 0..<block.count { joint[i] += constant }
    }
    if let boundary = densities.boundary, let contradictions {
      defer { withExtendedLifetime(contradictions) {} }
      multiply(block, by: boundary.coefficients, into: contradictions.base, isComplete: isComplete)
      for k in 0..<K {
        let (joint, found) = (block.joint + k * stride, contradictions.base + k * stride)
        let least = 0.5 - (isComplete ? boundary.constants[k] : 0)
        for i in 0..<block.count where found[i] > least { joint[i] = -.infinity }
      }
    }
    if !areBinary(block, isComplete: isComplete) { excludeOtherValues(of: block) }
    for k in 0..<K {
      let joint = block.joint + k * stride
      for i in 0..<block.count { block.best[i] = joint[i] > block.best[i] ? joint[i] : block.best[i] }
    }
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public mutating func add(_ block: RowBlock<Scalar>, into statistics: inout BernoulliStatistics) {
    defer { withExtendedLifetime((sums, tables)) {} }
    let (D, K, stride) = (densities.dimensions, densities.components, block.stride)
    let isComplete = !block.batch.hasMissingCells(in: block.rows)
    for k in 0..<K {
      let r = block.responsibilities + k * stride
      var sum = 0.0
      for i in 0..<block.count { sum += Double(r[i]) }
      statistics.counts[k] += sum
      if isComplete { complete[k] += sum }
    }
    let x = isComplete ? block.values : tables.map { UnsafePointer($0.base) } ?? block.values
    let width = isComplete ? D : 2 * D
    BLAS.multiply(
      m: K, n: width, k: block.count, block.responsibilities, stride: stride, by: x, stride: width, beta: 1,
      into: sums.base, stride: 2 * D)
    pendingRows += block.count
    if pendingRows >= Self.rowsBetweenFlushes { flush(into: &statistics) }
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public mutating func finish(_ rows: Rows<Scalar>, into statistics: inout BernoulliStatistics) {
    flush(into: &statistics)
  }

  /// `[K, rows]` ← coefficients times the block's cells, or its two tables.
  private func multiply(
    _ block: RowBlock<Scalar>, by coefficients: Matrix<Scalar>, into out: UnsafeMutablePointer<Scalar>,
    isComplete: Bool
  ) {
    defer { withExtendedLifetime(tables) {} }
    let (D, K) = (densities.dimensions, densities.components)
    let x = isComplete ? block.values : tables.map { UnsafePointer($0.base) } ?? block.values
    let width = isComplete ? D : 2 * D
    coefficients.withUnsafeElements { c in
      BLAS.multiply(
        m: K, n: block.count, k: width, c.baseAddress!, stride: 2 * D, by: x, stride: width,
        transposingSecond: true, into: out, stride: block.stride)
    }
  }

  /// Whether all observed cells of the block are 0 or 1.
  private func areBinary(_ block: RowBlock<Scalar>, isComplete: Bool) -> Bool {
    defer { withExtendedLifetime(tables) {} }
    let D = densities.dimensions
    guard !isComplete, let tables else { return Kernels.areBinary(block.values, count: block.count * D) }
    return Kernels.areBinary(tables.base, count: block.count * 2 * D)
  }

  /// Rows with a value that is neither 0 nor 1 have no density, by which they are found and reported.
  private func excludeOtherValues(of block: RowBlock<Scalar>) {
    let (D, K) = (densities.dimensions, densities.components)
    for i in 0..<block.count {
      let row = UnsafeBufferPointer(start: block.values + i * D, count: D)
      guard row.contains(where: { !($0 == 0 || $0 == 1 || $0.isNaN) }) else { continue }
      for k in 0..<K { block.joint[k * block.stride + i] = .nan }
    }
  }

  private mutating func fillTables(of block: RowBlock<Scalar>) {
    let D = densities.dimensions
    let tables = self.tables ?? AlignedStorage(count: 2 * D * densities.blockRows)
    self.tables = tables
    defer { withExtendedLifetime(tables) {} }
    for i in 0..<block.count {
      let (x, row) = (block.values + i * D, tables.base + i * 2 * D)
      for j in 0..<D {
        let isObserved = !x[j].isNaN
        row[j] = isObserved ? x[j] : 0
        row[D + j] = isObserved ? 1 : 0
      }
    }
  }

  /// Moves the sums to the statistics.
  private mutating func flush(into statistics: inout BernoulliStatistics) {
    defer { withExtendedLifetime(sums) {} }
    let (D, K) = (densities.dimensions, densities.components)
    statistics.ones.withUnsafeMutableElements { ones in
      statistics.observed.withUnsafeMutableElements { observed in
        for k in 0..<K {
          let sums = sums.base + k * 2 * D
          for j in 0..<D {
            ones[k * D + j] += Double(sums[j])
            observed[k * D + j] += Double(sums[D + j]) + complete[k]
          }
        }
      }
    }
    sums.base.update(repeating: 0, count: K * 2 * D)
    complete = Array(repeating: 0, count: K)
    pendingRows = 0
  }
}
