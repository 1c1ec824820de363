public import LatentEvidence
public import LatentNumerics

/// x W + 1 b for rows x.
public struct Linear: Layer {
  /// W, `[inputs, outputs]`.
  public let weights: ParameterReference
  /// b, `[1, outputs]`.
  public let bias: ParameterReference?
  public let initial: InitialWeights

  public var inputs: Int { weights.rows }
  public var outputs: Int { weights.columns }

  /// Declares `name/weights` and `name/bias`.
  public init(
    _ name: String, from inputs: Int, to outputs: Int, bias: Bool = true,
    initial: InitialWeights = .glorotUniform, in layout: inout ParameterLayout
  ) {
    precondition(inputs > 0 && outputs > 0, "a layer has inputs and outputs")
    weights = layout.add("\(name)/weights", inputs, outputs)
    self.bias = bias ? layout.add("\(name)/bias", outputs) : nil
    self.initial = initial
  }

  public func callAsFunction<Scalar: LatentScalar>(_ x: Variable<Scalar>) -> Variable<Scalar> {
    x.linear(weights, bias)
  }

  /// The weights as `initial` says, the bias 0.
  public func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, from stream: RandomStream
  ) {
    parameters[weights] = initial.weights(
      rows: inputs, columns: outputs, from: stream.substream(weights.offset)
    ).converted(to: Scalar.self)
    if let bias { parameters[bias] = Matrix(rows: 1, columns: outputs) }
  }
}

/// Linear layers with an activation after each but the last.
public struct MultilayerPerceptron: Layer {
  public let layers: [Linear]
  public let activation: Activation
  /// Whether the last layer has the activation too.
  public let activatesOutput: Bool

  public var inputs: Int { layers[0].inputs }
  public var outputs: Int { layers[layers.count - 1].outputs }

  /// Declares `name/0`, `name/1`, ….
  ///
  /// - Parameters:
  ///   - name: the beginning of the parameters' names.
  ///   - widths: inputs, hidden layers, outputs: at least two numbers.
  ///   - activation: after each layer but the last.
  ///   - activatesOutput: whether the last layer has it too.
  ///   - initial: the first weights; what suits the activation unless told.
  ///   - layout: where the parameters are declared.
  public init(
    _ name: String, widths: [Int], activation: Activation, activatesOutput: Bool = false,
    initial: InitialWeights? = nil, in layout: inout ParameterLayout
  ) {
    precondition(widths.count > 1, "a perceptron has inputs and outputs")
    layers = zip(widths, widths.dropFirst()).enumerated().map { i, pair in
      let isActivated = activatesOutput || i < widths.count - 2
      return Linear(
        "\(name)/\(i)", from: pair.0, to: pair.1,
        initial: initial ?? (isActivated ? activation.initialWeights : .glorotUniform), in: &layout)
    }
    self.activation = activation
    self.activatesOutput = activatesOutput
  }

  public func callAsFunction<Scalar: LatentScalar>(_ x: Variable<Scalar>) -> Variable<Scalar> {
    var y = x
    for i in layers.indices {
      y = layers[i](y)
      if activatesOutput || i < layers.count - 1 { y = y.activated(by: activation) }
    }
    return y
  }

  public func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, from stream: RandomStream
  ) {
    for layer in layers { layer.initialize(&parameters, from: stream) }
  }
}
