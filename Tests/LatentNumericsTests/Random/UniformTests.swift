import LatentNumerics
import Testing

@Suite("Uniform draws")
struct UniformTests {
  let count = 200_000

  @Test func doubles() {
    var stream = RandomStream(seed: 10)
    let values = (0..<count).map { _ in stream.uniform() }
    #expect(values.allSatisfy { $0 >= 0 && $0 < 1 && $0 * 0x1p53 == ($0 * 0x1p53).rounded() })
    #expect(values.contains { $0 * 0x1p52 != ($0 * 0x1p52).rounded() })  // all 53 bits are used
    #expect(kolmogorovSmirnov(values) { $0 } < 2.5)
    #expect(stream.position == UInt64(count))
  }

  @Test func floats() {
    var stream = RandomStream(seed: 11)
    let values = (0..<count).map { _ in stream.uniform(Float.self) }
    #expect(values.allSatisfy { $0 >= 0 && $0 < 1 })
    #expect(kolmogorovSmirnov(values.map { Double($0) }) { $0 } < 2.5)
  }

  @Test("the open interval contains neither end")
  func open() {
    var stream = RandomStream(seed: 12)
    let values = (0..<count).map { _ in stream.openUniform(Float.self) }
    #expect(values.allSatisfy { $0 > 0 && $0 < 1 })
    #expect(kolmogorovSmirnov(values.map { Double($0) }) { $0 } < 2.5)
    // The ends of the range of words: all bits zero and all bits one.
    #expect((0 + 0.5) * Double.ulpOfOne == 0x1p-53)
    #expect((Double(UInt64.max >> 12) + 0.5) * Double.ulpOfOne == 1 - 0x1p-53)
  }

  @Test func ranges() {
    var stream = RandomStream(seed: 13)
    let values = (0..<count).map { _ in stream.uniform(in: -3.0..<5.0) }
    #expect(values.allSatisfy { $0 >= -3 && $0 < 5 })
    #expect(kolmogorovSmirnov(values) { ($0 + 3) / 8 } < 2.5)
    let narrow = 1.0..<1.0.nextUp
    #expect((0..<100).allSatisfy { _ in stream.uniform(in: narrow) == 1 })
  }

  @Test("integers below a bound", arguments: [1, 2, 7, 1000, 3 << 61])
  func integers(_ bound: Int) {
    var stream = RandomStream(seed: 14)
    let values = (0..<count).map { _ in stream.integer(below: bound) }
    #expect(values.allSatisfy { $0 >= 0 && $0 < bound })
    guard bound > 1 else { return }
    // The largest bound, ¾ of 2⁶³, would be visibly uneven without rejection.
    let bins = Swift.min(bound, 12)
    var counts = [Int](repeating: 0, count: bins)
    for value in values { counts[Int(Double(value) / Double(bound) * Double(bins))] += 1 }
    let probabilities = (0..<bins).map { bin -> Double in
      guard bound < 1 << 40 else { return 1 / Double(bins) }
      return Double((0..<bound).count { $0 * bins / bound == bin }) / Double(bound)
    }
    #expect(abs(chiSquareDeviation(counts, probabilities)) < 6)
  }
}
