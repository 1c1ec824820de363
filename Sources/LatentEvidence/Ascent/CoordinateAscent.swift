public import LatentNumerics

/// Coordinate ascent over all the data: EM for a point θ, CAVI for a factorised q(θ).
///
/// A step first moves θ to the maximum for the statistics that the last step left (the first step has none and
/// keeps the initial parameters), then takes q(z) at the new θ. So the state's parameters, its statistics and
/// the bound it returns belong together, and nothing is computed that is then thrown away.
///
/// - Source: Dempster, Laird & Rubin (1977); Neal & Hinton (1998) for the bound.
public struct CoordinateAscent<Model: ConjugateModel>: Ascent {
  public typealias Observations = Model.Observations

  public let model: Model
  /// The number of threads; the result does not depend on it.
  public let threads: Int

  public init(_ model: Model, threads: Int = Lanes.availableThreads) {
    precondition(threads > 0, "at least one thread")
    self.model = model
    self.threads = threads
  }

  public struct State: ModelState {
    /// θ, or the hyperparameters of q(θ).
    public var parameters: Model.Parameters
    /// Steps taken.
    public var iteration: Int
    /// The statistics of q(z) at `parameters`; made anew when absent, as after reading a checkpoint.
    var statistics: Model.Statistics?

    public init(parameters: Model.Parameters, iteration: Int = 0) {
      self.parameters = parameters
      self.iteration = iteration
    }
  }

  public var isMonotone: Bool { true }

  public func step(_ state: inout State, on x: Observations) throws(InferenceError) -> Bound {
    if state.iteration > 0 {
      let statistics: Model.Statistics
      if let known = state.statistics {
        statistics = known
      } else {
        statistics = try expectation(at: state.parameters, of: x).statistics
      }
      state.statistics = nil  // frees them before the new ones are made
      state.parameters = try model.parameters(maximizing: statistics, threads: threads)
    }
    let (statistics, bound) = try expectation(at: state.parameters, of: x)
    state.statistics = statistics
    state.iteration += 1
    return bound
  }

  /// The q-step: expected statistics and bound of all observations at these parameters.
  ///
  /// The observations are cut into lanes whose number depends on the data and the model alone, so the result
  /// is the same to the last bit at any number of threads.
  public func expectation(
    at parameters: Model.Parameters, of x: Observations
  ) throws(InferenceError) -> (statistics: Model.Statistics, bound: Bound) {
    try expectation(at: parameters, of: x, standingFor: nil)
  }

  /// The same for observations that stand for others as well, whose total weight errors count; nil for their own.
  func expectation(
    at parameters: Model.Parameters, of x: Observations, standingFor total: Double?
  ) throws(InferenceError) -> (statistics: Model.Statistics, bound: Bound) {
    let oracle: Model.ModelOracle
    do throws(InferenceError) {
      oracle = try model.oracle(at: parameters, threads: threads)
    } catch .collapsed(let collapse) {
      throw .collapsed(collapse.scaled(by: total ?? x.totalWeight))
    }
    let lanes = Self.lanes(of: x, statistics: oracle.zero.scalarCount)
    var (statistics, bound) =
      try Lanes.reduce(
        lanes.count, threads: threads
      ) { (lane) throws(InferenceError) -> (Model.Statistics, Bound) in
        var statistics = oracle.zero
        do throws(InferenceError) {
          let bound = try oracle.accumulate(x.chunk(lanes[lane]), into: &statistics)
          return (statistics, bound)
        } catch .notFinite(let quantity, let row) {
          throw .notFinite(
            quantity: quantity, row: row.map { x.sourceIndex(of: $0 + lanes[lane].lowerBound) })
        }
      } merge: { total, part in
        total.0 += part.0
        total.1 += part.1
      } ?? (oracle.zero, .zero)
    bound.parameterKL += oracle.parameterKL
    bound.roundoff += 16 * .ulpOfOne * abs(oracle.parameterKL)
    guard bound.isFinite else { throw .notFinite(quantity: "bound", row: nil) }
    return (statistics, bound)
  }

  /// At least four lanes where there is work for them, at most 64; otherwise as many as keep the lanes'
  /// statistics smaller than the data.
  static func lanes(of x: Observations, statistics: Int) -> [Range<Int>] {
    let byMemory = Swift.min(Swift.max(x.scalarCount / Swift.max(statistics, 1), 4), 64)
    let (count, unit) = (x.observationCount, x.observationsPerLane)
    return Lanes.ranges(count: count, lanes: Swift.max(1, Swift.min(byMemory, count / unit)), unit: unit)
  }
}
