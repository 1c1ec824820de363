import LatentNumerics

/// A matrix as an NPY file, version 1.0, C order, little endian.
struct NPYWriter<Scalar: LatentScalar> {
  let values: Matrix<Scalar>

  /// Magic, version, length and dictionary, padded with spaces to a multiple of 64 bytes.
  var header: [UInt8] {
    let type = Scalar.self == Float.self ? "<f4" : "<f8"
    let text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(values.rows), \(values.columns)), }"
    let length = (10 + text.utf8.count + 1 + 63) / 64 * 64 - 10
    let padding = [UInt8](repeating: UInt8(ascii: " "), count: length - text.utf8.count - 1)
    let size = [UInt8(length & 0xFF), UInt8(length >> 8)]
    return NPYHeader.magic + [1, 0] + size + Array(text.utf8) + padding + [CSVSyntax.newline]
  }

  /// Hands the file to `body` in chunks.
  func write(_ body: ([UInt8]) throws -> Void) throws {
    try body(header)
    try values.withUnsafeElements { elements in
      // All platforms that the package runs on are little endian.
      let bytes = UnsafeRawBufferPointer(elements)
      var at = 0
      while at < bytes.count {
        let end = min(at + (1 << 20), bytes.count)
        try body(Array(bytes[at..<end]))
        at = end
      }
    }
  }
}
