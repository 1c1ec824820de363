// T frames of a sequence, L latent dimensions, D columns

public import LatentEvidence
public import LatentNumerics

/// The exact posterior of the states at fixed parameters, the E-step: a square-root filter and smoother over each sequence.
///
/// What does not depend on the numbers observed is computed once for all sequences that lack the same entries: covariances,
/// gains, and along a sequence only until they settle.
///
/// - Source: Kailath, Sayed & Hassibi (2000), Linear Estimation; Ghahramani & Hinton (1996).
public struct LinearStateSpaceOracle<Scalar: LatentScalar>: Oracle {
  public typealias Observations = SequenceBatch<Scalar>
  public typealias Statistics = LinearStateSpaceStatistics

  let prepared: PreparedStateSpace
  public let parameterKL: Double

  public var zero: LinearStateSpaceStatistics { LinearStateSpaceStatistics(about: prepared.parameters) }

  /// - Throws: `.wrongWidth`; `.invalidParameter` for another number of controls; `.notFinite` with the sequence whose density
  ///   is not a finite number; `.notPositiveDefinite`.
  public func accumulate(
    _ x: SequenceBatch<Scalar>, into statistics: inout LinearStateSpaceStatistics
  ) throws(InferenceError) -> Bound {
    var (evidence, reconstruction, roundoff) = (0.0, 0.0, 0.0)
    var own = zero
    var logNormalizers = 0.0
    // What counts nothing may be anything: 0 · ∞ is no 0.
    try prepared.forEachGroup(of: x, countedOnly: true) { (pass) throws(InferenceError) in
      pass.filter()
      let weights = pass.members.map { x.weight(of: $0) }
      if let bad = pass.evidence.firstIndex(where: { !$0.isFinite }) {
        throw .notFinite(quantity: "density", row: pass.members[bad])
      }
      for (i, w) in weights.enumerated() {
        evidence += w * pass.evidence[i]
        logNormalizers += w * pass.logNormalizer
        roundoff +=
          w * (pass.squares[i] + (pass.squares[i] * pass.sizes[i]).squareRoot() + pass.evidence[i].magnitude)
        roundoff += w * Double(pass.track.frames * (x.columns + prepared.parameters.latent))
      }
      pass.smooth()
      pass.addStatistics(weights: weights, into: &own)
    }
    // E[ln p(x_o | z)] = Σ normalizers − ½ tr R⁻¹ Σ E[v vᵀ], less what E[v vᵀ] holds of missing entries: with v_m given v_o
    // drawn from the model, tr R⁻¹ E[v vᵀ] = tr R_oo⁻¹ E[v_o v_oᵀ] + |m|.
    let white = own.emission.residuals.solvingRows(prepared.complete.root).transposed()
      .solvingRows(prepared.complete.root)
    let missing = x.weightOfMissingEntries
    statistics += own
    reconstruction = logNormalizers - 0.5 * (white.diagonal.reduce(0, +) - missing)
    return Bound(
      reconstruction: reconstruction, latentKL: reconstruction - evidence, count: x.totalWeight,
      roundoff: 16 * .ulpOfOne * (roundoff + reconstruction.magnitude))
  }
}

extension SequenceBatch {
  /// The missing entries of frames with anything observed, each with its sequence's weight.
  fileprivate var weightOfMissingEntries: Double {
    guard hasMissingEntries else { return 0 }
    var total = 0.0
    for n in 0..<count where !isComplete(n) && weight(of: n) > 0 {
      let x = sequence(n)
      for t in 0..<x.rows {
        let missing = x.row(t).count { $0.isNaN }
        if missing < columns { total += weight(of: n) * Double(missing) }
      }
    }
    return total
  }
}

extension StateSpacePass {
  /// Σ −½ (|o| ln 2π + ln |R_oo|) of one of the sequences.
  var logNormalizer: Double {
    track.emissions.reduce(0) { $0 + Double($1.frames) * patterns[$1.pattern].logNormalizer }
  }
}

extension PreparedStateSpace {
  /// Frames of a group that stay in a core's cache.
  private static var framesOfGroup: Int { 8192 }

  /// Calls `body` with groups of sequences that lack the same entries, in an order that depends on the data alone; where
  /// `countedOnly`, of those with a positive weight.
  ///
  /// - Throws: `.wrongWidth`; `.invalidParameter` for another number of controls; `.notPositiveDefinite`; what `body` throws.
  func forEachGroup<Scalar: LatentScalar>(
    of x: SequenceBatch<Scalar>, countedOnly: Bool = false,
    _ body: (inout StateSpacePass) throws(InferenceError) -> Void
  ) throws(InferenceError) {
    try check(x)
    var patterns = [complete]
    var numberOfPattern: [[Int]: Int] = [[]: 0]
    // Sequences by the patterns of their frames; complete ones by their length.
    var groups: [[Int32]: [Int]] = [:]
    var order: [[Int32]] = []
    for n in 0..<x.count where !countedOnly || x.weight(of: n) > 0 {
      var key = [Int32(x.frameRange(of: n).count)]
      if !x.isComplete(n) {
        let frames = x.sequence(n)
        for t in 0..<frames.rows {
          let row = frames.row(t)
          let missing = row.indices.filter { row[$0].isNaN }
          if numberOfPattern[missing] == nil {
            numberOfPattern[missing] = patterns.count
            patterns.append(try ObservationPattern(missing: missing, parameters))
          }
          key.append(Int32(numberOfPattern[missing] ?? 0))
        }
      }
      if groups[key] == nil { order.append(key) }
      groups[key, default: []].append(n)
    }
    for key in order {
      guard let members = groups[key] else { continue }
      let T = Int(key[0])
      let track: SmoothedTrack
      if key.count == 1 {
        track = try completeTrack(frames: T)
      } else {
        var filter = KalmanTrack(self)
        for pattern in key.dropFirst() {
          try filter.append(pattern: Int(pattern), patterns[Int(pattern)], self)
        }
        track = SmoothedTrack(filter, frames: T, patterns, self)
      }
      let size = Swift.max(1, Self.framesOfGroup / T)
      for start in stride(from: 0, to: members.count, by: size) {
        var pass = StateSpacePass(
          x, members: Array(members[start..<Swift.min(start + size, members.count)]), track: track,
          patterns: patterns, self)
        try body(&pass)
      }
    }
  }

  private func check<Scalar: LatentScalar>(_ x: SequenceBatch<Scalar>) throws(InferenceError) {
    guard x.columns == parameters.dimensions else {
      throw .wrongWidth(expected: parameters.dimensions, actual: x.columns)
    }
    guard x.controlColumns == parameters.controls else {
      throw .invalidParameter(
        name: "controls", value: "\(x.controlColumns)",
        requirement: "\(parameters.controls) columns, as in the model")
    }
  }
}
