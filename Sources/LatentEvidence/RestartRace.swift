public import LatentNumerics

/// A race of starts by successive halving: all climb side by side, and again and again the less promising half stops.
///
/// After r steps of each, then 2r, 4r, …, the half of the starts that promise least are stopped, until one is left, which
/// goes on as an ordinary ascent; where all steps are used up before that, the one with the highest bound wins. What a start promises is its bound and what that still lacks of its limit by the last two
/// gains (``StoppingRule``), so that a slow climb is not given up for a fast one that has arrived. Starts that fail
/// drop out. The race is the same on any number of threads; it holds the states of all starts at once.
///
/// - Source: Jamieson & Talwalkar (2016), AISTATS 51, for successive halving; Böhning et al. (1994) for the limit.
public struct RestartRace: Sendable, Hashable {
  /// r.
  public let steps: Int
  /// The number of starts that step at the same time.
  public let threads: Int

  /// - Parameters:
  ///   - steps: the steps of every start before the first are stopped; at least 3, which an estimate of the limit takes.
  ///   - threads: the number of starts that step at the same time.
  public init(steps: Int = 8, threads: Int = Lanes.availableThreads) {
    precondition(steps >= 3 && threads > 0, "a limit is estimated from three steps; at least one thread")
    self.steps = steps
    self.threads = threads
  }
}

/// A race under way.
struct Contest<A: Ascent>: Sendable {
  let race: RestartRace
  /// Those that still run, in the order of their numbers.
  private(set) var contestants: [Contestant]
  /// Those that do not.
  private(set) var runs: [FitProgress<A.State>.Run] = []
  /// The number of steps after which the next are stopped.
  private var nextCut: Int

  struct Contestant: Sendable {
    let restart: Int
    var state: A.State?
    var trace: [Bound] = []
    var hasConverged = false
    var error: InferenceError?
  }

  init(_ race: RestartRace, restarts: Int) {
    self.race = race
    contestants = (0..<restarts).map { Contestant(restart: $0) }
    nextCut = race.steps
  }

  /// The one with the highest bound so far.
  var leader: Contestant? {
    contestants.filter { !$0.trace.isEmpty }
      .max { a, b in a.trace[a.trace.count - 1].value < b.trace[b.trace.count - 1].value }
  }

  /// Steps every start once that has not converged, side by side, and stops those it is time to stop.
  ///
  /// - Parameter isOutOfTime: whether the race must end.
  /// - Throws: `.boundDecreased`; where no start is left, the error of the last to fail.
  mutating func step(_ fit: Fit<A>, isOutOfTime: () -> Bool) throws(InferenceError) {
    let before = contestants
    contestants = Lanes.map(before.count, threads: race.threads) { Self.stepped(before[$0], fit) }
    var lastError: InferenceError?
    for one in contestants {
      guard let error = one.error else { continue }
      if case .boundDecreased = error { throw error }
      lastError = error
      runs.append(
        .init(restart: one.restart, iterations: one.trace.count, bound: nil, outcome: nil, error: error))
    }
    contestants.removeAll { $0.error != nil }
    if contestants.isEmpty, let lastError { throw lastError }
    let longest = contestants.reduce(0) { Swift.max($0, $1.trace.count) }
    let isOver =
      longest >= fit.stopping.maximumIterations || contestants.allSatisfy(\.hasConverged) || isOutOfTime()
    while contestants.count > 1, isOver || longest >= nextCut {
      cut(isMonotone: fit.ascent.isMonotone, isOver: isOver)
      nextCut *= 2
    }
  }

  private static func stepped(_ contestant: Contestant, _ fit: Fit<A>) -> Contestant {
    guard !contestant.hasConverged else { return contestant }
    var one = contestant
    do throws(InferenceError) {
      if one.state == nil { one.state = try fit.start(one.restart) }
      one.trace.append(try fit.ascent.step(&one.state!, on: fit.observations))
      one.hasConverged = fit.hasConverged(one.trace, at: one.state!)
      try fit.check(one.trace)
    } catch {
      // One that was interrupted is still in the race.
      if error != .interrupted { one.error = error }
    }
    return one
  }

