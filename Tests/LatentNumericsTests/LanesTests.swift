import LatentNumerics
import Testing

@Suite("Lanes")
struct LanesTests {
  @Test(
    "ranges cover every index once, in order, in multiples of the unit",
    arguments: [0, 1, 2, 7, 8, 63, 64, 65, 1000], [1, 2, 3, 8, 100])
  func coverage(_ count: Int, _ lanes: Int) {
    for unit in [1, 3, 8, 64] {
      let ranges = Lanes.ranges(count: count, lanes: lanes, unit: unit)
      #expect(ranges.flatMap { Array($0) } == Array(0..<count))
      #expect(ranges.count <= lanes)
      #expect(ranges.allSatisfy { !$0.isEmpty })
      #expect(ranges.dropLast().allSatisfy { $0.count % unit == 0 })
      let lengths = ranges.dropLast().map(\.count)
      if let shortest = lengths.min(), let longest = lengths.max() {
        #expect(longest - shortest <= unit)
        #expect(ranges.last!.count <= longest + unit)
      }
    }
  }

  @Test("results come back in lane order", arguments: [1, 2, 4, 16])
  func order(_ threads: Int) {
    let results = Lanes.map(100, threads: threads) { lane in
      (0..<(100 - lane) * 50).reduce(lane) { $0 &+ $1 &* 0 }  // early lanes take longest
    }
    #expect(results == Array(0..<100))
    #expect(Lanes.map(0, threads: threads) { $0 }.isEmpty)
    #expect(Lanes.map(1, threads: threads) { $0 } == [0])
  }

  @Test("a sum merged in lane order has the same bits at any number of threads")
  func sameBits() {
    let noise = RandomStream(seed: 60)
    let count = 50_000
    func total(threads: Int) -> Double {
      let ranges = Lanes.ranges(count: count, lanes: 16, unit: 8)
      return Lanes.map(ranges.count, threads: threads) { lane in
        ranges[lane].reduce(0.0) { sum, row in
          var stream = noise.substream(row)
          return sum + stream.normal()
        }
      }.reduce(0, +)
    }
    let expected = total(threads: 1)
    for threads in [2, 4, 16] {
      for _ in 0..<5 { #expect(total(threads: threads).bitPattern == expected.bitPattern) }
    }
  }

  @Test("the first lane's error is thrown, whichever fails first", arguments: [1, 2, 4])
  func firstError(_ threads: Int) {
    struct Failure: Error, Equatable { var lane: Int }
    for _ in 0..<20 {
      #expect(throws: Failure(lane: 3)) {
        try Lanes.map(12, threads: threads) { lane throws(Failure) -> Int in
          if lane == 3 || lane > 5 { throw Failure(lane: lane) }
          return lane
        }
      }
    }
  }

  @Test func threads() {
    #expect(Lanes.availableThreads >= 1)
  }
}
