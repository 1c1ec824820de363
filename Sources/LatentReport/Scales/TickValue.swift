import Foundation

/// A number that is short in decimals: significand · 10^exponent.
///
/// Ticks are computed with such numbers, so that a label says exactly where its tick stands.
package struct TickValue: Sendable, Equatable {
  package var significand: Int
  package var exponent: Int

  package init(_ significand: Int, exponent: Int = 0) {
    self.significand = significand
    self.exponent = exponent
  }

  /// The nearest `Double`.
  package var value: Double { Double("\(significand)e\(exponent)") ?? .nan }
}

// MARK: - Labels

extension TickValue {
  /// The labels of the ticks of one axis: all alike in decimals and unit.
  ///
  /// Plain numbers where they are readable (`0.25`, `−12,500`) or needed to tell the ticks apart (`1,234,567.5`),
  /// millions (`1.5M`), else powers of ten (`2.5×10⁻⁹`).
  package static func labels(of ticks: [TickValue]) -> [String] {
    let ticks = withoutCommonZeros(ticks)
    guard let exponent = ticks.first?.exponent, let largest = ticks.map(\.significand.magnitude).max() else {
      return []
    }
    guard largest > 0 else { return ticks.map { _ in "0" } }
    let digits = String(largest).count
    /// Digits before the decimal point.
    let magnitude = digits + exponent
    let decimals = max(0, -exponent)
    // A number of four digits is read at a glance.
    let isGrouped = magnitude > 4
    if magnitude <= 6, decimals <= 6 { return ticks.map { $0.plain(grouped: isGrouped) } }
    if 7...9 ~= magnitude, digits <= 5 {
      return ticks.map {
        $0.significand == 0
          ? "0" : TickValue($0.significand, exponent: exponent - 6).plain(grouped: false) + "M"
      }
    }
    if magnitude <= 12, decimals <= 6, digits > 5 { return ticks.map { $0.plain(grouped: true) } }
    let power = magnitude - 1
    return ticks.map { tick in
      tick.significand == 0
        ? "0"
        : TickValue(tick.significand, exponent: exponent - power).plain(grouped: false) + "×"
          + powerOfTen(power)
    }
  }

  /// `10⁻³`
  package static func powerOfTen(_ exponent: Int) -> String {
    let digits = Array("⁰¹²³⁴⁵⁶⁷⁸⁹")
    let raised = String(exponent.magnitude).compactMap(\.wholeNumberValue).map { String(digits[$0]) }
    return "10" + (exponent < 0 ? "⁻" : "") + raised.joined()
  }

  /// Four significant digits of a number, for prose.
  package static func rounded(_ value: Double) -> String {
    guard value.isFinite, value != 0 else { return value == 0 ? "0" : "\(value)" }
    // "-1.234e+05": the only way that rounds correctly and gives the exponent.
    let parts = String(format: "%.3e", value).split(separator: "e")
    guard let significand = Int(parts[0].replacing(".", with: "")), let exponent = Int(parts[1]) else {
      return "\(value)"
    }
    var tick = TickValue(significand, exponent: exponent - 3)
    while tick.significand % 10 == 0 {
      tick.significand /= 10
      tick.exponent += 1
    }
    return labels(of: [tick])[0]
  }

  private static func withoutCommonZeros(_ ticks: [TickValue]) -> [TickValue] {
    var ticks = ticks
    while ticks.contains(where: { $0.significand != 0 }),
      ticks.allSatisfy({ $0.significand % 10 == 0 })
    {
      for index in ticks.indices {
        ticks[index].significand /= 10
        ticks[index].exponent += 1
      }
    }
    return ticks
  }

  /// All its digits: `−1,234.50`, or `−1234.50` without groups.
  private func plain(grouped: Bool) -> String {
    var digits = String(significand.magnitude)
    if exponent >= 0 {
      if significand != 0 { digits += String(repeating: "0", count: exponent) }
    } else if digits.count <= -exponent {
      digits = String(repeating: "0", count: 1 - exponent - digits.count) + digits
    }
    let decimals = max(0, -exponent)
    var whole = String(digits.dropLast(decimals))
    if grouped {
      var place = whole.count - 3
      while place > 0 {
        whole.insert(",", at: whole.index(whole.startIndex, offsetBy: place))
        place -= 3
      }
    }
    let sign = significand < 0 ? "−" : ""
    return sign + whole + (decimals > 0 ? "." + digits.suffix(decimals) : "")
  }
}
