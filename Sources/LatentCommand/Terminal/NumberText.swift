import Foundation

/// Numbers for people.
enum NumberText {
  /// A fixed number of digits after the point.
  static func fixed(_ value: Double, _ digits: Int) -> String { String(format: "%.\(digits)f", value) }

  /// All digits, whole numbers without `.0`.
  static func plain(_ value: Double) -> String {
    let text = "\(value)"
    return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
  }

  /// A few significant digits.
  static func short(_ value: Double) -> String { String(format: "%.4g", value) }

  /// A whole number with its thousands apart: 60,000.
  static func count(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var text = ""
    for (i, digit) in digits.enumerated() {
      if i > 0, (digits.count - i) % 3 == 0 { text += "," }
      text.append(digit)
    }
    return value < 0 ? "-" + text : text
  }

  /// `3 rows`, `1 row`.
  static func count(_ value: Int, _ noun: String, plural: String? = nil) -> String {
    "\(count(value)) \(value == 1 ? noun : plural ?? noun + "s")"
  }

  /// `about 12 rows`, `less than a row`.
  static func expectedRows(_ value: Double) -> String {
    !(value >= 0.95 && value < 1e15) ? "less than a row" : "about \(count(Int(value.rounded()), "row"))"
  }

  /// A time with a fitting unit.
  static func duration(_ seconds: Double) -> String {
    switch seconds {
    case ..<0.001: String(format: "%.0f µs", seconds * 1e6)
    case ..<1: String(format: "%.3g ms", seconds * 1e3)
    case ..<100: String(format: "%.3g s", seconds)
    case ..<6000: String(format: "%.0f min", seconds / 60)
    default: String(format: "%.1f h", seconds / 3600)
    }
  }

  /// A size with a fitting unit.
  static func bytes(_ count: Double) -> String {
    switch count {
    case ..<1e6: String(format: "%.0f kB", count / 1e3)
    case ..<1e9: String(format: "%.1f MB", count / 1e6)
    default: String(format: "%.1f GB", count / 1e9)
    }
  }

  /// Columns of text, each as wide as its widest cell; the first to the left, the others to the right.
  static func table(_ rows: [[String]], indentation: String = "  ", leading: Set<Int> = [0]) -> String {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { j in rows.map { j < $0.count ? $0[j].count : 0 }.max() ?? 0 }
    return rows.map { row in
      let cells = row.enumerated().map { j, cell in
        let padding = String(repeating: " ", count: widths[j] - cell.count)
        return leading.contains(j) ? cell + padding : padding + cell
      }
      var line = indentation + cells.joined(separator: "  ")
      while line.hasSuffix(" ") { line.removeLast() }
      return line
    }.joined(separator: "\n")
  }
}
