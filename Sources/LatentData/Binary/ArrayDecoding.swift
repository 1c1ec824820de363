import LatentNumerics

/// A stored array: what is stored how, and the bytes of the elements, as many as the shape announces.
struct StoredArray {
  var layout: ArrayLayout
  var bytes: UnsafeRawBufferPointer
  /// Where the bytes lie in a mapped file.
  var reclaimer: PageReclaimer?

  private static let elementsAtATime = 1 << 18

  /// The array as the table that the options ask for.
  ///
  /// - Throws: `.infiniteCell`, and what choosing columns, labels, weights and categories throws.
  /// - Complexity: O(elements).
  func table<Scalar: LatentScalar>(source: String, options: ReadOptions) throws(DataError) -> Table<Scalar> {
    let divisor = options.isCategorical ? 1 : layout.divisor
    let values: Matrix<Scalar> = try matrix(source: source, divisor: divisor)
    guard options.stacksFrames, let shape = layout.imageShape else {
      return try Table(source: source, values: values, imageShape: layout.imageShape).choosing(options)
    }
    // Frames have no labels, and no names to look for.
    if let label = options.labels { throw .unknownColumn(source: source, name: label, available: []) }
    let frames = Matrix(
      rows: values.rows * shape.height, columns: shape.width, elements: values.elements)
    return try Table(source: source, values: frames, framesPerSequence: shape.height).choosing(options)
  }

  /// The elements as a matrix `[rows, rest]`, each divided by `divisor`; the first axis is the rows.
  private func matrix<Scalar: LatentScalar>(
    source: String, divisor: Double
  ) throws(DataError) -> Matrix<Scalar> {
    switch layout.element {
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
    let rows = layout.rows
    let columns = layout.columns
    let size = layout.element.size
    let matrix = Matrix<Scalar>(rows: rows, columns: columns) { target in
      if layout.isColumnMajor {
        for (from, to) in layout.columnMajorOrder.enumerated() {
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
            UnsafeRawBufferPointer(rebasing: bytes[start * size..<end * size]))
        }
      }
    }
    try matrix.refuseInfinite(source: source, columnNames: nil)
    return matrix
  }

  @inline(__always)
  private func load<Decoder: ElementDecoder>(_: Decoder.Type, _ index: Int) -> Double {
    let raw = bytes.loadUnaligned(fromByteOffset: index * layout.element.size, as: Decoder.Bits.self)
    return Decoder.value(layout.isBigEndian ? Decoder.Bits(bigEndian: raw) : Decoder.Bits(littleEndian: raw))
  }
}
