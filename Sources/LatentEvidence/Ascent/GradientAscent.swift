// N observations, B of them in a minibatch

public import LatentNumerics
import Synchronization

/// Gradient ascent: an optimiser's steps along the gradient of the bound, or of its weighted form, of one minibatch at a time.
///
/// A pass visits every observation once, in an order drawn anew for it. The gradient is the mean over the minibatch, less the
/// parameters' divergence over N. What is random for an observation is drawn from (seed, minibatch, observation), a
/// minibatch is cut into lanes by its size alone, and their gradients are added in order: so the parameters are the
/// same bits at any number of threads.
///
/// A *step* of the fit takes several minibatches, by default a pass; a cancelled task stops it between two of them, and the state
/// goes on from there. A step's bound adds up the true bounds of its minibatches, each at the parameters it met, scaled
/// to all observations: an estimate that may fall. So the ascent has converged when neither of the last two passes raised
/// it by the tolerance, and is then judged by the bound of all observations at its last parameters.
///
/// When a bound or a gradient is not finite, `.diverged` is thrown, and the state is that from which a finite bound was last
/// taken, at the beginning of a step.
///
/// - Source: Robbins & Monro (1951); Kingma & Welling (2014), ICLR.
public struct GradientAscent<Model: DifferentiableModel, Rule: Optimizer>: Ascent {
  public typealias Observations = Model.Observations
  public typealias Scalar = Model.Scalar

  public let model: Model
  public let optimizer: Rule
  public let learningRate: any LearningRateSchedule
  /// What is climbed in place of the bound.
  public let objective: ObjectiveSchedule
  public let settings: GradientSettings
  /// The number of threads; the result does not depend on it.
  public var threads: Int { crew.threads }
  private let order: BatchOrder
  private let noise: RandomStream
  private let evaluationNoise: RandomStream
  private let crew: LaneCrew
  private let benches = Benches()

  /// - Parameters:
  ///   - model: the model.
  ///   - optimizer: the rule by which a gradient becomes a step.
  ///   - learningRate: multiplies the steps that the rule makes of the mean gradient.
  ///   - objective: the weights of the terms; by default the bound itself.
  ///   - settings: of minibatches and lanes.
  ///   - stream: draws the order of the observations and the noise.
  ///   - threads: their number. They stay as long as the ascent.
  public init(
    _ model: Model, _ optimizer: Rule, learningRate: any LearningRateSchedule,
    objective: ObjectiveSchedule = .bound, settings: GradientSettings, using stream: RandomStream,
    threads: Int = Lanes.availableThreads
  ) {
    self.model = model
    self.optimizer = optimizer
    self.learningRate = learningRate
    self.objective = objective
    self.settings = settings
    order = BatchOrder(stream: stream.substream(0))
    noise = stream.substream(1)
    evaluationNoise = stream.substream(2)
    crew = LaneCrew(threads: threads)
  }

  /// Memory to work in, kept from step to step; ascents from several starts at once have one each.
  private final class Benches: Sendable {
    let free = Mutex<[GradientBench<Model>]>([])
  }

  private func withBench<Result>(
    _ body: (GradientBench<Model>) throws(InferenceError) -> Result
  ) throws(InferenceError) -> Result {
    let bench = benches.free.withLock { $0.popLast() } ?? GradientBench(model, optimizer, crew: crew)
    defer {
      bench.end()
      benches.free.withLock { $0.append(bench) }
    }
    return try body(bench)
  }

  public var isMonotone: Bool { false }

  public func step(_ state: inout State, on x: Observations) throws(InferenceError) -> Bound {
    let batches = try batches(of: x)
    var now = try prepared(state.now)
    let (start, total) = (now, x.totalWeight)
    let length = settings.batchesPerStep ?? batches.stepsPerPass
    do throws(InferenceError) {
      try withBench { (bench) throws(InferenceError) in
        // The parameters are shared with `start`: their first change copies them.
        try now.withMemory { (memory, progress) throws(InferenceError) in
          bench.begin(on: x, in: batches, at: memory.parameters, memory.first, memory.second)
          repeat {
            if progress.sums.batches > 0, Task.isCancelled { throw .interrupted }
            let step = progress.minibatches
            let rate = learningRate.rate(at: TrainingTime(step: step, stepsPerPass: batches.stepsPerPass))
            // A schedule may have come to its end.
            guard rate >= 0, rate.isFinite else {
              throw .invalidParameter(
                name: "learning rate", value: "\(rate)", requirement: "at least 0 and finite")
            }
            let bound = try bench.climb(
              step: step, ordering: order, noise: noise.substream(step),
              objective: objective.weights(at: step), total: total, clipping: settings.clippingNorm,
              learningRate: rate)
            progress.sums.add(bound, rows: batches.rows(ofStep: step).count)
            progress.minibatches += 1
            // The first bound was that of the start.
            if state.good?.progress != start.progress { state.good = start }
          } while progress.sums.batches < length
        }
      }
    } catch {
      guard error != .interrupted else {
        state.now = now
        throw error
      }
      let failed = now.progress.minibatches
      state.now = state.good ?? start
      if case .notFinite(let quantity, _) = error, failed > 0 {
        throw .diverged(step: failed, quantity: quantity)
      }
      throw error
    }
    guard now.parameters.isFinite else {
      state.now = state.good ?? start
      throw .diverged(step: now.progress.minibatches, quantity: "parameter vector")
    }
    let bound = now.progress.sums.bound(of: total)
    now.progress.sums = GradientSums()
    now.progress.iteration += 1
    state.now = now
    return bound
  }

