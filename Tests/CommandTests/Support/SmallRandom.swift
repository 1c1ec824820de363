import Foundation

/// Numbers for data of tests, the same on every machine.
struct SmallRandom {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// Between 0 and 1.
  mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return (Double(state >> 11) + 0.5) / 9_007_199_254_740_992
  }

  mutating func normal() -> Double { sqrt(-2 * log(uniform())) * cos(2 * .pi * uniform()) }
}
