/// What a stored array is, and where its elements are in the file.
struct ArrayLayout: Sendable {
  var element: ArrayElement
  var isBigEndian: Bool
  /// The first axis varies fastest, not the last.
  var isColumnMajor: Bool
  var shape: [Int]
  /// Where the elements start.
  var dataOffset: Int

  /// The extent of the first axis.
  var rows: Int { shape[0] }

  /// The elements in a row. The size must have been checked.
  var columns: Int { shape.dropFirst().reduce(1, *) }

  /// The shape of the image that each row is, where there are three axes or the others are of one element.
  var imageShape: ImageShape? {
    guard shape.count == 3 || (shape.count > 3 && shape[3...].allSatisfy { $0 == 1 }) else { return nil }
    return ImageShape(height: shape[1], width: shape[2])
  }

  /// What brings images, unsigned bytes of three axes and more, to [0, 1]; 1 for everything else.
  var divisor: Double { element == .unsigned8 && shape.count >= 3 ? 255 : 1 }

  /// Compares the size that the shape announces with the number of bytes that are there.
  ///
  /// - Throws: `.sizeMismatch`, `.empty` for an array without elements.
  func checkSize(_ actual: Int, source: String) throws(DataError) {
    var expected = element.size
    for extent in shape {
      let (product, overflow) = expected.multipliedReportingOverflow(by: extent)
      guard !overflow else { throw .sizeMismatch(source: source, expected: nil, actual: actual) }
      expected = product
    }
    guard expected == actual else { throw .sizeMismatch(source: source, expected: expected, actual: actual) }
    guard expected > 0 else { throw .empty(source: source) }
  }

  /// For each column in the order of a column-major array (axis 1 fastest), its place in a row (last axis fastest).
  var columnMajorOrder: [Int] {
    let columns = columns
    return (0..<columns).map { index in
      var rest = index
      var place = 0
      var stride = columns
      for extent in shape.dropFirst() {
        stride /= extent
        place += rest % extent * stride
        rest /= extent
      }
      return place
    }
  }
}
