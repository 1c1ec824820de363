public import LatentEvidence
public import LatentNumerics

/// A map of rows with parameters: a value that knows where they lie.
///
/// A layer declares its parameters in a layout when it is made, is applied on a tape, and says how they start. The same
/// layer may be applied any number of times in a step.
public protocol Layer: Sendable, Hashable {
  /// Each row through the layer.
  func callAsFunction<Scalar: LatentScalar>(_ x: Variable<Scalar>) -> Variable<Scalar>

  /// Writes the first values of this layer's parameters.
  ///
  /// - Parameters:
  ///   - parameters: those of the model, of which this layer's are written.
  ///   - stream: every parameter draws from the substream of its place, so layers may share the stream.
  func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, from stream: RandomStream)
}

/// An elementwise function between layers.
public enum Activation: String, Sendable, Hashable, Codable, CaseIterable {
  case identity, tanh, sigmoid, relu, leakyRelu = "leaky-relu", elu, gelu, swish, softplus
}

extension Variable {
  /// This activation of each element.
  public func activated(by activation: Activation) -> Self {
    switch activation {
    case .identity: self
    case .tanh: tanh()
    case .sigmoid: sigmoid()
    case .relu: relu()
    case .leakyRelu: leakyRelu()
    case .elu: elu()
    case .gelu: gelu()
    case .swish: swish()
    case .softplus: softplus()
    }
  }
}

extension Activation {
  /// What suits layers before this activation: He where half the numbers are cut off, Glorot elsewhere.
  public var initialWeights: InitialWeights {
    switch self {
    case .relu, .leakyRelu, .elu, .gelu, .swish: .heNormal
    case .identity, .tanh, .sigmoid, .softplus: .glorotUniform
    }
  }
}
