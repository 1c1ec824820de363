public import LatentEvidence
public import LatentNumerics

/// A convolution of images with a kernel and a bias for each channel.
public struct Convolution: Layer {
  public let shape: ConvolutionShape
  /// `[small channels, kernel height · width · large channels]`.
  public let kernel: ParameterReference
  /// `[1, small channels]`.
  public let bias: ParameterReference
  public let initial: InitialWeights

  /// The images that leave the layer.
  public var output: FeatureShape { shape.small }

  /// Declares `name/kernel` and `name/bias`.
  public init(
    _ name: String, _ shape: ConvolutionShape, initial: InitialWeights = .heNormal,
    in layout: inout ParameterLayout
  ) {
    self.shape = shape
    self.initial = initial
    kernel = layout.add(
      "\(name)/kernel", shape.small.channels, shape.kernelHeight, shape.kernelWidth, shape.large.channels)
    bias = layout.add("\(name)/bias", shape.small.channels)
  }

  public func callAsFunction<Scalar: LatentScalar>(_ x: Variable<Scalar>) -> Variable<Scalar> {
    x.convolved(shape, x.parameter(kernel), x.parameter(bias))
  }

  public func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, from stream: RandomStream
  ) {
    let area = shape.kernelHeight * shape.kernelWidth
    parameters[kernel] = initial.weights(
      rows: kernel.rows, columns: kernel.columns, fanIn: area * shape.large.channels,
      fanOut: area * shape.small.channels, from: stream.substream(kernel.offset)
    ).converted(to: Scalar.self)
    parameters[bias] = Matrix(rows: 1, columns: bias.columns)
  }
}

/// A transposed convolution, from small images to large ones.
public struct TransposedConvolution: Layer {
  public let shape: ConvolutionShape
  /// `[small channels, kernel height · width · large channels]`.
  public let kernel: ParameterReference
  /// `[1, large channels]`.
  public let bias: ParameterReference
  public let initial: InitialWeights

  /// The images that leave the layer.
  public var output: FeatureShape { shape.large }

  /// Declares `name/kernel` and `name/bias`.
  public init(
    _ name: String, _ shape: ConvolutionShape, initial: InitialWeights = .heNormal,
    in layout: inout ParameterLayout
  ) {
    self.shape = shape
    self.initial = initial
    kernel = layout.add(
      "\(name)/kernel", shape.small.channels, shape.kernelHeight, shape.kernelWidth, shape.large.channels)
    bias = layout.add("\(name)/bias", shape.large.channels)
  }

  public func callAsFunction<Scalar: LatentScalar>(_ x: Variable<Scalar>) -> Variable<Scalar> {
    x.transposedConvolved(shape, x.parameter(kernel), x.parameter(bias))
  }

  /// With stride s a large pixel is reached from 1 / s² of the kernel's places.
  public func initialize<Scalar: LatentScalar>(
    _ parameters: inout ParameterVector<Scalar>, from stream: RandomStream
  ) {
    let area = shape.kernelHeight * shape.kernelWidth
    let reached = Swift.max(1, area / (shape.stride * shape.stride))
    parameters[kernel] = initial.weights(
      rows: kernel.rows, columns: kernel.columns, fanIn: reached * shape.small.channels,
      fanOut: area * shape.large.channels, from: stream.substream(kernel.offset)
    ).converted(to: Scalar.self)
    parameters[bias] = Matrix(rows: 1, columns: bias.columns)
  }
}
