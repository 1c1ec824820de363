// θ parameters, g the gradient of what is climbed, η the learning rate

import CLatentKernels
public import LatentEvidence
public import LatentNumerics

/// Steps that shrink with the gradients met so far: v ← v + g², θ ← θ + η g / (√v + ε).
///
/// - Source: Duchi, Hazan & Singer (2011), Journal of Machine Learning Research 12, in its diagonal form.
public struct Adagrad: Optimizer, Hashable {
  /// ε > 0.
  public let epsilon: Double

  /// - Throws: `.invalidParameter` unless ε is positive.
  public init(epsilon: Double = 1e-8) throws(InferenceError) {
    try requirePositive(epsilon, "epsilon")
    self.epsilon = epsilon
  }

  public var momentCount: Int { 1 }

  public func update(_ e: OptimizerElements<Float>) {
    latent_adagrad_f(
      e.parameters, e.gradient, Float(e.scale), e.first, e.count, Float(e.learningRate), Float(epsilon))
  }

  public func update(_ e: OptimizerElements<Double>) {
    latent_adagrad_d(e.parameters, e.gradient, e.scale, e.first, e.count, e.learningRate, epsilon)
  }

  /// The same in plain words, for tests.
  package func reference<Scalar: LatentScalar>(_ e: OptimizerElements<Scalar>) {
    let (η, ε, v) = (Scalar(e.learningRate), Scalar(epsilon), e.first!)
    for i in 0..<e.count {
      let g = Scalar(e.scale) * e.gradient[i]
      v[i] += g * g
      e.parameters[i] += η * g / (v[i].squareRoot() + ε)
    }
  }
}
