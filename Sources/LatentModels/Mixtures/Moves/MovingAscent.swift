// N observations, K components

public import LatentEvidence
public import LatentNumerics

/// Coordinate ascent of a variational mixture that also changes the number of components.
///
/// A step is one of coordinate ascent. When steps gain little, it also tries moves: it removes components that hold less
/// than one row, merges two, splits one in two; each from the statistics at hand, followed by steps of coordinate ascent
/// with K − 1 or K + 1 components. The first move after which the exact bound of all observations is higher is kept, and
/// anything else forgotten. So the bound rises in every step, as it does without moves, and the ascent leaves many of the
/// local maxima in which components are duplicates of each other, or one covers two clusters.
///
/// Which moves are tried, and in what order, depends on the state alone: mergers by what they gain if no row changes its
/// mind, and only those that gain so, which is a heuristic: rows that do change it may gain more; splits by the
/// components' size.
///
/// The number of components that the model was made with is where an ascent begins, not a limit.
///
/// - Source: Ueda & Ghahramani (2002), Neural Networks 15, for split and merge under variational Bayes; Hughes & Sudderth
///   (2013), NIPS 26, for mergers by statistics and their ranking.
public struct MovingAscent<Family: RestructuringEmission>: Ascent {
  public typealias Observations = Rows<Family.Scalar>

  /// The ascent between moves.
  public let plain: CoordinateAscent<Mixture<Family>>
  /// The largest number of components that a split may lead to.
  public let limit: Int

  /// - Parameters:
  ///   - model: a mixture whose weights and components are distributions.
  ///   - limit: the largest number of components.
  ///   - threads: their number; the result does not depend on it.
  /// - Throws: `.invalidParameter` for a point θ, whose bound rises with every split.
  public init(
    _ model: Mixture<Family>, limit: Int = 1000, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) {
    guard model.isVariational else {
      throw .invalidParameter(
        name: "moves", value: "a point θ",
        requirement: "used with variational Bayes, whose bound charges for components")
    }
    plain = CoordinateAscent(model, threads: threads)
    self.limit = limit
  }

  public struct State: ModelState {
    public internal(set) var parameters: MixtureParameters<Family.Parameters>
    public internal(set) var iteration: Int
    /// Passes over the data so far, those for moves that were not kept included.
    public internal(set) var evaluations: Int
    /// The moves that were kept, in order, each with the iteration it ended.
    public internal(set) var moves: [Kept] = []
    /// The bound at `parameters`, once a step was taken.
    var bound = -Double.infinity
    /// How often moves were tried, to no avail, since one was kept.
    var failures = 0
    /// The statistics of q(z) at `parameters`; made anew when absent, as after reading a checkpoint.
    var statistics: Family.Statistics?

    public init(parameters: MixtureParameters<Family.Parameters>) {
      self.parameters = parameters
      iteration = 0
      evaluations = 0
    }

    /// A move that was kept.
    public struct Kept: Sendable, Hashable, Codable {
      public let move: Move
      public let iteration: Int
      /// What it raised the bound by, in nats.
      public let gain: Double
    }
  }

  public var isMonotone: Bool { true }

  /// Nats that a step must gain for each row for moves to wait, after 0, 1, … rounds to no avail; after the last, there is
  /// nothing more to try.
  private static var patience: [Double] { [1e-4, 1e-6] }
  /// Nats that a split or merger must gain: less is not worth the change.
  private static var worthwhile: Double { 1e-3 }
  /// The largest numbers of mergers and splits of one round.
  private static var mergersOfRound: Int { 8 }
  private static var splitsOfRound: Int { 12 }
  /// Of more components than this, only the smallest are considered for mergers.
  private static var candidatesOfMerger: Int { 128 }

  public func step(_ state: inout State, on x: Observations) throws(InferenceError) -> Bound {
    var parameters = state.parameters
    if state.iteration > 0 {
      let statistics: Family.Statistics
      if let known = state.statistics {
        statistics = known
      } else {
        statistics = try plain.expectation(at: parameters, of: x).statistics
      }
      state.statistics = nil
      parameters = try plain.model.parameters(maximizing: statistics, threads: plain.threads)
    }
    let (statistics, bound) = try plain.expectation(at: parameters, of: x)
    let gain = bound.value - state.bound
    state.iteration += 1
    state.evaluations += 1
    var now = Point(parameters: parameters, statistics: statistics, bound: bound)
    if state.failures < Self.patience.count,
      gain < Self.patience[state.failures] * Swift.max(bound.count, 1)
    {
      if let (move, next) = firstImprovement(of: now, on: x, evaluations: &state.evaluations) {
        state.moves.append(
          .init(move: move, iteration: state.iteration, gain: next.bound.value - now.bound.value))
        state.failures = 0
        now = next
      } else {
        state.failures += 1
      }
    }
    state.parameters = now.parameters
    state.statistics = now.statistics
    state.bound = now.bound.value
    return now.bound
  }

