// n rows of one pattern, o observed columns, D dimensions, K components, L factors

public import LatentEvidence
public import LatentNumerics

/// One thread's pass over rows under factor analysers, pattern by pattern.
public struct FactorLane<Scalar: LatentScalar>: EmissionLane {
  public typealias Statistics = FactorStatistics

  private let densities: FactorDensities<Scalar>
  /// The whitened rows of a run, `[n, o]`.
  private let y: AlignedStorage<Double>
  /// Pᵀ y of a block's rows, K times `[B, L]`.
  private let u: AlignedStorage<Double>
  /// The moments of this lane, of whitened rows.
  private var moments: FactorMoments
  private let squares: AlignedStorage<Double>

  /// Rows of a block with one pattern.
  private struct Run {
    /// Counted within the block.
    let rows: Range<Int>
    let missing: [Int]
    let observed: [Int]?
    let patterns: [FactorPattern]
  }
  private var runs: [Run] = []
  /// The run and component whose rows `y` holds.
  private var held = (run: -1, component: -1)

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
    for (index, run) in runs.enumerated() {
      let (n, first) = (run.rows.count, run.rows.lowerBound)
      let width = run.observed?.count ?? D
      guard run.patterns.count == K else {
        // Parameters that are no numbers: neither is the density, which names the row.
        for k in 0..<K { for i in run.rows { block.joint[k * block.stride + i] = .nan } }
        for i in run.rows { block.best[i] = .nan }
        continue
      }
      for k in 0..<K {
        let pattern = run.patterns[k]
        densities.components[k].whiten(
          block.values + first * D, rows: n, observed: run.observed, into: y.base)
        let u = u.base + (k * B + first) * L
        if width > 0 {
          pattern.projection.withUnsafeElements { P in
            BLAS.multiply(
              m: n, n: L, k: width, y.base, stride: width, by: P.baseAddress!, stride: L, into: u, stride: L)
          }
        } else {
          u.update(repeating: 0, count: n * L)
        }
        let squares = squares.base
        squares.update(repeating: 0, count: n)
        Kernels.addSquareNorms(u, stride: L, rows: n, columns: L, into: squares)
        for i in 0..<n { squares[i] = -squares[i] }
        if width > 0 { Kernels.addSquareNorms(y.base, stride: width, rows: n, columns: width, into: squares) }
        let out = block.joint + k * block.stride + first
        for i in 0..<n {
          out[i] = Scalar(pattern.constant - 0.5 * squares[i])
          block.best[first + i] = Swift.max(block.best[first + i], out[i])
        }
        held = (index, k)
      }
    }
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public mutating func add(_ block: RowBlock<Scalar>, into statistics: inout FactorStatistics) {
    defer { withExtendedLifetime((y, u)) {} }
    let (K, D, L, B) = (densities.count, densities.dimensions, densities.factors, densities.blockRows)
    // Backwards, since what was whitened last is still there.
    for index in runs.indices.reversed() {
      let run = runs[index]
      let first = run.rows.lowerBound
      for k in (0..<K).reversed() {
        let r = block.responsibilities + k * block.stride + first
        let active = (0..<run.rows.count).filter { r[$0] > 0 }
        guard !active.isEmpty else { continue }
        let isHeld = held == (index, k) && active.count == run.rows.count
        if !isHeld {
          densities.components[k].whiten(
            block.values + first * D, rows: active.count, selecting: active, observed: run.observed,
            into: y.base)
          held = (-1, -1)
        }
        moments.add(
          component: densities.components[k], k, pattern: run.patterns[k], observed: run.observed,
          missing: run.missing, rows: y.base, projections: u.base + (k * B + first) * L, active: active,
          responsibilities: active.map { Double(r[$0]) })
      }
    }
  }

  public mutating func finish(_ rows: Rows<Scalar>, into statistics: inout FactorStatistics) {
    moments.finish(densities.components, into: &statistics)
    statistics.rows += Double(rows.countedRows)
  }

  /// Finds the block's runs of one pattern and prepares those; a pattern that goes on from the last block is kept.
  private mutating func prepareRuns(of block: RowBlock<Scalar>) {
    guard block.batch.missing != nil else {
      if runs.count != 1 || runs[0].rows != 0..<block.count || runs[0].observed != nil {
        runs = [Run(rows: 0..<block.count, missing: [], observed: nil, patterns: densities.complete)]
      }
      return
    }
    let last = runs.last
    runs = block.batch.runs(in: block.rows).map { run in
      let rows = run.rows.lowerBound - block.rows.lowerBound..<run.rows.upperBound - block.rows.lowerBound
      let missing = block.batch.missingColumns(of: run.rows.lowerBound)
      if missing.isEmpty {
        return Run(rows: rows, missing: [], observed: nil, patterns: densities.complete)
      }
      if let last, last.missing == missing {
        return Run(rows: rows, missing: missing, observed: last.observed, patterns: last.patterns)
      }
      return Run(
        rows: rows, missing: missing,
        observed: FactorPattern.observed(missing: missing, of: densities.dimensions),
        patterns: (try? densities.patterns(missing: missing)) ?? [])
    }
  }
}
