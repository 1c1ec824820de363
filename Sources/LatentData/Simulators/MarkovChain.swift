public import LatentNumerics
import RealModule

/// A Markov chain of K states that mostly stays where it is and moves on around a circle, each state seen as a point of the
/// plane under noise.
///
/// From state k the chain stays with probability `persistence`, goes on to k + 1 with three quarters of the rest, and back to
/// k − 1 with one quarter. State k is centred on the circle at the angle 2πk/K. It starts in any state alike.
public struct MarkovChain: Sendable, Equatable {
  /// K, at least 3.
  public var states = 5
  public var persistence = 0.9
  /// The circle's radius, and the standard deviation of frames about the centres.
  public var radius = 2.0
  public var noise = 0.5

  public init() {}

  /// A[j, k], the probability of state k after j, `[K, K]`.
  public var transitions: Matrix<Double> {
    var A = Matrix<Double>(rows: states, columns: states)
    for j in 0..<states {
      A[j, j] = persistence
      A[j, (j + 1) % states] = 0.75 * (1 - persistence)
      A[j, (j + states - 1) % states] = 0.25 * (1 - persistence)
    }
    return A
  }

  /// The centres, `[K, 2]`.
  public var centres: Matrix<Double> {
    Matrix(
      (0..<states).map { k in
        let angle = 2 * Double.pi * Double(k) / Double(states)
        return [radius * Double.cos(angle), radius * Double.sin(angle)]
      })
  }

  /// Sequences with their states for ground truth, `state`, from 0. Sequence n uses the substream n of `stream`.
  ///
  /// - Returns: frames `[N·T, 2]`.
  public func sequences<Scalar: LatentScalar>(
    _ count: Int, frames T: Int, using stream: RandomStream, as _: Scalar.Type = Scalar.self
  ) -> SequenceTable<Scalar> {
    precondition(count > 0 && T > 0, "sequences of at least one frame")
    precondition(states >= 3 && (0...1).contains(persistence), "three states or more, and a probability")
    let (A, centres) = (transitions, centres)
    let parts = Lanes.map(count, threads: Lanes.availableThreads) { n -> SimulatedSequence<Scalar> in
      var own = stream.substream(n)
      var state = own.integer(below: states)
      var result = SimulatedSequence<Scalar>()
      for t in 0..<T {
        if t > 0 { state = own.categorical(weights: A.row(state)) }
        for j in 0..<2 { result.frames.append(Scalar(centres[state, j] + noise * own.normal())) }
        result.truth.append(Double(state))
      }
      return result
    }
    return SimulatedSequence.table(
      parts, source: "hmm-chain", frames: T, columns: 2, columnNames: ["x", "y"], truthNames: ["state"])
  }
}
