public import LatentEvidence
public import Testing

/// Fits and expects a bound that never falls by more than its stated roundoff and that converges; then breaks the
/// θ-step and expects the fall to be caught.
public func checkAscent<Model>(
  _ fixture: ModelFixture<Model>, stopping: StoppingRule = StoppingRule(tolerance: 1e-5),
  sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  var last: Bound?
  var outcome: Outcome?
  var fitted: Model.Parameters?
  for try await step in fixture.fit(stopping: stopping) {
    let bound = step.bound
    #expect(
      bound.isFinite, "\(fixture.name): step \(step.iteration) is not finite", sourceLocation: sourceLocation)
    if let last {
      #expect(
        bound.value - last.value >= -(bound.roundoff + last.roundoff),
        "\(fixture.name): step \(step.iteration) falls from \(last.value) to \(bound.value)",
        sourceLocation: sourceLocation)
    }
    #expect(
      bound.roundoff < 1e-3 * (1 + bound.value.magnitude),
      "\(fixture.name): a roundoff of \(bound.roundoff) on \(bound.value) would hide a fall",
      sourceLocation: sourceLocation)
    last = bound
    outcome = step.outcome
    fitted = step.progress.state?.parameters ?? step.progress.best?.state.parameters
  }
  #expect(
    outcome == .converged, "\(fixture.name): ends with \(outcome as Any)", sourceLocation: sourceLocation)

  let (parameters, reached) = (try #require(fitted), try #require(last))
  let start = try fixture.start(0)
  let broken = BackwardModel(model: fixture.model, worse: start)
  let first = try CoordinateAscent(fixture.model, threads: 1).expectation(at: start, of: fixture.observations)
  // A model that has nowhere to climb has nowhere to fall.
  guard reached.value - first.bound.value > 2 * (reached.roundoff + first.bound.roundoff) else { return }
  let fall = Fit(CoordinateAscent(broken, threads: 1), on: fixture.observations, stopping: stopping) {
    (_) throws(InferenceError) in .init(parameters: parameters)
  }
  let error = await #expect(
    throws: InferenceError.self, "\(fixture.name): a broken θ-step went unnoticed",
    sourceLocation: sourceLocation
  ) { _ = try await fall.run() }
  guard case .boundDecreased(let iteration, let from, let to, let allowance)? = error else {
    Issue.record("\(fixture.name): a broken θ-step throws \(error as Any)", sourceLocation: sourceLocation)
    return
  }
  #expect(
    iteration == 2 && from == reached.value && to == first.bound.value, "\(fixture.name)",
    sourceLocation: sourceLocation)
  #expect(from - to > allowance && allowance >= 0, "\(fixture.name)", sourceLocation: sourceLocation)
}

/// A model whose θ-step forgets what it was given: it always returns to where it came from.
private struct BackwardModel<Model: ConjugateModel>: ConjugateModel {
  let model: Model
  let worse: Model.Parameters

  func oracle(at parameters: Model.Parameters, threads: Int) throws(InferenceError) -> Model.ModelOracle {
    try model.oracle(at: parameters, threads: threads)
  }

  func parameters(
    maximizing statistics: Model.Statistics, threads: Int
  ) throws(InferenceError) -> Model.Parameters { worse }
}
