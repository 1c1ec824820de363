// θ parameters, g the gradient of what is climbed, η the learning rate, t the step from 1

import CLatentKernels
public import LatentEvidence
public import LatentNumerics
import RealModule

/// Steps by running means of gradients and of their squares, both corrected for their start at 0:
///
///     m ← β₁ m + (1 − β₁) g,   v ← β₂ v + (1 − β₂) g²,   θ ← θ + η m̂ / (√v̂ + ε),   m̂ = m / (1 − β₁ᵗ),   v̂ = v / (1 − β₂ᵗ).
///
/// - Source: Kingma & Ba (2015), ICLR, algorithm 1.
public struct Adam: Optimizer, Hashable {
  /// β₁.
  public let meanDecay: Double
  /// β₂.
  public let squareDecay: Double
  /// ε > 0.
  public let epsilon: Double

  /// - Throws: `.invalidParameter` unless 0 ≤ β < 1 and ε is positive.
  public init(
    meanDecay: Double = 0.9, squareDecay: Double = 0.999, epsilon: Double = 1e-8
  ) throws(InferenceError) {
    try requireShare(meanDecay, "decay of the mean")
    try requireShare(squareDecay, "decay of the mean square")
    try requirePositive(epsilon, "epsilon")
    self.meanDecay = meanDecay
    self.squareDecay = squareDecay
    self.epsilon = epsilon
  }

  public var momentCount: Int { 2 }

  public func update(_ elements: OptimizerElements<Float>) {
    update(elements, weightDecay: 0)
  }

  public func update(_ elements: OptimizerElements<Double>) {
    update(elements, weightDecay: 0)
  }

  /// η / (1 − β₁ᵗ) and 1 / √(1 − β₂ᵗ).
  private func corrections(_ step: Int, _ rate: Double) -> (rate: Double, root: Double) {
    (
      rate / (1 - Double.pow(meanDecay, step)),
      1 / (1 - Double.pow(squareDecay, step)).squareRoot()
    )
  }

  /// With θ shrunk by η λ of itself besides.
  func update(_ e: OptimizerElements<Float>, weightDecay λ: Double) {
    let (rate, root) = corrections(e.step, e.learningRate)
    latent_adam_f(
      e.parameters, e.gradient, Float(e.scale), e.first, e.second, e.count, Float(meanDecay),
      Float(1 - meanDecay), Float(squareDecay), Float(1 - squareDecay), Float(rate), Float(root),
      Float(epsilon), Float(e.learningRate * λ))
  }

  func update(_ e: OptimizerElements<Double>, weightDecay λ: Double) {
    let (rate, root) = corrections(e.step, e.learningRate)
    latent_adam_d(
      e.parameters, e.gradient, e.scale, e.first, e.second, e.count, meanDecay, 1 - meanDecay, squareDecay,
      1 - squareDecay, rate, root, epsilon, e.learningRate * λ)
  }

  /// The same in plain words, for tests.
  package func reference<Scalar: LatentScalar>(_ e: OptimizerElements<Scalar>, weightDecay λ: Double = 0) {
    let (β1, β2, ε) = (Scalar(meanDecay), Scalar(squareDecay), Scalar(epsilon))
    let t = e.step
    let (m, v, η) = (e.first!, e.second!, Scalar(e.learningRate))
    for i in 0..<e.count {
      let g = Scalar(e.scale) * e.gradient[i]
      m[i] = β1 * m[i] + Scalar(1 - meanDecay) * g
      v[i] = β2 * v[i] + Scalar(1 - squareDecay) * g * g
      let meanHat = m[i] / Scalar(1 - Double.pow(meanDecay, t))
      let squareHat = v[i] / Scalar(1 - Double.pow(squareDecay, t))
      e.parameters[i] += η * (meanHat / (squareHat.squareRoot() + ε) - Scalar(λ) * e.parameters[i])
    }
  }
}

/// Adam with parameters that shrink by a share of themselves at every step, apart from the gradient:
/// θ ← θ + η (m̂ / (√v̂ + ε) − λ θ).
///
/// The decay is no part of the bound: a prior over the parameters is (`parameterKL` of `DifferentiableModel`).
///
/// - Source: Loshchilov & Hutter (2019), ICLR, algorithm 2, with λ scaled by the learning rate.
public struct AdamW: Optimizer, Hashable {
  public let adam: Adam
  /// λ ≥ 0.
  public let weightDecay: Double

  /// - Throws: `.invalidParameter` unless λ ≥ 0.
  public init(_ adam: Adam, weightDecay: Double = 0.01) throws(InferenceError) {
    guard weightDecay >= 0, weightDecay.isFinite else {
      throw .invalidParameter(
        name: "weight decay", value: "\(weightDecay)", requirement: "a number that is not negative")
    }
    self.adam = adam
    self.weightDecay = weightDecay
  }

  public var momentCount: Int { 2 }

  public func update(_ elements: OptimizerElements<Float>) {
    adam.update(elements, weightDecay: weightDecay)
  }

  public func update(_ elements: OptimizerElements<Double>) {
    adam.update(elements, weightDecay: weightDecay)
  }

  /// The same in plain words, for tests.
  package func reference<Scalar: LatentScalar>(_ e: OptimizerElements<Scalar>) {
    adam.reference(e, weightDecay: weightDecay)
  }
}
