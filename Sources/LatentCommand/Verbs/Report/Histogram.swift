import Foundation
import Latent

/// Counts of values in bins of one width.
struct Histogram {
  /// The middles of the bins.
  let middles: [Double]
  /// The weight in each.
  let counts: [Double]
  let width: Double

  /// As many bins as the rule of Freedman and Diaconis says, from 1 to `most`. Values that are not finite are left out.
  ///
  /// - Parameters:
  ///   - range: the ends; nil for those of the values.
  ///   - weights: one a value; nil where each counts once.
  /// - Returns: nil without a finite value.
  /// - Source: Freedman & Diaconis (1981), Zeitschrift für Wahrscheinlichkeitstheorie 57.
  init?(_ all: [Double], in range: ClosedRange<Double>? = nil, weights: [Double]? = nil, most: Int = 40) {
    let kept = all.indices.filter { all[$0].isFinite }
    let sorted = kept.map { all[$0] }.sorted()
    guard let least = sorted.first, let largest = sorted.last else { return nil }
    let (low, high) = range.map { ($0.lowerBound, $0.upperBound) } ?? (least, largest)
    let spread = high - low
    guard spread > 0, spread.isFinite else {
      middles = [low]
      counts = [kept.reduce(0) { $0 + (weights?[$1] ?? 1) }]
      width = low == 0 ? 1 : Swift.max(abs(low) * 0.05, .leastNormalMagnitude)
      return
    }
    let quartiles = sorted[sorted.count * 3 / 4] - sorted[sorted.count / 4]
    let rule = 2 * quartiles / pow(Double(sorted.count), 1.0 / 3)
    let bins = rule > 0 ? Int(min((spread / rule).rounded(.up), Double(most))) : 10
    let B = min(max(bins, 1), most)
    var counts = [Double](repeating: 0, count: B)
    for i in kept where all[i] >= low && all[i] <= high {
      counts[min(Int((all[i] - low) / spread * Double(B)), B - 1)] += weights?[i] ?? 1
    }
    let width = spread / Double(B)
    middles = (0..<B).map { low + (Double($0) + 0.5) * width }
    self.counts = counts
    self.width = width
  }

  /// Bars that touch each other, as shares of a total or as they are.
  func bars(name: String? = nil, asSharesOf total: Double? = nil) -> Figure.Layer {
    let heights = total.map { total in total > 0 ? counts.map { $0 / total } : counts } ?? counts
    return .bars(x: middles, heights: heights, width: width, name: name)
  }
}
