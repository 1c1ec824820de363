// N sequences, T[n] frames of sequence n, D columns, U controls

public import LatentNumerics

/// Sequences of frames as observations: of any lengths, with or without controls.
///
/// A missing entry is `NaN`, a missing frame a row of nothing but `NaN`; models integrate them out. The control u[t] acts
/// between frame t and frame t + 1, so a sequence has as many controls as frames and its last one matters to forecasts
/// alone. A sequence of weight w counts as w sequences. Frames of all sequences lie one after the other.
public struct SequenceBatch<Scalar: LatentScalar>: ObservationBatch {
  /// The frames of all sequences of the source, `[ΣT, D]`.
  private let allFrames: Matrix<Scalar>
  /// u, `[ΣT, U]`.
  private let allControls: Matrix<Scalar>?
  /// The first frame of each sequence of the source, and one past the last.
  private let starts: [Int]
  /// Whether each sequence of the source lacks no entry.
  private let completeness: [Bool]
  private let allWeights: [Double]?
  /// The sequences of this batch among those of the source.
  private let range: Range<Int>

  /// Sequences whose frames lie one after the other.
  ///
  /// - Parameters:
  ///   - frames: `[ΣT, D]`; `NaN` marks a missing entry.
  ///   - lengths: T, each at least 1.
  ///   - controls: `[ΣT, U]`, finite; nil for none.
  ///   - weights: one for each sequence, finite, not negative; nil where each counts once.
  /// - Throws: `SequenceError`.
  public init(
    _ frames: Matrix<Scalar>, lengths: [Int], controls: Matrix<Scalar>? = nil, weights: [Double]? = nil
  ) throws(SequenceError) {
    if let empty = lengths.firstIndex(where: { $0 < 1 }) { throw .empty(sequence: empty) }
    var starts = [0]
    starts.reserveCapacity(lengths.count + 1)
    for length in lengths {
      let (end, overflow) = starts[starts.count - 1].addingReportingOverflow(length)
      guard !overflow else { throw .lengths(total: .max, frames: frames.rows) }
      starts.append(end)
    }
    let total = starts[lengths.count]
    guard total == frames.rows else { throw .lengths(total: total, frames: frames.rows) }
    if let controls {
      guard controls.rows == total else {
        throw .controlFrames(sequence: nil, frames: total, controls: controls.rows)
      }
      if let place = Self.firstNotFinite(controls) {
        let n = (starts.firstIndex { $0 > place.row } ?? 1) - 1
        throw .controlNotFinite(sequence: n, frame: place.row - starts[n], column: place.column)
      }
    }
    if let weights {
      guard weights.count == lengths.count, weights.allSatisfy({ $0 >= 0 && $0.isFinite }) else {
        throw .weights
      }
    }
    allFrames = frames
    allControls = controls.flatMap { $0.columns > 0 ? $0 : nil }
    self.starts = starts
    completeness = Self.completeness(of: frames, starts: starts)
    allWeights = weights
    range = 0..<lengths.count
  }

  /// Sequences given one by one, `[T[n], D]` each, with their controls, `[T[n], U]` each.
  ///
  /// - Throws: `SequenceError`.
  public init(
    _ sequences: [Matrix<Scalar>], controls: [Matrix<Scalar>]? = nil, weights: [Double]? = nil
  ) throws(SequenceError) {
    if let controls {
      guard controls.count == sequences.count else {
        throw .controlSequences(sequences: sequences.count, controls: controls.count)
      }
      for (n, (x, u)) in zip(sequences, controls).enumerated() where x.rows != u.rows {
        throw .controlFrames(sequence: n, frames: x.rows, controls: u.rows)
      }
    }
    try self.init(
      Self.stacked(sequences), lengths: sequences.map(\.rows), controls: controls.map(Self.stacked),
      weights: weights)
  }

  private init(
    _ frames: Matrix<Scalar>, _ controls: Matrix<Scalar>?, _ starts: [Int], _ completeness: [Bool],
    _ weights: [Double]?, _ range: Range<Int>
  ) {
    allFrames = frames
    allControls = controls
    self.starts = starts
    self.completeness = completeness
    allWeights = weights
    self.range = range
  }

