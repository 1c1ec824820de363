import LatentNumerics

/// A stored array: a type, a shape, and the bytes of the elements.
struct StoredArray {
  var element: ArrayElement
  var isBigEndian: Bool
  /// The last axis varies slowest.
  var isColumnMajor = false
  var shape: [Int]
  var bytes: UnsafeRawBufferPointer
  /// Where the bytes lie in a mapped file.
  var reclaimer: PageReclaimer?

  private static let elementsAtATime = 1 << 18

  /// Compares the size that the shape announces with the bytes that are there.
  ///
  /// - Throws: `.sizeMismatch`, `.empty` for an array without elements.
  func checkSize(source: String) throws(DataError) {
    var expected = element.size
    for extent in shape {
      let (product, overflow) = expected.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw .sizeMismatch(source: source, expected: nil, actual: bytes.count) }
      expected = product
    }
    guard expected == bytes.count else {
      throw .sizeMismatch(source: source, expected: expected, actual: bytes.count)
    }
    guard expected > 0 else { throw .empty(source: source) }
  }

  /// The elements as a matrix `[rows, rest]`, each divided by `divisor`; the first axis is the rows.
  ///
  /// - Throws: `.infiniteCell`, `.allMissing`. The size must have been checked.
  /// - Complexity: O(elements).
  func matrix<Scalar: LatentScalar>(source: String, divisor: Double) throws(DataError) -> Matrix<Scalar> {
    switch element {
    case .boolean: try decode(BooleanDecoder.self, source, divisor)
    case .unsigned8: try decode(IntegerDecoder<UInt8>.self, source, divisor)
    case .unsigned16: try decode(IntegerDecoder<UInt16>.self, source, divisor)
    case .unsigned32: try decode(IntegerDecoder<UInt32>.self, source, divisor)
    case .unsigned64: try decode(IntegerDecoder<UInt64>.self, source, divisor)
    case .signed8: try decode(IntegerDecoder<Int8>.self, source, divisor)
    case .signed16: try decode(IntegerDecoder<Int16>.self, source, divisor)
    case .signed32: try decode(IntegerDecoder<Int32>.self, source, divisor)
    case .signed64: try decode(IntegerDecoder<Int64>.self, source, divisor)
    case .half: try decode(HalfDecoder.self, source, divisor)
    case .single: try decode(SingleDecoder.self, source, divisor)
    case .double: try decode(DoubleDecoder.self, source, divisor)
    }
  }

  private func decode<Decoder: ElementDecoder, Scalar: LatentScalar>(
    _: Decoder.Type, _ source: String, _ divisor: Double
  ) throws(DataError) -> Matrix<Scalar> {
    let rows = shape[0]
    let columns = bytes.count / element.size / rows
    let matrix = Matrix<Scalar>(rows: rows, columns: columns) { target in
      if isColumnMajor {
        for (from, to) in columnMajorOrder(columns).enumerated() {
          for row in 0..<rows {
            target.initializeElement(
              at: row * columns + to, to: Scalar(load(Decoder.self, from * rows + row) / divisor))
          }
        }
      } else {
        for start in stride(from: 0, to: rows * columns, by: Self.elementsAtATime) {
          let end = Swift.min(start + Self.elementsAtATime, rows * columns)
          for i in start..<end {
            target.initializeElement(at: i, to: Scalar(load(Decoder.self, i) / divisor))
          }
          reclaimer?.release(
            UnsafeRawBufferPointer(rebasing: bytes[start * element.size..<end * element.size]))
        }
      }
    }
    try matrix.check(source: source, columnNames: nil)
    return matrix
  }

  @inline(__always)
  private func load<Decoder: ElementDecoder>(_: Decoder.Type, _ index: Int) -> Double {
    let raw = bytes.loadUnaligned(fromByteOffset: index * element.size, as: Decoder.Bits.self)
    return Decoder.value(isBigEndian ? Decoder.Bits(bigEndian: raw) : Decoder.Bits(littleEndian: raw))
  }

  /// For each column in the order of the bytes (axis 1 fastest), its place in a row (last axis fastest).
  private func columnMajorOrder(_ columns: Int) -> [Int] {
    let axes = shape.dropFirst()
    return (0..<columns).map { index in
      var rest = index
      var place = 0
      var stride = columns
      for extent in axes {
        stride /= extent
        place += rest % extent * stride
        rest /= extent
      }
      return place
    }
  }
}
