import LatentNumerics
import Testing

@Suite("Categorical draws")
struct CategoricalTests {
  static let weights: [[Double]] = [
    [1, 2, 3, 4], [0, 0.5, 0, 0.5, 0], [0x1p-1050, 0, 0x1p-1049, 0x1p-1050], [1e307, 3e307, 1e300],
    (0..<100).map { Double($0 % 7) },
  ]

  @Test("frequencies follow the weights", arguments: weights, [false, true])
  func frequencies(_ weights: [Double], _ prepared: Bool) {
    var stream = RandomStream(seed: 40)
    let table = AliasTable(weights: weights)
    #expect(table.count == weights.count)
    var counts = [Int](repeating: 0, count: weights.count)
    for _ in 0..<200_000 {
      counts[prepared ? stream.categorical(table) : stream.categorical(weights: weights)] += 1
    }
    let total = weights.reduce(0, +)
    let probabilities = weights.map { $0 / total }
    #expect(zip(counts, weights).allSatisfy { $1 > 0 || $0 == 0 })
    // Categories expected less than once are left out of the chi-square.
    let frequent = probabilities.indices.filter { probabilities[$0] > 1e-4 }
    #expect(abs(chiSquareDeviation(frequent.map { counts[$0] }, frequent.map { probabilities[$0] })) < 8)
  }

  @Test("one category is always drawn")
  func single() {
    var stream = RandomStream(seed: 41)
    let table = AliasTable(weights: [Float(0), 3])
    #expect((0..<100).allSatisfy { _ in stream.categorical(table) == 1 })
    #expect((0..<100).allSatisfy { _ in stream.categorical(weights: [Float(0), 3]) == 1 })
  }
}
