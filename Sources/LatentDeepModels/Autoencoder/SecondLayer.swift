// B rows, S draws for each, L latent dimensions of the first layer, L₂ of the second; v = ln s²

import LatentEvidence
import LatentNetworks
import LatentNumerics

/// The networks of a second layer: q(z₂ | z₁), and p(z₁ | z₂) = 𝒩(m(z₂), diag exp v(z₂)).
struct SecondLayer: Sendable {
  let latent: Int
  private let first: Int
  private let hidden: MultilayerPerceptron?
  let posterior: any PosteriorHead
  private let decoder: MultilayerPerceptron

  init(
    _ layer: AutoencoderSecondLayer, of model: AutoencoderConfiguration, in layout: inout ParameterLayout
  ) {
    (latent, first) = (layer.latent, model.latent)
    hidden =
      layer.hidden.isEmpty
      ? nil
      : MultilayerPerceptron(
        "encoder2", widths: [model.latent] + layer.hidden, activation: model.activation,
        activatesOutput: true, in: &layout)
    posterior = model.posterior.head(
      "encoder2", latent: layer.latent, steps: model.flowSteps, from: layer.hidden.last ?? model.latent,
      in: &layout)
    decoder = MultilayerPerceptron(
      "decoder2", widths: [layer.latent] + layer.decoderWidths + [2 * model.latent],
      activation: model.activation, in: &layout)
  }

  /// The parameters of q(z₂ | z₁).
  func encode<Scalar>(_ z: Variable<Scalar>) -> Variable<Scalar> {
    posterior.layer(hidden.map { $0(z) } ?? z)
  }

  /// m and v of p(z₁ | z₂).
  func decode<Scalar>(_ z: Variable<Scalar>) -> (mean: Variable<Scalar>, logVariance: Variable<Scalar>) {
    let y = decoder(z)
    return (y.columns(0..<first), y.columns(first..<2 * first))
  }

  func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, from stream: RandomStream
  ) {
    hidden?.initialize(&parameters, from: stream)
    posterior.initialize(&parameters, from: stream)
    decoder.initialize(&parameters, from: stream)
  }
}

/// Draws of the latent variables of all layers, on a tape.
struct LatentDraws<Scalar: LatentScalar> {
  /// The layer next to the data, `[B S, L]`.
  let first: Variable<Scalar>
  /// The layer behind it, `[B S, L₂]`.
  let second: Variable<Scalar>?
  /// ln q(z | x) − ln p(z) of all layers, `[B S, 1]`; nil where it was not asked for.
  let divergence: Variable<Scalar>?
  /// What the layers add to it, where there are two.
  var layers: LayerDivergences<Scalar>?
}

/// ln q(z | ·) − ln p(z | ·) of two layers, `[B S, 1]` each.
struct LayerDivergences<Scalar: LatentScalar> {
  let first: Variable<Scalar>
  let second: Variable<Scalar>
}

extension VariationalAutoencoder {
  /// S draws of all layers for each row.
  ///
  /// - Parameters:
  ///   - q: what the encoder gave.
  ///   - ε: standard normal, `[B S, latent dimensions of all layers]`.
  func latents(
    _ q: Variable<Scalar>, _ ε: Variable<Scalar>, times S: Int, withDivergences: Bool, on tape: Tape<Scalar>
  ) -> LatentDraws<Scalar> {
    guard let second else {
      let draw = posterior.draw(q, ε, times: S, withDensity: withDivergences)
      return LatentDraws(
        first: draw.z, second: nil, divergence: draw.logDensity.map { $0 - logPrior(draw.z, on: tape) })
    }
    let L = configuration.latent
    let first = posterior.draw(q, ε.columns(0..<L), times: S, withDensity: withDivergences)
    let behind = second.posterior.draw(
      second.encode(first.z), ε.columns(L..<ε.columns), times: 1, withDensity: withDivergences)
    guard withDivergences else { return LatentDraws(first: first.z, second: behind.z, divergence: nil) }
    let (m, v) = second.decode(behind.z)
    let layers = LayerDivergences(
      first: first.logDensity! - first.z.logGaussian(mean: m, logVariance: v),
      second: behind.logDensity! - logPrior(behind.z, on: tape))
    return LatentDraws(
      first: first.z, second: behind.z, divergence: layers.first + layers.second, layers: layers)
  }

  /// Standard normal numbers for S draws of all layers of each row.
  func noise(
    rows: ArraySlice<Int>, times S: Int = 1, from stream: RandomStream, on tape: Tape<Scalar>
  ) -> Variable<Scalar> {
    tape.normal(rows: rows, times: S, columns: configuration.latentDimensions, noise: stream)
  }
}
