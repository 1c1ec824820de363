// θ parameters, g the gradient of what is climbed, η the learning rate

import CLatentKernels
public import LatentEvidence
public import LatentNumerics

/// Stochastic gradient ascent, plain: θ ← θ + η g.
///
/// - Source: Robbins & Monro (1951), Annals of Mathematical Statistics 22.
public struct SGD: Optimizer, Hashable {
  public init() {}

  public var momentCount: Int { 0 }

  public func update(_ e: OptimizerElements<Float>) {
    latent_sgd_f(e.parameters, e.gradient, Float(e.scale), e.count, Float(e.learningRate))
  }

  public func update(_ e: OptimizerElements<Double>) {
    latent_sgd_d(e.parameters, e.gradient, e.scale, e.count, e.learningRate)
  }

  /// The same in plain words, for tests.
  package func reference<Scalar: LatentScalar>(_ e: OptimizerElements<Scalar>) {
    for i in 0..<e.count { e.parameters[i] += Scalar(e.learningRate) * Scalar(e.scale) * e.gradient[i] }
  }
}

/// Gradient ascent with momentum: m ← μ m + g, then θ ← θ + η m, or, looking ahead as Nesterov does, θ ← θ + η (g + μ m).
///
/// - Source: Polyak (1964); Sutskever, Martens, Dahl & Hinton (2013), ICML, with the learning rate outside of m and
///   the look-ahead in terms of the parameters after it.
public struct Momentum: Optimizer, Hashable {
  /// μ.
  public let momentum: Double
  public let isNesterov: Bool

  /// - Throws: `.invalidParameter` unless 0 ≤ μ < 1.
  public init(_ momentum: Double = 0.9, nesterov: Bool = false) throws(InferenceError) {
    try requireShare(momentum, "momentum")
    self.momentum = momentum
    isNesterov = nesterov
  }

  public var momentCount: Int { 1 }

  public func update(_ e: OptimizerElements<Float>) {
    let ahead = isNesterov ? 1 : 0
    latent_momentum_f(
      e.parameters, e.gradient, Float(e.scale), e.first, e.count, Float(momentum), ahead,
      Float(e.learningRate))
  }

  public func update(_ e: OptimizerElements<Double>) {
    let ahead = isNesterov ? 1 : 0
    latent_momentum_d(
      e.parameters, e.gradient, e.scale, e.first, e.count, momentum, ahead, e.learningRate)
  }

  /// The same in plain words, for tests.
  package func reference<Scalar: LatentScalar>(_ e: OptimizerElements<Scalar>) {
    let (μ, η, m) = (Scalar(momentum), Scalar(e.learningRate), e.first!)
    for i in 0..<e.count {
      let g = Scalar(e.scale) * e.gradient[i]
      m[i] = μ * m[i] + g
      e.parameters[i] += η * (isNesterov ? g + μ * m[i] : m[i])
    }
  }
}
