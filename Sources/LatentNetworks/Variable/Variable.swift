public import LatentNumerics

/// A value on a tape, `[rows, columns]`: what an operation gave, and what its gradient will be taken by.
///
/// Belongs to the step in which it was made: after the next `Tape.begin` it stands for something else, a programmer's
/// mistake that is not detected.
public struct Variable<Scalar: LatentScalar> {
  let engine: TapeEngine
  let node: Int32
  public let rows: Int
  public let columns: Int

  @inline(__always)
  init(_ engine: TapeEngine, _ node: Int32) {
    self.engine = engine
    self.node = node
    let place = engine.nodes.base + Int(node)
    rows = place.pointee.rows
    columns = place.pointee.columns
  }

  /// The number of elements.
  public var count: Int { rows * columns }

  /// Whether derivatives by this variable are recorded.
  public var needsGradient: Bool { engine.needsGradient(node) }

  /// The elements, row-major, `stride` from row to row; they stay in place until the next step begins.
  public var elements: UnsafePointer<Scalar> {
    UnsafePointer(engine.node(node).value.assumingMemoryBound(to: Scalar.self))
  }

  /// The elements from one row to the next.
  public var stride: Int { engine.node(node).stride }

  /// One element.
  public subscript(row: Int, column: Int) -> Scalar {
    precondition(row >= 0 && row < rows && column >= 0 && column < columns, "index out of range")
    return elements[row * stride + column]
  }

  /// A copy of the elements.
  public var value: Matrix<Scalar> { matrix(elements, stride) }

  /// A copy of the gradient after `backward`; zero where the result does not depend on this variable.
  ///
  /// Kept for what `Tape.variable` and `Tape.parameter` made; memory of other variables' gradients is used again by
  /// the operations before them.
  ///
  /// - Precondition: it was not left as factors (``Tape/keepFactors()``).
  public var gradient: Matrix<Scalar> {
    let place = engine.node(node)
    let root = engine.node(place.root)
    precondition(!engine.isFactored(place.root), "this gradient was left as factors")
    guard let gradient = root.gradient else { return Matrix(rows: rows, columns: columns) }
    let shown = gradient + (place.value - root.value)
    return matrix(UnsafePointer(shown.assumingMemoryBound(to: Scalar.self)), place.stride)
  }

  private func matrix(_ source: UnsafePointer<Scalar>, _ stride: Int) -> Matrix<Scalar> {
    Matrix(rows: rows, columns: columns) { target in
      for i in 0..<rows {
        for j in 0..<columns { target.initializeElement(at: i * columns + j, to: source[i * stride + j]) }
      }
    }
  }
}

@available(*, unavailable)
extension Variable: Sendable {}
