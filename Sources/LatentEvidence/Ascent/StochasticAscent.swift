// N observations in all, B of them in a batch

public import LatentNumerics

/// Stochastic ascent: coordinate steps on one batch at a time, whose statistics are blended into running ones.
///
/// A step moves θ to the maximum for the running statistics S, takes q(z) of one batch at the new θ, and blends the batch's
/// statistics s, scaled up as if all observations were like it:
///
///     S ← (1 − ρ[t]) S + ρ[t] (N / B) s,   ρ[t] = (t + τ)^−κ.
///
/// With the exact posterior this is online EM, with a factorised q stochastic variational inference: in a conjugate
/// model S is the natural parameter of q(θ) up to the prior's, and the blend a step along the natural gradient.
/// The first `warmUp` batches are averaged with equal weights at the start's parameters, before the first θ-step. A batch
/// whose observations all weigh nothing says nothing: S stays, and t with it.
///
/// A step's bound is an estimate from its batch, (N / B) times the batch's part less the parameters' divergence, and may
/// fall. Each pass visits every batch once, so means over passes compare. The ascent has converged when neither of the last
/// two passes raised that mean by the tolerance; it is then judged by the exact bound, at the price of a pass.
///
/// - Source: Cappé & Moulines (2009), Journal of the Royal Statistical Society B 71; Hoffman, Blei, Wang & Paisley (2013),
///   Journal of Machine Learning Research 14.
public struct StochasticAscent<Model: ConjugateModel, Source: ObservationSource>: Ascent
where Source.Batch == Model.Observations {
  public typealias Observations = Source

  public let model: Model
  public let schedule: StepSchedule
  /// The number of batches before the first θ-step.
  public let warmUp: Int
  /// The number of threads; the result does not depend on it.
  public var threads: Int { batchAscent.threads }
  private let batchAscent: CoordinateAscent<Model>
  private let order: BatchOrder

  /// - Parameters:
  ///   - model: the model.
  ///   - schedule: the weights of the batches.
  ///   - warmUp: at least 1.
  ///   - stream: draws the order of the batches, anew for each pass.
  ///   - threads: the number of threads.
  public init(
    _ model: Model, schedule: StepSchedule = .standard, warmUp: Int = 1, using stream: RandomStream,
    threads: Int = Lanes.availableThreads
  ) {
    precondition(warmUp > 0, "θ-steps need the statistics of a batch")
    self.model = model
    self.schedule = schedule
    self.warmUp = warmUp
    batchAscent = CoordinateAscent(model, threads: threads)
    order = BatchOrder(stream: stream)
  }

  public struct State: ModelState {
    public internal(set) var parameters: Model.Parameters
    public internal(set) var iteration: Int
    /// S, scaled to all observations; nil before the first batch that weighs anything.
    public internal(set) var statistics: Model.Statistics?
    /// The batches in S.
    var blended = 0

    public init(parameters: Model.Parameters) {
      self.parameters = parameters
      iteration = 0
    }
  }

  public var isMonotone: Bool { false }

  public func step(_ state: inout State, on source: Source) throws(InferenceError) -> Bound {
    let t = state.blended
    if t >= warmUp, let statistics = state.statistics {
      state.parameters = try model.parameters(maximizing: statistics, threads: threads)
    }
    let i = order.batch(at: state.iteration, of: source.batchCount)
    var (rows, new, bound) = try source.expectation(of: i, at: state.parameters, by: batchAscent)
    let scale = bound.count > 0 ? source.totalWeight / bound.count : 0
    let ρ = t < warmUp ? 1 / Double(t + 1) : schedule.weight(at: t - warmUp + 1)
    if scale > 0 {
      if var old = state.statistics {
        old.scale(by: 1 - ρ)
        new.scale(by: ρ * scale)
        // About the new ones' origins, which are at the present parameters.
        new += old
      } else {
        new.scale(by: scale)
      }
      state.statistics = new
      state.blended += 1
    }
    state.iteration += 1
    bound.reconstruction *= scale
    bound.latentKL *= scale
    bound.roundoff *= Swift.max(scale, 1)
    bound.count = source.totalWeight
    bound.estimate = .minibatch(observations: rows)
    return bound
  }

  public func hasConverged(
    _ trace: [Bound], at state: State, on source: Source, by rule: StoppingRule
  ) -> Bool {
    rule.hasSettled(trace, pass: source.batchCount)
  }

  /// The exact bound of all observations at the state's parameters.
  public func finalBound(
    of trace: [Bound], at state: State, on source: Source
  ) throws(InferenceError) -> Bound {
    try source.bound(of: model, at: state.parameters, threads: threads)
  }
}