  /// N.
  public var count: Int { range.count }
  /// D.
  public var columns: Int { allFrames.columns }
  /// U; 0 without controls.
  public var controlColumns: Int { allControls?.columns ?? 0 }
  /// ΣT.
  public var frameCount: Int { frameRange.count }
  /// T, `[N]`.
  public var lengths: [Int] { range.map { starts[$0 + 1] - starts[$0] } }
  /// The frames of all sequences, `[ΣT, D]`.
  public var frames: Matrix<Scalar> { allFrames[rows: frameRange] }
  /// u, `[ΣT, U]`; nil without controls.
  public var controls: Matrix<Scalar>? { allControls.map { $0[rows: frameRange] } }
  /// One weight a sequence; nil where each counts once.
  public var weights: [Double]? { allWeights.map { Array($0[range]) } }

  /// The weight of sequence n.
  public func weight(of n: Int) -> Double { allWeights?[range.lowerBound + n] ?? 1 }
  /// The frames of sequence n, counted within this batch.
  public func frameRange(of n: Int) -> Range<Int> {
    let first = starts[range.lowerBound]
    return starts[range.lowerBound + n] - first..<starts[range.lowerBound + n + 1] - first
  }
  /// The frames of sequence n, `[T[n], D]`; copies nothing.
  public func sequence(_ n: Int) -> Matrix<Scalar> { frames[rows: frameRange(of: n)] }
  /// Whether sequence n lacks no entry.
  public func isComplete(_ n: Int) -> Bool { completeness[range.lowerBound + n] }
  /// Whether an entry is missing in any sequence.
  public var hasMissingEntries: Bool { completeness[range].contains(false) }

  private var frameRange: Range<Int> { starts[range.lowerBound]..<starts[range.upperBound] }

  // MARK: ObservationBatch

  public var observationCount: Int { range.count }
  public var scalarCount: Int { frameCount * columns }
  public var totalWeight: Double { allWeights.map { $0[range].reduce(0, +) } ?? Double(count) }
  /// As many sequences as have 256 frames, and a thirty-second of all: sequences side by side share work.
  public var observationsPerLane: Int {
    Swift.max(1, 256 * count / Swift.max(frameCount, 1), count / 32)
  }

  public func chunk(_ part: Range<Int>) -> SequenceBatch {
    precondition(part.lowerBound >= 0 && part.upperBound <= count, "a range of sequences out of bounds")
    let first = range.lowerBound
    return SequenceBatch(
      allFrames, allControls, starts, completeness, allWeights,
      first + part.lowerBound..<first + part.upperBound)
  }

  public func selecting(_ indices: [Int]) -> SequenceBatch {
    let rows = indices.flatMap { starts[range.lowerBound + $0]..<starts[range.lowerBound + $0 + 1] }
    let lengths = indices.map { frameRange(of: $0).count }
    return SequenceBatch(
      allFrames.selecting(rows: rows), allControls.map { $0.selecting(rows: rows) },
      lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }, indices.map { isComplete($0) },
      allWeights == nil ? nil : indices.map { weight(of: $0) }, 0..<indices.count)
  }

  public func sourceIndex(of i: Int) -> Int { range.lowerBound + i }

  /// The same sequences, each counting once.
  public func withoutWeights() -> SequenceBatch {
    SequenceBatch(allFrames, allControls, starts, completeness, nil, range)
  }

  // MARK: Preparation

  private static func stacked(_ parts: [Matrix<Scalar>]) throws(SequenceError) -> Matrix<Scalar> {
    let columns = parts.first?.columns ?? 0
    if let odd = parts.firstIndex(where: { $0.columns != columns }) {
      throw .width(sequence: odd, expected: columns, actual: parts[odd].columns)
    }
    return Matrix(rows: parts.reduce(0) { $0 + $1.rows }, columns: columns) { target in
      var offset = 0
      for part in parts {
        part.withUnsafeElements { _ = target[offset..<offset + $0.count].initialize(from: $0) }
        offset += part.count
      }
    }
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private static func firstNotFinite(_ matrix: Matrix<Scalar>) -> (row: Int, column: Int)? {
    matrix.withUnsafeElements { values in
      values.firstIndex { !$0.isFinite }.map { ($0 / matrix.columns, $0 % matrix.columns) }
    }
  }

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  private static func completeness(of frames: Matrix<Scalar>, starts: [Int]) -> [Bool] {
    let D = frames.columns
    return frames.withUnsafeElements { x in
      zip(starts, starts.dropFirst()).map { first, end in
        var isComplete = true
        for i in first * D..<end * D where x[i].isNaN { isComplete = false }
        return isComplete
      }
    }
  }
}
