// T frames of a table, K states; l[t, k] = ln p(x[t] | k), γ[t, k] the probability of state k at frame t

import LatentEvidence
import LatentNumerics

/// One lane's densities and moments of frames: between the recursions, which go from frame to frame, and the family, whose
/// blocks hold frames of one pattern of missing cells component by component.
struct FrameDensities<Family: Emission> {
  typealias Scalar = Family.Scalar

  var recursions: ForwardBackward
  private let emission: Family
  private let densities: Family.Densities
  private var lane: Family.Densities.Lane
  private let memory: BlockMemory<Scalar>

  init(_ oracle: HiddenMarkovOracle<Family>) {
    emission = oracle.emission
    densities = oracle.densities
    recursions = ForwardBackward(oracle.chain)
    lane = densities.lane()
    memory = BlockMemory(
      logWeights: Array(repeating: 0, count: oracle.chain.states), blockRows: densities.blockRows)
  }

  /// Puts l of a table into `recursions.log`; 0 for frames with nothing observed.
  ///
  /// - Throws: `.notFinite` with the sequence, counted within the batch; what the family's `validate(_:)` throws.
  mutating func takeDensities(of table: FrameTable<Scalar>) throws(InferenceError) {
    let K = recursions.chain.states
    recursions.reserve(frames: table.frameCount)
    let log = recursions.log
    defer { withExtendedLifetime((log, memory)) {} }
    if table.observedRows.reduce(0, { $0 + $1.rows }) < table.frameCount {
      log.base.update(repeating: 0, count: table.frameCount * K)
    }
    for rows in table.observedRows {
      let B = densities.blockRows
      for start in stride(from: 0, to: rows.rows, by: B) {
        let failed = rows.values.withUnsafeElements { values in
          let block = memory.block(
            start..<Swift.min(start + B, rows.rows), of: rows,
            values: values.baseAddress! + start * rows.columns)
          lane.logJoint(of: block)
          return block.transposeLogDensities(components: K, into: log.base)
        }
        if let failed { throw try failure(at: failed, of: rows, in: table) }
      }
    }
  }

  /// Adds the moments of a table's frames with `recursions.posterior` for responsibilities.
  mutating func addMoments(of table: FrameTable<Scalar>, into statistics: inout Family.Statistics) {
    let K = recursions.chain.states
    let posterior = recursions.posterior
    defer { withExtendedLifetime((posterior, memory)) {} }
    for rows in table.observedRows {
      let B = densities.blockRows
      for start in stride(from: 0, to: rows.rows, by: B) {
        rows.values.withUnsafeElements { values in
          let block = memory.block(
            start..<Swift.min(start + B, rows.rows), of: rows,
            values: values.baseAddress! + start * rows.columns)
          // What the lane prepares for a block with its densities, the moments need.
          lane.logJoint(of: block)
          block.setResponsibilities(posterior.base, components: K)
          lane.add(block, into: &statistics)
        }
      }
      lane.finish(rows, into: &statistics)
    }
  }

  /// Why a row has no density: a value that is none of the family's, or the density itself. The family knows a frame of the
  /// table; what is told is the sequence, as every row of an error is an observation, and the frame in it.
  private func failure(
    at row: Int, of rows: Rows<Scalar>, in table: FrameTable<Scalar>
  ) throws(InferenceError) -> InferenceError {
    do throws(InferenceError) {
      try emission.validate(rows)
    } catch .notBinary(let row, _, let column, let value) {
      let place = table.place(ofFrame: row)
      throw .notBinary(
        row: place.source, frame: place.frame, column: column, value: value)
    } catch .unknownCategory(let row, _, let column, let value, let levels) {
      let place = table.place(ofFrame: row)
      throw .unknownCategory(
        row: place.source, frame: place.frame, column: column, value: value, levels: levels)
    }
    return .notFinite(quantity: "density", row: table.place(ofFrame: rows.sourceIndex(of: row)).sequence)
  }
}

extension RowBlock {
  /// ln p(x | k) of the block's rows into those of all frames, `[T, K]`, where `sourceIndex(of:)` says.
  ///
  /// - Returns: the first row without a finite largest density, counted within the batch.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  fileprivate func transposeLogDensities(components K: Int, into log: UnsafeMutablePointer<Double>) -> Int? {
    let first = batch.missing == nil ? batch.sourceIndex(of: rows.lowerBound) : nil
    for i in 0..<count {
      // A row that counts nothing may be ruled out.
      guard best[i].isFinite || weights[i] == 0 && best[i] == -.infinity else { return rows.lowerBound + i }
      let l = log + (first.map { $0 + i } ?? batch.sourceIndex(of: rows.lowerBound + i)) * K
      for k in 0..<K { l[k] = Double(joint[k * stride + i]) }
    }
    return nil
  }

  /// Takes responsibilities from γ, `[T, K]`, times the rows' weights; the negligible ones are 0.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  fileprivate func setResponsibilities(_ posterior: UnsafePointer<Double>, components K: Int) {
    let first = batch.missing == nil ? batch.sourceIndex(of: rows.lowerBound) : nil
    let least = Double.exp(-Double(Kernels.margin(Scalar.self)))
    let lanes = Kernels.lanes(Scalar.self)
    let groups = stride / lanes
    for i in 0..<count {
      let γ = posterior + (first.map { $0 + i } ?? batch.sourceIndex(of: rows.lowerBound + i)) * K
      let w = weights[i]
      for k in 0..<K { responsibilities[k * stride + i] = γ[k] > least ? Scalar(γ[k]) * w : 0 }
    }
    for i in count..<stride { for k in 0..<K { responsibilities[k * stride + i] = 0 } }
    for k in 0..<K {
      for g in 0..<groups {
        var isActive: UInt8 = 0
        for i in g * lanes..<(g + 1) * lanes where responsibilities[k * stride + i] > 0 { isActive = 1 }
        active[k * groups + g] = isActive
      }
    }
  }
}
