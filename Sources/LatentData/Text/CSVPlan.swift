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
    /// At least the number of its rows.
    var capacity: Int
  }

  private(set) var lanes: [Lane] = []
  /// At least the number of rows.
  private(set) var capacity = 0

  /// Lanes of about a mebibyte; a single one where the text has quotes, as line ends may stand inside them.
  ///
  /// The capacity is bounded by the bytes as well as by the lines, for a row takes `columns` bytes at least.
  init(
    _ text: UnsafeBufferPointer<UInt8>, columns: Int, firstLine: Int, threads: Int,
    reclaimer: PageReclaimer? = nil
  ) {
    guard let base = text.baseAddress else { return }
    let hasQuotes = Self.hasQuotes(UnsafeRawBufferPointer(text), reclaimer)
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
    let newlines = Lanes.map(ranges.count, threads: threads) { i in
      let part = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(text)[ranges[i]])
      defer { reclaimer?.release(part) }
      return Self.newlines(part)
    }
    var line = firstLine
    for (range, count) in zip(ranges, newlines) {
      // Only the last line of the text may lack a line end.
      let rows = min(count, range.count / columns) + (range.upperBound == text.count ? 1 : 0)
      lanes.append(Lane(bytes: range, firstLine: line, firstRow: capacity, capacity: rows))
      line += count
      capacity += rows
    }
  }

  private static func hasQuotes(_ text: UnsafeRawBufferPointer, _ reclaimer: PageReclaimer?) -> Bool {
    for start in stride(from: 0, to: text.count, by: 1 << 20) {
      let part = UnsafeRawBufferPointer(rebasing: text[start..<min(start + (1 << 20), text.count)])
      if let base = part.baseAddress, memchr(base, Int32(CSVSyntax.quote), part.count) != nil { return true }
      reclaimer?.release(part)
    }
    return false
  }

  /// Counts line ends, eight bytes at a time.
  private static func newlines(_ text: UnsafeRawBufferPointer) -> Int {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let low: UInt64 = 0x7F7F_7F7F_7F7F_7F7F
    var total = 0
    var at = 0
    while at + 8 <= text.count {
      // Each byte of `counts` counts up to 255.
      let words = min(255, (text.count - at) / 8)
      var counts: UInt64 = 0
      for _ in 0..<words {
        let word = text.loadUnaligned(fromByteOffset: at, as: UInt64.self)
        let difference = word ^ (ones &* UInt64(CSVSyntax.newline))
        // The high bit of a byte is set where the byte differs from a line end.
        let differs = ((difference & low) &+ low) | difference
        counts &+= (~differs >> 7) & ones
        at += 8
      }
      total += (0..<8).reduce(0) { $0 + Int(counts >> UInt64(8 * $1) & 0xFF) }
    }
    return total + text[at...].count { $0 == CSVSyntax.newline }
  }
}
