import Foundation
import Latent

/// Numbers and names as pages show them.
enum ReportText {
  /// Names longer than this are cut in sentences and tables.
  private static let longestName = 60

  /// The name of a latent dimension, counted from 0: `z₁`.
  static func latent(_ index: Int) -> String {
    let digits = Array("₀₁₂₃₄₅₆₇₈₉")
    return "z" + String(String(index + 1).compactMap(\.wholeNumberValue).map { digits[$0] })
  }

  /// A true minus sign in the place of a hyphen.
  static func signed(_ text: String) -> String {
    text.hasPrefix("-") ? "−" + text.dropFirst() : text
  }

  /// A few significant digits; a dash for a missing cell.
  static func number(_ value: Double) -> String {
    value.isNaN ? "–" : signed(NumberText.short(value == 0 ? 0 : value))
  }

  /// A standard deviation beside its mean: three digits, and the whole number where it has more.
  static func spread(_ value: Double) -> String {
    let isLong = value.magnitude >= 999.5 && value.magnitude < 1e6
    return signed(String(format: isLong ? "%.0f" : "%.3g", value))
  }

  /// Nats, to two or three digits after the point by their size.
  static func nats(_ value: Double) -> String {
    guard value.isFinite else { return number(value) }
    guard value.magnitude < 10_000 else {
      return value.magnitude < 1e15 ? signed(NumberText.count(Int(value.rounded()))) : number(value)
    }
    return signed(NumberText.fixed(value, value.magnitude >= 1000 ? 1 : value.magnitude >= 10 ? 2 : 3))
  }

  /// `−4.155 ± 0.060`; the mean alone where there is no error.
  static func nats(_ mean: SampleMean) -> String {
    let error = mean.error.map { plusMinus($0, digits: $0 < 0.1 ? 3 : 2) }
    return nats(mean.mean) + (error.map { " " + $0 } ?? "")
  }

  /// `± 0.060`, of a very large error a few digits; a dash where there is none.
  static func plusMinus(_ error: Double?, digits: Int) -> String {
    guard let error, error.isFinite else { return "–" }
    return "± \(error < 10_000 ? NumberText.fixed(error, digits) : nats(error))"
  }

  /// `± 0.060 nats a row`; the unit alone where there is no error.
  static func note(_ mean: SampleMean, digits: Int, unit: String) -> String {
    (mean.error.map { plusMinus($0, digits: digits) + " " } ?? "") + unit
  }

  /// `64 %`, `0.4 %`, `less than 0.1 %`.
  static func percent(_ share: Double) -> String {
    switch 100 * share {
    case _ where !share.isFinite: "–"
    case ...0: "0 %"
    case ..<0.1: "less than 0.1 %"
    case ..<9.95: NumberText.fixed(100 * share, 1) + " %"
    case 99.95..<100 where share < 1: "more than 99.9 %"
    case 99..<99.95: NumberText.fixed(100 * share, 1) + " %"
    default: NumberText.fixed(100 * share, 0) + " %"
    }
  }

  /// A count that need not be whole: `174.9`, `1,203`.
  static func rows(_ count: Double) -> String {
    guard count.isFinite, count.magnitude < 1e15 else { return number(count) }
    return count >= 1000 || count == count.rounded()
      ? NumberText.count(Int(count.rounded())) : NumberText.fixed(count, count < 10 ? 2 : 1)
  }

  /// A name from outside, of a length that fits into a sentence or a cell.
  static func name(_ text: String) -> String {
    text.count > longestName ? text.prefix(longestName - 1) + "…" : text
  }

  /// The names of columns, `column 3` where they have none.
  static func columns(_ description: FitDescription) -> [String] {
    description.columnNames?.map(name) ?? (0..<description.dimensions).map { "column \($0 + 1)" }
  }

  /// Indices from the largest value to the smallest.
  static func descending(_ values: [Double]) -> [Int] {
    values.indices.sorted { values[$0] > values[$1] || (values[$0] == values[$1] && $0 < $1) }
  }

  /// So many of `count` places, evenly, with both ends.
  static func evenly(_ most: Int, of count: Int) -> [Int] {
    guard count > most else { return Array(0..<count) }
    guard most > 1 else { return most == 1 ? [0] : [] }
    return (0..<most).map { (count - 1) * $0 / (most - 1) }
  }
}

extension Page.Block {
  /// Nothing, where there is nothing to show.
  static func optional(_ block: Page.Block?) -> [Page.Block] { block.map { [$0] } ?? [] }
}

extension Page.Section {
  /// nil for a section without blocks.
  init?(_ heading: String, ifAny blocks: [Page.Block]) {
    guard !blocks.isEmpty else { return nil }
    self.init(heading, blocks)
  }
}
