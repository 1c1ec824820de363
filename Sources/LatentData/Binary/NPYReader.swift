import LatentNumerics

/// NumPy's array files, versions 1 to 3, either byte order and either element order.
///
/// One axis gives a column, two a matrix, three `[N, H, W]` a row an image, scaled by 1/255 when the elements are
/// unsigned bytes. Whole numbers beyond 2^53 take the nearest double.
enum NPYReader {
  /// Reads the array.
  ///
  /// - Throws: what ``NPYHeader`` throws, `.unsupportedRank`, `.sizeMismatch`, `.empty`, `.infiniteCell`.
  static func read<Scalar: LatentScalar>(
    _ bytes: UnsafeRawBufferPointer, source: String, reclaimer: PageReclaimer? = nil
  ) throws(DataError) -> Table<Scalar> {
    let header = try NPYHeader(bytes, source: source)
    guard (1...3).contains(header.shape.count) else {
      throw .unsupportedRank(source: source, rank: header.shape.count)
    }
    let array = StoredArray(
      element: header.element, isBigEndian: header.isBigEndian, isColumnMajor: header.isColumnMajor,
      shape: header.shape, bytes: UnsafeRawBufferPointer(rebasing: bytes[header.dataOffset...]),
      reclaimer: reclaimer)
    return try array.table(source: source)
  }
}
