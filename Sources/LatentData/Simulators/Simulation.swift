public import LatentNumerics

/// The simulated data sets by name, each with the settings of its simulator's own making.
public enum Simulation: String, Sendable, CaseIterable {
  case pendulum
  case bouncingBall = "bouncing-ball"
  /// Two of them.
  case bouncingBalls = "bouncing-balls"
  case linearGaussian = "linear-gaussian"
  case markovChain = "hmm-chain"

  /// Sequences of so many frames each. Sequence n depends on `stream` and n alone, not on how many there are.
  ///
  /// - Throws: `.invalidSetting` for numbers below 1, and for more than can be counted.
  public func sequences<Scalar: LatentScalar>(
    _ count: Int, frames: Int, using stream: RandomStream, as scalar: Scalar.Type = Scalar.self
  ) throws(DataError) -> SequenceTable<Scalar> {
    switch self {
    case .pendulum: try Pendulum().sequences(count, frames: frames, using: stream)
    case .bouncingBall: try BouncingBalls().sequences(count, frames: frames, using: stream)
    case .bouncingBalls: try BouncingBalls(balls: 2).sequences(count, frames: frames, using: stream)
    case .linearGaussian: try LinearGaussianSystem().sequences(count, frames: frames, using: stream)
    case .markovChain: try MarkovChain().sequences(count, frames: frames, using: stream)
    }
  }
}
