// D columns, L latent dimensions, H the width of the encoder's last hidden layer

public import LatentEvidence
public import LatentNetworks
public import LatentNumerics

/// A variational auto-encoder: p(z) simple, p(x | z) a family whose parameters a network gives, and q(z | x) a family whose
/// parameters another network gives, so that a posterior costs one evaluation in place of an optimisation of its own.
///
///     L = E_q[ln p(x | z)] − KL(q(z | x) ‖ p(z))  ≤  ln p(x),     z = z(ε, x) with ε drawn apart from all parameters
///
/// The parameters are those of both networks, and gradient ascent climbs L by both at once. Rows are those of `Rows`: a missing
/// cell is left out of ln p(x | z), so that L bounds the density of the cells that are observed, and the encoder meets it
/// as 0. A row of weight w counts as w rows.
///
/// Noise belongs to the row: z is drawn from `noise.substream(i)`, fresh binary cells from that stream's substream 0.
///
/// - Source: Kingma & Welling (2014), ICLR; Rezende, Mohamed & Wierstra (2014), ICML.
public struct VariationalAutoencoder<Scalar: LatentScalar>: DifferentiableModel {
  public typealias Observations = Rows<Scalar>
  public typealias Workspace = AutoencoderWorkspace<Scalar>

  public let configuration: AutoencoderConfiguration
  public let layout: ParameterLayout
  /// Whether training takes products with parameters in bfloat16 (`Float` only). Results are always computed in full.
  public let readsRoundedParameters: Bool
  let hidden: MultilayerPerceptron?
  let posterior: any PosteriorHead
  let decoder: MultilayerPerceptron
  let likelihood: any LikelihoodHead
  let prior: PriorHead
  let second: SecondLayer?
  /// Where the weights lie that have a prior, if any have.
  let priorRanges: [Range<Int>]
  /// The encoder's convolutions, and the decoder's, which mirror them.
  let convolutions: [Convolution]
  let enlarging: [TransposedConvolution]
  /// What a convolutional decoder adds to each cell.
  let cellBias: ParameterReference?
  /// The modelled columns, where some are given; nil for all.
  let dataColumns: [Int]?

  /// - Throws: `.invalidParameter` where the configuration is none.
  public init(
    _ configuration: AutoencoderConfiguration, roundingParameters: Bool = false
  ) throws(InferenceError) {
    try configuration.validate()
    guard !roundingParameters || Scalar.self == Float.self else {
      throw .invalidParameter(
        name: "precision", value: "bfloat16 products of doubles", requirement: "single precision")
    }
    self.configuration = configuration
    readsRoundedParameters = roundingParameters
    let L = configuration.latent
    var layout = ParameterLayout()
    let given = configuration.condition.count
    dataColumns = given == 0 ? nil : configuration.dataColumns
    likelihood = configuration.likelihood.head(columns: configuration.columns - given, in: &layout)
    let shapes = configuration.convolution?.shapes ?? []
    let weights = configuration.activation.initialWeights
    convolutions = shapes.enumerated().map { i, shape in
      Convolution("encoder/convolution\(i)", shape, initial: weights, in: &layout)
    }
    let inputs = (shapes.last?.small.count ?? likelihood.inputs) + given
    hidden =
      configuration.hidden.isEmpty
      ? nil
      : MultilayerPerceptron(
        "encoder", widths: [inputs] + configuration.hidden, activation: configuration.activation,
        activatesOutput: true, in: &layout)
    posterior = configuration.posterior.head(
      latent: L, steps: configuration.flowSteps, from: configuration.hidden.last ?? inputs, in: &layout)
    decoder = MultilayerPerceptron(
      "decoder",
      widths: [L + given] + configuration.decoderWidths + [shapes.last?.small.count ?? likelihood.outputs],
      activation: configuration.activation, activatesOutput: !shapes.isEmpty, in: &layout)
    enlarging = shapes.enumerated().reversed().map { i, shape in
      TransposedConvolution(
        "decoder/convolution\(i)", shape, initial: i > 0 ? weights : .glorotUniform, in: &layout)
    }
    cellBias = shapes.isEmpty ? nil : layout.add("decoder/cells", likelihood.outputs)
    prior = PriorHead(
      configuration.prior, latent: configuration.secondLayer?.latent ?? L, inputs: likelihood.inputs,
      likelihood: configuration.likelihood,
      in: &layout)
    second = configuration.secondLayer.map { SecondLayer($0, of: configuration, in: &layout) }
    self.layout = layout
    priorRanges = configuration.weightPrior == nil ? [] : Self.priorRanges(in: layout)
  }

  public func makeWorkspace() -> AutoencoderWorkspace<Scalar> { AutoencoderWorkspace(layout: layout) }

  /// None under a prior of the weights, whose gradient is added to theirs.
  public func factors(in workspace: AutoencoderWorkspace<Scalar>) -> Tape<Scalar>? {
    configuration.weightPrior == nil ? workspace.tape : nil
  }

