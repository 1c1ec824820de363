// N sequences, ΣT their frames, L latent dimensions, D columns, H frames ahead

public import LatentEvidence
public import LatentNumerics

/// What sequences say about the states behind them.
public struct StateSpacePosterior: Sendable, Equatable {
  /// E[z[t] | x[1…t]], `[ΣT, L]`, and the covariances, `[ΣT, L²]`, row by row.
  public let filteredMeans: Matrix<Double>
  public let filteredCovariances: Matrix<Double>
  /// E[z[t] | x], `[ΣT, L]`, and the covariances, `[ΣT, L²]`.
  public let smoothedMeans: Matrix<Double>
  public let smoothedCovariances: Matrix<Double>
  /// ln p(x), `[N]`, in nats.
  public let logDensity: [Double]
}

/// Frames to come, with how far off they may be.
public struct StateSpaceForecast: Sendable, Equatable {
  /// E[x], `[N·H, D]`, the frames of one sequence after those of another.
  public let means: Matrix<Double>
  /// Their standard deviations, the emission noise among them, `[N·H, D]`.
  public let deviations: Matrix<Double>

  /// The bounds between which a number lies with probability `level`, under the model, `[N·H, D]` each.
  ///
  /// - Throws: `.invalidParameter` for a level that is not between 0 and 1.
  public func interval(
    level: Double
  ) throws(InferenceError) -> (lower: Matrix<Double>, upper: Matrix<Double>) {
    guard level > 0, level < 1 else {
      throw .invalidParameter(name: "level", value: "\(level)", requirement: "between 0 and 1")
    }
    let width = -normalQuantile(0.5 - 0.5 * level)
    return (means.adding(deviations, times: -width), means.adding(deviations, times: width))
  }
}

