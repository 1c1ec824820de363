public import LatentEvidence
import LatentFiles
public import Testing

/// Interrupts a fit after each of some steps, writes what it knows to a file, reads it, goes on, and expects the
/// same steps and the same end, bit for bit, as without the interruption.
public func checkCheckpoint<Model>(
  _ fixture: ModelFixture<Model>, restarts: Int = 2,
  stopping: StoppingRule = StoppingRule(tolerance: 0, maximumIterations: 4),
  sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  let folder = try ScratchFolder()
  let whole = try await record(fixture.fit(restarts: restarts, stopping: stopping))
  for k in 1..<Swift.max(whole.steps.count, 2) {
    var iterator = fixture.fit(restarts: restarts, stopping: stopping).makeAsyncIterator()
    for _ in 0..<k { _ = try await iterator.next() }

    var archive = Archive(kind: "checkpoint")
    iterator.progress.write(to: &archive, at: "fit")
    let path = folder("step-\(k).safetensors")
    try archive.write(to: path)
    let progress = try FitProgress<CoordinateAscent<Model>.State>(
      from: Archive(readingFrom: path, kind: "checkpoint"), at: "fit")

    let rest = try await record(fixture.fit(restarts: restarts, stopping: stopping, resuming: progress))
    let name = "\(fixture.name), interrupted after step \(k)"
    #expect(
      rest.steps.map(\.bits) == whole.steps.dropFirst(k).map(\.bits), "\(name)",
      sourceLocation: sourceLocation)
    #expect(rest.numbering == Array(whole.numbering.dropFirst(k)), "\(name)", sourceLocation: sourceLocation)
    #expect(rest.runs == whole.runs, "\(name)", sourceLocation: sourceLocation)
    #expect(
      rest.best?.trace.map(\.bits) == whole.best?.trace.map(\.bits), "\(name): the best trace",
      sourceLocation: sourceLocation)
    #expect(rest.best?.restart == whole.best?.restart, "\(name)", sourceLocation: sourceLocation)
    #expect(rest.best?.outcome == whole.best?.outcome, "\(name)", sourceLocation: sourceLocation)
    #expect(
      rest.best?.state.iteration == whole.best?.state.iteration, "\(name)", sourceLocation: sourceLocation)
    #expect(
      rest.best.map { fixture.bits(of: $0.state.parameters) }
        == whole.best.map { fixture.bits(of: $0.state.parameters) },
      "\(name): the best parameters", sourceLocation: sourceLocation)
    #expect(rest.seconds >= progress.seconds, "\(name): time goes on", sourceLocation: sourceLocation)
  }

  func record(
    _ fit: Fit<CoordinateAscent<Model>>
  ) async throws -> Record<CoordinateAscent<Model>.State> {
    var iterator = fit.makeAsyncIterator()
    var record = Record<CoordinateAscent<Model>.State>()
    // A start may collapse: that belongs to the record, and is the same after an interruption.
    do {
      while let step = try await iterator.next() {
        record.steps.append(step.bound)
        record.numbering.append([step.restart, step.iteration])
      }
    } catch {
      if case .boundDecreased = error { throw error }
    }
    record.runs = iterator.progress.runs
    record.best = iterator.progress.best
    record.seconds = iterator.progress.seconds
    return record
  }
}

private struct Record<State: Sendable> {
  var steps: [Bound] = []
  var numbering: [[Int]] = []
  var runs: [FitProgress<State>.Run] = []
  var best: FitProgress<State>.Best?
  var seconds = 0.0
}
