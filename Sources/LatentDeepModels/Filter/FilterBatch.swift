// B sequences, T frames of the longest, D columns, I numbers that the networks see of a frame, U controls, L latent dimensions,
// K first frames

import LatentEvidence
import LatentNetworks
import LatentNumerics

/// Sequences on a tape, frame by frame: row t B + b is frame t of sequence b, and behind a sequence's end nothing.
struct FilterBatch<Scalar: LatentScalar> {
  /// The indices of the sequences.
  let sequences: ArraySlice<Int>
  /// T.
  let frames: Int
  /// `[T·B, D]`; NaN where an entry is missing.
  let data: Variable<Scalar>
  /// What networks see of frame t and of the control before it, `[T·B, I + U]`; a missing entry is 0.
  let inputs: Variable<Scalar>
  /// x[1…K] and u[1…K−1], `[B, K I + (K − 1) U]`; nil where a summary serves.
  let first: Variable<Scalar>?
  /// u, `[T·B, U]`.
  let controls: Variable<Scalar>?
  /// 1 for a frame that its sequence has, `[T·B, 1]`; nil where all have T.
  let presence: Variable<Scalar>?
  /// 0 where the noise that leads to a frame keeps its prior, `[T·B, 1]`; nil where it does nowhere.
  let kept: Variable<Scalar>?
  /// Standard normal numbers for w[1], `[B, L]`, and for all others, `[(T − 1)·B, L]`; nil with a single frame.
  let firstNoise: Variable<Scalar>
  let noise: Variable<Scalar>?

  var count: Int { sequences.count }
  /// The rows of frame t.
  func rows(_ t: Int) -> Range<Int> { t * count..<(t + 1) * count }
}

extension DeepFilter {
  /// Puts sequences on a tape.
  ///
  /// - Parameters:
  ///   - masking: the probability with which the noise that leads to a frame keeps its prior.
  ///   - noise: of this step; nil for the mean path, all numbers 0.
  func batch(
    _ sequences: ArraySlice<Int>, of x: SequenceBatch<Scalar>, masking: Double, noise: RandomStream?,
    on tape: Tape<Scalar>
  ) -> FilterBatch<Scalar> {
    let packing = FilterPacking(
      sequences, of: x, inputs: likelihood.inputs, latent: configuration.latent,
      firstFrames: configuration.future == nil ? configuration.initialFrames : 0,
      scales: configuration.controlScales, masking: masking, leavesGaps: configuration.future == nil)
    return packing.batch(likelihood, noise, on: tape)
  }
}

/// How some sequences are laid out.
private struct FilterPacking<Scalar: LatentScalar> {
  let sequences: ArraySlice<Int>
  let x: SequenceBatch<Scalar>
  let D: Int
  let I: Int
  let U: Int
  let L: Int
  let K: Int
  let ranges: [Range<Int>]
  let T: Int
  let scales: [Scalar]
  let masking: Double
  /// Whether a frame without entries leaves the noise before it at its prior.
  let leavesGaps: Bool
  let isRagged: Bool
  let isComplete: Bool

  init(
    _ sequences: ArraySlice<Int>, of x: SequenceBatch<Scalar>, inputs: Int, latent: Int, firstFrames: Int,
    scales: [Double], masking: Double, leavesGaps: Bool
  ) {
    self.sequences = sequences
    self.x = x
    (D, I, U, L, K) = (x.columns, inputs, x.controlColumns, latent, firstFrames)
    let ranges = sequences.map { x.frameRange(of: $0) }
    self.ranges = ranges
    let T = ranges.reduce(0) { Swift.max($0, $1.count) }
    self.T = T
    self.scales =
      scales.isEmpty ? Array(repeating: 1, count: x.controlColumns) : scales.map { Scalar(1 / $0) }
    self.masking = masking
    self.leavesGaps = leavesGaps
    isRagged = ranges.contains { $0.count != T }
    isComplete = sequences.allSatisfy { x.isComplete($0) }
  }

