// K states; γ[t, k] the probability of state k at frame t

public import LatentEvidence
import LatentNumerics

/// The exact posterior of the states at fixed parameters, the E-step: forward and backward recursions over each sequence.
///
/// Sequences are taken a table at a time: densities of all its frames in blocks of rows, the recursions, and the moments in
/// blocks again. A responsibility below the last place of its frame's sum is taken as 0 in the moments.
///
/// - Source: Bishop (2006), §13.2.2–13.2.4.
public struct HiddenMarkovOracle<Family: Emission>: Oracle {
  public typealias Scalar = Family.Scalar
  public typealias Observations = SequenceBatch<Family.Scalar>
  public typealias Statistics = HiddenMarkovStatistics<Family.Statistics>

  let emission: Family
  let densities: Family.Densities
  let chain: ChainTables
  public let parameterKL: Double
  /// What rounding may have done to the chain's part of `parameterKL`.
  let parameterRoundoff: Double

  public var zero: Statistics { Statistics(zero: densities.zero, states: chain.states) }

  /// - Throws: `.wrongWidth`; `.notFinite` with the sequence whose density is not a finite number; what the family's
  ///   `validate(_:)` throws for values that it cannot have produced, with the sequence in the source and the frame in it.
  public func accumulate(
    _ x: SequenceBatch<Scalar>, into statistics: inout Statistics
  ) throws(InferenceError) -> Bound {
    guard x.columns == emission.dimensions else {
      throw .wrongWidth(expected: emission.dimensions, actual: x.columns)
    }
    let K = chain.states
    var frames = FrameDensities(self)
    var (evidence, reconstruction, roundoff, frameWeight) = (0.0, 0.0, 0.0, 0.0)
    for sequences in x.tables() {
      let table = FrameTable(x, sequences)
      try frames.takeDensities(of: table)
      for (n, part) in table.parts {
        let weight = x.weight(of: n)
        let terms = frames.recursions.smooth(part, weight: weight)
        guard terms.evidence.isFinite, terms.reconstruction.isFinite else {
          throw .notFinite(quantity: "density", row: n)
        }
        evidence += weight * terms.evidence
        reconstruction += weight * terms.reconstruction
        frameWeight += weight * Double(part.count)
        let γ = frames.recursions.posterior.base + part.lowerBound * K
        for k in 0..<K { statistics.initial[k] += weight * γ[k] }
      }
      frames.addMoments(of: table, into: &statistics.emission)
      for rows in table.observedRows { roundoff += densities.roundoff(of: rows) }
    }
    statistics.transitions.add(frames.recursions.takeTransitions())
    let latentKL = reconstruction - evidence
    return Bound(
      reconstruction: reconstruction, latentKL: latentKL, count: x.totalWeight,
      roundoff: 4 * Double(Scalar.ulpOfOne) * (abs(reconstruction) + abs(latentKL)) + roundoff
        + 8 * .ulpOfOne * frameWeight + parameterRoundoff)
  }
}

/// Sequences whose frames are taken together.
struct FrameTable<Scalar: LatentScalar> {
  /// Each sequence, counted within the batch, and its frames, counted within the table.
  let parts: [(sequence: Int, frames: Range<Int>)]
  /// The frames with anything observed, grouped by what they lack; `sourceIndex(of:)` counts within the table.
  let observedRows: [Rows<Scalar>]
  /// ΣT.
  let frameCount: Int
  /// Where the batch's first sequence stands in its source.
  private let firstSource: Int

  init(_ x: SequenceBatch<Scalar>, _ sequences: Range<Int>) {
    let chunk = x.chunk(sequences)
    parts = sequences.map { ($0, chunk.frameRange(of: $0 - sequences.lowerBound)) }
    frameCount = chunk.frameCount
    firstSource = x.sourceIndex(of: 0)
    let rows = chunk.rows
    observedRows = rows.rangesWithCells.map { rows.chunk($0) }
  }

  /// The sequence that a frame of the table belongs to, counted within the batch and in its source, and the frame in it.
  func place(ofFrame t: Int) -> (sequence: Int, source: Int, frame: Int) {
    guard let part = parts.first(where: { $0.frames.contains(t) }) else {
      preconditionFailure("a frame of the table")
    }
    return (part.sequence, firstSource + part.sequence, t - part.frames.lowerBound)
  }
}

extension SequenceBatch {
  /// Sequences side by side that have some thousand frames together, so that blocks of rows are full even where
  /// sequences are short. Those of weight 0 are in none: whatever they hold, it counts nothing.
  func tables() -> [Range<Int>] {
    var tables: [Range<Int>] = []
    var (first, frames) = (0, 0)
    for n in 0..<count {
      guard weight(of: n) > 0 else {
        if first < n { tables.append(first..<n) }
        (first, frames) = (n + 1, 0)
        continue
      }
      frames += frameRange(of: n).count
      if frames >= 2048 || n == count - 1 {
        tables.append(first..<n + 1)
        (first, frames) = (n + 1, 0)
      }
    }
    return tables
  }
}
