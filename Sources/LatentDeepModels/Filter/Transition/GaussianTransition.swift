// B sequences, L latent dimensions, U controls; v = ln σ²

import LatentEvidence
import LatentNetworks
import LatentNumerics

/// 𝒩(z + m(z, u), diag exp v(z, u)): in terms of noise, z[t+1] = z + m + exp(v / 2) w. The recognition network gives q(z[t+1]) itself.
struct GaussianTransition: TransitionHead {
  let latent: Int
  let network: MultilayerPerceptron
  private let firstLogVariance: Double

  init(
    hidden: [Int], latent L: Int, controls U: Int, activation: Activation, logVariance: Double,
    in layout: inout ParameterLayout
  ) {
    latent = L
    network = MultilayerPerceptron(
      "transition", widths: [L + U] + hidden + [2 * L], activation: activation, in: &layout)
    firstLogVariance = logVariance
  }

  func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, from stream: RandomStream
  ) {
    network.initialize(&parameters, from: stream)
    parameters.setLogVarianceBias(of: network.layers[network.layers.count - 1], firstLogVariance)
  }

  func weights<Scalar: LatentScalar>(on tape: Tape<Scalar>, noise: RandomStream?) -> Variable<Scalar>? { nil }

  func local<Scalar: LatentScalar>(
    _ z: Variable<Scalar>, _ u: Variable<Scalar>?
  ) -> LocalTransition<Scalar> {
    let y = network(u.map { z.concatenated(with: $0) } ?? z)
    return LocalTransition(
      state: z, control: u, first: z + y.columns(0..<latent), second: y.columns(latent..<2 * latent))
  }

  func innovation<Scalar: LatentScalar>(
    _ q: Variable<Scalar>, at local: LocalTransition<Scalar>
  ) -> Variable<Scalar> {
    guard let m = local.first, let v = local.second else { preconditionFailure("a transition half made") }
    let mean = (q.columns(0..<latent) - m) * v.scaled(by: -0.5).exp()
    return mean.concatenated(with: q.columns(latent..<2 * latent) - v)
  }

  func next<Scalar: LatentScalar>(
    _ local: LocalTransition<Scalar>, _ w: Variable<Scalar>, weights: Variable<Scalar>?
  ) -> Variable<Scalar> {
    guard let m = local.first, let v = local.second else { preconditionFailure("a transition half made") }
    return v.scaled(by: 0.5).exp() * w + m
  }
}
