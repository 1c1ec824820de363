// θ parameters, g the gradient of what is climbed, η the learning rate

import CLatentKernels
public import LatentEvidence
public import LatentNumerics

/// Steps in the units of the parameters:
///
///     v ← ρ v + (1 − ρ) g²,   δ = g √(u + ε) / √(v + ε),   u ← ρ u + (1 − ρ) δ²,   θ ← θ + η δ,   with η = 1 in the paper.
///
/// - Source: Zeiler (2012), arXiv:1212.5701, algorithm 1.
public struct Adadelta: Optimizer, Hashable {
  /// ρ.
  public let decay: Double
  /// ε > 0.
  public let epsilon: Double

  /// - Throws: `.invalidParameter` unless 0 ≤ ρ < 1 and ε is positive.
  public init(decay: Double = 0.95, epsilon: Double = 1e-6) throws(InferenceError) {
    try requireShare(decay, "decay")
    try requirePositive(epsilon, "epsilon")
    self.decay = decay
    self.epsilon = epsilon
  }

  public var momentCount: Int { 2 }

  public func update(_ e: OptimizerElements<Float>) {
    latent_adadelta_f(
      e.parameters, e.gradient, Float(e.scale), e.first, e.second, e.count, Float(decay), Float(1 - decay),
      Float(e.learningRate), Float(epsilon))
  }

  public func update(_ e: OptimizerElements<Double>) {
    latent_adadelta_d(
      e.parameters, e.gradient, e.scale, e.first, e.second, e.count, decay, 1 - decay, e.learningRate,
      epsilon)
  }

  /// The same in plain words, for tests.
  package func reference<Scalar: LatentScalar>(_ e: OptimizerElements<Scalar>) {
    let (ρ, rest, η, ε) = (Scalar(decay), Scalar(1 - decay), Scalar(e.learningRate), Scalar(epsilon))
    let (v, u) = (e.first!, e.second!)
    for i in 0..<e.count {
      let g = Scalar(e.scale) * e.gradient[i]
      v[i] = ρ * v[i] + rest * g * g
      let δ = g * (u[i] + ε).squareRoot() / (v[i] + ε).squareRoot()
      u[i] = ρ * u[i] + rest * δ * δ
      e.parameters[i] += η * δ
    }
  }
}