  public func hasConverged(
    _ trace: [Bound], at state: State, on x: Observations, by rule: StoppingRule
  ) -> Bool {
    guard let batches = try? batches(of: x) else { return false }
    let steps = settings.batchesPerStep.map { (batches.stepsPerPass - 1) / $0 + 1 } ?? 1
    return rule.hasSettled(trace, pass: steps)
  }

  /// The bound of all observations at the state's parameters, with noise of its own: a pass without gradients.
  public func finalBound(
    of trace: [Bound], at state: State, on x: Observations
  ) throws(InferenceError) -> Bound {
    do throws(InferenceError) {
      return try bound(at: state.parameters, of: x, noise: evaluationNoise)
    } catch .notFinite(let quantity, _) {
      throw .diverged(step: state.minibatches, quantity: quantity)
    }
  }

  public func lastGoodState(of state: State) -> State {
    var state = state
    state.now = state.good ?? state.now
    return state
  }

  /// The bound of all observations at some parameters.
  ///
  /// - Parameters:
  ///   - parameters: where the bound is taken.
  ///   - x: the observations.
  ///   - noise: what q's draws come from.
  public func bound(
    at parameters: ParameterVector<Scalar>, of x: Observations, noise: RandomStream
  ) throws(InferenceError) -> Bound {
    try require(parameters)
    let batches = try batches(of: x)
    var parameters = parameters
    return try withBench { (bench) throws(InferenceError) in
      try parameters.withUnsafeMutableElements { (p) throws(InferenceError) in
        bench.begin(on: x, in: batches, at: p.baseAddress!)
        return try bench.evaluate(noise: noise)
      }
    }
  }

  private func batches(of x: Observations) throws(InferenceError) -> GradientBatches {
    let count = x.observationCount
    guard count > 0 else { throw .tooFewRows(rows: 0, needed: 1) }
    guard settings.batchSize <= count else {
      throw .invalidParameter(
        name: "size of a minibatch", value: "\(settings.batchSize)",
        requirement: "at most the number of observations, \(count)")
    }
    return GradientBatches(count: count, batchSize: settings.batchSize, lanes: settings.lanes)
  }

  private func require(_ parameters: ParameterVector<Scalar>) throws(InferenceError) {
    guard parameters.layout == model.layout, parameters.count > 0 else {
      throw .invalidParameter(
        name: "layout of the parameters", value: "of another architecture", requirement: "that of the model")
    }
  }

  /// With the optimiser's vectors.
  private func prepared(_ point: GradientPoint<Scalar>) throws(InferenceError) -> GradientPoint<Scalar> {
    var point = point
    try require(point.parameters)
    if point.progress.minibatches == 0 {
      point.moments = (0..<optimizer.momentCount).map { _ in ParameterVector(model.layout) }
    }
    guard point.moments.count == optimizer.momentCount,
      point.moments.allSatisfy({ $0.layout == model.layout })
    else {
      throw .invalidParameter(
        name: "state of the optimizer", value: "of another one", requirement: "that of the one in use")
    }
    return point
  }
}

/// How gradient ascent takes its minibatches.
public struct GradientSettings: Sendable, Hashable {
  /// B: the largest size of a minibatch. A pass has as few of them as that allows, of sizes that differ by at most one.
  public let batchSize: Int
  /// The largest norm that the mean gradient of a minibatch may have; a longer one is shortened to it. Nil for any.
  public let clippingNorm: Double?
  /// The number of minibatches in a step of the fit; nil for a pass.
  public let batchesPerStep: Int?
  /// The number of lanes that a minibatch of at least 8 observations for each is cut into; a smaller one into fewer. The result
  /// depends on it in its last bits.
  public let lanes: Int

  /// - Throws: `.invalidParameter` where a number is not positive.
  public init(
    batchSize: Int, clippingNorm: Double? = nil, batchesPerStep: Int? = nil, lanes: Int = 2
  ) throws(InferenceError) {
    for (name, value) in [
      ("size of a minibatch", batchSize), ("number of minibatches in a step", batchesPerStep ?? 1),
    ] where value < 1 {
      throw .invalidParameter(name: name, value: "\(value)", requirement: "at least 1")
    }
    guard (1...GradientBatches.mostLanes).contains(lanes) else {
      throw .invalidParameter(
        name: "number of lanes", value: "\(lanes)",
        requirement: "between 1 and \(GradientBatches.mostLanes)")
    }
    if let clippingNorm, !(clippingNorm > 0 && clippingNorm.isFinite) {
      throw .invalidParameter(
        name: "largest norm of a gradient", value: "\(clippingNorm)", requirement: "positive and finite")
    }
    self.batchSize = batchSize
    self.clippingNorm = clippingNorm
    self.batchesPerStep = batchesPerStep
    self.lanes = lanes
  }
}
