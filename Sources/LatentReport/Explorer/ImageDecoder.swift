public import LatentNumerics

// J latent dimensions, D pixels of an image, C choices of a condition.

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

  /// Conditions of which one is given to a network: each changes no more than the bias of the first layer.
  public struct Choices: Sendable {
    /// What is chosen, such as `digit`.
    public var title: String
    /// The conditions by name.
    public var names: [String]
    /// b of the first layer under each condition, `[C, outputs]`.
    public var biases: Matrix<Float>

    /// - Parameters:
    ///   - title: what is chosen.
    ///   - names: the conditions, C of them.
    ///   - biases: those of the first layer, `[C, outputs]`.
    /// - Precondition: there is a condition, and each has its biases.
    public init<Scalar: LatentScalar>(_ title: String, names: [String], biases: Matrix<Scalar>) {
      precondition(!names.isEmpty && biases.rows == names.count, "each condition has biases")
      self.title = title
      self.names = names
      self.biases = biases.converted(to: Float.self)
    }
  }

  package enum Content: Sendable {
    case layers([Layer])
    case grid(Matrix<Float>, columns: Int, x: ClosedRange<Double>, y: ClosedRange<Double>)
  }

  package var content: Content
  /// The conditions that can be chosen; `nil` where nothing is given.
  public private(set) var choices: Choices?
  /// J.
  public let dimensions: Int
  /// D.
  public let pixels: Int

  /// A network of dense layers, from z `[J]` to the means of an image `[D]`.
  ///
  /// The page holds the weights in 16 bits each, by matrix: w ≈ s·q with |q| ≤ 32767, so an error of at most s/2.
  ///
  /// - Parameters:
  ///   - layers: from z to the image.
  ///   - choices: conditions of which one is given, the first to begin with; their biases stand in the place of the first layer's own.
  /// - Precondition: there is a layer, each takes what the one before gives, and choices have as many biases as the first has outputs.
  public static func network(_ layers: [Layer], choices: Choices? = nil) -> ImageDecoder {
    guard let first = layers.first, let last = layers.last else {
      preconditionFailure("a network has a layer")
    }
    precondition(
      zip(layers, layers.dropFirst()).allSatisfy { $0.weights.columns == $1.weights.rows },
      "each layer takes what the one before gives")
    precondition(
      (choices?.biases.columns ?? first.bias.count) == first.bias.count,
      "a condition has a bias for each output")
    return ImageDecoder(
      content: .layers(layers), choices: choices, dimensions: first.weights.rows, pixels: last.weights.columns
    )
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