  /// Stops the less promising half, or at the end, when promises can no longer be kept, the lower; of equals those with
  /// the higher numbers.
  private mutating func cut(isMonotone: Bool, isOver: Bool) {
    let ranked = contestants.map {
      (restart: $0.restart, promise: Self.promise(of: $0, isMonotone: isMonotone, isOver: isOver))
    }
    .sorted { a, b in a.promise == b.promise ? a.restart < b.restart : a.promise > b.promise }
    let stopped = Set(ranked.dropFirst((ranked.count + 1) / 2).map(\.restart))
    for one in contestants where stopped.contains(one.restart) { runs.append(outpaced(one)) }
    contestants.removeAll { stopped.contains($0.restart) }
  }

  private func outpaced(_ one: Contestant) -> FitProgress<A.State>.Run {
    .init(
      restart: one.restart, iterations: one.trace.count, bound: one.trace.last?.value, outcome: .outpaced,
      error: nil)
  }

  /// Gains that hardly shrink promise any limit; their ratio is taken as no closer to 1 than this.
  private static var slowest: Double { 0.95 }

  /// The bound, and unless it is over what the last gains say it still lacks; a mean of the later half of the steps where
  /// they are noisy.
  private static func promise(of one: Contestant, isMonotone: Bool, isOver: Bool) -> Double {
    guard let last = one.trace.last else { return -.infinity }
    guard isMonotone else {
      let later = one.trace.suffix((one.trace.count + 1) / 2)
      return later.reduce(0) { $0 + $1.value } / Double(later.count)
    }
    guard !isOver, !one.hasConverged, one.trace.count >= 3 else { return last.value }
    let middle = one.trace[one.trace.count - 2].value
    let (gain, before) = (Swift.max(last.value - middle, 0), middle - one.trace[one.trace.count - 3].value)
    let ratio = before > 0 ? Swift.min(gain / before, slowest) : slowest
    return last.value + gain * ratio / (1 - ratio)
  }

  /// What a fit knows once the leader has won: the leader under way, all others ended.
  func decided(_ progress: FitProgress<A.State>) -> FitProgress<A.State> {
    var decided = progress
    for run in runs { decided.record(run) }
    guard let leader else { return decided }
    for one in contestants where one.restart != leader.restart { decided.record(outpaced(one)) }
    decided.state = leader.state
    decided.trace = leader.trace
    return decided
  }
}

extension Fit.Iterator {
  /// One round of the race: a step of every start in it, and a cut where it is due.
  ///
  /// Until the race is decided `progress` knows of nothing but the time: there is no place in it to go on from.
  ///
  /// - Returns: the step of the start that leads.
  /// - Throws: `.boundDecreased`; the last start's error when all of them failed.
  mutating func race() throws(InferenceError) -> Fit.Step? {
    guard var contest else { return nil }
    self.contest = nil
    let clock = ContinuousClock()
    let began = clock.now
    let (limit, spent) = (fit.stopping.timeLimit, progress.seconds)
    try contest.step(fit) { limit.map { spent + (clock.now - began) / .seconds(1) >= $0 } ?? false }
    let seconds = (clock.now - began) / .seconds(1)
    progress.seconds += seconds
    guard let leader = contest.leader, let bound = leader.trace.last else { return nil }
    var outcome: Outcome?
    if contest.contestants.count > 1 {
      self.contest = contest
    } else {
      progress = contest.decided(progress)
      if leader.hasConverged {
        outcome = .converged
      } else if leader.trace.count >= fit.stopping.maximumIterations || isOutOfTime {
        outcome = .budgetExhausted
      }
      if let outcome { try finish(outcome) }
    }
    let before = leader.trace.dropLast().last
    return Fit.Step(
      restart: leader.restart, iteration: leader.trace.count, bound: bound,
      gain: before.map { bound.value - $0.value }, seconds: seconds, outcome: outcome,
      contestants: contest.contestants.count, progress: progress)
  }
}
