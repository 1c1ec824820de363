import LatentNumerics

/// The format of the MNIST files: two zero bytes, the element type, the rank, the extents as big-endian 32-bit
/// numbers, the elements in row-major order, big endian.
///
/// The first axis is the rows, the others are flattened. Unsigned bytes of rank 3 and more are images and come
/// scaled to [0, 1]. Source: LeCun, Cortes, Burges, "The MNIST database", section "The IDX file format".
enum IDXReader {
  private static let elements: [UInt8: ArrayElement] = [
    0x08: .unsigned8, 0x09: .signed8, 0x0B: .signed16, 0x0C: .signed32, 0x0D: .single, 0x0E: .double,
  ]

  /// The bytes of a header with the highest rank.
  static let longestHeader = 4 + 4 * 255

  /// Whether bytes begin like an IDX file.
  static func isIDX(_ bytes: UnsafeRawBufferPointer) -> Bool {
    bytes.count >= 4 && bytes[0] == 0 && bytes[1] == 0 && elements[bytes[2]] != nil && bytes[3] > 0
  }

  /// The array in the bytes of a file.
  ///
  /// - Throws: what ``layout(_:source:)`` throws, `.sizeMismatch`, `.empty`.
  static func array(_ bytes: UnsafeRawBufferPointer, source: String) throws(DataError) -> StoredArray {
    let layout = try layout(bytes, source: source)
    try layout.checkSize(bytes.count - layout.dataOffset, source: source)
    return StoredArray(
      layout: layout, bytes: UnsafeRawBufferPointer(rebasing: bytes[layout.dataOffset...]))
  }

  /// Where and how the elements are stored, from the bytes of the header and any number that follow.
  ///
  /// - Throws: `.badMagic`, `.unsupportedType`, `.unsupportedRank`, `.sizeMismatch`.
  static func layout(_ bytes: UnsafeRawBufferPointer, source: String) throws(DataError) -> ArrayLayout {
    guard bytes.count >= 4, bytes[0] == 0, bytes[1] == 0 else {
      throw .badMagic(source: source, format: .idx)
    }
    guard let element = elements[bytes[2]] else {
      throw .unsupportedType(source: source, type: "0x" + String(bytes[2], radix: 16, uppercase: true))
    }
    let rank = Int(bytes[3])
    guard rank > 0 else { throw .unsupportedRank(source: source, rank: rank) }
    let start = 4 + 4 * rank
    guard bytes.count >= start else {
      throw .sizeMismatch(source: source, expected: start, actual: bytes.count)
    }
    let shape = (0..<rank).map { axis in
      Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4 + 4 * axis, as: UInt32.self)))
    }
    return ArrayLayout(
      element: element, isBigEndian: true, isColumnMajor: false, shape: shape, dataOffset: start)
  }
}
