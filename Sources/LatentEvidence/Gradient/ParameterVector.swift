public import LatentNumerics

/// All parameters of a model in one flat buffer on a 64-byte boundary; or, of the same layout, their gradient.
///
/// A value: copies share memory until one of them is written.
public struct ParameterVector<Scalar: LatentScalar>: Sendable, Equatable {
  public let layout: ParameterLayout
  /// `[1, count]`.
  private var values: Matrix<Scalar>

  /// All 0.
  public init(_ layout: ParameterLayout) {
    self.layout = layout
    values = Matrix(rows: 1, columns: layout.count)
  }

  /// The elements of the buffer, with those between two tensors.
  public var count: Int { values.columns }

  /// Reads the buffer.
  public func withUnsafeElements<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result { try values.withUnsafeElements(body) }

  /// Reads and writes the buffer. What lies between two tensors must stay 0.
  public mutating func withUnsafeMutableElements<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result { try values.withUnsafeMutableElements(body) }

  /// A tensor as a matrix, copied.
  ///
  /// - Precondition: what is written has the shape of the place.
  public subscript(place: ParameterReference) -> Matrix<Scalar> {
    get {
      withUnsafeElements { Matrix(rows: place.rows, columns: place.columns, elements: $0[place.range]) }
    }
    set {
      precondition(place.range.upperBound <= count, "beyond the buffer")
      precondition(newValue.rows == place.rows && newValue.columns == place.columns, "of another shape")
      withUnsafeMutableElements { target in
        newValue.withUnsafeElements { source in
          guard let from = source.baseAddress else { return }
          (target.baseAddress! + place.offset).update(from: from, count: source.count)
        }
      }
    }
  }

  /// The tensor of this name as a matrix, copied.
  ///
  /// - Precondition: the layout has it.
  public subscript(name: String) -> Matrix<Scalar> {
    get { self[reference(to: name)] }
    set { self[reference(to: name)] = newValue }
  }

  private func reference(to name: String) -> ParameterReference {
    guard let entry = layout[name] else { preconditionFailure("no parameter called \(name)") }
    return entry.reference
  }

  /// Whether every element is a finite number.
  public var isFinite: Bool {
    @specialized(where Scalar == Double)
    @specialized(where Scalar == Float)
    get { withUnsafeElements { $0.allSatisfy(\.isFinite) } }
  }

  /// The same numbers in another precision; overflow becomes infinity.
  public func converted<Other: LatentScalar>(to type: Other.Type) -> ParameterVector<Other> {
    var result = ParameterVector<Other>(layout)
    result.values = values.converted(to: type)
    return result
  }
}
