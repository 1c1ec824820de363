// K components

public import LatentEvidence
public import LatentNumerics

/// A block of rows with memory for their densities and responsibilities under K components, component by component:
/// row i of component k at `k * stride + i`.
public struct RowBlock<Scalar: LatentScalar> {
  /// All rows of the pass.
  public let batch: Rows<Scalar>
  /// The block's rows, counted within `batch`.
  public let rows: Range<Int>
  /// The values of the block's first row; row-major, D columns.
  public let values: UnsafePointer<Scalar>
  /// The padded number of rows.
  public let stride: Int
  /// ln (π[k] p(x | k)), before the responsibilities are taken.
  public internal(set) var joint: UnsafeMutablePointer<Scalar>
  /// One byte for every component and group of rows: whether any responsibility there is positive.
  public let active: UnsafeMutablePointer<UInt8>
  /// The largest ln (π[k] p(x | k)) of each row, and the sum of all relative to it: ln p(x) = best + ln sum.
  public internal(set) var best: UnsafeMutablePointer<Scalar>
  public let sum: UnsafeMutablePointer<Scalar>
  /// The rows' weights; 0 in the padding.
  public internal(set) var weights: UnsafeMutablePointer<Scalar>
  /// Where only so many of the best components of each row matter: any number below the least of theirs will do for the
  /// others. nil where all matter.
  public internal(set) var kept: Int?
  /// Where a family is to put what missing cells add to log densities, `[K, stride]`; nil for `joint`.
  var offsets: UnsafeMutablePointer<Scalar>?
  /// What the conditional covariances of missing cells count, `[K, stride]`; nil for the responsibilities.
  var conditionalWeights: UnsafeMutablePointer<Scalar>?

  /// r times the row's weight, in the place of `joint`; 0 in the padding.
  public var responsibilities: UnsafeMutablePointer<Scalar> { joint }
  /// The number of rows.
  public var count: Int { rows.count }

  /// Gives row i the density 1, all of it that of one component.
  fileprivate func setPadding(_ i: Int, components: Int, heaviest: Int) {
    best[i] = 0
    for k in 0..<components { joint[k * stride + i] = k == heaviest ? 0 : -.infinity }
  }
}

/// The memory of blocks of up to B rows and K components.
final class BlockMemory<Scalar: LatentScalar> {
  private let components: Int
  private let joint: AlignedStorage<Scalar>
  private let perRow: AlignedStorage<Scalar>
  private let active: AlignedStorage<UInt8>
  private let blockRows: Int
  /// ln π, `[K]`.
  private let logWeights: [Scalar]
  private let heaviest: Int
  /// How many of a row's best components keep a responsibility; nil for all.
  private let kept: Int?

  init(logWeights: [Scalar], blockRows: Int, kept: Int? = nil) {
    components = logWeights.count
    self.blockRows = blockRows
    self.kept = kept.flatMap { $0 < logWeights.count ? $0 : nil }
    self.logWeights = logWeights
    joint = AlignedStorage(count: components * blockRows)
    perRow = AlignedStorage(count: 3 * blockRows)
    active = AlignedStorage(count: components * blockRows)
    heaviest = logWeights.indices.max { logWeights[$0] < logWeights[$1] } ?? 0
  }

  /// The block that holds these rows; `values` are those of the first.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func block(
    _ rows: Range<Int>, of batch: Rows<Scalar>, values: UnsafePointer<Scalar>
  ) -> RowBlock<Scalar> {
    let stride = (rows.count + Kernels.group - 1) / Kernels.group * Kernels.group
    let base = perRow.base
    let block = RowBlock(
      batch: batch, rows: rows, values: values, stride: stride, joint: joint.base, active: active.base,
      best: base, sum: base + blockRows, weights: base + 2 * blockRows, kept: kept)
    for i in 0..<stride {
      block.weights[i] = i < rows.count ? 1 : 0
      block.best[i] = -.infinity
    }
    if batch.weights != nil {
      for i in 0..<rows.count { block.weights[i] = Scalar(batch.weight(of: rows.lowerBound + i)) }
    }
    return block
  }

  /// Turns log densities into responsibilities.
  ///
  /// - Returns: Σ w ln p(x) and Σ w r ln p(x | k) over the block's rows.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func takeResponsibilities(of block: RowBlock<Scalar>) -> (evidence: Double, reconstruction: Double) {
    let stride = block.stride
    if let kept {
      Kernels.keepBest(block.joint, block: stride, components: components, kept: kept)
    }
    // Whatever the padding holds, its density must be a number for its weight, 0, to remove it.
    for i in block.count..<stride { block.setPadding(i, components: components, heaviest: heaviest) }
    // So must that of a row that counts nothing, where every component rules it out; infinite cells are reported.
    if block.batch.weights != nil {
      let D = block.batch.columns
      for i in 0..<block.count where block.weights[i] == 0 && !block.best[i].isFinite {
        let row = UnsafeBufferPointer(start: block.values + i * D, count: D)
        guard !row.contains(where: \.isInfinite) else { continue }
        block.setPadding(i, components: components, heaviest: heaviest)
      }
    }
    var totals = (0.0, 0.0)
    withUnsafeMutablePointer(to: &totals) { totals in
      totals.withMemoryRebound(to: Double.self, capacity: 2) { totals in
        Kernels.responsibilities(
          block.joint, block: stride, components: components, logWeights: logWeights, weight: block.weights,
          best: block.best, sum: block.sum, active: block.active, totals: totals)
      }
    }
    return (totals.0, totals.1)
  }

  /// The first row whose density is not a finite number, counted within the batch.
  func failedRow(of block: RowBlock<Scalar>) -> Int {
    block.rows.lowerBound
      + ((0..<block.count).first {
        !(block.best[$0].isFinite && block.sum[$0].isFinite && block.sum[$0] > 0)
      } ?? 0)
  }
}
