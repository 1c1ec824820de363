import CLatentKernels

/// The address of floating-point elements whose type the tape knows.
typealias Elements = UnsafeMutableRawPointer

/// One value of a step: how it was made, where it lies, and where its gradient lies.
///
/// Values are `[rows, columns]`, row-major, `stride` elements from row to row. A *view* shows part of another node's memory,
/// its *root's*; the same offset and stride find its gradient in the root's gradient. A node that is its own root is
/// contiguous if it has a gradient at all.
struct Node {
  var operation: Operation
  var rows: Int
  var columns: Int
  var stride: Int
  /// The node whose memory this one shows; its own number if it shows its own.
  var root: Int32
  var needsGradient: Bool
  var value: Elements
  /// Nil until the first consumer writes to it.
  var gradient: Elements?

  var count: Int { rows * columns }
}

/// How a node was made: its inputs are numbers of earlier nodes.
enum Operation {
  /// A constant or an input.
  case leaf
  /// A parameter at its place in the parameter buffer.
  case parameter(offset: Int)
  /// Part of another node, or all of it in another shape.
  case view
  /// The same numbers elsewhere.
  case copy(Int32)
  /// op(A) op(B) + 1 b; no bias below 0.
  case product(Int32, Int32, bias: Int32, transposingFirst: Bool, transposingSecond: Bool)
  /// A B + 1 b with A and B rounded to bfloat16: where the rounded ones lie.
  case roundedProduct(
    Int32, Int32, bias: Int32, first: UnsafeMutablePointer<UInt16>, second: UnsafePointer<UInt16>)
  /// A B + 1 b with the entries of A that are not 0.
  case sparseProduct(Int32, Int32, bias: Int32, entries: SparseEntries)
  case map(Map, Int32, Double, Double)
  case combine(Combination, Int32, Int32)
  case sumRows(Int32, scale: Double)
  case sumColumns(Int32, scale: Double)
  case logSumExp(Int32)
  case softmax(Int32)
  /// The operands with these numbers side by side, or below each other.
  case concatenateColumns(first: Int32, count: Int32)
  case concatenateRows(first: Int32, count: Int32)
  /// Every row `times` times in turn.
  case repeatRows(Int32, times: Int32)
  case transpose(Int32)
  /// A number for each row, with the partial derivatives by its operands kept beside them.
  case rowTerm(first: Int32, count: Int32)
  case lowerDiagonal(Int32)
  case lowerProduct(Int32, diagonal: Int32, noise: Int32)
  /// A row less its mean over its deviation; `inverse` holds the reciprocals of the deviations.
  case normalize(Int32, inverse: Elements)
  /// An image, a kernel and a bias; `plan` is the number of the shape.
  case convolve(Int32, Int32, bias: Int32, plan: Int32, transposed: Bool)
}

/// Elementwise functions of one variable; two numbers, a and b, belong to some.
enum Map: Int {
  case exp, log, tanh, sigmoid, softplus, relu, leakyRelu, elu, gelu, swish, sqrt, square, clamp, scale

  /// The kernels' number of the function.
  var code: Int { rawValue + LATENT_EXP }
}

/// Elementwise functions of two variables.
enum Combination: Int {
  case add, subtract, multiply, divide

  var code: Int { rawValue + LATENT_ADD }
}

/// An input of an operation with any number of them.
struct Operand {
  var node: Int32
  /// Partial derivatives of a row term: `[rows, columns of the operand]`, contiguous; nil where none are needed.
  var partial: Elements?
}
