// D dimensions, K components, L factors, B rows of a block

public import LatentEvidence
public import LatentNumerics

/// One thread's pass over rows under factor analysers.
///
/// Products run over whole blocks, with 0 in the place of missing cells; what differs between patterns are matrices of L rows.
public struct FactorLane<Scalar: LatentScalar>: EmissionLane {
  public typealias Statistics = FactorStatistics

  private let densities: FactorDensities<Scalar>
  /// The whitened rows of a block, `[B, D]`.
  private let y: AlignedStorage<Double>
  /// u of a block's rows, K times `[B, L]`.
  private let u: AlignedStorage<Double>
  private let squares: AlignedStorage<Double>
  /// The moments of this lane, of whitened rows.
  private var moments: FactorMoments

  /// Rows of a block with one pattern.
  struct Run {
    /// Counted within the block.
    let rows: Range<Int>
    let missing: [Int]
    let patterns: [FactorPattern]
  }
  private var runs: [Run] = []
  /// The component whose whitened rows `y` holds, those of the whole block.
  private var held: Int?

  init(_ densities: FactorDensities<Scalar>) {
    self.densities = densities
    let (B, D) = (densities.blockRows, densities.dimensions)
    y = AlignedStorage(count: B * D)
    u = AlignedStorage(count: densities.count * B * densities.factors)
    squares = AlignedStorage(count: B)
    moments = FactorMoments(
      components: densities.count, dimensions: D, factors: densities.factors, blockRows: B)
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public mutating func logJoint(of block: RowBlock<Scalar>) {
    defer { withExtendedLifetime((y, u, squares)) {} }
    let (K, D, L, B) = (densities.count, densities.dimensions, densities.factors, densities.blockRows)
    prepareRuns(of: block)
    guard runs.allSatisfy({ $0.patterns.count == K }) else {
      // Parameters that are no numbers: neither is the density, which names the row.
      for i in 0..<block.count {
        for k in 0..<K { block.joint[k * block.stride + i] = .nan }
        block.best[i] = .nan
      }
      return
    }
    let squares = squares.base
    for k in 0..<K {
      let component = densities.components[k]
      component.whiten(block.values, rows: block.count, into: y.base)
      let u = u.base + k * B * L
      component.loadings.withUnsafeElements { V in
        BLAS.multiply(
          m: block.count, n: L, k: D, y.base, stride: D, by: V.baseAddress!, stride: L, into: u, stride: L)
      }
      for run in runs { run.patterns[k].project(u + run.rows.lowerBound * L, rows: run.rows.count) }
      squares.update(repeating: 0, count: block.count)
      Kernels.addSquareNorms(u, stride: L, rows: block.count, columns: L, into: squares)
      for i in 0..<block.count { squares[i] = -squares[i] }
      Kernels.addSquareNorms(y.base, stride: D, rows: block.count, columns: D, into: squares)
      let out = block.joint + k * block.stride
      for run in runs {
        let constant = run.patterns[k].constant
        for i in run.rows {
          out[i] = Scalar(constant - 0.5 * squares[i])
          block.best[i] = Swift.max(block.best[i], out[i])
        }
      }
      held = k
    }
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public mutating func add(_ block: RowBlock<Scalar>, into statistics: inout FactorStatistics) {
    defer { withExtendedLifetime((y, u)) {} }
    let (K, L, B) = (densities.count, densities.factors, densities.blockRows)
    // Backwards, since what was whitened last is still there.
    for k in (0..<K).reversed() {
      let r = block.responsibilities + k * block.stride
      let active = (0..<block.count).filter { r[$0] > 0 }
      guard !active.isEmpty else { continue }
      if held != k || active.count < block.count {
        densities.components[k].whiten(
          block.values, rows: active.count, selecting: active, into: y.base)
        held = nil
      }
      moments.add(
        densities.components[k], k, runs: runs, rows: y.base, projections: u.base + k * B * L, active: active,
        responsibilities: active.map { Double(r[$0]) })
    }
  }

  public mutating func finish(_ rows: Rows<Scalar>, into statistics: inout FactorStatistics) {
    moments.finish(densities.components, into: &statistics)
  }

  /// Finds the block's runs of one pattern and prepares those; a pattern that goes on from the last block is kept.
  private mutating func prepareRuns(of block: RowBlock<Scalar>) {
    guard block.batch.missing != nil else {
      if runs.count != 1 || runs[0].rows != 0..<block.count {
        runs = [Run(rows: 0..<block.count, missing: [], patterns: densities.complete)]
      }
      return
    }
    let last = runs.last
    runs = block.batch.runs(in: block.rows).map { run in
      let rows = run.rows.lowerBound - block.rows.lowerBound..<run.rows.upperBound - block.rows.lowerBound
      let missing = block.batch.missingColumns(of: run.rows.lowerBound)
      let patterns =
        last?.missing == missing ? last!.patterns : (try? densities.patterns(missing: missing)) ?? []
      return Run(rows: rows, missing: missing, patterns: patterns)
    }
  }
}