  func batch(
    _ likelihood: any LikelihoodHead, _ noise: RandomStream?, on tape: Tape<Scalar>
  ) -> FilterBatch<Scalar> {
    let B = ranges.count
    let (frames, controls) = (x.frames, x.controls)
    // Without gaps the data are columns of what the networks see.
    let isPlain = !isRagged && isComplete && I == D
    let data =
      isPlain
      ? nil
      : tape.constant(rows: T * B, columns: D) { target in
        frames.withUnsafeElements { writeData(target.baseAddress!, $0.baseAddress!) }
      }
    let inputs = tape.constant(rows: T * B, columns: I + U) { target in
      frames.withUnsafeElements { x in
        writeInputs(target.baseAddress!, x.baseAddress!, isPlain ? nil : likelihood)
      }
      controls?.withUnsafeElements {
        writeControls(target.baseAddress! + I, I + U, $0.baseAddress!, delay: 1)
      }
    }
    let first =
      K == 0
      ? nil
      : tape.constant(rows: B, columns: K * (I + U) - U) { target in
        writeFirst(target.baseAddress!, inputs.elements)
      }
    let all = controls.map { controls in
      tape.constant(rows: T * B, columns: U) { target in
        controls.withUnsafeElements { writeControls(target.baseAddress!, U, $0.baseAddress!, delay: 0) }
      }
    }
    let presence =
      isRagged
      ? tape.constant(rows: T * B, columns: 1) { target in
        for t in 0..<T { for b in 0..<B { target[t * B + b] = t < ranges[b].count ? 1 : 0 } }
      } : nil
    let kept =
      masking > 0 || isRagged || (leavesGaps && !isComplete)
      ? tape.constant(rows: T * B, columns: 1) { target in
        frames.withUnsafeElements { writeKept(target.baseAddress!, $0.baseAddress!, noise) }
      } : nil
    let firstNoise = tape.constant(rows: B, columns: L) { $0.initialize(repeating: 0) }
    let others =
      T > 1 ? tape.constant(rows: (T - 1) * B, columns: L) { $0.initialize(repeating: 0) } : nil
    if let noise {
      writeNoise(
        UnsafeMutablePointer(mutating: firstNoise.elements),
        others.map { UnsafeMutablePointer(mutating: $0.elements) }, noise)
    }
    return FilterBatch(
      sequences: sequences, frames: T, data: data ?? inputs.columns(0..<D), inputs: inputs, first: first,
      controls: all, presence: presence, kept: kept, firstNoise: firstNoise, noise: others)
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func writeData(_ target: UnsafeMutablePointer<Scalar>, _ x: UnsafePointer<Scalar>) {
    let B = ranges.count
    for t in 0..<T {
      for b in 0..<B {
        let place = target + (t * B + b) * D
        if t < ranges[b].count {
          place.initialize(from: x + (ranges[b].lowerBound + t) * D, count: D)
        } else {
          place.initialize(repeating: .nan, count: D)
        }
      }
    }
  }

  /// The first I of each row.
  ///
  /// - Parameter likelihood: turns cells into numbers; nil where they are numbers without gaps.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func writeInputs(
    _ target: UnsafeMutablePointer<Scalar>, _ x: UnsafePointer<Scalar>, _ likelihood: (any LikelihoodHead)?
  ) {
    let B = ranges.count
    for t in 0..<T {
      for b in 0..<B {
        let place = target + (t * B + b) * (I + U)
        if t >= ranges[b].count {
          place.initialize(repeating: 0, count: I)
        } else if let likelihood {
          likelihood.encode(x + (ranges[b].lowerBound + t) * D, into: place)
        } else {
          place.initialize(from: x + (ranges[b].lowerBound + t) * D, count: I)
        }
      }
    }
  }

  /// u[t − delay], scaled; 0 where there is none.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func writeControls(
    _ target: UnsafeMutablePointer<Scalar>, _ stride: Int, _ u: UnsafePointer<Scalar>, delay: Int
  ) {
    let B = ranges.count
    for t in 0..<T {
      for b in 0..<B {
        let place = target + (t * B + b) * stride
        let isThere = t >= delay && t < ranges[b].count
        for j in 0..<U {
          let value = isThere ? u[(ranges[b].lowerBound + t - delay) * U + j] * scales[j] : 0
          place.advanced(by: j).initialize(to: value)
        }
      }
    }
  }

  /// Rows 0 ..< K of each sequence side by side, the first without the control before it.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func writeFirst(_ target: UnsafeMutablePointer<Scalar>, _ inputs: UnsafePointer<Scalar>) {
    let (B, width) = (ranges.count, I + U)
    for b in 0..<B {
      var place = target + b * (K * width - U)
      for t in 0..<K {
        let count = t == 0 ? I : width
        // A frame comes before the control that led to it, but for the first, which none led to.
        if t < T {
          place.initialize(from: inputs + (t * B + b) * width, count: count)
        } else {
          place.initialize(repeating: 0, count: count)
        }
        place += count
      }
    }
  }

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func writeKept(
    _ target: UnsafeMutablePointer<Scalar>, _ x: UnsafePointer<Scalar>, _ noise: RandomStream?
  ) {
    let B = ranges.count
    for (b, n) in sequences.enumerated() {
      var stream = noise?.substream(n).substream(0)
      for t in 0..<T {
        var isKept = t < ranges[b].count
        if isKept, t > 0, masking > 0, stream != nil {
          isKept = stream!.uniform(Double.self) >= masking
        }
        if isKept, leavesGaps, t > 0 {
          let frame = x + (ranges[b].lowerBound + t) * D
          isKept = (0..<D).contains { !frame[$0].isNaN }
        }
        target.advanced(by: t * B + b).initialize(to: isKept ? 1 : 0)
      }
    }
  }

  /// The draws of a sequence, in the order of its frames.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  private func writeNoise(
    _ first: UnsafeMutablePointer<Scalar>, _ others: UnsafeMutablePointer<Scalar>?, _ noise: RandomStream
  ) {
    let B = ranges.count
    let draws = UnsafeMutableBufferPointer<Scalar>.allocate(capacity: T * L)
    defer { draws.deallocate() }
    for (b, n) in sequences.enumerated() {
      var stream = noise.substream(n)
      let length = ranges[b].count
      stream.fill(normal: UnsafeMutableBufferPointer(rebasing: draws[..<(length * L)]))
      for l in 0..<L { first[b * L + l] = draws[l] }
      guard let others else { continue }
      for t in 1..<Swift.max(length, 1) {
        for l in 0..<L { others[((t - 1) * B + b) * L + l] = draws[t * L + l] }
      }
    }
  }
}
