// B sequences, L latent dimensions, U controls, W = L the dimensions of the noise w

import LatentEvidence
import LatentNetworks
import LatentNumerics

/// What a transition makes of a state and a control, before its noise is known.
struct LocalTransition<Scalar: LatentScalar> {
  /// `[B, L]`.
  let state: Variable<Scalar>
  /// `[B, U]`.
  let control: Variable<Scalar>?
  /// α, or the mean.
  let first: Variable<Scalar>?
  /// ln σ².
  let second: Variable<Scalar>?
}

/// A family of p(z[t+1] | z[t], u[t]), written as a map of noise w ~ 𝒩(0, I) to which q gives another distribution.
protocol TransitionHead: Sendable {
  func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, from stream: RandomStream)

  /// The weights that serve for all steps; nil where there are none apart.
  ///
  /// - Parameter noise: what weights are drawn from; nil for their mean.
  func weights<Scalar: LatentScalar>(on tape: Tape<Scalar>, noise: RandomStream?) -> Variable<Scalar>?

  func local<Scalar: LatentScalar>(
    _ z: Variable<Scalar>, _ u: Variable<Scalar>?
  ) -> LocalTransition<Scalar>

  /// The mean and the logarithm of the variance of w under q, side by side, from what the recognition network gave.
  func innovation<Scalar: LatentScalar>(
    _ q: Variable<Scalar>, at local: LocalTransition<Scalar>
  ) -> Variable<Scalar>

  /// z[t+1], `[B, L]`.
  func next<Scalar: LatentScalar>(
    _ local: LocalTransition<Scalar>, _ w: Variable<Scalar>, weights: Variable<Scalar>?
  ) -> Variable<Scalar>
}

extension ParameterVector {
  /// Writes the second half of a layer's bias.
  mutating func setLogVarianceBias(of layer: Linear, _ value: Double) {
    guard let place = layer.bias else { return }
    var bias = self[place]
    for j in bias.columns / 2..<bias.columns { bias[0, j] = Scalar(value) }
    self[place] = bias
  }
}
