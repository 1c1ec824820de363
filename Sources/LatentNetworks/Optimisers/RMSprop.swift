// θ parameters, g the gradient of what is climbed, η the learning rate

import CLatentKernels
public import LatentEvidence
public import LatentNumerics

/// Steps by a running mean of squared gradients: v ← ρ v + (1 − ρ) g², θ ← θ + η g / (√v + ε).
///
/// - Source: Tieleman & Hinton (2012), Neural Networks for Machine Learning, lecture 6.5.
public struct RMSprop: Optimizer, Hashable {
  /// ρ.
  public let decay: Double
  /// ε > 0.
  public let epsilon: Double

  /// - Throws: `.invalidParameter` unless 0 ≤ ρ < 1 and ε is positive.
  public init(decay: Double = 0.9, epsilon: Double = 1e-8) throws(InferenceError) {
    try requireShare(decay, "decay")
    try requirePositive(epsilon, "epsilon")
    self.decay = decay
    self.epsilon = epsilon
  }

  public var momentCount: Int { 1 }

  public func update(_ e: OptimizerElements<Float>) {
    latent_rmsprop_f(
      e.parameters, e.gradient, Float(e.scale), e.first, e.count, Float(decay), Float(1 - decay),
      Float(e.learningRate), Float(epsilon))
  }

  public func update(_ e: OptimizerElements<Double>) {
    latent_rmsprop_d(
      e.parameters, e.gradient, e.scale, e.first, e.count, decay, 1 - decay, e.learningRate, epsilon)
  }

  /// The same in plain words, for tests.
  package func reference<Scalar: LatentScalar>(_ e: OptimizerElements<Scalar>) {
    let (ρ, rest, η, ε) = (Scalar(decay), Scalar(1 - decay), Scalar(e.learningRate), Scalar(epsilon))
    let v = e.first!
    for i in 0..<e.count {
      let g = Scalar(e.scale) * e.gradient[i]
      v[i] = ρ * v[i] + rest * g * g
      e.parameters[i] += η * g / (v[i].squareRoot() + ε)
    }
  }
}
