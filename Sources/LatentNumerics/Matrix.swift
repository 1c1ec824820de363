/// A dense row-major matrix with value semantics.
///
/// Elements are contiguous; a matrix that was not cut from another starts on a 64-byte boundary. Copies and
/// row ranges share storage until one of them is written.
@frozen public struct Matrix<Scalar: LatentScalar>: Sendable {
  public let rows: Int
  public let columns: Int
  @usableFromInline var storage: AlignedStorage<Scalar>
  @usableFromInline var offset: Int

  /// The number of elements, `rows * columns`.
  @inlinable public var count: Int { rows * columns }

  /// A matrix filled with one value.
  @inlinable public init(rows: Int, columns: Int, repeating value: Scalar = 0) {
    self.init(rows: rows, columns: columns) { $0.initialize(repeating: value) }
  }

  /// A matrix whose elements `body` writes, in row-major order: it receives uninitialised memory for
  /// `rows * columns` elements and must write all of it.
  @inlinable public init<Failure: Error>(
    rows: Int, columns: Int,
    initializingWith body: (UnsafeMutableBufferPointer<Scalar>) throws(Failure) -> Void
  ) throws(Failure) {
    precondition(rows >= 0 && columns >= 0, "a matrix has no negative extent")
    self.rows = rows
    self.columns = columns
    storage = AlignedStorage(count: rows * columns)
    offset = 0
    try body(UnsafeMutableBufferPointer(start: storage.base, count: rows * columns))
  }

  /// A matrix over the elements of an array, in row-major order.
  @inlinable public init(rows: Int, columns: Int, elements: some Collection<Scalar>) {
    precondition(elements.count == rows * columns, "the number of elements is not rows × columns")
    self.init(rows: rows, columns: columns) { _ = $0.initialize(from: elements) }
  }

  /// A matrix given row by row; all rows have the same length.
  @inlinable public init(_ rowArrays: [[Scalar]]) {
    let columns = rowArrays.first?.count ?? 0
    precondition(rowArrays.allSatisfy { $0.count == columns }, "rows differ in length")
    self.init(rows: rowArrays.count, columns: columns, elements: rowArrays.flatMap { $0 })
  }

  /// The identity matrix.
  @inlinable public static func identity(_ order: Int) -> Self {
    .diagonal(Array(repeating: 1, count: order))
  }

  /// The matrix with these values on its diagonal and zero elsewhere.
  @inlinable public static func diagonal(_ values: [Scalar]) -> Self {
    var result = Self(rows: values.count, columns: values.count)
    for (i, value) in values.enumerated() { result[i, i] = value }
    return result
  }

  @inlinable public subscript(row: Int, column: Int) -> Scalar {
    get {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns, "index out of range")
      return storage.base[offset + row * columns + column]
    }
    set {
      precondition(row >= 0 && row < rows && column >= 0 && column < columns, "index out of range")
      makeUnique()
      storage.base[offset + row * columns + column] = newValue
    }
  }

  /// A range of rows; shares storage, copies nothing.
  @inlinable public subscript(rows range: Range<Int>) -> Self {
    precondition(range.lowerBound >= 0 && range.upperBound <= rows, "row range out of bounds")
    return Self(
      rows: range.count, columns: columns, storage: storage, offset: offset + range.lowerBound * columns)
  }

  /// One row as an array.
  @inlinable public func row(_ index: Int) -> [Scalar] {
    precondition(index >= 0 && index < rows, "row out of range")
    return withUnsafeElements { Array($0[index * columns..<(index + 1) * columns]) }
  }

  /// One column as an array.
  @inlinable public func column(_ index: Int) -> [Scalar] {
    precondition(index >= 0 && index < columns, "column out of range")
    return withUnsafeElements { elements in (0..<rows).map { elements[$0 * columns + index] } }
  }

  /// The rows at these indices, in this order.
  @inlinable public func selecting(rows indices: some Collection<Int>) -> Self {
    Self(rows: indices.count, columns: columns) { target in
      withUnsafeElements { source in
        for (i, index) in indices.enumerated() {
          precondition(index >= 0 && index < rows, "row out of range")
          _ = target[i * columns..<(i + 1) * columns].initialize(
            from: source[index * columns..<(index + 1) * columns])
        }
      }
    }
  }

  /// The columns at these indices, in this order.
  @inlinable public func selecting(columns indices: [Int]) -> Self {
    precondition(indices.allSatisfy { $0 >= 0 && $0 < columns }, "column out of range")
    return Self(rows: rows, columns: indices.count) { target in
      withUnsafeElements { source in
        for i in 0..<rows {
          for (j, index) in indices.enumerated() {
            target.initializeElement(at: i * indices.count + j, to: source[i * columns + index])
          }
        }
      }
    }
  }

  /// All elements in row-major order.
  @inlinable public var elements: [Scalar] { withUnsafeElements { Array($0) } }

  /// The elements on the diagonal.
  @inlinable public var diagonal: [Scalar] { (0..<Swift.min(rows, columns)).map { self[$0, $0] } }

  /// The transpose, as a new matrix.
  @inlinable public func transposed() -> Self {
    Self(rows: columns, columns: rows) { target in
      withUnsafeElements { source in
        for i in 0..<rows {
          for j in 0..<columns { target.initializeElement(at: j * rows + i, to: source[i * columns + j]) }
        }
      }
    }
  }

  /// The same numbers in another precision; overflow becomes infinity.
  @inlinable public func converted<Other: LatentScalar>(to _: Other.Type) -> Matrix<Other> {
    if let same = self as? Matrix<Other> { return same }
    return Matrix<Other>(rows: rows, columns: columns) { target in
      withUnsafeElements { source in
        for i in 0..<source.count { target.initializeElement(at: i, to: Other(source[i])) }
      }
    }
  }

  /// Reads all elements, row-major.
  @inlinable public func withUnsafeElements<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeBufferPointer(start: storage.base + offset, count: count))
  }

  /// Reads and writes all elements, row-major.
  @inlinable
  public mutating func withUnsafeMutableElements<Result, Failure: Error>(
    _ body: (UnsafeMutableBufferPointer<Scalar>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    makeUnique()
    defer { withExtendedLifetime(storage) {} }
    return try body(UnsafeMutableBufferPointer(start: storage.base + offset, count: count))
  }

  @inlinable init(rows: Int, columns: Int, storage: AlignedStorage<Scalar>, offset: Int) {
    self.rows = rows
    self.columns = columns
    self.storage = storage
    self.offset = offset
  }

  @inlinable
  mutating func makeUnique() {
    if !isKnownUniquelyReferenced(&storage) {
      let copy = AlignedStorage<Scalar>(count: count)
      copy.base.initialize(from: storage.base + offset, count: count)
      storage = copy
      offset = 0
    }
  }
}

extension Matrix: Equatable {
  @inlinable public static func == (a: Self, b: Self) -> Bool {
    a.rows == b.rows && a.columns == b.columns
      && a.withUnsafeElements { p in b.withUnsafeElements { q in p.elementsEqual(q) } }
  }
}
