// N sequences of T frames, D columns, U controls, L latent dimensions

public import LatentEvidence
import LatentNetworks
public import LatentNumerics

/// Sequences drawn from a deep filter, frame by frame and sequence after sequence.
public struct FilterSample<Scalar: LatentScalar>: Sendable, Equatable {
  /// z, `[N·T, L]`.
  public let states: Matrix<Scalar>
  /// E[x | z], `[N·T, D]`.
  public let expectations: Matrix<Scalar>
  /// Draws from p(x | z), `[N·T, D]`.
  public let observations: Matrix<Scalar>
}

extension DeepFilter {
  /// Draws sequences from the model: w[1] and with it the first state, then each next state by the transition with noise of its own.
  ///
  /// - Parameters:
  ///   - count: N; sequence n is the same whatever it is.
  ///   - T: the frames of each.
  ///   - controls: `[N·T, U]`; nil for a model without. The last of a sequence acts on nothing.
  ///   - θ: the parameters; the transition's weights are at their mean.
  ///   - stream: what they come from, sequence n from its substream n.
  ///   - threads: their number; the result does not depend on it.
  /// - Throws: `.invalidParameter` for numbers or controls of other shapes; `.notFinite` with the sequence.
  public func sample(
    _ count: Int, frames T: Int, controls: Matrix<Scalar>? = nil, at θ: ParameterVector<Scalar>,
    using stream: RandomStream, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> FilterSample<Scalar> {
    let (L, U) = (configuration.latent, configuration.controls)
    for (name, value) in [("number of sequences", count), ("number of frames", T)] where value < 1 {
      throw .invalidParameter(name: name, value: "\(value)", requirement: "at least 1")
    }
    guard controls?.columns ?? 0 == U, controls.map({ $0.rows == count * T }) ?? true else {
      throw .invalidParameter(
        name: "controls", value: controls.map { "\($0.rows) × \($0.columns)" } ?? "none",
        requirement: "\(count * T) × \(U)")
    }
    if let controls, let row = (0..<controls.rows).first(where: { !controls.row($0).allSatisfy(\.isFinite) })
    {
      throw .notFinite(quantity: "control", row: row / T)
    }
    let parts = try sweep(count, at: θ, threads: threads) {
      (sequences, tape) throws(InferenceError) -> [SampledSequence<Scalar>] in
      let B = sequences.count
      var streams = sequences.map { stream.substream($0) }
      func noise() -> Variable<Scalar> {
        tape.constant(rows: B, columns: L) { target in
          for b in 0..<B {
            streams[b].fill(normal: UnsafeMutableBufferPointer(rebasing: target[b * L..<(b + 1) * L]))
          }
        }
      }
      let weights = transition.weights(on: tape, noise: nil)
      var z = start(noise())
      var states = [z]
      for t in 1..<Swift.max(T, 1) {
        let u = controls.map { controls in
          scaledControls(controls, rows: sequences.map { $0 * T + t - 1 }, on: tape)
        }
        z = transition.next(transition.local(z, u), noise(), weights: weights)
        states.append(z)
      }
      let all = tape.concatenate(rows: states)
      let y = decoder(all)
      let means = tape.constant(likelihood.expectation(y))
      let draws = tape.constant(
        likelihood.draw(
          y,
          from: (0..<T).flatMap { t in
            sequences.map { stream.substream($0).substream(2 + t) }
          }))
      return try sequences.enumerated().map { (b, n) throws(InferenceError) in
        let part = SampledSequence(
          states: all.frames(of: b, among: B, count: T),
          expectations: means.frames(of: b, among: B, count: T),
          observations: draws.frames(of: b, among: B, count: T))
        guard part.isFinite else { throw .notFinite(quantity: "sample", row: n) }
        return part
      }
    }
    let D = configuration.columns
    return FilterSample(
      states: Matrix(below: parts.map(\.states), columns: L),
      expectations: Matrix(below: parts.map(\.expectations), columns: D),
      observations: Matrix(below: parts.map(\.observations), columns: D))
  }

  /// Rows of controls as networks meet them, `[rows, U]`.
  func scaledControls(
    _ controls: Matrix<Scalar>, rows: [Int], on tape: Tape<Scalar>
  ) -> Variable<Scalar> {
    let (U, scales) = (controls.columns, configuration.controlScales)
    return tape.constant(rows: rows.count, columns: U) { target in
      for (i, row) in rows.enumerated() {
        for j in 0..<U {
          let scale = scales.isEmpty ? 1 : scales[j]
          target.initializeElement(at: i * U + j, to: Scalar(Double(controls[row, j]) / scale))
        }
      }
    }
  }
}

/// What sampling puts together.
private struct SampledSequence<Scalar: LatentScalar>: Sendable {
  let states: Matrix<Scalar>
  let expectations: Matrix<Scalar>
  let observations: Matrix<Scalar>

  var isFinite: Bool {
    [states, expectations, observations].allSatisfy { $0.withUnsafeElements { $0.allSatisfy(\.isFinite) } }
  }
}
