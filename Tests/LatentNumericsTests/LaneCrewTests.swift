import Foundation
import LatentNumerics
import Synchronization
import Testing

@Suite struct LaneCrewTests {
  /// Counts how often each item was done; an item may take a while.
  final class Counting: CrewWork, @unchecked Sendable {
    let counts: UnsafeMutablePointer<Atomic<Int>>
    let capacity: Int
    let slowItem: Int?

    init(_ capacity: Int, slowItem: Int? = nil) {
      counts = .allocate(capacity: capacity)
      for i in 0..<capacity { (counts + i).initialize(to: Atomic(0)) }
      self.capacity = capacity
      self.slowItem = slowItem
    }

    deinit {
      counts.deinitialize(count: capacity)
      counts.deallocate()
    }

    func perform(_ item: Int) {
      if item == slowItem { Thread.sleep(forTimeInterval: 0.001) }
      counts[item].add(1, ordering: .relaxed)
    }

    func count(_ item: Int) -> Int { counts[item].load(ordering: .relaxed) }
  }

  /// Every item of every round once, when all of `perform` has returned; rounds of all sizes, more than a crew takes too.
  @Test(arguments: [1, 2, 3, 8]) func everyItemOnce(threads: Int) {
    let crew = LaneCrew(threads: threads)
    let work = Counting(300)
    var expected = [Int](repeating: 0, count: 300)
    for round in 0..<3000 {
      let items = round % 100 == 99 ? 300 : round % 7
      crew.perform(work, items: items)
      for i in 0..<items { expected[i] += 1 }
      if round % 50 == 0 { #expect((0..<300).allSatisfy { work.count($0) == expected[$0] }, "\(round)") }
    }
    #expect((0..<300).allSatisfy { work.count($0) == expected[$0] })
  }

  /// Helpers that have gone to sleep wake up, and so does a caller that waits for a slow helper.
  @Test func sleepersWake() {
    let crew = LaneCrew(threads: 3)
    for slow in [0, 1, 2] {
      let work = Counting(3, slowItem: slow)
      for round in 1...20 {
        if round % 5 == 0 { Thread.sleep(forTimeInterval: 0.002) }
        crew.perform(work, items: 3)
        #expect((0..<3).allSatisfy { work.count($0) == round })
      }
    }
  }

  /// Callers that share a crew get their own work done, all of it.
  @Test func severalCallers() {
    let crew = LaneCrew(threads: 2)
    let works = (0..<4).map { _ in Counting(5) }
    DispatchQueue.concurrentPerform(iterations: 4) { caller in
      for round in 1...500 {
        crew.perform(works[caller], items: 5)
        precondition((0..<5).allSatisfy { works[caller].count($0) == round })
      }
    }
    for work in works { #expect((0..<5).allSatisfy { work.count($0) == 500 }) }
  }

  /// Crews come and go without leaving threads that would crash.
  @Test func manyCrews() {
    for i in 0..<50 {
      let crew = LaneCrew(threads: 2 + i % 2)
      let work = Counting(4)
      if i % 3 > 0 { crew.perform(work, items: 4) }
      #expect(work.count(3) == (i % 3 > 0 ? 1 : 0))
    }
  }
}