  /// Only after a round of moves to no avail.
  public func hasConverged(
    _ trace: [Bound], at state: State, on observations: Observations, by rule: StoppingRule
  ) -> Bool {
    state.failures > 0 && rule.hasConverged(trace)
  }

  /// Parameters with what belongs to them.
  private struct Point {
    var parameters: MixtureParameters<Family.Parameters>
    var statistics: Family.Statistics
    var bound: Bound
  }

  /// The first of the moves, in their order, that is worth it.
  private func firstImprovement(
    of now: Point, on x: Observations, evaluations: inout Int
  ) -> (Move, Point)? {
    let K = now.statistics.counts.count
    let row = x.weightOfOneRow
    let faint = now.statistics.counts.indices.filter { now.statistics.counts[$0] < row }
    if !faint.isEmpty {
      for some in (faint.count > 1 ? [faint] : []) + faint.map({ [$0] }) where some.count < K {
        let statistics = now.statistics.selecting(components: (0..<K).filter { !some.contains($0) })
        // One component less at the same bound is better, too.
        let least = now.bound.value - now.bound.roundoff
        if let next = climb(from: statistics, to: least, steps: 1, on: x, evaluations: &evaluations) {
          return (.prune(some), next)
        }
      }
    }
    let worthwhile = now.bound.value + 2 * now.bound.roundoff + Self.worthwhile
    for (a, b) in mergers(of: now.statistics) {
      let statistics = now.statistics.merging(b, into: a)
      if let next = climb(from: statistics, to: worthwhile, steps: 5, on: x, evaluations: &evaluations) {
        return (.merge(a, b), next)
      }
    }
    guard K < limit else { return nil }
    let counts = now.statistics.counts
    let largest = counts.indices.sorted { counts[$0] > counts[$1] || (counts[$0] == counts[$1] && $0 < $1) }
    for k in largest.prefix(Self.splitsOfRound) where counts[k] >= 2 * row {
      guard
        let statistics = plain.model.emission.splitting(k, of: now.statistics, at: now.parameters.emission),
        let next = climb(from: statistics, to: worthwhile, steps: 30, on: x, evaluations: &evaluations)
      else { continue }
      return (.split(k), next)
    }
    return nil
  }

  /// Coordinate ascent from these statistics until its bound is above `target`.
  ///
  /// - Returns: nil when it is not after so many steps, or when it is clear that it will not be.
  private func climb(
    from statistics: Family.Statistics, to target: Double, steps: Int, on x: Observations,
    evaluations: inout Int
  ) -> Point? {
    var statistics = statistics
    var last: Double?
    for step in 1...steps {
      guard let θ = try? plain.model.parameters(maximizing: statistics, threads: plain.threads),
        let (next, bound) = try? plain.expectation(at: θ, of: x)
      else { return nil }
      evaluations += 1
      if bound.value >= target { return Point(parameters: θ, statistics: next, bound: bound) }
      // Steps that gain less and less are not worth following when there is so far to go.
      if let last, step > 4, target - bound.value > Double(steps) * (bound.value - last) { return nil }
      last = bound.value
      statistics = next
    }
    return nil
  }

  /// Pairs of components, the most promising first, whose merger would gain if q(z) stayed as it is: a screen, which may
  /// miss a merger that gains only as rows move.
  private func mergers(of statistics: Family.Statistics) -> [(Int, Int)] {
    let K = statistics.counts.count
    guard K > 1 else { return [] }
    let (emission, mixing) = (plain.model.emission, plain.model.mixing)
    let counts = statistics.counts
    let small = counts.indices.sorted { counts[$0] < counts[$1] || (counts[$0] == counts[$1] && $0 < $1) }
    let candidates = small.prefix(Self.candidatesOfMerger).sorted()
    let weights = mixing.logMarginal(counts: counts)
    func marginal(_ statistics: Family.Statistics) -> Double {
      (try? emission.logMarginal(of: statistics)) ?? .nan
    }
    let alone =
      emission.sharesParameters ? [] : candidates.map { marginal(statistics.selecting(components: [$0])) }
    let together = emission.sharesParameters ? marginal(statistics) : 0
    var found: [(gain: Double, pair: (Int, Int))] = []
    for (i, a) in candidates.enumerated() {
      for (j, b) in candidates.enumerated() where b > a {
        let change =
          emission.sharesParameters
          ? marginal(statistics.merging(b, into: a)) - together
          : marginal(statistics.selecting(components: [a, b]).merging(1, into: 0)) - alone[i] - alone[j]
        var merged = counts
        merged[a] += merged[b]
        merged.remove(at: b)
        let gain = change + mixing.logMarginal(counts: merged) - weights
        if gain > 0 { found.append((gain, (a, b))) }
      }
    }
    found.sort { $0.gain > $1.gain || ($0.gain == $1.gain && $0.pair < $1.pair) }
    return found.prefix(Self.mergersOfRound).map(\.pair)
  }
}
