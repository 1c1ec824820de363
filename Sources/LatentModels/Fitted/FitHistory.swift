public import LatentEvidence

/// How a fit went: the bound of its best start after some of its steps, term by term, and how every start ended.
///
/// A long climb is thinned, evenly and with both ends, so that a model file stays small. Like the rest of a description it
/// depends on the data and the settings alone.
public struct FitHistory: Sendable, Codable, Equatable {
  /// The steps that are kept, from 1, ascending. For gradient ascent a step is a pass over the data.
  public private(set) var steps: [Int]
  /// E_q[ln p(x | z, θ)] after each of them, in nats, over all observations.
  public private(set) var reconstruction: [Double]
  /// KL(q(z) ‖ p(z | θ)), likewise.
  public private(set) var latentKL: [Double]
  /// KL(q(θ) ‖ p(θ)), likewise; see `Bound.parameterKL`.
  public private(set) var parameterKL: [Double]
  /// The number of observations that the terms are sums over (`Bound.count`).
  public private(set) var count: Double
  /// Whether each is the bound itself; otherwise estimates with noise.
  public private(set) var isExact: Bool
  /// Every start in its order.
  public private(set) var starts: [Start]
  /// The number of the start that the steps are of, from 0.
  public private(set) var best: Int

  /// One start that ended.
  public struct Start: Sendable, Codable, Equatable {
    /// Its bound at the end, in nats; nil where it failed.
    public var bound: Double?
    /// How many steps it took.
    public var steps: Int
    /// How it ended; nil where it failed.
    public var outcome: Outcome?

    public init(bound: Double?, steps: Int, outcome: Outcome?) {
      self.bound = bound
      self.steps = steps
      self.outcome = outcome
    }
  }

  /// The most steps that are kept.
  public static let mostSteps = 400

  /// Keeps at most ``mostSteps`` steps of a trace. Bounds that are not finite are left out.
  ///
  /// - Parameters:
  ///   - trace: the bounds of the best start, one a step.
  ///   - starts: all starts.
  ///   - best: the start that the trace is of, from 0.
  public init(trace: [Bound], starts: [Start], best: Int) {
    let last = max(trace.count - 1, 0)
    let intervals = min(last, Self.mostSteps - 1)
    let places =
      trace.isEmpty
      ? [] : intervals == 0 ? [0] : (0...intervals).map { last * $0 / intervals }
    let kept = places.filter { trace[$0].isFinite }
    steps = kept.map { $0 + 1 }
    reconstruction = kept.map { trace[$0].reconstruction }
    latentKL = kept.map { trace[$0].latentKL }
    parameterKL = kept.map { trace[$0].parameterKL }
    count = trace.last?.count ?? 0
    isExact = trace.allSatisfy { $0.estimate == .exact }
    self.starts = starts.map {
      Start(bound: $0.bound.flatMap { $0.isFinite ? $0 : nil }, steps: $0.steps, outcome: $0.outcome)
    }
    self.best = best
  }

  /// The bound after each step, in nats: reconstruction − latentKL − parameterKL.
  public var bounds: [Double] {
    steps.indices.map { reconstruction[$0] - latentKL[$0] - parameterKL[$0] }
  }

  /// Whether its parts belong together.
  package var isProper: Bool {
    let terms = [reconstruction, latentKL, parameterKL]
    return terms.allSatisfy { $0.count == steps.count && $0.allSatisfy(\.isFinite) }
      && steps.first.map { $0 > 0 } ?? true && zip(steps, steps.dropFirst()).allSatisfy { $0 < $1 }
      && count >= 0 && count.isFinite && best >= 0 && starts.allSatisfy { $0.steps >= 0 }
  }
}
