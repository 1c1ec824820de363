// N sequences, G given frames, H frames ahead, D columns, L latent dimensions

public import LatentEvidence
import LatentNetworks
public import LatentNumerics

/// What a deep filter expects behind the frames that it was given.
public struct FilterRollout<Scalar: LatentScalar>: Sendable, Equatable {
  /// H.
  public let horizon: Int
  /// z of frames G + 1 … G + H, sequence by sequence, `[N·H, L]`.
  public let states: Matrix<Scalar>
  /// E[x | z], `[N·H, D]`.
  public let expectations: Matrix<Scalar>
}

extension DeepFilter {
  /// Frames G + 1 … G + H of sequences of which the first G are seen: q takes the state to frame G, the transition goes on alone under
  /// the known controls.
  ///
  /// - Parameters:
  ///   - x: the sequences; frames behind the first G are not looked at, their controls are.
  ///   - G: the frames that are given, at least the number of frames that tell the first state, and at most the length of every sequence.
  ///   - H: the horizon, at least 1. Frame G + H needs the control of the frame before it.
  ///   - θ: the parameters.
  ///   - noise: draws states and transitions, those of sequence n from its substream n; nil for the path without noise.
  ///   - threads: their number; the result does not depend on it.
  /// - Throws: `.invalidParameter` for numbers out of range, such as a horizon beyond the controls; `.notFinite` with the sequence whose states
  ///   grow beyond all bounds.
  public func rollout(
    of x: SequenceBatch<Scalar>, given G: Int, horizon H: Int, at θ: ParameterVector<Scalar>,
    noise: RandomStream? = nil, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> FilterRollout<Scalar> {
    try validate(x)
    let shortest = x.lengths.min() ?? 0
    let needed = configuration.future == nil ? configuration.initialFrames : 1
    guard G >= needed, G <= shortest else {
      throw .invalidParameter(
        name: "number of given frames", value: "\(G)",
        requirement: G < needed
          ? "at least \(needed), the frames that tell the first state"
          : "at most \(shortest), the frames of the shortest sequence")
    }
    guard H >= 1 else {
      throw .invalidParameter(name: "horizon", value: "\(H)", requirement: "at least 1")
    }
    let U = configuration.controls
    guard U == 0 || H <= shortest - G + 1 else {
      throw .invalidParameter(
        name: "horizon", value: "\(H)",
        requirement:
          "at most \(shortest - G + 1): the controls of the shortest sequence end at frame \(shortest)")
    }
    let seen = try first(G, of: x)
    // Frame t of sequence n is row n H + t.
    let controls = x.controls
    let L = configuration.latent
    let parts = try sweep(x.count, at: θ, threads: threads) {
      (sequences, tape) throws(InferenceError) -> [(Matrix<Scalar>, Matrix<Scalar>)] in
      let B = sequences.count
      let batch = batch(sequences, of: seen, masking: 0, noise: noise, on: tape)
      let path = path(of: batch, weightNoise: nil, on: tape)
      var z = path.states[path.states.count - 1]
      var states: [Variable<Scalar>] = []
      for t in 0..<H {
        let u = controls.map { controls in
          scaledControls(
            controls, rows: sequences.map { x.frameRange(of: $0).lowerBound + G + t - 1 }, on: tape)
        }
        let w = tape.constant(rows: B, columns: L) { target in
          target.initialize(repeating: 0)
          guard let noise else { return }
          for (b, n) in sequences.enumerated() {
            var stream = noise.substream(n).substream(1 + t)
            stream.fill(normal: UnsafeMutableBufferPointer(rebasing: target[(b * L)..<((b + 1) * L)]))
          }
        }
        z = transition.next(transition.local(z, u), w, weights: path.weights)
        states.append(z)
      }
      let all = tape.concatenate(rows: states)
      let means = tape.constant(likelihood.expectation(decoder(all)))
      return try sequences.enumerated().map { (b, n) throws(InferenceError) in
        let part = (all.frames(of: b, among: B, count: H), means.frames(of: b, among: B, count: H))
        guard part.0.withUnsafeElements({ $0.allSatisfy(\.isFinite) }),
          part.1.withUnsafeElements({ $0.allSatisfy(\.isFinite) })
        else { throw .notFinite(quantity: "prediction", row: n) }
        return part
      }
    }
    return FilterRollout(
      horizon: H, states: Matrix(below: parts.map(\.0), columns: L),
      expectations: Matrix(below: parts.map(\.1), columns: configuration.columns))
  }

  /// Means and standard deviations of the frames to come, `[N·H, D]`, over S draws of states and transitions; the deviations are those of a
  /// frame, with the likelihood's own.
  ///
  /// - Parameters:
  ///   - x: the sequences.
  ///   - G: the frames that are given, as for `rollout`.
  ///   - H: the horizon.
  ///   - S: the number of draws.
  ///   - θ: the parameters.
  ///   - noise: draw s comes from its substream s.
  ///   - threads: their number; the result does not depend on it.
  /// - Throws: what `rollout` throws; `.invalidParameter` without draws.
  public func rolloutMoments(
    of x: SequenceBatch<Scalar>, given G: Int, horizon H: Int, draws S: Int, at θ: ParameterVector<Scalar>,
    noise: RandomStream, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> FilterMoments {
    guard S >= 1 else {
      throw .invalidParameter(name: "number of draws", value: "\(S)", requirement: "at least 1")
    }
    var moments = RunningMoments(rows: x.count * Swift.max(H, 0), columns: configuration.columns)
    for s in 0..<S {
      let drawn = try rollout(
        of: x, given: G, horizon: H, at: θ, noise: noise.substream(s), threads: threads)
      let cells = try cellMoments(ofStates: drawn.states, at: θ, threads: threads)
      moments.add(cells.means, variances: cells.variances)
    }
    return moments.result()
  }

  /// What the likelihood averages over z, row by row of `states`.
  private func cellMoments(
    ofStates states: Matrix<Scalar>, at θ: ParameterVector<Scalar>, threads: Int
  ) throws(InferenceError) -> (means: Matrix<Double>, variances: Matrix<Double>?) {
    let parts = try sweep(states.rows, at: θ, blocksOf: 256, threads: threads) {
      (rows, tape) throws(InferenceError) -> [(means: Matrix<Double>, variances: Matrix<Double>?)] in
      let z = tape.constant(states.selecting(rows: Array(rows)))
      return [likelihood.cellMoments(decoder(z))]
    }
    let D = configuration.columns
    let variances = parts.compactMap(\.variances)
    return (
      Matrix(below: parts.map(\.means), columns: D),
      variances.count == parts.count ? Matrix(below: variances, columns: D) : nil
    )
  }

  /// The first G frames of each sequence, with their controls.
  private func first(
    _ G: Int, of x: SequenceBatch<Scalar>
  ) throws(InferenceError) -> SequenceBatch<Scalar> {
    let rows = (0..<x.count).flatMap { n in x.frameRange(of: n).prefix(G) }
    do throws(SequenceError) {
      return try SequenceBatch(
        x.frames.selecting(rows: rows), lengths: Array(repeating: G, count: x.count),
        controls: x.controls?.selecting(rows: rows))
    } catch {
      preconditionFailure("the beginnings of sequences are sequences: \(error)")
    }
  }
}
