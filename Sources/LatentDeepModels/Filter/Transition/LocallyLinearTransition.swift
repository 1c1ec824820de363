// B sequences, L latent dimensions, U controls, M bases, α their weights

import LatentEvidence
import LatentNetworks
import LatentNumerics

/// (A, B, C) = Σ α[i] (A[i], B[i], C[i]):
///
///     z[t+1] = Σ α[i] (A[i] z[t] + B[i] u[t] + C[i] w[t]) = (α ⊗ s) V,   s = (z[t], u[t], w[t]),
///
/// with the transposed bases below each other in V, `[M (2L + U), L]`.
struct LocallyLinearTransition: TransitionHead {
  let bases: Int
  let latent: Int
  let controls: Int
  /// α's network; nil for a single base.
  let mixing: MultilayerPerceptron?
  /// v, or its mean.
  let values: ParameterReference
  /// ln of the variance of q(v).
  let logVariance: ParameterReference?
  /// s of p(v).
  let deviation: Double

  /// The rows of one base.
  private var width: Int { 2 * latent + controls }

  init(
    bases M: Int, mixing hidden: [Int], weights: TransitionWeights, latent L: Int, controls U: Int,
    activation: Activation, in layout: inout ParameterLayout
  ) {
    (bases, latent, controls) = (M, L, U)
    mixing =
      M == 1
      ? nil
      : MultilayerPerceptron(
        "transition/mixing", widths: [L + U] + hidden + [M], activation: activation, in: &layout)
    values = layout.add("transition/bases", M * (2 * L + U), L)
    switch weights {
    case .point: (logVariance, deviation) = (nil, 1)
    case .variational(let s):
      logVariance = layout.add("transition/logVariance", M * (2 * L + U), L)
      deviation = s
    }
  }

  /// A = I + s N, B = 0.1 N, C = 0.1 I + 0.03 N with N standard normal; the deviation of q(v) is 0.02. s is 0.2 up to three dimensions and falls
  /// as 1 / √L from there, so that the spectral radius, and with it the states of long sequences, do not grow with L.
  func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, from stream: RandomStream
  ) {
    mixing?.initialize(&parameters, from: stream)
    var own = stream.substream(values.offset)
    let s = 0.2 * Swift.min(1, (3 / Double(latent)).squareRoot())
    var V = Matrix<Scalar>(rows: values.rows, columns: latent)
    for i in 0..<V.rows {
      let k = i % width
      for l in 0..<latent {
        let n = own.normal()
        if k < latent {
          V[i, l] = Scalar((k == l ? 1 : 0) + s * n)
        } else if k < latent + controls {
          V[i, l] = Scalar(0.1 * n)
        } else {
          V[i, l] = Scalar((k - latent - controls == l ? 0.1 : 0) + 0.03 * n)
        }
      }
    }
    parameters[values] = V
    if let logVariance {
      parameters[logVariance] = Matrix(
        rows: logVariance.rows, columns: logVariance.columns, repeating: Scalar(-7.8))
    }
  }

  func weights<Scalar: LatentScalar>(on tape: Tape<Scalar>, noise: RandomStream?) -> Variable<Scalar>? {
    let V = tape.parameter(values)
    guard let logVariance, var noise else { return V }
    let ε = tape.constant(rows: V.rows, columns: V.columns) { noise.fill(normal: $0) }
    return tape.parameter(logVariance).scaled(by: 0.5).exp() * ε + V
  }

  func local<Scalar: LatentScalar>(
    _ z: Variable<Scalar>, _ u: Variable<Scalar>?
  ) -> LocalTransition<Scalar> {
    let α = mixing.map { $0(u.map { z.concatenated(with: $0) } ?? z).softmax() }
    return LocalTransition(state: z, control: u, first: α, second: nil)
  }

  func innovation<Scalar: LatentScalar>(
    _ q: Variable<Scalar>, at local: LocalTransition<Scalar>
  ) -> Variable<Scalar> { q }

  func next<Scalar: LatentScalar>(
    _ local: LocalTransition<Scalar>, _ w: Variable<Scalar>, weights: Variable<Scalar>?
  ) -> Variable<Scalar> {
    guard let weights else { preconditionFailure("a transition without its weights") }
    let z = local.state
    let s = local.control.map { z.concatenated(with: $0, w) } ?? z.concatenated(with: w)
    guard let α = local.first else { return s.multiplied(by: weights) }
    let products = α.reshaped(rows: z.rows * bases, columns: 1) * s.repeatingRows(bases)
    return products.reshaped(rows: z.rows, columns: bases * width).multiplied(by: weights)
  }

  /// What p(v) has its mean at: A = I, all else 0.
  func priorMean(_ i: Int, _ l: Int) -> Double { i % width == l ? 1 : 0 }
}
