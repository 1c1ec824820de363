import LatentNumerics
import Testing

@Suite("Normal draws")
struct NormalTests {
  @Test func distribution() {
    var stream = RandomStream(seed: 20)
    let values = (0..<400_000).map { _ in stream.normal() }
    #expect(kolmogorovSmirnov(values, normalDistribution) < 2.5)
    for (power, moment) in [(1, 0.0), (2, 1), (3, 0), (4, 3), (6, 15)] {
      var moments = RunningMoments()
      for value in values { moments.add(Double.pow(value, power)) }
      #expect(moments.agrees(mean: moment), "moment \(power): \(moments.mean)")
    }
    #expect(stream.position == 400_000)
  }

  @Test("tails beyond three deviations have their share")
  func tails() {
    var stream = RandomStream(seed: 21)
    var beyond = RunningMoments()
    for _ in 0..<1_000_000 { beyond.add(abs(stream.normal()) > 3 ? 1 : 0) }
    #expect(beyond.agrees(mean: 0.0026997960632601866))  // erfc(3/√2)
  }

  @Test func meanAndDeviation() {
    var a = RandomStream(seed: 22)
    var b = a
    #expect(a.normal(mean: 3, standardDeviation: 2) == 3 + 2 * b.normal())
    #expect(a.normal(mean: 3, standardDeviation: 0) == 3)
  }

  @Test("filling a buffer is drawing one by one", arguments: [0, 1, 2, 7, 8, 9, 16, 100_003], 0...1)
  func fill(_ count: Int, _ drawn: Int) {
    var stream = RandomStream(seed: 23).substream(1)
    for _ in 0..<drawn { _ = stream.next() }  // 1 begins in the middle of a block
    var filled = stream
    var filledSingle = stream
    let expected = (0..<count).map { _ in stream.normal() }
    let doubles = Matrix<Double>(rows: 1, columns: count) { filled.fill(normal: $0) }
    let singles = Matrix<Float>(rows: 1, columns: count) { filledSingle.fill(normal: $0) }
    #expect(doubles.elements == expected)
    #expect(singles.elements == expected.map { Float($0) })
    #expect(filled == stream && filledSingle == stream)
    #expect(filled.normal() == stream.normal())
  }
}