  /// Parameters to begin with: random weights, and where the decoder's last layer adds its bias the data's means.
  ///
  /// - Parameters:
  ///   - x: the rows that will be fitted.
  ///   - stream: draws the weights.
  /// - Throws: what `validate(_:)` throws; `.noVariation`, or `.invalidParameter` with the column, where variances that are learned have
  ///   no maximum as the data do not vary.
  public func initialParameters(
    for x: Rows<Scalar>, using stream: RandomStream
  ) throws(InferenceError) -> ParameterVector<Scalar> {
    try validate(x)
    let data =
      dataColumns.map { columns in
        Rows(x.values.selecting(columns: columns), weights: x.weights?.elements)
      } ?? x
    try requireVariation(of: data)
    var parameters = ParameterVector<Scalar>(layout)
    for layer in convolutions { layer.initialize(&parameters, from: stream) }
    hidden?.initialize(&parameters, from: stream)
    posterior.initialize(&parameters, from: stream)
    decoder.initialize(&parameters, from: stream)
    for layer in enlarging { layer.initialize(&parameters, from: stream) }
    if let bias = cellBias ?? decoder.layers[decoder.layers.count - 1].bias {
      likelihood.initialize(&parameters, bias: bias, to: data)
    }
    prior.initialize(&parameters, rows: x.rows, from: stream) { rows in
      encoderInputs(of: x.values.selecting(rows: rows))
    }
    second?.initialize(&parameters, from: stream)
    return parameters
  }

  /// Refuses to learn a variance that the bound would raise without end: a decoder meets a column that does not vary exactly.
  ///
  /// - Parameter data: the modelled columns.
  private func requireVariation(of data: Rows<Scalar>) throws(InferenceError) {
    guard case .gaussian(let variance) = configuration.likelihood else { return }
    if case .fixed = variance { return }
    let variances = CellMoments(data).variances
    if variance == .shared {
      guard variances.contains(where: { $0 > 0 }) else { throw .noVariation }
    } else if let flat = variances.firstIndex(where: { !($0 > 0) }) {
      throw .invalidParameter(
        name: "learned variance of column \((dataColumns?[flat] ?? flat) + 1)", value: "0",
        requirement:
          "positive, but the column does not vary: leave it out, or have one variance for all columns, or a fixed one"
      )
    }
  }

  /// Whether these rows are data of this model. Training does not look again.
  ///
  /// - Throws: `.tooFewRows` without any; `.wrongWidth`; `.notBinary`, `.notFinite`, `.unsuitable` for a cell that the
  ///   likelihood has no density for, rows and columns as in the source.
  public func validate(_ x: Rows<Scalar>) throws(InferenceError) {
    guard x.rows > 0 else { throw .tooFewRows(rows: 0, needed: 1) }
    try requireWidth(x)
    try checkCells(x, likelihood, configuration.binarization, given: configuration.condition)
  }

  func requireWidth(_ x: Rows<Scalar>) throws(InferenceError) {
    guard x.columns == configuration.columns else {
      throw .wrongWidth(expected: configuration.columns, actual: x.columns)
    }
  }

  func require(_ θ: ParameterVector<Scalar>) throws(InferenceError) {
    guard θ.layout == layout else {
      throw .invalidParameter(
        name: "layout of the parameters", value: "of another architecture", requirement: "that of the model")
    }
  }
}

extension AutoencoderPosterior {
  /// The family, its parameters declared.
  ///
  /// - Parameters:
  ///   - name: what the names of the parameters begin with.
  ///   - steps: the maps of a planar flow.
  package func head(
    _ name: String = "encoder", latent L: Int, steps: Int, from inputs: Int, in layout: inout ParameterLayout
  ) -> any PosteriorHead {
    switch self {
    case .diagonal: DiagonalPosterior(name, latent: L, from: inputs, constantVariance: false, in: &layout)
    case .constantDiagonal:
      DiagonalPosterior(name, latent: L, from: inputs, constantVariance: true, in: &layout)
    case .full: FullPosterior(name, latent: L, from: inputs, in: &layout)
    case .rankOne: RankOnePosterior(name, latent: L, from: inputs, in: &layout)
    case .planar: PlanarPosterior(name, latent: L, steps: steps, from: inputs, in: &layout)
    case .point: PointPosterior(name, latent: L, from: inputs, in: &layout)
    }
  }
}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func checkCells<Scalar: LatentScalar>(
  _ x: Rows<Scalar>, _ likelihood: any LikelihoodHead, _ binarization: AutoencoderBinarization,
  given condition: [Int]
) throws(InferenceError) {
  let D = x.columns
  // The number of a column among those that are modelled; −1 for one that is given.
  var number = 0
  let numbers = (0..<D).map { j in
    if condition.contains(j) { return -1 }
    number += 1
    return number - 1
  }
  try x.values.withUnsafeElements { (values) throws(InferenceError) in
    for i in 0..<x.rows {
      for j in 0..<D {
        let value = values[i * D + j]
        // Most cells are 0 in images, and no likelihood that these are data of refuses a 0 or a missing cell.
        guard value != 0, !value.isNaN else { continue }
        let row = x.sourceIndex(of: i)
        if numbers[j] < 0 {
          guard value.isFinite else { throw .notFinite(quantity: "value", row: row) }
        } else if binarization == .stochastic {
          guard value >= 0, value <= 1 else {
            throw .unsuitable(
              row: row, column: j, value: Double(value), requirement: "a probability, between 0 and 1")
          }
        } else if let error = likelihood.requirement(of: Double(value), column: numbers[j]) {
          throw error.moving(row: { _ in row }, column: { _ in j })
        }
      }
    }
  }
}
