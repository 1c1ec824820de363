public import LatentEvidence
public import LatentFiles
public import Testing

/// What every ascent of a conjugate model promises, whatever its way: a finite bound that never falls where it says so and that is
/// the bound of the parameters; the same bits at any number of threads, and after an interruption between any two steps.
///
/// - Parameters:
///   - steps: those of a race of the starts; nil for none.
///   - ascent: makes the ascent for a number of threads.
///   - bits: the parameters' exact bits.
/// - Returns: the result with one thread.
@discardableResult
public func checkSteps<A: Ascent>(
  _ name: String, on observations: A.Observations, restarts: Int = 1, racing steps: Int? = nil,
  stopping: StoppingRule,
  sourceLocation: SourceLocation = #_sourceLocation, ascent: (_ threads: Int) -> A,
  start: @escaping @Sendable (Int) throws(InferenceError) -> A.State
) async throws -> FitResult<A.State> where A.State: ModelState & Archivable, A.State.Parameters: Archivable {
  func fit(_ threads: Int, resuming progress: FitProgress<A.State> = FitProgress()) -> Fit<A> {
    Fit(
      ascent(threads), on: observations, stopping: stopping, restarts: restarts,
      race: steps.map { RestartRace(steps: $0, threads: threads) }, resuming: progress, start: start)
  }
  let whole = try await record(fit(1))
  #expect(!whole.steps.isEmpty, "\(name)", sourceLocation: sourceLocation)
  for (i, step) in whole.steps.enumerated() {
    #expect(step.bound.isFinite, "\(name): step \(i + 1)", sourceLocation: sourceLocation)
    #expect(
      step.bound.roundoff < 1e-3 * (1 + step.bound.value.magnitude),
      "\(name): a roundoff of \(step.bound.roundoff) would hide a fall", sourceLocation: sourceLocation)
    guard ascent(1).isMonotone, steps == nil, i > 0, whole.steps[i - 1].restart == step.restart else {
      continue
    }
    let before = whole.steps[i - 1].bound
    #expect(
      step.bound.value - before.value >= -(step.bound.roundoff + before.roundoff),
      "\(name): step \(i + 1) falls from \(before.value) to \(step.bound.value)",
      sourceLocation: sourceLocation)
  }
  for threads in [2, 4] {
    let other = try await record(fit(threads))
    expectSame(other, whole, skipping: 0, "\(name): 1 and \(threads) threads differ", sourceLocation)
  }
  for k in Set([1, 2, 3, 5, 8, 13, whole.steps.count - 1]).filter({ $0 > 0 && $0 < whole.steps.count }) {
    var iterator = fit(1).makeAsyncIterator()
    for _ in 0..<k { _ = try await iterator.next() }
    var archive = Archive(kind: "checkpoint")
    iterator.progress.write(to: &archive, at: "fit")
    let read = try FitProgress<A.State>(
      from: Archive(decoding: archive.encoded(), kind: "checkpoint"), at: "fit")
    let rest = try await record(fit(1, resuming: read))
    // A race that is not decided is run again.
    let isUndecided = read.trace.isEmpty && read.runs.isEmpty
    expectSame(
      rest, whole, skipping: isUndecided ? 0 : k, "\(name), interrupted after step \(k)", sourceLocation)
  }
  return try await fit(1).run()
}

private struct Recorded<State: Sendable> {
  var steps: [(restart: Int, iteration: Int, bound: Bound)] = []
  var progress: FitProgress<State>
}

private func record<A: Ascent>(_ fit: Fit<A>) async throws -> Recorded<A.State> {
  var iterator = fit.makeAsyncIterator()
  var record = Recorded(progress: iterator.progress)
  // A start may collapse: that belongs to the record.
  do {
    while let step = try await iterator.next() {
      record.steps.append((step.restart, step.iteration, step.bound))
    }
  } catch {
    if case .boundDecreased = error { throw error }
  }
  record.progress = iterator.progress
  return record
}

private func expectSame<State: ModelState & Archivable>(
  _ a: Recorded<State>, _ whole: Recorded<State>, skipping k: Int, _ name: String, _ location: SourceLocation
) where State.Parameters: Archivable {
  let rest = whole.steps.dropFirst(k)
  #expect(a.steps.map(\.bound.bits) == rest.map(\.bound.bits), "\(name): bounds", sourceLocation: location)
  #expect(
    a.steps.map { [$0.restart, $0.iteration] } == rest.map { [$0.restart, $0.iteration] },
    "\(name): numbers", sourceLocation: location)
  #expect(a.progress.runs == whole.progress.runs, "\(name): runs", sourceLocation: location)
  let (best, expected) = (a.progress.best, whole.progress.best)
  #expect(
    best?.trace.map(\.bits) == expected?.trace.map(\.bits), "\(name): trace", sourceLocation: location)
  #expect(
    best.map { bits($0.state) } == expected.map { bits($0.state) }, "\(name): state", sourceLocation: location
  )
}

private func bits(_ state: some Archivable) -> [UInt8] {
  var archive = Archive(kind: "state")
  state.write(to: &archive, at: "state")
  return archive.encoded()
}
