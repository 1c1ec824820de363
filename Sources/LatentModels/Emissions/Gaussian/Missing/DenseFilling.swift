// D dimensions, K components; m the columns that a row lacks

import LatentEvidence
import LatentNumerics

/// Densities and moments of blocks with missing cells under dense covariances of more than `Kernels.smallDimension`
/// columns: rows are filled with their conditional means, one component at a time; see `PackedFilling`.
struct DenseFilling<Scalar: LatentScalar> {
  private let densities: GaussianDensities<Scalar>
  /// L, one for each component or one for all, and μ, in the order of `order`.
  private let factors: [Matrix<Scalar>]
  private let means: Matrix<Scalar>
  private let order: [Int32]
  /// The rows of a block, filled.
  private let filled: AlignedStorage<Scalar>
  /// What each row's missing cells add to the log density.
  private let offsets: AlignedStorage<Scalar>
  private let work: AlignedStorage<Scalar>
  private var runs: MissingRuns?

  init(_ densities: GaussianDensities<Scalar>) {
    self.densities = densities
    switch densities.whitening {
    case .factors(let factors, let means, let order):
      (self.factors, self.means, self.order) = (factors, means, order)
    case .shared(_, _, let factor, _):
      (factors, means, order) = ([factor], densities.means, (0..<Int32(densities.dimensions)).map { $0 })
    case .packed, .diagonal: preconditionFailure("covariances that are not dense")
    }
    let cells = densities.blockRows * densities.dimensions
    filled = AlignedStorage(count: cells)
    work = AlignedStorage(count: cells)
    offsets = AlignedStorage(count: densities.blockRows, repeating: 0)
  }

  /// ln (π[k] p(x_o | k)) of the block's rows.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  mutating func logJoint(of block: RowBlock<Scalar>) {
    defer { withExtendedLifetime((filled, offsets, work)) {} }
    let (D, rows) = (densities.dimensions, block.count)
    runs = MissingRuns(block.rows, of: block.batch)
    filled.base.update(from: block.values, count: rows * D)
    for k in 0..<densities.components {
      fill(k, block, weight: nil) { q, conditional in
        let offset = Scalar(conditional.logVolume)
        for i in q { offsets.base[i] = offset }
      }
      let out = block.joint + k * block.stride
      out.update(repeating: 0, count: block.stride)
      means.withUnsafeElements { μ in
        Kernels.gather(
          filled.base, stride: D, rows: rows, columns: D, column: order,
          origin: μ.baseAddress! + k * D, into: work.base, stride: D)
      }
      factors[factors.count == 1 ? 0 : k].withUnsafeElements { L in
        BLAS.solveRows(m: rows, n: D, lower: L.baseAddress!, stride: D, into: work.base, stride: D)
      }
      Kernels.addSquareNorms(work.base, stride: D, rows: rows, columns: D, into: out)
      for i in 0..<rows {
        out[i] = densities.constants[k] - out[i] / 2
        if let separate = block.offsets {
          separate[k * block.stride + i] = offsets.base[i]
        } else {
          out[i] += offsets.base[i]
        }
        block.best[i] = k == 0 ? out[i] : Swift.max(block.best[i], out[i])
      }
    }
  }

  /// Adds the moments of the rows, filled anew, and the conditional variances.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func add(_ block: RowBlock<Scalar>, _ moments: GaussianMoments<Scalar>, into s: inout GaussianStatistics) {
    defer { withExtendedLifetime((filled, work)) {} }
    let D = densities.dimensions
    let origins = densities.origins.converted(to: Scalar.self)
    for k in 0..<densities.components {
      let r = block.responsibilities + k * block.stride
      let weights = block.conditionalWeights.map { $0 + k * block.stride } ?? r
      let active = (0..<block.count).filter { r[$0] > 0 }.map { Int32($0) }
      guard !active.isEmpty else { continue }
      let target = densities.structure == .tied ? 0 : k
      fill(k, block, weight: r) { rows, conditional in
        let total = rows.reduce(0) { $0 + Double(weights[$1]) }
        let covariance = conditional.covariance()
        let missing = conditional.missing
        s.second[target].withUnsafeMutableElements { second in
          covariance.withUnsafeElements { covariance in
            for (i, row) in missing.enumerated() {
              for j in 0...i { second[row * D + missing[j]] += total * covariance[i * missing.count + j] }
            }
          }
        }
      }
      let roots = active.map { r[Int($0)].squareRoot() }
      origins.withUnsafeElements { origins in
        Kernels.gather(
          filled.base, stride: D, rows: active.count, columns: D, row: active, scale: roots,
          origin: origins.baseAddress! + k * D, into: work.base, stride: D)
      }
      moments.add(work.base, roots: roots, component: k, into: &s)
    }
  }

  /// Writes the conditional means of component k into the filled rows, run by run, and hands each run's rows and
  /// conditional to `body`. With weights, runs without weight are left alone.
  private func fill(
    _ k: Int, _ block: RowBlock<Scalar>, weight r: UnsafePointer<Scalar>?,
    _ body: (Range<Int>, GaussianConditional) -> Void
  ) {
    guard let runs else { return }
    let D = densities.dimensions
    let μ = densities.means.row(k).map { Double($0) }
    for q in 0..<runs.count {
      let (rows, missing) = (runs.rows(of: q), runs.columns(of: q))
      if missing.isEmpty {
        for i in rows { offsets.base[i] = 0 }
        continue
      }
      if let r, !rows.contains(where: { r[$0] > 0 }) { continue }
      let conditional = densities.precisions.conditional(k, missing: missing)
      var deviations = [Double](repeating: 0, count: rows.count * D)
      for (i, row) in rows.enumerated() {
        for j in 0..<D { deviations[i * D + j] = Double(block.values[row * D + j]) - μ[j] }
        for j in missing { deviations[i * D + j] = 0 }
      }
      let means = conditional.means(deviations, rows: rows.count)
      means.withUnsafeElements { means in
        for (i, row) in rows.enumerated() {
          for (l, j) in missing.enumerated() {
            filled.base[row * D + j] = Scalar(μ[j] + means[i * missing.count + l])
          }
        }
      }
      body(rows, conditional)
    }
  }
}
