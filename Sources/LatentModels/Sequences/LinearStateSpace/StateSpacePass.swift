// n sequences side by side, T frames of each, L latent dimensions, U controls, D columns

import LatentEvidence
import LatentNumerics

/// The means of sequences that lack the same entries, filtered and smoothed side by side: their covariances are the same.
///
/// Rows lie frame by frame, those of the n sequences together: row t·n + i is frame t of sequence i.
struct StateSpacePass {
  let prepared: PreparedStateSpace
  let patterns: [ObservationPattern]
  let track: SmoothedTrack
  /// The sequences, counted within the batch.
  let members: [Int]
  private let n: Int
  private let T: Int
  private let L: Int
  private let D: Int
  private let U: Int
  /// Frames in turn that share a step of the filter.
  private let runs: [Range<Int>]
  /// x − d with 0 for a missing entry, `[T n, D]`; and u, `[T n, U]`.
  private var centred: AlignedStorage<Double>
  private let controls: AlignedStorage<Double>
  /// ẑ[t] given the frames up to t, and all of them, `[T n, L]`.
  let filtered: AlignedStorage<Double>
  let smoothed: AlignedStorage<Double>
  /// T⁻¹ κ after filtering: how far z⁺ is from ẑ[t|t−1], in the coordinates ε of the step before. After smoothing E[ε | x], how far
  /// ẑ[t|T] is. `[T n, L]`.
  private let steps: AlignedStorage<Double>
  /// ln p(x) of each sequence, in nats.
  private(set) var evidence: [Double]
  /// Per sequence: the sums of squared residuals and of squared data, both in units of the noise.
  private(set) var squares: [Double]
  private(set) var sizes: [Double]

  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  init<Scalar: LatentScalar>(
    _ x: SequenceBatch<Scalar>, members: [Int], track: SmoothedTrack, patterns: [ObservationPattern],
    _ prepared: PreparedStateSpace
  ) {
    let θ = prepared.parameters
    self.prepared = prepared
    self.patterns = patterns
    self.track = track
    self.members = members
    (n, T, L, D, U) = (members.count, track.frames, θ.latent, θ.dimensions, θ.controls)
    runs = track.filter.runs(frames: T)
    let (n, T, D, U) = (n, T, D, U)
    centred = AlignedStorage(count: n * T * D)
    controls = AlignedStorage(count: n * T * U)
    steps = AlignedStorage(count: n * T * L)
    filtered = AlignedStorage(count: n * T * L)
    smoothed = AlignedStorage(count: n * T * L)
    evidence = Array(repeating: 0, count: n)
    squares = evidence
    sizes = evidence
    for (i, member) in members.enumerated() {
      let first = x.frameRange(of: member).lowerBound
      x.frames.withUnsafeElements { values in
        for t in 0..<T {
          let (from, to) = ((first + t) * D, centred.base + (t * n + i) * D)
          for j in 0..<D {
            let value = Double(values[from + j])
            to[j] = value.isNaN ? 0 : value - θ.offset[j]
          }
        }
      }
      guard U > 0, let u = x.controls else { continue }
      u.withUnsafeElements { values in
        for t in 0..<T {
          for j in 0..<U { controls.base[(t * n + i) * U + j] = Double(values[(first + t) * U + j]) }
        }
      }
    }
  }

  /// Filters all sequences.
  ///
  /// Only what a frame needs of the one before goes frame by frame: where frames share a step, the rest is one product for all.
  mutating func filter() {
    defer { withExtendedLifetime((controls, filtered)) {} }
    let θ = prepared.parameters
    let z = filtered.base
    for i in 0..<n { for l in 0..<L { z[i * L + l] = θ.initialMean[l] } }
    let scratch = FilterScratch(frames: runs.reduce(0) { Swift.max($0, $1.count) }, n: n, L: L, D: D)
    for run in runs {
      let step = track.filter[run.lowerBound]
      let pattern = patterns[step.pattern]
      let e = scratch.residuals.base
      takeWhitened(run, pattern, into: e)
      if run.count > 1 { predict(run, step, pattern, e) }
      update(run, step, pattern, scratch)
      guard run.upperBound < T else { continue }
      let last = run.upperBound - 1
      let next = z + run.upperBound * n * L
      θ.transition.multiplyRows(z + last * n * L, n, into: next)
      if U > 0 { θ.control.multiplyRows(controls.base + last * n * U, n, into: next, adding: true) }
    }
  }

