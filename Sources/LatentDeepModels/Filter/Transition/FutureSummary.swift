// B sequences, T frames of the longest, G the width of the summary

import LatentEvidence
import LatentNetworks
import LatentNumerics

/// A gated recurrent unit that runs backwards: h[t] sums up x[t], x[t+1], … and the controls between them.
///
///     r = σ(a_r + b_r),  g = σ(a_g + b_g),  n = tanh(a_n + r ⊙ b_n),  h[t] = n + g ⊙ (h[t+1] − n),
///
/// with a an affine map of (x[t], u[t−1]) and b one of h[t+1].
///
/// - Source: Cho et al. (2014); its use in a filter: Krishnan, Shalit & Sontag (2017), AAAI.
struct FutureSummary: Sendable {
  let width: Int
  private let input: Linear
  private let state: Linear

  init(inputs: Int, width G: Int, in layout: inout ParameterLayout) {
    width = G
    input = Linear("future/input", from: inputs, to: 3 * G, in: &layout)
    state = Linear("future/state", from: G, to: 3 * G, initial: .orthogonal(gain: 1), in: &layout)
  }

  func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, from stream: RandomStream
  ) {
    input.initialize(&parameters, from: stream)
    state.initialize(&parameters, from: stream)
  }

  /// h of all frames, frame by frame: T variables `[B, G]`.
  ///
  /// - Parameters:
  ///   - x: `[T·B, inputs]`, frame by frame.
  ///   - presence: 1 for a frame that the sequence has, 0 behind its end, `[T·B, 1]`; nil where all have T.
  func callAsFunction<Scalar: LatentScalar>(
    _ x: Variable<Scalar>, frames T: Int, presence: Variable<Scalar>?, on tape: Tape<Scalar>
  ) -> [Variable<Scalar>] {
    let (B, G) = (x.rows / T, width)
    let all = input(x)
    var h = tape.constant(Matrix<Scalar>(rows: B, columns: G))
    var summaries: [Variable<Scalar>] = []
    summaries.reserveCapacity(T)
    for t in (0..<T).reversed() {
      let a = all.rows(t * B..<(t + 1) * B)
      let b = state(h)
      let gates = (a.columns(0..<2 * G) + b.columns(0..<2 * G)).sigmoid()
      let n = (a.columns(2 * G..<3 * G) + gates.columns(0..<G) * b.columns(2 * G..<3 * G)).tanh()
      h = n + gates.columns(G..<2 * G) * (h - n)
      if let presence { h = h * presence.rows(t * B..<(t + 1) * B) }
      summaries.append(h)
    }
    return summaries.reversed()
  }
}
