import LatentNumerics

/// A matrix, or an array of more axes whose elements it holds, as an NPY file, version 1.0, C order, little endian.
struct NPYWriter<Scalar: LatentScalar> {
  let values: Matrix<Scalar>
  let shape: [Int]

  /// - Parameter shape: the array's, of as many elements; nil for rows and columns.
  init(values: Matrix<Scalar>, shape: [Int]? = nil) {
    self.values = values
    self.shape = shape ?? [values.rows, values.columns]
    precondition(self.shape.reduce(1, *) == values.count, "an array of all elements")
  }

  /// Magic, version, length and dictionary, padded with spaces to a multiple of 64 bytes.
  var header: [UInt8] {
    let type = Scalar.self == Float.self ? "<f4" : "<f8"
    let extents = shape.map { "\($0)" }.joined(separator: ", ")
    let text = "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(extents)), }"
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
