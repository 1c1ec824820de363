public import LatentNumerics

// J latent dimensions, D pixels of an image.

/// What makes an image of a point of the latent space, inside a page.
public struct ImageDecoder: Sendable {
  /// Applied to each output of a layer.
  public enum Activation: String, Sendable, CaseIterable {
    case identity
    case tanh
    case sigmoid
    case relu
    /// Slope 0.01 below zero.
    case leakyRelu = "leaky-relu"
    case elu
    /// In its tanh form.
    case gelu
    case swish
    case softplus
  }

  /// y = a(x W + b).
  public struct Layer: Sendable {
    /// W, `[inputs, outputs]`.
    public var weights: Matrix<Float>
    /// b, `[outputs]`.
    public var bias: [Float]
    public var activation: Activation

    /// - Precondition: a bias for each output.
    public init<Scalar: LatentScalar>(weights: Matrix<Scalar>, bias: [Scalar], activation: Activation) {
      precondition(weights.columns == bias.count, "each output has a bias")
      self.weights = weights.converted(to: Float.self)
      self.bias = bias.map { Float($0) }
      self.activation = activation
    }
  }

  package enum Content: Sendable {
    case layers([Layer])
    case grid(Matrix<Float>, columns: Int, x: ClosedRange<Double>, y: ClosedRange<Double>)
  }

  package var content: Content
  /// J.
  public let dimensions: Int
  /// D.
  public let pixels: Int

  /// A network of dense layers, from z `[J]` to the means of an image `[D]`.
  ///
  /// The page holds the weights in 16 bits each, by matrix: w ≈ s·q with |q| ≤ 32767, so an error of at most s/2.
  ///
  /// - Precondition: there is a layer, and each takes what the one before gives.
  public static func network(_ layers: [Layer]) -> ImageDecoder {
    guard let first = layers.first, let last = layers.last else {
      preconditionFailure("a network has a layer")
    }
    precondition(
      zip(layers, layers.dropFirst()).allSatisfy { $0.weights.columns == $1.weights.rows },
      "each layer takes what the one before gives")
    return ImageDecoder(
      content: .layers(layers), dimensions: first.weights.rows, pixels: last.weights.columns)
  }

  /// Images decoded beforehand on a grid of the plane, with what lies between blended from the nearest four.
  ///
  /// For decoders that are no dense layers.
  ///
  /// - Parameters:
  ///   - images: `[rows·columns, D]`, line by line from the upper left: x grows to the right, y upwards.
  ///   - columns: of the grid, at least 2, as are its rows.
  ///   - x: the ends of the grid.
  ///   - y: the ends of the grid.
  public static func grid<Scalar: LatentScalar>(
    _ images: Matrix<Scalar>, columns: Int, x: ClosedRange<Double>, y: ClosedRange<Double>
  ) -> ImageDecoder {
    precondition(
      columns > 1 && images.rows % columns == 0 && images.rows / columns > 1, "no grid of images")
    precondition(x.lowerBound < x.upperBound && y.lowerBound < y.upperBound, "the plane has an area")
    return ImageDecoder(
      content: .grid(images.converted(to: Float.self), columns: columns, x: x, y: y), dimensions: 2,
      pixels: images.columns)
  }
}
