import Dispatch
import Foundation
import Synchronization

/// Parallel work over observations.
///
/// A batch is cut into *lanes* whose number depends on the data alone; lanes run on any number of threads
/// and their results come back in lane order. Merged in that order they give the same bits at any thread
/// count.
public enum Lanes {
  /// The number of processors, the default number of threads.
  public static var availableThreads: Int { ProcessInfo.processInfo.activeProcessorCount }

  /// Cuts `0..<count` into `lanes` ranges whose lengths differ by at most `unit` (the last may be shorter),
  /// each but the last a multiple of `unit`.
  public static func ranges(count: Int, lanes: Int, unit: Int = 1) -> [Range<Int>] {
    precondition(lanes > 0 && unit > 0, "lanes and unit are positive")
    let units = (count + unit - 1) / unit
    return (0..<lanes).compactMap { lane in
      let low = units * lane / lanes * unit
      let high = Swift.min(units * (lane + 1) / lanes * unit, count)
      return low < high ? low..<high : nil
    }
  }

  /// The lanes of a pass over this many rows: whole blocks of 256 in each, at most 64 of them.
  package static func ofRows(_ count: Int) -> [Range<Int>] {
    ranges(count: count, lanes: Swift.max(1, Swift.min(64, count / 256)), unit: 256)
  }

  /// Calls `body` for each lane on up to `threads` threads and returns the results in lane order.
  ///
  /// - Throws: the error of the first lane (in lane order) that failed, once all running lanes have ended.
  public static func map<Result: Sendable, Failure: Error>(
    _ lanes: Int, threads: Int, _ body: @Sendable (Int) throws(Failure) -> Result
  ) throws(Failure) -> [Result] {
    guard lanes > 1, threads > 1 else {
      var results: [Result] = []
      results.reserveCapacity(lanes)
      for lane in 0..<lanes { results.append(try body(lane)) }
      return results
    }
    var slots = [Swift.Result<Result, Failure>?](repeating: nil, count: lanes)
    slots.withUnsafeMutableBufferPointer { slots in
      nonisolated(unsafe) let slots = slots  // every slot is written by exactly one thread
      let next = Atomic<Int>(0)
      DispatchQueue.concurrentPerform(iterations: Swift.min(threads, lanes)) { _ in
        while true {
          let lane = next.wrappingAdd(1, ordering: .relaxed).oldValue
          guard lane < lanes else { return }
          do throws(Failure) {
            slots[lane] = .success(try body(lane))
          } catch {
            slots[lane] = .failure(error)
          }
        }
      }
    }
    var results: [Result] = []
    results.reserveCapacity(lanes)
    for slot in slots { results.append(try slot!.get()) }
    return results
  }

  /// Calls `body` for each lane on up to `threads` threads and merges the results in lane order, each as soon as
  /// all before it are merged, so that few are held at a time.
  ///
  /// - Returns: the merged result; nil without lanes.
  /// - Throws: the error of the first lane (in lane order) that failed.
  public static func reduce<Result: Sendable, Failure: Error>(
    _ lanes: Int, threads: Int, _ body: @Sendable (Int) throws(Failure) -> Result,
    merge: @Sendable (inout Result, Result) -> Void
  ) throws(Failure) -> Result? {
    let merger = Mutex(Merger<Result>())
    _ = try map(lanes, threads: threads) { (lane) throws(Failure) -> Void in
      let result = try body(lane)
      merger.withLock { $0.insert(result, lane: lane, merge: merge) }
    }
    return merger.withLock { $0.total }
  }

  private struct Merger<Result: Sendable>: Sendable {
    var total: Result?
    var next = 0
    var waiting: [Int: Result] = [:]

    mutating func insert(_ result: Result, lane: Int, merge: (inout Result, Result) -> Void) {
      waiting[lane] = result
      while let part = waiting.removeValue(forKey: next) {
        if total == nil { total = part } else { merge(&total!, part) }
        next += 1
      }
    }
  }
}
