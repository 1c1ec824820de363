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
  mutating func filter() {
    defer { withExtendedLifetime((centred, controls, filtered, steps)) {} }
    let θ = prepared.parameters
    // Where nothing is missing all frames are whitened at once.
    let isComplete = track.emissions.first.map { $0.pattern == 0 && $0.frames == T } ?? false
    let residual = AlignedStorage<Double>(count: n * D * (isComplete ? T : 1))
    if isComplete { takeWhitened(0, patterns[0], into: residual.base, frames: T) }
    let weights = AlignedStorage<Double>(count: n * L)
    let predicted = AlignedStorage<Double>(count: n * L)
    defer { withExtendedLifetime((residual, weights, predicted)) {} }
    let z = predicted.base
    for i in 0..<n { for l in 0..<L { z[i * L + l] = θ.initialMean[l] } }
    for t in 0..<T {
      let step = track.filter[t]
      let pattern = patterns[step.pattern]
      let o = pattern.observed.count
      let (zf, contracted) = (filtered.base + t * n * L, steps.base + t * n * L)
      zf.update(from: z, count: n * L)
      if o == 0 {
        contracted.update(repeating: 0, count: n * L)
      } else {
        let e = residual.base + (isComplete ? t * n * D : 0)
        if !isComplete { takeWhitened(t, pattern, into: e) }
        for i in 0..<n { sizes[i] += Self.square(e + i * o, o) }
        pattern.emission.multiplyRows(z, n, by: -1, into: e, adding: true)
        step.gain.multiplyRows(e, n, transposing: true, into: weights.base)
        step.filtered.multiplyRows(weights.base, n, into: zf, adding: true)
        step.gain.multiplyRows(weights.base, n, by: -1, into: e, adding: true)
        step.contraction.multiplyRows(weights.base, n, into: contracted)
        for i in 0..<n {
          let square = Self.square(e + i * o, o) + Self.square(contracted + i * L, L)
          squares[i] += square
          evidence[i] += pattern.logNormalizer - step.logDeterminant - 0.5 * square
        }
      }
      if t + 1 < T {
        θ.transition.multiplyRows(zf, n, into: z)
        if U > 0 {
          θ.control.multiplyRows(controls.base + t * n * U, n, into: z, adding: true)
        }
      }
    }
  }

  /// Smooths all sequences, which have been filtered: with a = E[ε | x] of the next frame, ẑ[t|T] = z⁺ + S⁺ Θ₁ a, and
  /// T⁻¹ κ + T⁻¹ Θ₁ a is that of this one.
  mutating func smooth() {
    defer { withExtendedLifetime((filtered, smoothed, steps)) {} }
    smoothed.base.update(from: filtered.base, count: n * T * L)
    for t in (0..<T - 1).reversed() {
      let (step, a) = (track.filter[t], steps.base + (t + 1) * n * L)
      step.smoother.multiplyRows(a, n, into: smoothed.base + t * n * L, adding: true)
      step.carry.multiplyRows(a, n, into: steps.base + t * n * L, adding: true)
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

  /// K⁻¹ (x − d)_o of frame t, `[n, o]`, and of the frames after it that have the same pattern.
  private func takeWhitened(
    _ t: Int, _ pattern: ObservationPattern, into e: UnsafeMutablePointer<Double>, frames: Int = 1
  ) {
    let o = pattern.observed.count
    let n = n * frames
    let x = centred.base + t * self.n * D
    if o == D {
      e.update(from: x, count: n * D)
    } else {
      for i in 0..<n {
        for (l, j) in pattern.observed.enumerated() { e[i * o + l] = x[i * D + j] }
      }
    }
    pattern.root.withUnsafeElements { root in
      BLAS.solveRows(m: n, n: o, lower: root.baseAddress!, stride: o, into: e, stride: o)
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
    let (rows, k) = ((T - 1) * n, L + U)
    let residuals = AlignedStorage<Double>(count: rows * L)
    let regressors = AlignedStorage<Double>(count: rows * k)
    defer { withExtendedLifetime((residuals, regressors)) {} }
    s.transition.count += total * Double(T - 1)
    for t in 0..<T - 1 {
      // E[w] = W₁ E[ε | x], which has the digits that ẑ[t+1|T] − A ẑ[t|T] would lose.
      track.filter[t].residualGain.multiplyRows(
        steps.base + (t + 1) * n * L, n, into: residuals.base + t * n * L)
      for i in 0..<n {
        let to = regressors.base + (t * n + i) * k
        for j in 0..<L { to[j] = smoothed.base[(t * n + i) * L + j] }
        for j in 0..<U { to[L + j] = controls.base[(t * n + i) * U + j] }
      }
    }
    let sums = track.transitions
    s.transition.add(noise: sums.noise, cross: sums.cross, regressors: sums.states, times: total)
    scale(residuals.base, rows, L, by: roots)
    scale(regressors.base, rows, k, by: roots)
    s.transition.addGrams(residuals.base, L, regressors.base, k, rows: rows)
  }

  private func addEmissions(
    _ total: Double, _ roots: [Double]?, into s: inout LinearStateSpaceStatistics
  ) {
    let (rows, k) = (T * n, L + 1)
    let C = prepared.parameters.emission
    let residuals = AlignedStorage<Double>(count: rows * D)
    let regressors = AlignedStorage<Double>(count: rows * k)
    defer { withExtendedLifetime((residuals, regressors)) {} }
    residuals.base.update(from: centred.base, count: rows * D)
    C.multiplyRows(smoothed.base, rows, by: -1, into: residuals.base, adding: true)
    for t in 0..<T {
      let index = track.filter[t].pattern
      let pattern = patterns[index]
      let isEmpty = pattern.observed.isEmpty
      for i in t * n..<(t + 1) * n {
        for j in 0..<L { regressors.base[i * k + j] = isEmpty ? 0 : smoothed.base[i * L + j] }
        regressors.base[i * k + L] = isEmpty ? 0 : 1
        if isEmpty {
          for j in 0..<D { residuals.base[i * D + j] = 0 }
        } else if !pattern.missing.isEmpty {
          // E[v_m] = F v_o.
          let v = residuals.base + i * D
          for (l, j) in pattern.missing.enumerated() {
            var sum = 0.0
            for (q, o) in pattern.observed.enumerated() { sum += pattern.fill[l, q] * v[o] }
            v[j] = sum
          }
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
    scale(residuals.base, rows, D, by: roots)
    scale(regressors.base, rows, k, by: roots)
    s.emission.addGrams(residuals.base, D, regressors.base, k, rows: rows)
  }

  /// Multiplies the rows of each sequence.
  private func scale(
    _ rows: UnsafeMutablePointer<Double>, _ count: Int, _ columns: Int, by roots: [Double]?
  ) {
    guard let roots else { return }
    for i in 0..<count { for j in 0..<columns { rows[i * columns + j] *= roots[i % n] } }
  }
}

extension LinearStateSpaceStatistics.Moments {
  /// Adds covariances of residuals and of the first of the regressors.
  fileprivate mutating func add(
    noise: Matrix<Double>, cross: Matrix<Double>, regressors P: Matrix<Double>, times f: Double
  ) {
    residuals.add(f == 1 ? noise : noise.times(f))
    for i in 0..<cross.rows { for j in 0..<cross.columns { self.cross[i, j] += f * cross[i, j] } }
    for i in 0..<P.rows { for j in 0..<P.columns { regressors[i, j] += f * P[i, j] } }
  }

  /// Adds the products of rows of residuals, `m` columns, and regressors, `k` columns.
  fileprivate mutating func addGrams(
    _ e: UnsafePointer<Double>, _ m: Int, _ g: UnsafePointer<Double>, _ k: Int, rows: Int
  ) {
    func add(
      _ a: UnsafePointer<Double>, _ m: Int, _ b: UnsafePointer<Double>, _ n: Int,
      to target: inout Matrix<Double>
    ) {
      target.withUnsafeMutableElements {
        BLAS.multiply(
          m: m, n: n, k: rows, a, stride: m, transposingFirst: true, by: b, stride: n, beta: 1,
          into: $0.baseAddress!, stride: n)
      }
    }
    add(e, m, e, m, to: &residuals)
    add(e, m, g, k, to: &cross)
    add(g, k, g, k, to: &regressors)
  }
}

extension Matrix<Double> {
  /// f · self.
  func times(_ f: Double) -> Matrix<Double> {
    var result = self
    result.scale(by: f)
    return result
  }

  /// out (+)= f A v, or f Aᵀ v, for each of n rows v.
  func multiplyRows(
    _ v: UnsafePointer<Double>, _ n: Int, by f: Double = 1, transposing: Bool = false,
    into out: UnsafeMutablePointer<Double>, adding: Bool = false
  ) {
    let (inputs, outputs) = transposing ? (rows, columns) : (columns, rows)
    guard n > 0, outputs > 0 else { return }
    withUnsafeElements { a in
      BLAS.multiply(
        m: n, n: outputs, k: inputs, alpha: f, v, stride: inputs, by: a.baseAddress!, stride: columns,
        transposingSecond: !transposing, beta: adding ? 1 : 0, into: out, stride: outputs)
    }
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