  /// What the filter works in, of the longest run of frames.
  private struct FilterScratch {
    let residuals: AlignedStorage<Double>
    let weights: AlignedStorage<Double>

    init(frames: Int, n: Int, L: Int, D: Int) {
      residuals = AlignedStorage(count: frames * n * D)
      weights = AlignedStorage(count: frames * n * L)
    }
  }

  /// Carries ẑ[t|t−1] from the first frame of a run, where it is, to the others: with G = A S⁺ (C̃ S⁺)ᵀ,
  ///
  ///     ẑ[t+1|t] = (A − G C̃) ẑ[t|t−1] + G K⁻¹(x[t] − d) + B u[t].
  private func predict(
    _ run: Range<Int>, _ step: KalmanStep, _ pattern: ObservationPattern, _ e: UnsafePointer<Double>
  ) {
    let θ = prepared.parameters
    let size = n * L
    let z = filtered.base + run.lowerBound * size
    let others = n * (run.count - 1)
    var closed = θ.transition
    if pattern.observed.isEmpty {
      (z + size).update(repeating: 0, count: others * L)
    } else {
      let G = θ.transition.multiplied(by: step.filtered).multiplied(by: step.gain, transposingSecond: true)
      G.multiplyRows(e, others, into: z + size)
      closed = closed.adding(G.multiplied(by: pattern.emission), times: -1)
    }
    if U > 0 {
      θ.control.multiplyRows(controls.base + run.lowerBound * n * U, others, into: z + size, adding: true)
    }
    for t in 1..<run.count {
      closed.multiplyRows(z + (t - 1) * size, n, into: z + t * size, adding: true)
    }
  }

  /// Turns the predictions of frames that share a step into ẑ[t|t], and takes what they say of the evidence.
  private mutating func update(
    _ run: Range<Int>, _ step: KalmanStep, _ pattern: ObservationPattern, _ scratch: FilterScratch
  ) {
    defer { withExtendedLifetime((filtered, steps, scratch.residuals, scratch.weights)) {} }
    let o = pattern.observed.count
    let rows = run.count * n
    let z = filtered.base + run.lowerBound * n * L
    let contracted = steps.base + run.lowerBound * n * L
    guard o > 0 else {
      contracted.update(repeating: 0, count: rows * L)
      return
    }
    let (e, κ) = (scratch.residuals.base, scratch.weights.base)
    for t in 0..<run.count {
      for i in 0..<n { sizes[i] += Self.square(e + (t * n + i) * o, o) }
    }
    pattern.emission.multiplyRows(z, rows, by: -1, into: e, adding: true)
    step.gain.multiplyRows(e, rows, transposing: true, into: κ)
    step.filtered.multiplyRows(κ, rows, into: z, adding: true)
    step.gain.multiplyRows(κ, rows, by: -1, into: e, adding: true)
    step.contraction.multiplyRows(κ, rows, into: contracted)
    let constant = pattern.logNormalizer - step.logDeterminant
    for t in 0..<run.count {
      for i in 0..<n {
        let row = t * n + i
        let square = Self.square(e + row * o, o) + Self.square(contracted + row * L, L)
        squares[i] += square
        evidence[i] += constant - 0.5 * square
      }
    }
  }

