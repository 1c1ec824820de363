import Foundation
import LatentNumerics

/// How a text is cut into lanes, and where the rows of each go.
struct CSVPlan: Sendable {
  struct Lane: Sendable {
    /// From the start of a line to the start of another.
    var bytes: Range<Int>
    /// The number of its first line in the file.
    var firstLine: Int
    /// The row of its first line when no line before is blank.
    var firstRow: Int
  }

  private(set) var lanes: [Lane] = []
  /// At least the number of rows.
  private(set) var capacity = 0

  /// Lanes of about a mebibyte; a single one where the text has quotes, as line ends may stand inside them.
  ///
  /// The capacity is bounded by the bytes as well as by the lines, for a row takes `columns` bytes at least.
  init(_ text: UnsafeBufferPointer<UInt8>, columns: Int, firstLine: Int, threads: Int) {
    guard let base = text.baseAddress else { return }
    let hasQuotes = memchr(base, Int32(CSVSyntax.quote), text.count) != nil
    let number = hasQuotes ? 1 : max(1, text.count >> 20)
    var cuts = [0]
    for i in 1..<max(number, 1) {
      let from = max(text.count / number * i, cuts[cuts.count - 1])
      guard let newline = memchr(base + from, Int32(CSVSyntax.newline), text.count - from) else { break }
      let cut = UnsafeRawPointer(newline) - UnsafeRawPointer(base) + 1
      if cut < text.count { cuts.append(cut) }
    }
    cuts.append(text.count)

    nonisolated(unsafe) let text = text
    let ranges = zip(cuts, cuts.dropFirst()).map { $0..<$1 }
    let newlines = Lanes.map(ranges.count, threads: threads) { i in Self.newlines(text[ranges[i]]) }
    var line = firstLine
    for (range, count) in zip(ranges, newlines) {
      lanes.append(Lane(bytes: range, firstLine: line, firstRow: capacity))
      line += count
      // Only the last line of the text may lack a line end.
      capacity += min(count, range.count / columns) + (range.upperBound == text.count ? 1 : 0)
    }
  }

  private static func newlines(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Int {
    // In blocks of 255 a byte holds the count, which lets the loop run on vectors.
    var total = 0
    var rest = text
    while !rest.isEmpty {
      let block = rest.prefix(255)
      var count: UInt8 = 0
      for byte in block { count &+= byte == CSVSyntax.newline ? 1 : 0 }
      total += Int(count)
      rest = rest.dropFirst(255)
    }
    return total
  }
}
