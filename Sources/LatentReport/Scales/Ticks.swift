import Foundation

/// Where an axis is marked, and with what.
package struct Ticks: Sendable, Equatable {
  package struct Mark: Sendable, Equatable {
    package var value: Double
    package var label: String
  }

  package var marks: [Mark]
  /// Where unlabelled marks stand.
  package var minor: [Double] = []

  /// The marks of a linear axis: multiples of 1, 2 or 5 times a power of ten.
  ///
  /// - Parameters:
  ///   - range: finite, and wider than 10⁻¹² of its larger end.
  ///   - most: how many intervals there may be, at least 1.
  ///   - whole: whether only whole numbers are marked.
  package static func linear(_ range: ClosedRange<Double>, most: Int, whole: Bool = false) -> Ticks {
    let values = values(range, most: most, whole: whole)
    return Ticks(marks: zip(values, TickValue.labels(of: values)).map { Mark(value: $0.value, label: $1) })
  }

  /// The marks of a logarithmic axis: powers of ten; within few decades also their double and fivefold; within
  /// less than that, those of a linear axis.
  ///
  /// - Parameters:
  ///   - range: positive, finite, and wider than 10⁻¹² of its upper end.
  ///   - most: how many intervals there may be, at least 1.
  package static func logarithmic(_ range: ClosedRange<Double>, most: Int) -> Ticks {
    let first = Int(log10(range.lowerBound).rounded(.down))
    let last = Int(log10(range.upperBound).rounded(.up))
    func inside(_ tick: TickValue) -> Bool { isInside(tick.value, range) }
    let decades = (first...last).map { TickValue(1, exponent: $0) }.filter(inside)
    let parts = (first...last).flatMap { exponent in
      (2...9).map { TickValue($0, exponent: exponent) }.filter(inside)
    }
    let three = (decades + parts.filter { $0.significand == 2 || $0.significand == 5 })
      .sorted { $0.value < $1.value }
    if decades.count <= 2 {
      guard three.count >= 3 else { return linear(range, most: most) }
      if three.count <= most + 1 {
        return Ticks(marks: decadeMarks(three), minor: parts.filter { !three.contains($0) }.map(\.value))
      }
    }
    guard decades.count >= 2 else { return linear(range, most: most) }
    let stride = max(1, (decades.count + most) / (most + 1))
    let marked = decades.filter { $0.exponent % stride == 0 }
    let minor = stride == 1 ? (decades.count <= 8 ? parts : []) : decades.filter { !marked.contains($0) }
    return Ticks(marks: decadeMarks(marked), minor: minor.map(\.value))
  }

  private static func decadeMarks(_ ticks: [TickValue]) -> [Mark] {
    let isPlain = ticks.allSatisfy { -3...5 ~= $0.exponent } || ticks.contains { $0.significand != 1 }
    return ticks.map { tick in
      let label = isPlain ? TickValue.labels(of: [tick])[0] : TickValue.powerOfTen(tick.exponent)
      return Mark(value: tick.value, label: label)
    }
  }

  private static func values(_ range: ClosedRange<Double>, most: Int, whole: Bool) -> [TickValue] {
    let (lower, upper) = (range.lowerBound, range.upperBound)
    // Each end divided by itself, because the difference of two large ends may overflow.
    let least = upper / Double(most) - lower / Double(most)
    guard least > 0 else { return [] }
    var exponent = Int(log10(least).rounded(.down))
    if whole { exponent = max(exponent, 0) }
    for factor in [1, 2, 5, 10, 20] {
      let step = TickValue(factor, exponent: exponent).value
      let slack = 1e-9
      let (from, to) = ((lower / step - slack).rounded(.up), (upper / step + slack).rounded(.down))
      guard from <= to, abs(from) < 1e15, abs(to) < 1e15 else { return [] }
      guard to - from <= Double(most) else { continue }
      return (Int(from)...Int(to)).map { TickValue($0 * factor, exponent: exponent) }
    }
    return []
  }

  /// Rounding must not cost the mark at an end.
  private static func isInside(_ value: Double, _ range: ClosedRange<Double>) -> Bool {
    value >= range.lowerBound * (1 - 1e-9) && value <= range.upperBound * (1 + 1e-9)
  }
}
