public import LatentEvidence
public import LatentFiles
public import LatentNetworks
public import LatentNumerics
import RealModule

/// Gradient ascent of a deep filter by a recipe: a start that fails its check is begun anew with other weights.
///
/// A start that diverges before its check is begun anew as well. The check looks at validation sequences if there are any, else at those that are fitted. If no start passes, the one whose bound was
/// highest goes on. An ascent has converged when its start has taken all updates of the recipe.
public struct FilterAscent<Scalar: LatentScalar & TensorElement>: Ascent {
  public typealias Observations = SequenceBatch<Scalar>
  public typealias Base = GradientAscent<DeepFilter<Scalar>, Adam>

  public let model: DeepFilter<Scalar>
  public let recipe: FilterRecipe
  /// Sequences that the check looks at; nil for those that are fitted.
  public let validation: SequenceBatch<Scalar>?
  public let base: Base
  private let stream: RandomStream

  /// - Parameters:
  ///   - model: the model.
  ///   - recipe: how it is trained.
  ///   - validation: sequences for the check of a start.
  ///   - stream: draws first weights, the order of the sequences and the noise.
  ///   - updatesPerStep: minibatches in a step of the fit; nil for a pass.
  ///   - threads: their number; the result does not depend on it.
  /// - Throws: `.invalidParameter` where a number of the recipe is out of its range.
  public init(
    _ model: DeepFilter<Scalar>, recipe: FilterRecipe, validation: SequenceBatch<Scalar>? = nil,
    using stream: RandomStream, updatesPerStep: Int? = nil, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) {
    self.model = model
    self.recipe = recipe
    self.validation = validation
    self.stream = stream
    if let check = recipe.check, check.attempts < 1 || check.update < 1 {
      throw .invalidParameter(
        name: "check of a start", value: "\(check.attempts) starts, update \(check.update)",
        requirement: "at least one of each")
    }
    base = GradientAscent(
      model, try Adam(), learningRate: try recipe.rates(), objective: recipe.objective,
      settings: try GradientSettings(
        batchSize: recipe.batchSize, clippingNorm: recipe.clippingNorm, batchesPerStep: updatesPerStep),
      using: stream.substream(0), threads: threads)
  }

  /// Where gradient ascent stands, and with which start.
  public struct State: ModelState, Archivable {
    public fileprivate(set) var base: Base.State
    /// The number of the fit's restart, and of the start within it, from 0.
    public fileprivate(set) var restart = 0
    public fileprivate(set) var attempt = 0
    /// Whether the start was looked at.
    public fileprivate(set) var isChecked = false
    /// Steps of all starts.
    public fileprivate(set) var iteration = 0
    /// The best of the starts that failed, as it stood at its check, and its bound.
    fileprivate var best: Base.State?
    fileprivate var bestBound = -Double.infinity

    public var parameters: ParameterVector<Scalar> { base.parameters }
    /// Updates of this start.
    public var updates: Int { base.minibatches }

    fileprivate init(_ base: Base.State) { self.base = base }

    public func write(to archive: inout Archive, at path: String) {
      base.write(to: &archive, at: path)
      archive.set("\(path)/attempt", [restart, attempt, isChecked ? 1 : 0, iteration])
      guard let best else { return }
      best.write(to: &archive, at: "\(path)/best")
      archive.set("\(path)/bestBound", bestBound)
    }

    public init(from archive: Archive, at path: String) throws(FileError) {
      self.init(try Base.State(from: archive, at: path))
      let numbers: [Int] = try archive.elements("\(path)/attempt", of: Int.self, shape: [4])
      guard numbers.allSatisfy({ $0 >= 0 }), numbers[2] <= 1 else {
        throw archive.invalidValue("\(path)/attempt")
      }
      (restart, attempt, isChecked, iteration) = (numbers[0], numbers[1], numbers[2] == 1, numbers[3])
      guard archive.contains("\(path)/bestBound") else { return }
      best = try Base.State(from: archive, at: "\(path)/best")
      bestBound = try archive.value("\(path)/bestBound")
    }
  }

  /// The state before the first step.
  ///
  /// - Parameters:
  ///   - x: the sequences that will be fitted.
  ///   - restart: the number of the fit's own restart.
  public func start(
    for x: SequenceBatch<Scalar>, restart: Int = 0
  ) throws(InferenceError) -> State {
    var state = State(Base.State(parameters: try weights(for: x, restart: restart, attempt: 0)))
    state.restart = restart
    return state
  }

  private func weights(
    for x: SequenceBatch<Scalar>, restart: Int, attempt: Int
  ) throws(InferenceError) -> ParameterVector<Scalar> {
    try model.initialParameters(
      for: x, using: stream.substream(1).substream(restart).substream(attempt))
  }

  public var isMonotone: Bool { false }

  public func step(
    _ state: inout State, on x: SequenceBatch<Scalar>
  ) throws(InferenceError) -> Bound {
    let bound = try climb(&state, on: x)
    state.iteration += 1
    guard let check = recipe.check, !state.isChecked, state.updates >= check.update else { return bound }
    let evaluation = try model.evaluate(
      validation ?? x, at: state.parameters, noise: stream.substream(2), threads: base.threads)
    state.isChecked = true
    guard check.fails(evaluation, perfect: model.configuration.perfectReconstruction) else { return bound }
    if evaluation.bound.value > state.bestBound {
      state.best = state.base
      state.bestBound = evaluation.bound.value
    }
    if state.attempt + 1 < check.attempts {
      state.attempt += 1
      state.isChecked = false
      state.base = Base.State(
        parameters: try weights(for: x, restart: state.restart, attempt: state.attempt))
    } else if let best = state.best {
      state.base = best
      state.best = nil
    }
    return bound
  }

  /// A step of gradient ascent; where a start diverges, that of the next.
  private func climb(
    _ state: inout State, on x: SequenceBatch<Scalar>
  ) throws(InferenceError) -> Bound {
    while true {
      do throws(InferenceError) {
        return try base.step(&state.base, on: x)
      } catch {
        switch error {
        case .diverged, .notFinite: break
        default: throw error
        }
        guard let check = recipe.check, !state.isChecked, state.attempt + 1 < check.attempts else {
          throw error
        }
        state.attempt += 1
        state.base = Base.State(
          parameters: try weights(for: x, restart: state.restart, attempt: state.attempt))
      }
    }
  }

  public func hasConverged(
    _ trace: [Bound], at state: State, on x: SequenceBatch<Scalar>, by rule: StoppingRule
  ) -> Bool { state.updates >= recipe.updates }

  public func finalBound(
    of trace: [Bound], at state: State, on x: SequenceBatch<Scalar>
  ) throws(InferenceError) -> Bound {
    try base.finalBound(of: trace, at: state.base, on: x)
  }

  public func lastGoodState(of state: State) -> State {
    var state = state
    state.base = base.lastGoodState(of: state.base)
    return state
  }
}

extension DeepFilterConfiguration {
  /// The nats of a frame that is reconstructed without error, −D/2 ln 2πσ²; nil where the variance is not fixed.
  public var perfectReconstruction: Double? {
    guard case .gaussian(.fixed(let variance)) = likelihood else { return nil }
    return -0.5 * Double(columns) * (logTwoPi + Double.log(variance))
  }
}
