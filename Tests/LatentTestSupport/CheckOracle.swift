public import LatentEvidence
public import Testing

/// Compares the oracle's statistics and bound with those of a plain computation, at given parameters.
///
/// - Parameters:
///   - tolerance: the largest difference, relative to the largest number of its kind.
///   - reference: the statistics as numbers, in the fixture's order, and the bound without its `parameterKL`.
public func checkOracle<Model>(
  _ fixture: ModelFixture<Model>, at parameters: Model.Parameters, tolerance: Double,
  reference: (Model.ModelOracle) throws -> (numbers: [[Double]], bound: Bound),
  split: (Model.Statistics) -> [[Double]], sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let oracle = try fixture.model.oracle(at: parameters, threads: 1)
  var statistics = oracle.zero
  let bound = try oracle.accumulate(fixture.observations, into: &statistics)
  let expected = try reference(oracle)
  expectAgreement(
    fixture.name, bound, expected.bound, tolerance: tolerance, sourceLocation: sourceLocation)
  let found = split(statistics)
  #expect(found.count == expected.numbers.count, sourceLocation: sourceLocation)
  for (part, (a, b)) in zip(found, expected.numbers).enumerated() {
    expectAgreement(
      "\(fixture.name), statistics \(part)", a, b, tolerance: tolerance, sourceLocation: sourceLocation)
  }
}

/// Expects the statistics and bounds of chunks to add up to those of the whole, in whatever order they are added.
public func checkStatistics<Model>(
  _ fixture: ModelFixture<Model>, at parameters: Model.Parameters, tolerance: Double,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let oracle = try fixture.model.oracle(at: parameters, threads: 1)
  let x = fixture.observations
  var whole = oracle.zero
  let bound = try oracle.accumulate(x, into: &whole)
  let count = x.observationCount

  // Cuts at odd places: padding and block borders must not matter.
  let cuts = [0, 1, Swift.min(8, count), count / 3, count / 2 + 3, count].filter { $0 <= count }.sorted()
  let ranges = zip(cuts, cuts.dropFirst()).map { $0..<$1 }
  for (order, parts) in [("in order", ranges), ("in reverse", ranges.reversed())] {
    var sum = oracle.zero
    var total = Bound.zero
    for range in parts {
      var part = oracle.zero
      total += try oracle.accumulate(x.chunk(range), into: &part)
      sum += part
    }
    let name = "\(fixture.name), chunks \(order)"
    #expect(total.count == bound.count, "\(name)", sourceLocation: sourceLocation)
    #expect(
      (total.value - bound.value).magnitude <= total.roundoff + bound.roundoff,
      "\(name): \(total.value) against \(bound.value)", sourceLocation: sourceLocation)
    expectAgreement(name, total, bound, tolerance: tolerance, sourceLocation: sourceLocation)
    expectAgreement(
      name, fixture.numbers(sum), fixture.numbers(whole), tolerance: tolerance, sourceLocation: sourceLocation
    )
  }

  // Adding into statistics that hold something already is adding.
  var twice = oracle.zero
  _ = try oracle.accumulate(x, into: &twice)
  _ = try oracle.accumulate(x, into: &twice)
  expectAgreement(
    "\(fixture.name), twice", fixture.numbers(twice), fixture.numbers(whole).map { 2 * $0 },
    tolerance: tolerance, sourceLocation: sourceLocation)

  // No observations: nothing.
  var nothing = oracle.zero
  let empty = try oracle.accumulate(x.chunk(0..<0), into: &nothing)
  #expect(
    empty.value == 0 && empty.count == 0, "\(fixture.name): no observations", sourceLocation: sourceLocation)
  #expect(
    fixture.numbers(nothing) == fixture.numbers(oracle.zero), "\(fixture.name): no observations",
    sourceLocation: sourceLocation)
}

/// Expects the terms of two bounds to agree relative to the largest of them.
public func expectAgreement(
  _ name: String, _ bound: Bound, _ expected: Bound, tolerance: Double,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(bound.count == expected.count, "\(name)", sourceLocation: sourceLocation)
  expectAgreement(
    "\(name), bound", [bound.reconstruction, bound.latentKL, bound.evidence],
    [expected.reconstruction, expected.latentKL, expected.evidence], tolerance: tolerance,
    sourceLocation: sourceLocation)
}

/// Expects numbers to agree relative to the largest of the expected ones, and names the worst.
public func expectAgreement(
  _ name: String, _ values: [Double], _ expected: [Double], tolerance: Double,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(values.count == expected.count, "\(name): another number of values", sourceLocation: sourceLocation)
  let scale = expected.reduce(0) { Swift.max($0, $1.magnitude) }
  var worst = (index: 0, error: 0.0)
  for (i, (a, b)) in zip(values, expected).enumerated() where a != b {
    let error = (a - b).magnitude / (scale > 0 ? scale : 1)
    if !(error <= worst.error) { worst = (i, error) }
    if error.isNaN { break }
  }
  #expect(
    worst.error <= tolerance,
    "\(name): value \(worst.index) is \(values.isEmpty ? 0 : values[worst.index]), expected \(expected[worst.index])",
    sourceLocation: sourceLocation)
}
