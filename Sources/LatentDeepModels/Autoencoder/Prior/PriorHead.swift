// B rows, L latent dimensions, K components; v = ln s²

import LatentEvidence
import LatentNetworks
import LatentNumerics
import RealModule

/// p(z) with what is learned of it.
struct PriorHead: Sendable {
  private let kind: AutoencoderPrior
  private let latent: Int
  /// The parameters of a mixture: logits of its weights `[1, K]`, means and v `[K, L]`.
  private var mixture:
    (logits: ParameterReference, means: ParameterReference, logVariances: ParameterReference)?
  /// Pseudo-inputs, `[K, inputs]`.
  private(set) var pseudoInputs: ParameterReference?
  /// Whether pseudo-inputs are kept within (0, 1), as the data are.
  private let isBounded: Bool

  init(
    _ kind: AutoencoderPrior, latent L: Int, inputs: Int, likelihood: AutoencoderLikelihood,
    in layout: inout ParameterLayout
  ) {
    self.kind = kind
    latent = L
    isBounded = likelihood == .bernoulli || likelihood == .continuousBernoulli
    switch kind {
    case .standard: break
    case .mixture(let K):
      mixture = (
        layout.add("prior/logits", K), layout.add("prior/means", K, L), layout.add("prior/logVariances", K, L)
      )
    case .vamp(let K): pseudoInputs = layout.add("prior/pseudoInputs", K, inputs)
    }
  }

  /// ln of the weights `[1, K]`, means `[K, L]`, v `[K, L]` or `[1, L]`; nil for 𝒩(0, I).
  ///
  /// - Parameter encode: E_q[z] and v of a diagonal q from what the encoder sees.
  func components<Scalar: LatentScalar>(
    on tape: Tape<Scalar>,
    encode: (Variable<Scalar>) -> (mean: Variable<Scalar>, logVariance: Variable<Scalar>)
  ) -> (logWeights: Variable<Scalar>, means: Variable<Scalar>, logVariances: Variable<Scalar>)? {
    if let mixture {
      return (
        tape.parameter(mixture.logits).logSoftmax(), tape.parameter(mixture.means),
        tape.parameter(mixture.logVariances)
      )
    }
    guard let pseudoInputs else { return nil }
    let u = tape.parameter(pseudoInputs)
    let (m, v) = encode(isBounded ? u.sigmoid() : u)
    let equal = tape.constant(rows: 1, columns: u.rows) {
      $0.initialize(repeating: Scalar(-Double.log(Double(u.rows))))
    }
    return (equal, m, v)
  }

  /// ln Σ π[k] 𝒩(z | m[k], diag exp v[k]), `[B, 1]`, by matrix products:
  ///
  ///     −½ Σ (z − m)² / s² = −½ z² s⁻² + z m s⁻² − ½ m² s⁻²
  static func logMixture<Scalar: LatentScalar>(
    _ z: Variable<Scalar>,
    _ c: (logWeights: Variable<Scalar>, means: Variable<Scalar>, logVariances: Variable<Scalar>)
  ) -> Variable<Scalar> {
    let precisions = c.logVariances.scaled(by: -1).exp()
    let scaled = c.means * precisions
    let constants = (c.means * scaled + c.logVariances).sumOfColumns()
      .scaled(by: -0.5, adding: -0.5 * Double(z.columns) * logTwoPi)
    let quadratic = z.squared().multiplied(by: precisions, transposingOther: true).scaled(by: -0.5)
    let linear = z.multiplied(by: scaled, transposingOther: true)
    return (quadratic + linear + (constants.transposed() + c.logWeights)).logSumExp()
  }

  /// The first values: means standard normal, variances 1, equal weights; pseudo-inputs are rows of the data.
  ///
  /// - Parameter encoded: what the encoder sees of the rows with these indices.
  func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, rows N: Int, from stream: RandomStream,
    encoded: ([Int]) -> Matrix<Scalar>
  ) {
    if let mixture {
      parameters[mixture.logits] = Matrix(rows: 1, columns: mixture.logits.columns)
      parameters[mixture.logVariances] = Matrix(rows: mixture.means.rows, columns: latent)
      parameters[mixture.means] = InitialWeights.normal(deviation: 1).weights(
        rows: mixture.means.rows, columns: latent, from: stream.substream(mixture.means.offset)
      ).converted(to: Scalar.self)
    }
    guard let pseudoInputs else { return }
    var own = stream.substream(pseudoInputs.offset)
    let rows = encoded((0..<pseudoInputs.rows).map { _ in own.integer(below: N) })
    parameters[pseudoInputs] = Matrix(
      rows: rows.rows, columns: rows.columns,
      elements: rows.elements.map { value in
        guard isBounded else { return value }
        // Sigmoids of finite numbers: near 0 and 1, where their derivatives are not yet lost.
        let p = Swift.min(Swift.max(Double(value), 0.05), 0.95)
        return Scalar(Double.log(p / (1 - p)))
      })
  }
}
