// B sequences, T frames of the longest, D columns, U controls, L latent dimensions, K first frames

public import LatentEvidence
import LatentNetworks
public import LatentNumerics

/// A state space whose transition and emission are networks, with a network for q: the deep variational Bayes filter and the deep Kalman
/// filter.
///
///     w[1] ~ 𝒩(0, I), z[1] = f(w[1]),   z[t+1] = g(z[t], u[t], w[t]) with w[t] ~ 𝒩(0, I),   x[t] ~ p(x | z[t])
///     L = Σ E_q[ln p(x[t] | z[t])] − KL(q(w[1] | x[1…K], u[1…K−1]) ‖ 𝒩(0, I)) − Σ E_q[KL(q(w[t] | z[t], x[t+1], u[t]) ‖ 𝒩(0, I))]
///
/// q is thus drawn through the transition, whose parameters are told by every reconstruction after it. With a summary of the future, q(w[t])
/// is told x[t+1], x[t+2], … in place of one frame, and the model is a smoother.
///
/// Missing entries are left out of ln p(x | z), and the networks meet them as 0; where a whole frame is missing, the filter leaves w[t]
/// at its prior. A sequence of weight w counts as w sequences. Noise belongs to the sequence: its draws come from
/// `noise.substream(n)`, its masks from that stream's substream 0.
///
/// - Source: Karl, Soelch, Bayer & van der Smagt (2017), ICLR; Krishnan, Shalit & Sontag (2015).
public struct DeepFilter<Scalar: LatentScalar>: DifferentiableModel {
  public typealias Observations = SequenceBatch<Scalar>
  public typealias Workspace = FilterWorkspace<Scalar>

  public let configuration: DeepFilterConfiguration
  public let layout: ParameterLayout
  let likelihood: any LikelihoodHead
  let transition: any TransitionHead
  let decoder: MultilayerPerceptron
  /// q(w[1]).
  let initial: MultilayerPerceptron
  /// f.
  let start: MultilayerPerceptron
  /// The part of the recognition network's first layer that meets a frame, and the part that meets the state.
  let recognitionOfFrame: Linear
  let recognitionOfState: Linear
  /// Its other layers; nil where the first is the only one.
  let recognition: MultilayerPerceptron?
  let future: FutureSummary?

  /// - Throws: `.invalidParameter` where the configuration is none.
  public init(_ configuration: DeepFilterConfiguration) throws(InferenceError) {
    try configuration.validate()
    self.configuration = configuration
    let (L, U, K) = (configuration.latent, configuration.controls, configuration.initialFrames)
    let activation = configuration.activation
    var layout = ParameterLayout()
    likelihood = configuration.likelihood.head(columns: configuration.columns, in: &layout)
    let inputs = likelihood.inputs + U
    future = configuration.future.map { FutureSummary(inputs: inputs, width: $0, in: &layout) }
    initial = MultilayerPerceptron(
      "initial", widths: [configuration.future ?? K * inputs - U] + configuration.initial + [2 * L],
      activation: activation, in: &layout)
    start = MultilayerPerceptron(
      "start", widths: [L] + configuration.start + [L], activation: activation, in: &layout)
    switch configuration.transition {
    case .locallyLinear(let M, let mixing, let weights):
      transition = LocallyLinearTransition(
        bases: M, mixing: mixing, weights: weights, latent: L, controls: U, activation: activation,
        in: &layout)
    case .gaussian(let hidden):
      transition = GaussianTransition(
        hidden: hidden, latent: L, controls: U, activation: activation,
        logVariance: configuration.initialLogVariance, in: &layout)
    }
    let widths = configuration.recognition + [2 * L]
    let weights: InitialWeights = widths.count > 1 ? activation.initialWeights : .glorotUniform
    recognitionOfFrame = Linear(
      "recognition/frame", from: configuration.future ?? inputs, to: widths[0], initial: weights, in: &layout)
    recognitionOfState = Linear(
      "recognition/state", from: L, to: widths[0], bias: false, initial: weights, in: &layout)
    recognition =
      widths.count > 1
      ? MultilayerPerceptron("recognition", widths: widths, activation: activation, in: &layout) : nil
    decoder = MultilayerPerceptron(
      "decoder", widths: [L] + configuration.hidden + [likelihood.outputs], activation: activation,
      in: &layout)
    self.layout = layout
  }

