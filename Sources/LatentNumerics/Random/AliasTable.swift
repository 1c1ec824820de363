/// A categorical distribution prepared for many draws, each in constant time.
///
/// Each of K columns holds up to two indices: its own, taken with probability `threshold`, and an alias.
///
/// - Source: Walker (1977); Vose (1991), "A linear algorithm for generating random numbers with a given
///   distribution".
public struct AliasTable: Sendable, Equatable {
  /// The number of indices, K.
  public var count: Int { threshold.count }

  @usableFromInline let threshold: [Double]
  @usableFromInline let alias: [Int]

  /// Prepares a table.
  ///
  /// - Parameter weights: finite, none negative, at least one positive, with a finite sum; they need not sum
  ///   to 1. An index of weight zero is never drawn.
  /// - Complexity: O(K).
  @inlinable
  public init<Scalar: LatentScalar>(weights: some Collection<Scalar>) {
    let weights = weights.map(Double.init)
    precondition(weights.allSatisfy { $0 >= 0 }, "weights are not negative")
    let total = weights.reduce(0, +)
    precondition(total > 0 && total.isFinite, "weights have a finite, positive sum")
    let count = weights.count
    var remaining = weights.map { $0 / total * Double(count) }
    var alias = Array(0..<count)
    var small = remaining.indices.filter { remaining[$0] < 1 }
    var large = remaining.indices.filter { remaining[$0] >= 1 }
    while let low = small.last, let high = large.last {
      small.removeLast()
      alias[low] = high
      remaining[high] -= 1 - remaining[low]
      if remaining[high] < 1 {
        large.removeLast()
        small.append(high)
      }
    }
    // What is left differs from 1 by rounding only. Where it carries no weight, the largest takes its place.
    let heaviest = weights.indices.max { weights[$0] < weights[$1] } ?? 0
    for index in small + large {
      if weights[index] > 0 { remaining[index] = 1 } else { alias[index] = heaviest }
    }
    threshold = remaining
    self.alias = alias
  }
}
