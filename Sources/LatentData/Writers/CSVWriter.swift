import LatentNumerics

/// A table as text, chunk by chunk.
struct CSVWriter<Scalar: LatentScalar> {
  let table: Table<Scalar>
  let delimiter: UInt8
  let labelName: String
  private static var chunkSize: Int { 1 << 16 }

  /// Hands the text to `body` in chunks; the values must hold no infinities.
  func write<Failure: Error>(_ body: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
    var chunk: [UInt8] = []
    chunk.reserveCapacity(Self.chunkSize + 1024)
    if let names = table.columnNames {
      for (j, name) in (names + (table.labels == nil ? [] : [labelName])).enumerated() {
        if j > 0 { chunk.append(delimiter) }
        append(name, to: &chunk)
      }
      chunk.append(CSVSyntax.newline)
    }
    for i in 0..<table.rows {
      for (j, value) in table.values.row(i).enumerated() {
        if j > 0 { chunk.append(delimiter) }
        if let level = level(value, of: j) { append(level, to: &chunk) } else { append(value, to: &chunk) }
      }
      if let labels = table.labels {
        if table.columns > 0 { chunk.append(delimiter) }
        append(labels[i], to: &chunk)
      }
      chunk.append(CSVSyntax.newline)
      if chunk.count >= Self.chunkSize {
        try body(chunk)
        chunk.removeAll(keepingCapacity: true)
      }
    }
    if !chunk.isEmpty { try body(chunk) }
  }

  /// The category that a value is the code of; nil in a table of numbers.
  private func level(_ value: Scalar, of column: Int) -> String? {
    guard let levels = table.levels?[column], let code = Int(exactly: value), levels.indices.contains(code)
    else { return nil }
    return levels[code]
  }

  /// The shortest digits that read back as the same number, whole numbers without `.0`.
  private func append(_ value: Scalar, to chunk: inout [UInt8]) {
    guard !value.isNaN else {
      chunk += "NaN".utf8
      return
    }
    var digits = "\(value)"
    if digits.hasSuffix(".0") { digits.removeLast(2) }
    chunk += digits.utf8
  }

  /// Text, between quotes where it would not read back without.
  private func append(_ text: String, to chunk: inout [UInt8]) {
    let isPlain = text.utf8.allSatisfy {
      $0 != delimiter && $0 != CSVSyntax.quote && $0 != CSVSyntax.newline && $0 != CSVSyntax.carriageReturn
    }
    guard !isPlain || text.isEmpty || text.first == " " || text.last == " " else {
      chunk += text.utf8
      return
    }
    chunk.append(CSVSyntax.quote)
    for byte in text.utf8 {
      if byte == CSVSyntax.quote { chunk.append(byte) }
      chunk.append(byte)
    }
    chunk.append(CSVSyntax.quote)
  }
}
