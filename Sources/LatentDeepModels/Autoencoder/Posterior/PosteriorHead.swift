// B rows, S draws for each, L latent dimensions; rows of a variable [B S, ·] belong to the draws of row 0, then of row 1, …

package import LatentEvidence
package import LatentNetworks
package import LatentNumerics

/// A family of q(z | x) that a linear layer gives the parameters of.
package protocol PosteriorHead: Sendable {
  /// L.
  var latent: Int { get }
  /// The layer, from the encoder's last hidden layer.
  var layer: Linear { get }
  /// How wide its outputs are, part by part, and how the weights of each start.
  var parts: [PosteriorPart] { get }

  /// S draws for each row.
  ///
  /// - Parameters:
  ///   - q: what the layer gave, `[B, Σ parts]`.
  ///   - ε: standard normal, `[B S, L]`.
  ///   - withDensity: whether ln q(z | x) is wanted.
  func draw<Scalar: LatentScalar>(
    _ q: Variable<Scalar>, _ ε: Variable<Scalar>, times S: Int, withDensity: Bool
  ) -> LatentDraw<Scalar>

  /// KL(q ‖ 𝒩(0, I)), `[B, 1]`; nil where it has no closed form.
  func divergence<Scalar: LatentScalar>(_ q: Variable<Scalar>) -> Variable<Scalar>?

  /// The divergences of the dimensions, `[B, L]`, where they add up to that of q; else nil.
  func dimensionDivergences<Scalar: LatentScalar>(_ q: Variable<Scalar>) -> Variable<Scalar>?

  /// ln q(z | x) at draws, with derivatives by z and none by the parameters of q, `[B S, 1]`; nil for a point.
  ///
  /// - Parameters:
  ///   - z: what `draw` made of ε, or a variable of the same elements.
  ///   - ε: standard normal, `[B S, L]`.
  ///   - density: ln q(z | x) as `draw` gave it.
  func pathDensity<Scalar: LatentScalar>(
    _ q: Variable<Scalar>, at z: Variable<Scalar>, from ε: Variable<Scalar>, density: Variable<Scalar>,
    times S: Int, on tape: Tape<Scalar>
  ) -> Variable<Scalar>?

  /// E_q[z] and the variances of its dimensions, `[B, L]` each (the variances may have one row); nil where they have no closed
  /// form.
  func moments<Scalar: LatentScalar>(
    _ q: Variable<Scalar>
  ) -> (means: Variable<Scalar>, variances: Variable<Scalar>)?

  /// Writes the first values of parameters beside the layer's.
  func initializeOthers<Scalar: LatentScalar>(_ parameters: inout ParameterVector<Scalar>)
}

/// Some of a layer's outputs.
package struct PosteriorPart: Sendable {
  package let width: Int
  package var initial = InitialWeights.glorotUniform
}

/// Draws from q.
package struct LatentDraw<Scalar: LatentScalar> {
  /// `[B S, L]`.
  package let z: Variable<Scalar>
  /// ln q(z | x) with all its derivatives, `[B S, 1]`; nil where it was not asked for.
  package let logDensity: Variable<Scalar>?
}

extension PosteriorHead {
  package func dimensionDivergences<Scalar: LatentScalar>(_ q: Variable<Scalar>) -> Variable<Scalar>? { nil }

  package func pathDensity<Scalar: LatentScalar>(
    _ q: Variable<Scalar>, at z: Variable<Scalar>, from ε: Variable<Scalar>, density: Variable<Scalar>,
    times S: Int, on tape: Tape<Scalar>
  ) -> Variable<Scalar>? { nil }

  package func initializeOthers<Scalar: LatentScalar>(_ parameters: inout ParameterVector<Scalar>) {}

  /// Each part starts as a layer of its own would.
  package func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, from stream: RandomStream
  ) {
    var weights = Matrix<Double>(rows: layer.inputs, columns: layer.outputs)
    let stream = stream.substream(layer.weights.offset)
    var column = 0
    for (i, part) in parts.enumerated() {
      let some = part.initial.weights(rows: layer.inputs, columns: part.width, from: stream.substream(i))
      for row in 0..<some.rows {
        for j in 0..<part.width { weights[row, column + j] = some[row, j] }
      }
      column += part.width
    }
    parameters[layer.weights] = weights.converted(to: Scalar.self)
    initializeOthers(&parameters)
  }

  package static func layer(
    _ name: String, _ parts: [PosteriorPart], from inputs: Int, in layout: inout ParameterLayout
  ) -> Linear {
    Linear("\(name)/posterior", from: inputs, to: parts.reduce(0) { $0 + $1.width }, in: &layout)
  }
}

extension Variable {
  /// Every row S times in turn; a single row, which serves for all, as it is.
  func spread(_ S: Int) -> Self { S == 1 || rows == 1 ? self : repeatingRows(S) }

  /// A density at z = `self` by its value and its gradient by z, which are constants: what it is worth elsewhere is not told.
  func density(_ value: Self, gradient: Self) -> Self {
    value.detached() + ((self - detached()) * gradient).sumOfColumns()
  }

  /// ln 𝒩(z | 0, I), `[rows, 1]`.
  func logStandardNormal(on tape: Tape<Scalar>) -> Self {
    let zero = tape.constant(rows: 1, columns: columns) { $0.initialize(repeating: 0) }
    return logGaussian(mean: zero, logVariance: tape.constant(0))
  }
}
