public import LatentNumerics

/// Coordinate ascent that extrapolates its parameters by Anderson's method, guarded by the bound.
///
/// A step first does what `CoordinateAscent` does: it moves θ to the maximum for the statistics of the last step. From
/// that and the steps before it extrapolates a point further on, moves it within the model's limits, and takes q(z)
/// there. The point is kept where it is proper, its bound is not below the last one, and its own statistics have a maximum; otherwise the step takes q(z)
/// at the plain point, as coordinate ascent would have, at the price of a second pass. So the bound rises in every step.
///
/// Where coordinate ascent converges slowly (overlapping components), a step gains as much as tens of plain
/// ones; where it is fast there is little to win. Extrapolation may lead into another local maximum.
///
/// - Source: Anderson (1965); Henderson & Varadhan (2019), Journal of Computational and Graphical Statistics 28,
///   whose damping and restarts it takes, with a guard that is strict.
public struct AcceleratedAscent<Model: ConjugateModel>: Ascent where Model.Parameters: VectorParameters {
  public typealias Observations = Model.Observations

  /// The ascent that is accelerated.
  public let plain: CoordinateAscent<Model>
  /// The number of steps an extrapolation looks back at most.
  public let memory: Int

  /// - Parameters:
  ///   - model: the model.
  ///   - memory: at least 1. A state holds twice as many vectors of parameters.
  ///   - threads: their number; the result does not depend on it.
  public init(_ model: Model, memory: Int = 5, threads: Int = Lanes.availableThreads) {
    precondition(memory > 0, "an extrapolation looks back at least one step")
    plain = CoordinateAscent(model, threads: threads)
    self.memory = memory
  }

  public struct State: ModelState {
    public internal(set) var parameters: Model.Parameters
    public internal(set) var iteration: Int
    /// Passes over the data so far, those for points that were not kept included.
    public internal(set) var evaluations: Int
    /// The bound at `parameters`, once a step was taken.
    var bound = -Double.infinity
    var extrapolation: AndersonExtrapolation?
    /// The statistics of q(z) at `parameters`; made anew when absent, as after reading a checkpoint.
    var statistics: Model.Statistics?
    /// The maximum for these statistics, where it is known already.
    var image: Model.Parameters?

    public init(parameters: Model.Parameters) {
      self.parameters = parameters
      iteration = 0
      evaluations = 0
    }
  }

  public var isMonotone: Bool { true }

  public func step(_ state: inout State, on x: Observations) throws(InferenceError) -> Bound {
    guard state.iteration > 0 else { return try settle(&state, at: state.parameters, on: x) }
    let image = try image(of: &state, on: x)
    var extrapolation = state.extrapolation ?? AndersonExtrapolation(memory: memory)
    let vector = extrapolation.extrapolate(from: state.parameters.vector, image: image.vector)
    state.extrapolation = extrapolation
    if let vector, let extrapolated = image.replacing(vector: vector) {
      let candidate = plain.model.withinLimits(extrapolated)
      state.evaluations += 1
      if let found = try? plain.expectation(at: candidate, of: x), found.bound.value >= state.bound,
        let next = try? plain.model.parameters(maximizing: found.statistics, threads: plain.threads)
      {
        state.parameters = candidate
        state.statistics = found.statistics
        state.image = next
        state.bound = found.bound.value
        state.iteration += 1
        state.extrapolation?.learn(wasKept: true)
        return found.bound
      }
      state.extrapolation?.learn(wasKept: false)
    }
    return try settle(&state, at: image, on: x)
  }

  /// Takes q(z) at these parameters and makes them the state's.
  private func settle(
    _ state: inout State, at parameters: Model.Parameters, on x: Observations
  ) throws(InferenceError) -> Bound {
    let (statistics, bound) = try plain.expectation(at: parameters, of: x)
    state.parameters = parameters
    state.statistics = statistics
    state.image = nil
    state.bound = bound.value
    state.iteration += 1
    state.evaluations += 1
    return bound
  }

  /// The plain θ-step from the state; frees the statistics.
  private func image(of state: inout State, on x: Observations) throws(InferenceError) -> Model.Parameters {
    defer {
      state.statistics = nil
      state.image = nil
    }
    if let image = state.image { return image }
    let statistics: Model.Statistics
    if let known = state.statistics {
      statistics = known
    } else {
      statistics = try plain.expectation(at: state.parameters, of: x).statistics
    }
    return try plain.model.parameters(maximizing: statistics, threads: plain.threads)
  }
}

extension AcceleratedAscent {
  /// The steps whose gains are taken together: a single extrapolation may gain next to nothing far from the limit.
  private static var stride: Int { 5 }

  public func hasConverged(
    _ trace: [Bound], at state: State, on observations: Observations, by rule: StoppingRule
  ) -> Bool {
    rule.hasConverged(trace, stride: Self.stride)
  }
}