extension LinearStateSpace {
  /// ln p(x | θ) of every sequence, `[N]`, in nats; of what is observed, where entries are missing.
  ///
  /// - Throws: `.wrongWidth`; `.invalidParameter` for other controls; `.notFinite` with the sequence; `.notPositiveDefinite`.
  /// - Complexity: O(ΣT (L² + L·D)), and O(L³ + L²·D) a frame where entries are missing.
  public func logDensity(
    of x: SequenceBatch<Scalar>, at θ: Parameters, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> [Double] {
    try eachSequence(of: x, at: θ, threads: threads, smoothing: false) { pass, i in pass.evidence[i] }
  }

  /// The exact posterior of the states of every frame, filtered and smoothed, and ln p(x | θ) of every sequence. Weights of
  /// sequences do not matter.
  ///
  /// - Throws: what `logDensity(of:at:threads:)` throws.
  public func posterior(
    of x: SequenceBatch<Scalar>, at θ: Parameters, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> StateSpacePosterior {
    let parts = try eachSequence(of: x, at: θ, threads: threads, smoothing: true) { pass, i in
      let T = pass.track.frames
      return (
        filtered: pass.rows(pass.filtered, of: i), smoothed: pass.rows(pass.smoothed, of: i),
        filteredCovariances: (0..<T).flatMap { pass.track.filter[$0].filtered.squared.elements },
        smoothedCovariances: (0..<T).flatMap { pass.track.covariance($0).elements },
        evidence: pass.evidence[i]
      )
    }
    let (L, total) = (latent, x.frameCount)
    return StateSpacePosterior(
      filteredMeans: Matrix(rows: total, columns: L, elements: parts.flatMap { $0.filtered }),
      filteredCovariances: Matrix(
        rows: total, columns: L * L, elements: parts.flatMap { $0.filteredCovariances }),
      smoothedMeans: Matrix(rows: total, columns: L, elements: parts.flatMap { $0.smoothed }),
      smoothedCovariances: Matrix(
        rows: total, columns: L * L, elements: parts.flatMap { $0.smoothedCovariances }),
      logDensity: parts.map { $0.evidence })
  }

  /// What missing entries most likely were, E[x_m | x_o], and their standard deviations, given all of their sequence.
  ///
  /// - Returns: the frames with their missing entries filled, observed ones untouched, and the deviations (0 for what was
  ///   observed), both `[ΣT, D]`.
  /// - Throws: what `logDensity(of:at:threads:)` throws.
  public func imputed(
    _ x: SequenceBatch<Scalar>, at θ: Parameters, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> (values: Matrix<Scalar>, deviations: Matrix<Scalar>) {
    let D = dimensions
    let parts = try eachSequence(of: x, at: θ, threads: threads, smoothing: true) {
      pass, i -> [(frame: Int, column: Int, value: Double, deviation: Double)] in
      (0..<pass.track.frames).flatMap { t in
        pass.missingEntries(of: i, frame: t).map { (t, $0.column, $0.value, $0.deviation) }
      }
    }
    var values = x.frames
    var deviations = Matrix<Scalar>(rows: x.frameCount, columns: D)
    for (n, part) in parts.enumerated() {
      let first = x.frameRange(of: n).lowerBound
      for entry in part {
        values[first + entry.frame, entry.column] = Scalar(entry.value)
        deviations[first + entry.frame, entry.column] = Scalar(entry.deviation)
      }
    }
    return (values, deviations)
  }

  /// The frames that follow each sequence.
  ///
  /// - Parameters:
  ///   - x: the sequences; the control of their last frame acts before the first frame to come.
  ///   - H: the frames to come, at least 1.
  ///   - future: controls of the frames to come, H − 1 or more a sequence, `[N][H − 1 …, U]`; nil for a model without controls.
  ///   - θ: the parameters.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Throws: `.invalidParameter` for a horizon beyond the controls; what `logDensity(of:at:threads:)` throws.
  public func forecast(
    _ x: SequenceBatch<Scalar>, horizon H: Int, controls future: [Matrix<Scalar>]? = nil, at θ: Parameters,
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> StateSpaceForecast {
    guard H >= 1 else {
      throw .invalidParameter(name: "horizon", value: "\(H)", requirement: "at least 1")
    }
    guard x.columns == dimensions else { throw .wrongWidth(expected: dimensions, actual: x.columns) }
    guard x.controlColumns == controls else {
      throw .invalidParameter(
        name: "controls", value: "\(x.controlColumns)", requirement: "\(controls) columns, as in the model")
    }
    guard controls > 0 || future == nil else {
      throw .invalidParameter(
        name: "controls to come", value: "given", requirement: "none, for a model without controls")
    }
    guard controls == 0 || H == 1 || future?.count == x.count else {
      throw .invalidParameter(
        name: "controls to come", value: "of \(future?.count ?? 0) sequences",
        requirement: "of \(x.count) sequences")
    }
    let (cells, overflow) = H.multipliedReportingOverflow(by: dimensions + controls)
    guard !overflow, cells < Int.max / Swift.max(x.count, 1) / 16 - x.frameCount else {
      throw .invalidParameter(name: "horizon", value: "\(H)", requirement: "fewer frames")
    }
    let missing = [Scalar](repeating: .nan, count: H * dimensions)
    var (sequences, inputs): ([Matrix<Scalar>], [Matrix<Scalar>]) = ([], [])
    for n in 0..<x.count {
      let own = x.sequence(n)
      sequences.append(
        Matrix(rows: own.rows + H, columns: dimensions, elements: own.elements + missing))
      guard controls > 0, let u = x.controls?[rows: x.frameRange(of: n)] else { continue }
      let next = H > 1 ? future?[n] : nil
      guard H == 1 || (next?.rows ?? 0) >= H - 1, next.map({ $0.columns == controls }) ?? true else {
        throw .invalidParameter(
          name: "horizon", value: "\(H)",
          requirement: "at most \((next?.rows ?? 0) + 1), as far as the controls of sequence \(n + 1) go")
      }
      let used = next.map { $0[rows: 0..<H - 1].elements } ?? []
      inputs.append(
        Matrix(
          rows: own.rows + H, columns: controls,
          elements: u.elements + used + [Scalar](repeating: 0, count: controls)))
    }
    let longer: SequenceBatch<Scalar>
    do {
      longer = try SequenceBatch(sequences, controls: controls > 0 ? inputs : nil)
    } catch {
      throw .invalidParameter(name: "controls to come", value: "\(error)", requirement: "finite numbers")
    }
    let (values, deviations) = try imputedInDouble(longer, at: θ, last: H, threads: threads)
    return StateSpaceForecast(means: values, deviations: deviations)
  }

  /// Means and deviations of the last H frames of each sequence, all of them missing.
  private func imputedInDouble(
    _ x: SequenceBatch<Scalar>, at θ: Parameters, last H: Int, threads: Int
  ) throws(InferenceError) -> (Matrix<Double>, Matrix<Double>) {
    let parts = try eachSequence(of: x, at: θ, threads: threads, smoothing: true) { pass, i in
      let T = pass.track.frames
      return (T - H..<T).flatMap { pass.missingEntries(of: i, frame: $0) }
    }
    let entries = parts.flatMap { $0 }
    return (
      Matrix(rows: x.count * H, columns: dimensions, elements: entries.map { $0.value }),
      Matrix(rows: x.count * H, columns: dimensions, elements: entries.map { $0.deviation })
    )
  }

  /// Calls `body` with every sequence: its group, filtered (and smoothed), and its place there.
  private func eachSequence<Result: Sendable>(
    of x: SequenceBatch<Scalar>, at θ: Parameters, threads: Int, smoothing: Bool,
    _ body: @Sendable (StateSpacePass, Int) -> Result
  ) throws(InferenceError) -> [Result] {
    let x = x.withoutWeights()
    let oracle = try oracle(at: θ, threads: threads)
    let lanes = Lanes.ranges(
      count: x.count, lanes: Swift.max(1, Swift.min(64, x.count / x.observationsPerLane)))
    let parts = try Lanes.map(lanes.count, threads: threads) { (lane) throws(InferenceError) -> [Result] in
      let part = x.chunk(lanes[lane])
      var results: [Result?] = Array(repeating: nil, count: part.count)
      try oracle.prepared.forEachGroup(of: part) { (pass) throws(InferenceError) in
        pass.filter()
        if let bad = pass.evidence.firstIndex(where: { !$0.isFinite }) {
          throw .notFinite(quantity: "density", row: part.sourceIndex(of: pass.members[bad]))
        }
        if smoothing { pass.smooth() }
        for (i, n) in pass.members.enumerated() { results[n] = body(pass, i) }
      }
      return results.compactMap { $0 }
    }
    return parts.flatMap { $0 }
  }
}

extension StateSpacePass {
  /// The rows of sequence i, `[T, L]`.
  fileprivate func rows(_ storage: AlignedStorage<Double>, of i: Int) -> [Double] {
    let (n, L) = (members.count, prepared.parameters.latent)
    defer { withExtendedLifetime(storage) {} }
    return (0..<track.frames).flatMap { t in
      (0..<L).map { storage.base[(t * n + i) * L + $0] }
    }
  }

  /// E[x_m | x_o] and standard deviations of the missing entries of frame t of sequence i: with z ~ 𝒩(ẑ, P),
  /// x_m = (C_m − F C_o) z + d_m + F (x_o − d_o) + ζ.
  fileprivate func missingEntries(
    of i: Int, frame t: Int
  ) -> [(column: Int, value: Double, deviation: Double)] {
    let pattern = patterns[track.filter[t].pattern]
    guard !pattern.missing.isEmpty else { return [] }
    let θ = prepared.parameters
    let loadings = θ.emission.selecting(rows: pattern.missing).adding(
      pattern.fill.multiplied(by: θ.emission.selecting(rows: pattern.observed)), times: -1)
    let z = state(of: i, frame: t)
    let spread = loadings.multiplied(by: track.covariance(t)).multiplied(
      by: loadings, transposingSecond: true)
    let known = centredEntries(of: i, frame: t, pattern.observed)
    let (ofState, ofEntries) = (loadings.times(z), pattern.fill.times(known))
    return pattern.missing.indices.map { l in
      let j = pattern.missing[l]
      let variance = spread[l, l] + pattern.conditional[l, l]
      return (j, θ.offset[j] + ofState[l] + ofEntries[l], Swift.max(variance, 0).squareRoot())
    }
  }
}
