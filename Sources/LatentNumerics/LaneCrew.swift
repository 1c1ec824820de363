import CLatentKernels
import Dispatch
import Foundation
import Synchronization

/// Work in numbered items, each of which any thread may do.
package protocol CrewWork: AnyObject {
  func perform(_ item: Int)
}

/// Threads that stay, for work that comes in rounds of well under a millisecond: the caller, and a crew of helpers.
///
/// A thread takes the items that are its own by their number first, so that memory stays near the core that used it last, and
/// then what the others have not begun. So the caller never waits for a helper that the machine does not run: it does
/// the work itself. Threads without work look out for it for a while and then sleep. Nothing is allocated in a round.
package final class LaneCrew: Sendable {
  /// The number of threads, the caller's included.
  package let threads: Int
  private let room: CrewRoom

  /// Threads are started when there is first work for them.
  package init(threads: Int) {
    precondition(threads > 0, "at least one thread")
    self.threads = threads
    room = CrewRoom(helpers: threads - 1)
  }

  deinit { room.close() }

  /// Does all items and returns when they are done. Where another caller has the crew, the caller does them alone.
  package func perform(_ work: any CrewWork, items: Int) {
    if threads > 1, items > 1, items <= CrewRoom.capacity, room.enter() {
      room.perform(work, items: items)
      room.leave()
    } else {
      for item in 0..<items { work.perform(item) }
    }
  }
}

/// What a crew shares. Helpers keep it alive until they have left.
private final class CrewRoom: @unchecked Sendable {
  static let capacity = 1023

  private let helpers: Int
  /// Whether a caller has the crew.
  private let isTaken = Atomic<Bool>(false)
  private let isClosed = Atomic<Bool>(false)
  /// The round's number times 1,024, and the number of its items.
  private let round = Atomic<UInt64>(0)
  /// Items of the round that are not done.
  private let remaining = Atomic<Int>(0)
  /// The last round in which each item was claimed.
  private let claims: UnsafeMutablePointer<Atomic<UInt64>>
  /// Sleepers: the caller, then the helpers.
  private let sleepers: UnsafeMutablePointer<Atomic<Bool>>
  private let bells: [DispatchSemaphore]
  /// Written by the caller between two rounds, read by those who hold a claim of the round.
  private var work: (any CrewWork)?
  private var hasStarted = false

  init(helpers: Int) {
    self.helpers = helpers
    claims = .allocate(capacity: Self.capacity)
    for i in 0..<Self.capacity { (claims + i).initialize(to: Atomic(0)) }
    sleepers = .allocate(capacity: helpers + 1)
    for i in 0...helpers { (sleepers + i).initialize(to: Atomic(false)) }
    bells = (0...helpers).map { _ in DispatchSemaphore(value: 0) }
  }

  deinit {
    claims.deinitialize(count: Self.capacity)
    claims.deallocate()
    sleepers.deinitialize(count: helpers + 1)
    sleepers.deallocate()
  }

  func enter() -> Bool { !isTaken.exchange(true, ordering: .acquiring) }
  func leave() { isTaken.store(false, ordering: .releasing) }

  func close() {
    isClosed.store(true, ordering: .sequentiallyConsistent)
    for helper in 0..<helpers { wake(helper + 1) }
  }

  /// The caller's part of a round.
  func perform(_ work: any CrewWork, items: Int) {
    if !hasStarted {
      hasStarted = true
      for helper in 0..<helpers {
        let thread = Thread { self.serve(helper + 1) }
        thread.name = "latent lane \(helper + 1)"
        thread.start()
      }
    }
    self.work = work
    remaining.store(items, ordering: .relaxed)
    let number = ((round.load(ordering: .relaxed) >> 10) + 1) << 10 | UInt64(items)
    round.store(number, ordering: .sequentiallyConsistent)
    for helper in 0..<Swift.min(helpers, items - 1) { wake(helper + 1) }
    help(number, as: 0)
    wait(as: 0) { remaining.load(ordering: .sequentiallyConsistent) == 0 }
    self.work = nil
  }

  /// A helper's life.
  private func serve(_ place: Int) {
    var last: UInt64 = 0
    while true {
      wait(as: place) {
        round.load(ordering: .sequentiallyConsistent) != last
          || isClosed.load(ordering: .sequentiallyConsistent)
      }
      if isClosed.load(ordering: .sequentiallyConsistent) { return }
      last = round.load(ordering: .acquiring)
      help(last, as: place)
    }
  }

  /// Does what is left of a round, one's own items first.
  private func help(_ number: UInt64, as place: Int) {
    let items = Int(number & 0x3FF)
    for item in stride(from: place, to: items, by: helpers + 1) { attempt(item, number) }
    for item in 0..<items { attempt(item, number) }
  }

  /// Does an item unless somebody has claimed it. Who comes too late for the round finds all its items claimed in this round or a
  /// later one.
  private func attempt(_ item: Int, _ number: UInt64) {
    let last = claims[item].load(ordering: .relaxed)
    guard last < number,
      claims[item].compareExchange(expected: last, desired: number, ordering: .acquiringAndReleasing)
        .exchanged
    else { return }
    work?.perform(item)
    if remaining.subtract(1, ordering: .sequentiallyConsistent).newValue == 0 { wake(0) }
  }

  /// How long to look out for work before sleeping: longer than waking takes.
  private static let patience = Duration.microseconds(100)

  private func wait(as place: Int, until isTime: () -> Bool) {
    if isTime() { return }
    let clock = ContinuousClock()
    let end = clock.now + Self.patience
    repeat {
      for _ in 0..<16 {
        latent_pause()
        if isTime() { return }
      }
    } while clock.now < end
    // Either who makes it time sees a sleeper, or the sleeper sees that it is time. A bell may ring for an earlier round.
    repeat {
      sleepers[place].store(true, ordering: .sequentiallyConsistent)
      if isTime() { break }
      bells[place].wait()
    } while !isTime()
    sleepers[place].store(false, ordering: .sequentiallyConsistent)
  }

  private func wake(_ place: Int) {
    if sleepers[place].exchange(false, ordering: .sequentiallyConsistent) { bells[place].signal() }
  }
}