  /// Smooths all sequences, which have been filtered: with a = E[ε | x] of the next frame, ẑ[t|T] = z⁺ + S⁺ Θ₁ a, and
  /// T⁻¹ κ + T⁻¹ Θ₁ a is that of this one.
  mutating func smooth() {
    defer { withExtendedLifetime((filtered, smoothed, steps)) {} }
    let size = n * L
    smoothed.base.update(from: filtered.base, count: T * size)
    for t in (0..<T - 1).reversed() {
      track.filter[t].carry.multiplyRows(
        steps.base + (t + 1) * size, n, into: steps.base + t * size, adding: true)
    }
    for run in runs {
      let followed = run.clamped(to: 0..<T - 1)
      track.filter[run.lowerBound].smoother.multiplyRows(
        steps.base + (run.lowerBound + 1) * size, followed.count * n,
        into: smoothed.base + run.lowerBound * size,
        adding: true)
    }
  }

  /// Adds the statistics of all sequences, which have been smoothed, each times its weight.
  func addStatistics(weights: [Double], into s: inout LinearStateSpaceStatistics) {
    defer { withExtendedLifetime((centred, controls, smoothed, steps)) {} }
    let total = weights.reduce(0, +)
    let roots = weights.allSatisfy { $0 == 1 } ? nil : weights.map { $0.squareRoot() }
    addInitial(total, weights, into: &s)
    addTransitions(total, roots, into: &s)
    addEmissions(total, roots, into: &s)
  }

  // MARK: Parts

  /// K⁻¹ (x − d)_o of frames that have the same pattern, a row each, `[, o]`.
  private func takeWhitened(
    _ run: Range<Int>, _ pattern: ObservationPattern, into e: UnsafeMutablePointer<Double>
  ) {
    defer { withExtendedLifetime(centred) {} }
    let o = pattern.observed.count
    guard o > 0 else { return }
    let rows = run.count * n
    let x = centred.base + run.lowerBound * n * D
    if let scales = pattern.inverseScales {
      for i in 0..<rows {
        for l in 0..<o { e[i * o + l] = x[i * D + pattern.observed[l]] * scales[l] }
      }
      return
    }
    for i in 0..<rows {
      for l in 0..<o { e[i * o + l] = x[i * D + pattern.observed[l]] }
    }
    pattern.root.withUnsafeElements { root in
      BLAS.solveRows(m: rows, n: o, lower: root.baseAddress!, stride: o, into: e, stride: o)
    }
  }

  private static func square(_ v: UnsafePointer<Double>, _ count: Int) -> Double {
    var sum = 0.0
    for i in 0..<count { sum += v[i] * v[i] }
    return sum
  }

  private func addInitial(_ total: Double, _ weights: [Double], into s: inout LinearStateSpaceStatistics) {
    s.initial.count += total
    s.initial.second.add(track.covariance(0).times(total))
    let m = prepared.parameters.initialMean
    for i in 0..<n where weights[i] > 0 {
      let a = (0..<L).map { smoothed.base[i * L + $0] - m[$0] }
      for j in 0..<L {
        s.initial.first[j] += weights[i] * a[j]
        for k in 0..<L { s.initial.second[j, k] += weights[i] * a[j] * a[k] }
      }
    }
  }

  private func addTransitions(
    _ total: Double, _ roots: [Double]?, into s: inout LinearStateSpaceStatistics
  ) {
    guard T > 1 else { return }
    let rows = (T - 1) * n
    let residuals = AlignedStorage<Double>(count: rows * L)
    s.transition.count += total * Double(T - 1)
    for run in runs {
      // E[w] = W₁ E[ε | x], which has the digits that ẑ[t+1|T] − A ẑ[t|T] would lose.
      let first = run.lowerBound * n
      track.filter[run.lowerBound].residualGain.multiplyRows(
        steps.base + (first + n) * L, run.clamped(to: 0..<T - 1).count * n, into: residuals.base + first * L)
    }
    let sums = track.transitions
    s.transition.add(noise: sums.noise, cross: sums.cross, regressors: sums.states, times: total)
    var regressors = [FrameBlock(smoothed, L), FrameBlock(controls, U)]
    if let roots {
      scale(residuals.base, rows, L, by: roots)
      regressors = regressors.map { scaled($0, rows, by: roots) }
    }
    s.transition.addGrams(FrameBlock(residuals, L), regressors, rows: rows)
  }

