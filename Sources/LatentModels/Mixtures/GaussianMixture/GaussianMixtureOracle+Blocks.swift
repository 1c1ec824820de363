// D dimensions, K components

import LatentEvidence
import LatentNumerics

/// A block of rows with their responsibilities.
struct ResponsibilityBlock<Scalar: LatentScalar> {
  /// The rows, counted within the observations.
  let rows: Range<Int>
  /// The padded number of rows.
  let stride: Int
  /// r, component by component: `responsibilities[k * stride + i]`; 0 in the padding.
  let responsibilities: UnsafeMutablePointer<Scalar>
  /// One byte for every component and group of rows: whether any r there is positive.
  let active: UnsafeMutablePointer<UInt8>
  /// The largest ln (π[k] p(x | k)), and the sum of all relative to it: ln p(x) = best + ln sum.
  let best: UnsafeMutablePointer<Scalar>
  let sum: UnsafeMutablePointer<Scalar>
  /// 1 for a row, 0 in the padding.
  let weights: UnsafeMutablePointer<Scalar>
  /// The rows feature by feature, `packed[j * stride + i]`; about the shared centre where there is one. Not filled
  /// for dense factors.
  let packed: UnsafeMutablePointer<Scalar>
  /// The rows about the shared centre, row by row; filled only where one dense factor is shared.
  let centred: UnsafeMutablePointer<Scalar>
}

extension GaussianMixtureOracle {
  /// Rows of one block: few enough that it stays in a core's cache.
  var blockRows: Int {
    if case .factors = whitening { return 512 }
    let fitting = (256 << 10) / ((dimensions + components) * MemoryLayout<Scalar>.stride)
    return Swift.min(Swift.max(fitting / 32 * 32, 32), Kernels.block)
  }

  /// Computes the responsibilities block by block.
  ///
  /// - Returns: Σ ln p(x) and Σ r (ln p(x | k)) over all rows, in nats.
  /// - Throws: `.notFinite` with the row whose density is not a finite number.
  func forEachBlock(
    of x: Matrix<Scalar>, _ body: (ResponsibilityBlock<Scalar>) -> Void
  ) throws(InferenceError) -> (evidence: Double, reconstruction: Double) {
    let (D, K, B) = (dimensions, components, blockRows)
    let joint = AlignedStorage<Scalar>(count: K * B)
    let perRow = AlignedStorage<Scalar>(count: 3 * B)
    let active = AlignedStorage<UInt8>(count: K * B)
    let isDense = if case .factors = whitening { true } else { false }
    let packed = AlignedStorage<Scalar>(count: isDense ? 0 : D * B)
    let work = AlignedStorage<Scalar>(count: B * D)
    let centred = AlignedStorage<Scalar>(count: sharesDenseFactor ? B * D : 0)
    defer { withExtendedLifetime((joint, perRow, active, packed, work, centred)) {} }
    let (best, sum, weights) = (perRow.base, perRow.base + B, perRow.base + 2 * B)
    var totals = (0.0, 0.0)
    var failedRow: Int?
    let heaviest = logWeights.indices.max { logWeights[$0] < logWeights[$1] }

    x.withUnsafeElements { elements in
      for start in Swift.stride(from: 0, to: x.rows, by: B) {
        let rows = start..<Swift.min(start + B, x.rows)
        let stride = (rows.count + Kernels.group - 1) / Kernels.group * Kernels.group
        let block = ResponsibilityBlock(
          rows: rows, stride: stride, responsibilities: joint.base, active: active.base, best: best, sum: sum,
          weights: weights, packed: packed.base, centred: centred.base)
        for i in 0..<stride {
          weights[i] = i < rows.count ? 1 : 0
          best[i] = -.infinity
        }
        logJoint(elements.baseAddress! + start * D, block, work: work.base)
        // Whatever the padding holds, its density must be a number for its weight, 0, to remove it.
        for i in rows.count..<stride {
          best[i] = 0
          for k in 0..<K { joint.base[k * stride + i] = k == heaviest ? 0 : -.infinity }
        }
        var part = (0.0, 0.0)
        withUnsafeMutablePointer(to: &part) { part in
          part.withMemoryRebound(to: Double.self, capacity: 2) { part in
            Kernels.responsibilities(
              joint.base, block: stride, components: K, logWeights: logWeights, weight: weights, best: best,
              sum: sum, active: active.base, totals: part)
          }
        }
        guard part.0.isFinite, part.1.isFinite else {
          failedRow =
            start
            + ((0..<rows.count).first { !(best[$0].isFinite && sum[$0].isFinite && sum[$0] > 0) } ?? 0)
          return
        }
        totals.0 += part.0
        totals.1 += part.1
        body(block)
      }
    }
    if let failedRow { throw .notFinite(quantity: "density", row: failedRow) }
    return totals
  }

