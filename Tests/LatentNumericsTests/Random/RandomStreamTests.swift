import Foundation
import LatentNumerics
import Testing

@Suite("Random streams")
struct RandomStreamTests {
  func words(_ stream: RandomStream, _ count: Int = 8) -> [UInt64] {
    var stream = stream
    return (0..<count).map { _ in stream.next() }
  }

  @Test func sameSeedSameWords() {
    #expect(words(RandomStream(seed: 42)) == words(RandomStream(seed: 42)))
    #expect(words(RandomStream(seed: 42)) != words(RandomStream(seed: 43)))
  }

  @Test("a copy continues on its own")
  func valueSemantics() {
    var stream = RandomStream(seed: 1)
    _ = stream.next()
    let copy = stream
    let ahead = (0..<5).map { _ in stream.next() }
    #expect(words(copy, 5) == ahead)
    #expect(copy.position == 1 && stream.position == 6)
  }

  @Test("substreams do not depend on the draws made, and are hierarchical")
  func substreams() {
    let root = RandomStream(seed: 9)
    var drawn = root
    for _ in 0..<7 { _ = drawn.next() }
    #expect(drawn.substream(3) == root.substream(3))
    #expect(root.substream(3).substream(4) != root.substream(4).substream(3))
    #expect(root.substream(0) != root)
    #expect(root.substream(-1) == root.substream(UInt64.max))
  }

  @Test("no word occurs twice in a tree of streams")
  func noCollisions() {
    // 3 × (1 + 50 + 50·50) streams of 8 words: 61,224 words of 64 bits repeat with probability 1e-10.
    var seen = Set<UInt64>()
    var count = 0
    func visit(_ stream: RandomStream) {
      count += 8
      seen.formUnion(words(stream))
    }
    for seed in [0, 1, UInt64.max] {
      let root = RandomStream(seed: seed)
      visit(root)
      for step in 0..<50 {
        let child = root.substream(step)
        visit(child)
        for row in 0..<50 { visit(child.substream(row)) }
      }
    }
    #expect(seen.count == count)
  }

  @Test("neighbouring substreams are uncorrelated")
  func independence() {
    let root = RandomStream(seed: 5)
    let first = (0..<100_000).map { index -> Double in
      var stream = root.substream(index)
      return stream.normal()
    }
    var moments = RunningMoments()
    for i in 1..<first.count { moments.add(first[i] * first[i - 1]) }
    #expect(moments.agrees(mean: 0))
  }

  @Test("a stored stream continues identically", arguments: 0..<5)
  func codable(_ draws: Int) throws {
    var stream = RandomStream(seed: .max).substream(12)
    for _ in 0..<draws { _ = stream.next() }
    let stored = try JSONEncoder().encode(stream)
    let restored = try JSONDecoder().decode(RandomStream.self, from: stored)
    #expect(restored == stream)
    #expect(restored.hashValue == stream.hashValue)
    #expect(words(restored) == words(stream))
    #expect(restored.substream(1) == stream.substream(1))
  }

  @Test("the standard library's generators accept a stream")
  func standardLibrary() {
    var stream = RandomStream(seed: 3)
    let value = Int.random(in: 0..<10, using: &stream)
    #expect((0..<10).contains(value))
    #expect(stream.position > 0)
  }
}