  private func addEmissions(
    _ total: Double, _ roots: [Double]?, into s: inout LinearStateSpaceStatistics
  ) {
    let rows = T * n
    let C = prepared.parameters.emission
    let residuals = AlignedStorage<Double>(count: rows * D)
    residuals.base.update(from: centred.base, count: rows * D)
    C.multiplyRows(smoothed.base, rows, by: -1, into: residuals.base, adding: true)
    // Frames with nothing observed count nothing: their regressors are 0.
    let counted = AlignedStorage<Double>(count: rows)
    counted.base.update(repeating: 1, count: rows)
    var states = FrameBlock(smoothed, L)
    for t in 0..<T where patterns[track.filter[t].pattern].observed.isEmpty {
      if states.storage === smoothed { states = scaled(states, rows, by: Array(repeating: 1, count: n)) }
      (counted.base + t * n).update(repeating: 0, count: n)
      (states.storage.base + t * n * L).update(repeating: 0, count: n * L)
      (residuals.base + t * n * D).update(repeating: 0, count: n * D)
    }
    for t in 0..<T {
      let pattern = patterns[track.filter[t].pattern]
      guard !pattern.missing.isEmpty, !pattern.observed.isEmpty else { continue }
      for i in t * n..<(t + 1) * n {
        // E[v_m] = F v_o.
        let v = residuals.base + i * D
        for (l, j) in pattern.missing.enumerated() {
          var sum = 0.0
          for (q, o) in pattern.observed.enumerated() { sum += pattern.fill[l, q] * v[o] }
          v[j] = sum
        }
      }
    }
    for (index, frames, sum) in track.emissions {
      let count = Double(frames)
      s.emission.count += total * count
      let pattern = patterns[index]
      // v = H v_o + ζ: H is the identity on o and F on m.
      var HC = C
      if !pattern.missing.isEmpty {
        let filled = pattern.fill.multiplied(by: C.selecting(rows: pattern.observed))
        for (l, j) in pattern.missing.enumerated() { for q in 0..<L { HC[j, q] = filled[l, q] } }
      }
      let product = HC.multiplied(by: sum)
      var noise = product.multiplied(by: HC, transposingSecond: true)
      for (a, i) in pattern.missing.enumerated() {
        for (b, j) in pattern.missing.enumerated() { noise[i, j] += count * pattern.conditional[a, b] }
      }
      s.emission.add(noise: noise, cross: product.times(-1), regressors: sum, times: total)
    }
    var regressors = [states, FrameBlock(counted, 1)]
    if let roots {
      scale(residuals.base, rows, D, by: roots)
      regressors = regressors.map { scaled($0, rows, by: roots) }
    }
    s.emission.addGrams(FrameBlock(residuals, D), regressors, rows: rows)
  }

  private func scaled(_ block: FrameBlock, _ rows: Int, by roots: [Double]) -> FrameBlock {
    let copy = AlignedStorage<Double>(count: rows * block.columns)
    copy.base.update(from: block.storage.base, count: rows * block.columns)
    scale(copy.base, rows, block.columns, by: roots)
    return FrameBlock(copy, block.columns)
  }

  /// Multiplies the rows of each sequence.
  private func scale(
    _ rows: UnsafeMutablePointer<Double>, _ count: Int, _ columns: Int, by roots: [Double]
  ) {
    for i in 0..<count { for j in 0..<columns { rows[i * columns + j] *= roots[i % n] } }
  }
}

extension StateSpacePass {
  /// ẑ[t|T] of sequence i.
  func state(of i: Int, frame t: Int) -> [Double] {
    defer { withExtendedLifetime(smoothed) {} }
    return (0..<L).map { smoothed.base[(t * n + i) * L + $0] }
  }

  /// x − d of these columns.
  func centredEntries(of i: Int, frame t: Int, _ columns: [Int]) -> [Double] {
    defer { withExtendedLifetime(centred) {} }
    return columns.map { centred.base[(t * n + i) * D + $0] }
  }
}
