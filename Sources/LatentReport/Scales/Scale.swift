import Foundation

/// Maps values to their place along an axis, 0 at its lower end and 1 at its upper.
package struct Scale: Sendable, Equatable {
  package let range: ClosedRange<Double>
  package let isLogarithmic: Bool

  /// Narrower ranges, relative to the larger end, are not told apart.
  private static let resolution = 1e-12

  /// An axis with just these ends, except that equal ends are set apart.
  package init(_ range: ClosedRange<Double>, isLogarithmic: Bool = false, isWhole: Bool = false) {
    precondition(range.lowerBound.isFinite && range.upperBound.isFinite, "an axis has finite ends")
    precondition(!isLogarithmic || range.lowerBound > 0, "a logarithmic axis is positive")
    self.range = Self.apart(range, isLogarithmic: isLogarithmic, isWhole: isWhole)
    self.isLogarithmic = isLogarithmic
  }

  /// An axis that shows these data with a little room at both ends.
  ///
  /// - Parameters:
  ///   - data: the least and the largest value, `nil` when there are none: then 0…1 (1…10).
  ///   - anchor: an end that gets no room, such as the foot of bars.
  package init(
    around data: ClosedRange<Double>?, isLogarithmic: Bool = false, isWhole: Bool = false,
    anchor: Double? = nil
  ) {
    guard let data else {
      self.init(isLogarithmic ? 1...10 : 0...1, isLogarithmic: isLogarithmic)
      return
    }
    let base = Self.apart(data, isLogarithmic: isLogarithmic, isWhole: isWhole)
    guard base == data else {
      self.init(base, isLogarithmic: isLogarithmic)
      return
    }
    let margin = 0.04
    let largest = Double.greatestFiniteMagnitude
    var (lower, upper) = (base.lowerBound, base.upperBound)
    if isLogarithmic {
      let factor = exp(margin * (log(upper) - log(lower)))
      (lower, upper) = (max(lower / factor, .leastNonzeroMagnitude), min(upper * factor, largest))
    } else {
      let room = margin * upper - margin * lower
      if lower != anchor { lower = max(lower - room, -largest) }
      if upper != anchor { upper = min(upper + room, largest) }
    }
    self.init(lower...upper, isLogarithmic: isLogarithmic)
  }

  /// The place of a value; beyond 0…1 when it is outside the range.
  ///
  /// - Precondition: finite, and positive on a logarithmic axis.
  package func position(of value: Double) -> Double {
    let (lower, upper) = (range.lowerBound, range.upperBound)
    if isLogarithmic { return (log(value) - log(lower)) / (log(upper) - log(lower)) }
    // Halves, because the difference of two large ends may overflow.
    return (value / 2 - lower / 2) / (upper / 2 - lower / 2)
  }

  /// Whether the axis can show the value at all.
  package func admits(_ value: Double) -> Bool { value.isFinite && (!isLogarithmic || value > 0) }

  package func ticks(most: Int, whole: Bool = false) -> Ticks {
    isLogarithmic ? .logarithmic(range, most: most) : .linear(range, most: most, whole: whole)
  }

  /// The same axis, longer by this factor about its middle.
  ///
  /// - Precondition: it is linear.
  func widened(by factor: Double) -> Scale {
    precondition(!isLogarithmic, "a logarithm has no middle")
    let middle = range.lowerBound / 2 + range.upperBound / 2
    let half = (range.upperBound / 2 - range.lowerBound / 2) * factor
    let largest = Double.greatestFiniteMagnitude
    return Scale(max(middle - half, -largest)...min(middle + half, largest))
  }

  private static func apart(
    _ range: ClosedRange<Double>, isLogarithmic: Bool, isWhole: Bool
  ) -> ClosedRange<Double> {
    let (lower, upper) = (range.lowerBound, range.upperBound)
    let size = max(abs(lower), abs(upper))
    let largest = Double.greatestFiniteMagnitude
    if isLogarithmic {
      if upper / lower - 1 > resolution { return range }
      return max(lower / 3, .leastNonzeroMagnitude)...min(upper * 3, largest)
    }
    if upper / 2 - lower / 2 > max(size * resolution, 1e-306) { return range }
    let room = size == 0 || isWhole ? 1 : max(size / 10, 1e-305)
    return max(lower - room, -largest)...min(upper + room, largest)
  }
}
