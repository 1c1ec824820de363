import Latent

/// What a fit found, whatever the ascent.
struct FitOutcome<Parameters: Sendable>: Sendable {
  /// Those of the best start.
  let parameters: Parameters
  let trace: [Bound]
  let best: Int
  let runs: [Run]
  let outcome: Outcome
  let seconds: Double
  let secondsPerIteration: Double

  struct Run: Sendable {
    let restart: Int
    let iterations: Int
    let bound: Double?
    let outcome: Outcome?
    let error: InferenceError?
  }

  /// - Parameter secondsPerIteration: the mean over steps after the first of each start; nil without any.
  init<State: ModelState<Parameters>>(_ result: FitResult<State>, secondsPerIteration: Double?) {
    parameters = result.state.parameters
    trace = result.trace
    bound = result.best.bound
    best = result.best.restart
    runs = result.runs.map {
      Run(
        restart: $0.restart, iterations: $0.iterations, bound: $0.bound, outcome: $0.outcome, error: $0.error)
    }
    outcome = result.outcome
    seconds = result.seconds
    self.secondsPerIteration = secondsPerIteration ?? result.seconds / Double(max(result.iterations, 1))
  }

  /// The bound at the parameters: the last of the trace, or a better one where steps only estimate it.
  var bound: Bound

  /// What a model file keeps of the climb.
  var history: FitHistory {
    FitHistory(
      trace: trace,
      starts: runs.map { .init(bound: $0.bound, steps: $0.iterations, outcome: $0.outcome) }, best: best)
  }
}
