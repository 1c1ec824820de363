// N observations, B of them in a minibatch at most

import LatentNumerics

/// How a pass over the data is cut into minibatches, and a minibatch into lanes: by the numbers alone.
struct GradientBatches: Sendable, Hashable {
  /// N.
  let count: Int
  /// Minibatches in a pass: as few as keep them at B or below. Their sizes differ by at most one.
  let stepsPerPass: Int
  private let lanes: Int

  /// The largest number of lanes.
  static let mostLanes = 64
  /// What a lane must hold to be worth a hand-over.
  private static let smallestLane = 8

  /// - Parameters:
  ///   - batchSize: B, at most N.
  ///   - lanes: the number of lanes of a large minibatch.
  init(count: Int, batchSize: Int, lanes: Int) {
    self.count = count
    self.lanes = lanes
    stepsPerPass = (count - 1) / batchSize + 1
  }

  /// The places in the pass's order that minibatch `step` takes, from 0.
  func rows(ofStep step: Int) -> Range<Int> {
    let i = step % stepsPerPass
    return count * i / stepsPerPass..<count * (i + 1) / stepsPerPass
  }

  /// The number of lanes of a minibatch.
  func laneCount(of rows: Range<Int>) -> Int {
    Swift.max(1, Swift.min(lanes, rows.count / Self.smallestLane))
  }

  /// The places that lane i of a minibatch takes.
  func lane(_ i: Int, of rows: Range<Int>) -> Range<Int> {
    let lanes = laneCount(of: rows)
    let low = rows.lowerBound
    return low + rows.count * i / lanes..<low + rows.count * (i + 1) / lanes
  }
}

extension BatchOrder {
  /// The order of the observations in a pass, written over `order`: in place, drawn as by `permutation(_:)`.
  func shuffle(_ order: inout [Int], ofPass pass: Int) {
    for i in order.indices { order[i] = i }
    var stream = stream.substream(pass)
    for i in order.indices.dropFirst() { order.swapAt(i, stream.integer(below: i + 1)) }
  }
}
