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
  public func sequences<Scalar: LatentScalar>(
    _ count: Int, frames: Int, using stream: RandomStream, as scalar: Scalar.Type = Scalar.self
  ) -> SequenceTable<Scalar> {
    switch self {
    case .pendulum: Pendulum().sequences(count, frames: frames, using: stream)
    case .bouncingBall: BouncingBalls().sequences(count, frames: frames, using: stream)
    case .bouncingBalls: BouncingBalls(balls: 2).sequences(count, frames: frames, using: stream)
    case .linearGaussian: LinearGaussianSystem().sequences(count, frames: frames, using: stream)
    case .markovChain: MarkovChain().sequences(count, frames: frames, using: stream)
    }
  }
}
