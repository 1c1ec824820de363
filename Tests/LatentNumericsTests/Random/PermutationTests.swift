import LatentNumerics
import Testing

@Suite("Permutations and samples")
struct PermutationTests {
  @Test(arguments: [0, 1, 2, 1000])
  func permutations(_ count: Int) {
    var stream = RandomStream(seed: 50)
    #expect(stream.permutation(count).sorted() == Array(0..<count))
    #expect(stream.shuffled(["a", "b", "c"]).sorted() == ["a", "b", "c"])
  }

  @Test("every order is equally likely")
  func allOrders() {
    var stream = RandomStream(seed: 51)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<120_000 { counts[stream.permutation(5), default: 0] += 1 }
    #expect(counts.count == 120)
    #expect(abs(chiSquareDeviation(Array(counts.values), Array(repeating: 1.0 / 120, count: 120))) < 6)
  }

  @Test("every ordered sample is equally likely")
  func allSamples() {
    var stream = RandomStream(seed: 52)
    var counts: [[Int]: Int] = [:]
    for _ in 0..<120_000 { counts[stream.sample(3, from: 6), default: 0] += 1 }
    #expect(counts.count == 120)  // 6 · 5 · 4
    #expect(abs(chiSquareDeviation(Array(counts.values), Array(repeating: 1.0 / 120, count: 120))) < 6)
  }

  @Test(arguments: [(0, 0), (0, 5), (5, 5), (100, 1 << 60)])
  func sampleBounds(_ count: Int, _ population: Int) {
    var stream = RandomStream(seed: 53)
    let sample = stream.sample(count, from: population)
    #expect(sample.count == count && Set(sample).count == count)
    #expect(sample.allSatisfy { $0 >= 0 && $0 < population })
  }
}
