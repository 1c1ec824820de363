public import LatentNumerics

/// Observations that come in batches, in memory or not: the same batches whenever they are asked for.
public protocol ObservationSource<Batch>: Sendable {
  associatedtype Batch: ObservationBatch

  /// What all observations count for together: their number, or the sum of their weights.
  var totalWeight: Double { get }
  /// The number of batches, at least one.
  var batchCount: Int { get }

  /// Batch i, `0..<batchCount`; not empty.
  ///
  /// - Throws: `.batchUnavailable`, with the reason, where it cannot be had.
  func batch(_ i: Int) throws(InferenceError) -> Batch

  /// Where an observation of a batch stands among all, for messages.
  ///
  /// - Parameters:
  ///   - position: its place as the batch's own `sourceIndex(of:)` gives it.
  ///   - i: the number of the batch.
  func sourceIndex(of position: Int, inBatch i: Int) -> Int
}

/// Observations in memory, cut into batches.
///
/// Batches differ by at most one observation in size. Which observations share one is drawn once, so that a batch is like
/// the whole whatever order the observations come in; a batch is copied together when it is asked for.
public struct Batches<Batch: ObservationBatch>: ObservationSource {
  /// All the observations.
  public let observations: Batch
  public let totalWeight: Double
  private let ranges: [Range<Int>]
  /// The observations in the order of the batches; nil for their own.
  private let order: [Int]?

  /// - Parameters:
  ///   - observations: at least one.
  ///   - size: the largest size of a batch, at least 1.
  ///   - stream: draws the order of the observations; nil leaves them in their own, for batches that share memory with
  ///     them.
  public init(_ observations: Batch, size: Int, shuffledBy stream: RandomStream?) {
    precondition(
      size > 0 && observations.observationCount > 0, "at least one observation, in batches of at least one")
    let count = observations.observationCount
    self.observations = observations
    totalWeight = observations.totalWeight
    ranges = Lanes.ranges(count: count, lanes: (count - 1) / size + 1)
    var stream = stream
    order = stream?.permutation(count)
  }

  public var batchCount: Int { ranges.count }

  public func batch(_ i: Int) -> Batch {
    guard let order else { return observations.chunk(ranges[i]) }
    return observations.selecting(Array(order[ranges[i]]))
  }

  public func sourceIndex(of position: Int, inBatch i: Int) -> Int {
    // A chunk knows its source itself.
    guard let order else { return position }
    return observations.sourceIndex(of: order[ranges[i].lowerBound + position])
  }
}

extension ObservationSource {
  /// Batch i, and its expected statistics and bound at some parameters, with errors that name observations of the source.
  func expectation<Model: ConjugateModel>(
    of i: Int, at parameters: Model.Parameters, by ascent: CoordinateAscent<Model>
  ) throws(InferenceError) -> (rows: Int, statistics: Model.Statistics, bound: Bound)
  where Model.Observations == Batch {
    let x = try batch(i)
    do throws(InferenceError) {
      let (statistics, bound) = try ascent.expectation(at: parameters, of: x, standingFor: totalWeight)
      return (x.observationCount, statistics, bound)
    } catch {
      throw error.movingRow { sourceIndex(of: $0, inBatch: i) }
    }
  }

  /// The exact bound of all observations at some parameters: one pass.
  public func bound<Model: ConjugateModel>(
    of model: Model, at parameters: Model.Parameters, threads: Int
  ) throws(InferenceError) -> Bound where Model.Observations == Batch {
    try expectation(of: model, at: parameters, threads: threads).bound
  }

  /// The expected statistics and the exact bound of all observations at some parameters: one pass.
  public func expectation<Model: ConjugateModel>(
    of model: Model, at parameters: Model.Parameters, threads: Int
  ) throws(InferenceError) -> (statistics: Model.Statistics, bound: Bound)
  where Model.Observations == Batch {
    let ascent = CoordinateAscent(model, threads: threads)
    var (_, statistics, bound) = try expectation(of: 0, at: parameters, by: ascent)
    for i in 1..<Swift.max(batchCount, 1) {
      var next = try expectation(of: i, at: parameters, by: ascent)
      // It enters once, not once a batch.
      next.bound.parameterKL = 0
      statistics += next.statistics
      bound += next.bound
    }
    return (statistics, bound)
  }
}

/// The order in which an ascent visits batches: every one once a pass, in an order of its own for each pass.
struct BatchOrder: Sendable {
  let stream: RandomStream

  /// The batch that comes at a step, from 0.
  func batch(at step: Int, of count: Int) -> Int {
    var pass = stream.substream(step / count)
    return pass.permutation(count)[step % count]
  }
}
