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

  private var checks: SimulationChecks { SimulationChecks(source: "hmm-chain") }

  /// Checks the settings, which the other functions rely on.
  ///
  /// - Throws: `.invalidSetting` for the first that cannot be.
  public func validate() throws(DataError) {
    try checks.counts(["number of states": states])
    try checks.require(states >= 3, "number of states", states, "at least 3")
    try checks.require(
      (0...1).contains(persistence), "probability of staying", persistence, "from 0 to 1")
    try checks.finite(["radius": radius])
    try checks.notNegative(["noise of the frames": noise])
  }

  /// Sequences with their states for ground truth, `state`, from 0. Sequence n uses the substream n of `stream`.
  ///
  /// - Throws: what ``validate()`` throws; `.invalidSetting` for numbers below 1, and for more than can be counted.
  /// - Returns: frames `[N·T, 2]`.
  public func sequences<Scalar: LatentScalar>(
    _ count: Int, frames T: Int, using stream: RandomStream, as _: Scalar.Type = Scalar.self
  ) throws(DataError) -> SequenceTable<Scalar> {
    try validate()
    try checks.size(count, frames: T, columns: 2)
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
