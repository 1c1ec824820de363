public import LatentEvidence
import LatentFiles
public import Testing

/// Fits with 1, 2 and 4 threads and expects identical bits: bounds, statistics, parameters.
public func checkThreads<Model>(
  _ fixture: ModelFixture<Model>,
  stopping: StoppingRule = StoppingRule(tolerance: 0, maximumIterations: 3),
  sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  let results = try await [1, 2, 4].asyncMap { threads in
    let result = try await fixture.fit(threads: threads, stopping: stopping).run()
    let expectation = try CoordinateAscent(fixture.model, threads: threads)
      .expectation(at: result.state.parameters, of: fixture.observations)
    return (
      trace: result.trace.map(\.bits), parameters: fixture.bits(of: result.state.parameters),
      statistics: fixture.numbers(expectation.statistics).map(\.bitPattern)
    )
  }
  for (threads, result) in zip([2, 4], results.dropFirst()) {
    let name = "\(fixture.name): 1 and \(threads) threads differ"
    #expect(result.trace == results[0].trace, "\(name) in the bounds", sourceLocation: sourceLocation)
    #expect(
      result.parameters == results[0].parameters, "\(name) in the parameters", sourceLocation: sourceLocation)
    #expect(
      result.statistics == results[0].statistics, "\(name) in the statistics", sourceLocation: sourceLocation)
  }
}

/// Writes parameters to a file, reads them, and expects the same bits and the same answers.
public func checkFile<Model>(
  _ fixture: ModelFixture<Model>, at parameters: Model.Parameters,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let folder = try ScratchFolder()
  let path = folder("parameters.safetensors")
  var archive = Archive(kind: "parameters")
  parameters.write(to: &archive, at: "parameters")
  try archive.write(to: path)
  let read = try Model.Parameters(
    from: Archive(readingFrom: path, kind: "parameters"), at: "parameters")
  #expect(
    fixture.bits(of: read) == fixture.bits(of: parameters), "\(fixture.name): read is not what was written",
    sourceLocation: sourceLocation)
  let ascent = CoordinateAscent(fixture.model, threads: 1)
  let before = try ascent.expectation(at: parameters, of: fixture.observations)
  let after = try ascent.expectation(at: read, of: fixture.observations)
  #expect(
    before.bound.bits == after.bound.bits, "\(fixture.name): another bound after reading",
    sourceLocation: sourceLocation)
  #expect(
    fixture.numbers(before.statistics) == fixture.numbers(after.statistics),
    "\(fixture.name): other statistics after reading", sourceLocation: sourceLocation)
}

/// Expects what every model promises beside its own numbers: statistics that add up, checkpoints that go on, results that
/// do not depend on threads, and files that give parameters back.
public func checkPromises<Model>(
  _ fixture: ModelFixture<Model>, at parameters: Model.Parameters, tolerance: Double,
  sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  try checkStatistics(fixture, at: parameters, tolerance: tolerance, sourceLocation: sourceLocation)
  try await checkCheckpoint(fixture, sourceLocation: sourceLocation)
  try await checkThreads(fixture, sourceLocation: sourceLocation)
  try checkFile(fixture, at: parameters, sourceLocation: sourceLocation)
}

extension Sequence {
  /// The results of an asynchronous function, one after the other.
  fileprivate func asyncMap<Result>(_ body: (Element) async throws -> Result) async rethrows -> [Result] {
    var results: [Result] = []
    for element in self { results.append(try await body(element)) }
    return results
  }
}
