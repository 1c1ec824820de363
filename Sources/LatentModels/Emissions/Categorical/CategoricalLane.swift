// D columns, M categories in all, K components

public import LatentEvidence
public import LatentNumerics

/// One thread's pass over rows under categorical components: each observed cell picks a row of a table, `[M, K]`, to add
/// to its row's log densities, and of another to be added to.
public struct CategoricalLane<Scalar: LatentScalar>: EmissionLane {
  public typealias Statistics = CategoricalStatistics

  private let densities: CategoricalDensities<Scalar>
  /// Σ r of the cells, `[M, K]`, not yet in the statistics.
  private let sums: AlignedStorage<Scalar>
  /// One row's numbers for all components.
  private let row: AlignedStorage<Scalar>
  private var pendingRows = 0

  /// Single precision keeps enough digits in sums of this many rows; then they go to double.
  private static var rowsBetweenFlushes: Int { 8192 }

  init(_ densities: CategoricalDensities<Scalar>) {
    self.densities = densities
    sums = AlignedStorage(count: densities.table.count, repeating: 0)
    row = AlignedStorage(count: densities.components)
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public mutating func logJoint(of block: RowBlock<Scalar>) {
    defer { withExtendedLifetime(row) {} }
    let (D, K, stride, total) = (densities.columns.count, densities.components, block.stride, row.base)
    densities.columns.offsets.withUnsafeBufferPointer { offsets in
      densities.table.withUnsafeElements { table in
        densities.logWeights.withUnsafeBufferPointer { logWeights in
          for i in 0..<block.count {
            let x = block.values + i * D
            for k in 0..<K { total[k] = logWeights[k] }
            for j in 0..<D where !x[j].isNaN {
              guard let category = Self.category(x[j], in: offsets, j) else {
                for k in 0..<K { total[k] = .nan }  // reported as the density of this row
                break
              }
              let log = table.baseAddress! + category * K
              for k in 0..<K { total[k] += log[k] }
            }
            var best = -Scalar.infinity
            for k in 0..<K {
              block.joint[k * stride + i] = total[k]
              best = total[k] > best ? total[k] : best
            }
            block.best[i] = best
          }
        }
      }
    }
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public mutating func add(_ block: RowBlock<Scalar>, into statistics: inout CategoricalStatistics) {
    defer { withExtendedLifetime((row, sums)) {} }
    let (D, K, stride) = (densities.columns.count, densities.components, block.stride)
    let (r, sums) = (row.base, sums.base)
    for k in 0..<K {
      var count = 0.0
      for i in 0..<block.count { count += Double(block.responsibilities[k * stride + i]) }
      statistics.counts[k] += count
    }
    densities.columns.offsets.withUnsafeBufferPointer { offsets in
      for i in 0..<block.count where block.weights[i] > 0 {
        let x = block.values + i * D
        for k in 0..<K { r[k] = block.responsibilities[k * stride + i] }
        for j in 0..<D where !x[j].isNaN {
          guard let category = Self.category(x[j], in: offsets, j) else { break }
          let sum = sums + category * K
          for k in 0..<K { sum[k] += r[k] }
        }
      }
    }
    pendingRows += block.count
    if pendingRows >= Self.rowsBetweenFlushes { flush(into: &statistics) }
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public mutating func finish(_ rows: Rows<Scalar>, into statistics: inout CategoricalStatistics) {
    flush(into: &statistics)
  }

  /// The category of a value in column j, among all; nil for a value that is none, so that nothing beyond the tables is
  /// read.
  @inline(__always)
  private static func category(
    _ value: Scalar, in offsets: UnsafeBufferPointer<Int>, _ j: Int
  ) -> Int? {
    let levels = offsets[j + 1] - offsets[j]
    guard value >= 0, value < Scalar(levels) else { return nil }
    let code = Int(value)
    return Scalar(code) == value ? offsets[j] + code : nil
  }

  /// Moves the sums to the statistics.
  private mutating func flush(into statistics: inout CategoricalStatistics) {
    defer { withExtendedLifetime(sums) {} }
    let (K, M) = (densities.components, densities.columns.total)
    statistics.cells.withUnsafeMutableElements { cells in
      for l in 0..<M { for k in 0..<K { cells[k * M + l] += Double(sums.base[l * K + k]) } }
    }
    sums.base.update(repeating: 0, count: M * K)
    pendingRows = 0
  }
}
