import LatentNumerics

/// NumPy's array files, versions 1 to 3, either byte order and either element order.
///
/// One axis gives a column, two a matrix, three `[N, H, W]` a row an image, scaled by 1/255 when the elements are
/// unsigned bytes. Whole numbers beyond 2^53 take the nearest double.
enum NPYReader {
  /// The array in the bytes of a file.
  ///
  /// - Throws: what ``NPYHeader`` throws, `.unsupportedRank`, `.sizeMismatch`, `.empty`.
  static func array(
    _ bytes: UnsafeRawBufferPointer, source: String, reclaimer: PageReclaimer? = nil
  ) throws(DataError) -> StoredArray {
    let layout = try layout(bytes, source: source)
    try layout.checkSize(bytes.count - layout.dataOffset, source: source)
    return StoredArray(
      layout: layout, bytes: UnsafeRawBufferPointer(rebasing: bytes[layout.dataOffset...]),
      reclaimer: reclaimer)
  }

  /// Where and how the elements are stored, from the bytes of the header and any number that follow.
  ///
  /// - Throws: what ``NPYHeader`` throws, `.unsupportedRank`.
  static func layout(_ bytes: UnsafeRawBufferPointer, source: String) throws(DataError) -> ArrayLayout {
    let layout = try NPYHeader(bytes, source: source).layout
    guard (1...3).contains(layout.shape.count) else {
      throw .unsupportedRank(source: source, rank: layout.shape.count)
    }
    return layout
  }
}