  public func makeWorkspace() -> FilterWorkspace<Scalar> { FilterWorkspace(layout: layout) }

  /// Parameters to begin with: random weights, and where the decoder's last layer adds its bias the data's means.
  ///
  /// - Parameters:
  ///   - x: the sequences that will be fitted.
  ///   - stream: draws the weights.
  /// - Throws: what `validate(_:)` throws.
  public func initialParameters(
    for x: SequenceBatch<Scalar>, using stream: RandomStream
  ) throws(InferenceError) -> ParameterVector<Scalar> {
    try validate(x)
    var parameters = ParameterVector<Scalar>(layout)
    future?.initialize(&parameters, from: stream)
    initial.initialize(&parameters, from: stream)
    start.initialize(&parameters, from: stream)
    transition.initialize(&parameters, from: stream)
    recognitionOfFrame.initialize(&parameters, from: stream)
    recognitionOfState.initialize(&parameters, from: stream)
    recognition?.initialize(&parameters, from: stream)
    let last = recognition.map { $0.layers[$0.layers.count - 1] } ?? recognitionOfFrame
    // A variance that rises with the state, which it drives, would explode within a few frames.
    for layer in recognition == nil ? [last, recognitionOfState] : [last] {
      parameters[layer.weights] = Matrix(
        rows: layer.inputs, columns: layer.outputs,
        elements: parameters[layer.weights].elements.map { 0.1 * $0 })
    }
    parameters.setLogVarianceBias(of: last, configuration.initialLogVariance)
    decoder.initialize(&parameters, from: stream)
    if let bias = decoder.layers[decoder.layers.count - 1].bias {
      likelihood.initialize(&parameters, bias: bias, to: Rows(x.frames))
    }
    return parameters
  }

  /// Whether these sequences are data of this model. Training does not look again.
  ///
  /// - Throws: `.tooFewRows` without any; `.wrongWidth`; `.invalidParameter` for another number of controls; what the likelihood throws for a
  ///   cell that it has no density for, its row the frame among all frames.
  public func validate(_ x: SequenceBatch<Scalar>) throws(InferenceError) {
    guard x.count > 0 else { throw .tooFewRows(rows: 0, needed: 1) }
    try requireShape(x)
    try checkFrames(x, likelihood)
  }

  func requireShape(_ x: SequenceBatch<Scalar>) throws(InferenceError) {
    guard x.columns == configuration.columns else {
      throw .wrongWidth(expected: configuration.columns, actual: x.columns)
    }
    guard x.controlColumns == configuration.controls else {
      throw .invalidParameter(
        name: "number of controls", value: "\(x.controlColumns)",
        requirement: "\(configuration.controls), as the model has")
    }
  }

  func require(_ θ: ParameterVector<Scalar>) throws(InferenceError) {
    guard θ.layout == layout else {
      throw .invalidParameter(
        name: "layout of the parameters", value: "of another architecture", requirement: "that of the model")
    }
  }
}

/// The memory in which the bound of some sequences is computed: one a thread.
public final class FilterWorkspace<Scalar: LatentScalar> {
  let tape: Tape<Scalar>

  init(layout: ParameterLayout) { tape = Tape(layout: layout) }
}

@available(*, unavailable)
extension FilterWorkspace: Sendable {}

@specialized(where Scalar == Float)
@specialized(where Scalar == Double)
private func checkFrames<Scalar: LatentScalar>(
  _ x: SequenceBatch<Scalar>, _ likelihood: any LikelihoodHead
) throws(InferenceError) {
  let D = x.columns
  try x.frames.withUnsafeElements { (values) throws(InferenceError) in
    for i in 0..<x.frameCount {
      for j in 0..<D {
        let value = values[i * D + j]
        guard value != 0, !value.isNaN else { continue }
        guard let error = likelihood.requirement(of: Double(value), column: j) else { continue }
        let row = x.firstFrame + i
        throw error.moving(row: { _ in row }, column: { _ in j })
      }
    }
  }
}