  private var sharesDenseFactor: Bool {
    if case .shared(_, .none, _, _) = whitening { true } else { false }
  }

  /// ln (π[k] p(x | k)) of a block's rows, into its responsibilities, and the largest of each row.
  private func logJoint(
    _ x: UnsafePointer<Scalar>, _ block: ResponsibilityBlock<Scalar>, work: UnsafeMutablePointer<Scalar>
  ) {
    let (D, K, stride, rows) = (dimensions, components, block.stride, block.rows.count)
    means.withUnsafeElements { μ in
      let μ = μ.baseAddress!
      switch whitening {
      case .packed(let W):
        Kernels.pack(x, stride: D, rows: rows, columns: D, origin: nil, block: stride, into: block.packed)
        W.withUnsafeBufferPointer { W in
          for k in 0..<K {
            Kernels.logDensityFull(
              block.packed, block: stride, columns: D, mean: μ + k * D,
              whitener: W.baseAddress! + k * (D * (D + 1) / 2), constant: constants[k], best: block.best,
              into: block.responsibilities + k * stride)
          }
        }
      case .diagonal(let W):
        Kernels.pack(x, stride: D, rows: rows, columns: D, origin: nil, block: stride, into: block.packed)
        W.withUnsafeElements { W in
          for k in 0..<K {
            Kernels.logDensityDiagonal(
              block.packed, block: stride, columns: D, mean: μ + k * D, whitener: W.baseAddress! + k * D,
              constant: constants[k], best: block.best, into: block.responsibilities + k * stride)
          }
        }
      case .shared(let centre, let W, let L, let whiteMeans):
        Kernels.pack(x, stride: D, rows: rows, columns: D, origin: centre, block: stride, into: block.packed)
        if let W {
          Kernels.whiten(block.packed, block: stride, columns: D, whitener: W, into: work)
        } else {
          Kernels.gather(x, stride: D, rows: rows, columns: D, origin: centre, into: block.centred, stride: D)
          let white = AlignedStorage<Scalar>(count: rows * D)
          defer { withExtendedLifetime(white) {} }
          white.base.initialize(from: block.centred, count: rows * D)
          L.withUnsafeElements { L in
            BLAS.solveRows(m: rows, n: D, lower: L.baseAddress!, stride: D, into: white.base, stride: D)
          }
          Kernels.pack(
            white.base, stride: D, rows: rows, columns: D, origin: nil, block: stride, into: work)
        }
        let ones = [Scalar](repeating: 1, count: D)
        whiteMeans.withUnsafeElements { m in
          for k in 0..<K {
            Kernels.logDensityDiagonal(
              work, block: stride, columns: D, mean: m.baseAddress! + k * D, whitener: ones,
              constant: constants[k], best: block.best, into: block.responsibilities + k * stride)
          }
        }
      case .factors(let factors, let means, let order):
        let ordered = AlignedStorage<Scalar>(count: rows * D)
        defer { withExtendedLifetime(ordered) {} }
        let zeros = [Scalar](repeating: 0, count: D)
        Kernels.gather(
          x, stride: D, rows: rows, columns: D, column: order, origin: zeros, into: ordered.base, stride: D)
        let distances = DenseDistances(
          factors: factors, means: means, constants: constants, rows: ordered.base, count: rows,
          stride: stride)
        distances.compute(joint: block.responsibilities, best: block.best, work: work)
      }
    }
  }
}
