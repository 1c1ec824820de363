import LatentEvidence

/// How the degrees of freedom ν of Student components are found.
public enum DegreesOfFreedom: Sendable, Equatable {
  /// Each component's own, within bounds. Above 200 the density is a Gaussian's for all practical purposes; below ½ it
  /// has a spike at its location and hardly a scale.
  case estimated(within: ClosedRange<Double> = 0.5...200)
  /// The same for all components, given.
  case fixed(Double)

  /// - Throws: `.invalidParameter` unless positive and finite.
  func validate() throws(InferenceError) {
    let least: Double
    let most: Double
    switch self {
    case .estimated(let range): (least, most) = (range.lowerBound, range.upperBound)
    case .fixed(let ν): (least, most) = (ν, ν)
    }
    guard least > 0, most.isFinite else {
      throw .invalidParameter(
        name: "degrees of freedom", value: "\(least)", requirement: "greater than 0 and finite")
    }
  }

  /// What an ascent starts from: tails that give outliers little weight.
  var start: Double {
    switch self {
    case .estimated(let range): range.nearest(to: 8)
    case .fixed(let ν): ν
    }
  }
}

extension ClosedRange<Double> {
  /// The number in the range that is nearest to another.
  func nearest(to value: Double) -> Double { Swift.min(Swift.max(value, lowerBound), upperBound) }
}
