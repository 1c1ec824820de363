public import LatentEvidence
public import LatentFiles
import LatentNumerics
public import Testing

// Every ascent over one fixture, in a line each.

/// Expects acceleration to keep its promises for this model: coordinates that give the parameters back, the contract of
/// `checkSteps`, and an end not below that of coordinate ascent with the same steps.
///
/// - Parameter mayEndElsewhere: whether extrapolation is known to lead into another local maximum, which may be lower.
public func checkAccelerated<Model>(
  _ fixture: ModelFixture<Model>, stopping: StoppingRule = StoppingRule(tolerance: 0, maximumIterations: 12),
  mayEndElsewhere: Bool = false, sourceLocation: SourceLocation = #_sourceLocation
) async throws where Model.Parameters: VectorParameters {
  try checkVector(fixture, at: fixture.start(0), sourceLocation: sourceLocation)
  let result = try await checkSteps(
    "\(fixture.name), accelerated", on: fixture.observations, stopping: stopping,
    sourceLocation: sourceLocation, ascent: { AcceleratedAscent(fixture.model, threads: $0) }
  ) { [start = fixture.start] (restart) throws(InferenceError) in .init(parameters: try start(restart)) }
  try checkVector(fixture, at: result.state.parameters, sourceLocation: sourceLocation)
  guard !mayEndElsewhere else { return }
  let plain = try await fixture.fit(stopping: stopping).run()
  #expect(
    result.bound.value >= plain.bound.value - 1e-4 * plain.bound.count,
    "\(fixture.name): ends at \(result.bound.value), plain at \(plain.bound.value)",
    sourceLocation: sourceLocation)
}

/// Expects the coordinates of parameters to give them back, and improper ones to be refused.
public func checkVector<Model>(
  _ fixture: ModelFixture<Model>, at parameters: Model.Parameters,
  sourceLocation: SourceLocation = #_sourceLocation
) throws where Model.Parameters: VectorParameters {
  let vector = parameters.vector
  let again = try #require(
    parameters.replacing(vector: vector), "\(fixture.name): its own coordinates are refused",
    sourceLocation: sourceLocation)
  expectAgreement(
    "\(fixture.name), coordinates", again.vector, vector, tolerance: 1e-12, sourceLocation: sourceLocation)
  let ascent = CoordinateAscent(fixture.model, threads: 1)
  let (a, b) = (
    try ascent.expectation(at: parameters, of: fixture.observations).bound,
    try ascent.expectation(at: again, of: fixture.observations).bound
  )
  #expect(
    (a.value - b.value).magnitude <= 1e-8 * (1 + a.value.magnitude),
    "\(fixture.name): \(b.value) from the coordinates of parameters at \(a.value)",
    sourceLocation: sourceLocation)
  for improper in [Double.nan, .infinity] {
    #expect(
      parameters.replacing(vector: Array(repeating: improper, count: vector.count)) == nil,
      "\(fixture.name): coordinates of \(improper)", sourceLocation: sourceLocation)
  }
}

/// Expects the expected log joint density to be what makes up the bound: linear in the statistics, never above the bound
/// at other parameters with the entropy left as it was, and touching it at its own.
///
/// - Parameter other: parameters near those that the statistics are taken at.
public func checkLinear<Model: LinearModel>(
  _ fixture: ModelFixture<Model>, at parameters: Model.Parameters, other: Model.Parameters,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let (model, x) = (fixture.model, fixture.observations)
  let ascent = CoordinateAscent(model, threads: 1)
  let (statistics, bound) = try ascent.expectation(at: parameters, of: x)
  let joint = try model.expectedLogJoint(of: statistics, at: parameters)
  let moved = try model.expectedLogJoint(of: statistics, at: other)

  // Linear: of a batch and of the rest.
  let cut = x.observationCount / 3
  let parts = try [0..<cut, cut..<x.observationCount].map {
    try ascent.expectation(at: parameters, of: x.chunk($0))
  }
  for θ in [parameters, other] {
    let sum = try parts.map { try model.expectedLogJoint(of: $0.statistics, at: θ) }
    let whole = try model.expectedLogJoint(of: statistics, at: θ)
    #expect(
      (sum[0].value + sum[1].value - whole.value).magnitude < 1e-9 * (1 + whole.value.magnitude),
      "\(fixture.name): not linear", sourceLocation: sourceLocation)
    var half = statistics
    half.scale(by: 0.5)
    let scaled = try model.expectedLogJoint(of: half, at: θ)
    #expect(
      (2 * scaled.observed - whole.observed).magnitude < 1e-9 * (1 + whole.observed.magnitude)
        && (2 * scaled.latent - whole.latent).magnitude < 1e-9 * (1 + whole.latent.magnitude),
      "\(fixture.name): not linear", sourceLocation: sourceLocation)
  }

  // With q left as it was: L(q, θ′) ≤ max L(·, θ′).
  let there = try ascent.expectation(at: other, of: x).bound
  let stale = bound.evidence + moved.value - joint.value
  #expect(
    stale <= there.evidence + 1e-9 * there.evidence.magnitude,
    "\(fixture.name): \(stale) with stale responsibilities, \(there.evidence) without",
    sourceLocation: sourceLocation)
}

/// Expects dE_q[ln p(x, z | θ)]/dθ, with q left as it was, to be the derivative of the evidence, along a random direction:
/// Fisher's identity for the exact posterior, and for variational Bayes what makes q an optimum.
public func checkFisherIdentity<Model: LinearModel>(
  _ fixture: ModelFixture<Model>, at parameters: Model.Parameters, tolerance: Double = 1e-5,
  sourceLocation: SourceLocation = #_sourceLocation
) throws where Model.Parameters: VectorParameters {
  let ascent = CoordinateAscent(fixture.model, threads: 1)
  let statistics = try ascent.expectation(at: parameters, of: fixture.observations).statistics
  let vector = parameters.vector
  var random = RandomStream(seed: 17)
  let h = 1e-5
  for _ in 0..<3 {
    let direction = vector.map { _ in random.normal() }
    func difference(_ f: (Model.Parameters) throws -> Double) throws -> Double {
      let ends = try [h, -h].map { t in
        try f(try #require(parameters.replacing(vector: zip(vector, direction).map { $0 + t * $1 })))
      }
      return (ends[0] - ends[1]) / (2 * h)
    }
    let ofJoint = try difference { try fixture.model.expectedLogJoint(of: statistics, at: $0).value }
    let ofEvidence = try difference {
      try ascent.expectation(at: $0, of: fixture.observations).bound.evidence
    }
    let scale = Double(fixture.observations.observationCount)
    #expect(
      (ofJoint - ofEvidence).magnitude < tolerance * (scale + ofEvidence.magnitude),
      "\(fixture.name): slope \(ofJoint), of the evidence \(ofEvidence)", sourceLocation: sourceLocation)
  }
}

/// Expects incremental ascent to keep the contract of `checkSteps`, to be coordinate ascent with one batch, and its bound
/// never to exceed the one with q taken anew.
public func checkIncremental<Model: LinearModel>(
  _ fixture: ModelFixture<Model>, batches count: Int = 4,
  stopping: StoppingRule = StoppingRule(tolerance: 0, maximumIterations: 10),
  sourceLocation: SourceLocation = #_sourceLocation
) async throws where Model.Statistics: Archivable {
  let x = fixture.observations
  func ascent(_ threads: Int) -> IncrementalAscent<Model, Batches<Model.Observations>> {
    IncrementalAscent(fixture.model, using: RandomStream(seed: 1), threads: threads)
  }
  let source = Batches(
    x, size: (x.observationCount - 1) / count + 1, shuffledBy: RandomStream(seed: 2))
  let result = try await checkSteps(
    "\(fixture.name), incremental", on: source, stopping: stopping, sourceLocation: sourceLocation,
    ascent: ascent
  ) { [start = fixture.start] (restart) throws(InferenceError) in .init(parameters: try start(restart)) }
  let anew = try CoordinateAscent(fixture.model, threads: 1).expectation(at: result.state.parameters, of: x)
    .bound
  #expect(
    result.bound.value <= anew.value + result.bound.roundoff + anew.roundoff,
    "\(fixture.name): \(result.bound.value) above \(anew.value)", sourceLocation: sourceLocation)

  let whole = Batches(x, size: x.observationCount, shuffledBy: nil)
  var a = IncrementalAscent<Model, Batches<Model.Observations>>.State(parameters: try fixture.start(0))
  var b = CoordinateAscent<Model>.State(parameters: try fixture.start(0))
  let plain = CoordinateAscent(fixture.model, threads: 1)
  for step in 0..<4 {
    let (one, other) = (try ascent(1).step(&a, on: whole), try plain.step(&b, on: x))
    #expect(
      (one.value - other.value).magnitude <= one.roundoff + other.roundoff,
      "\(fixture.name): step \(step + 1) with one batch at \(one.value), plain at \(other.value)",
      sourceLocation: sourceLocation)
    expectAgreement(fixture.name, one, other, tolerance: 1e-8, sourceLocation: sourceLocation)
  }
}

/// Expects stochastic ascent to keep the contract of `checkSteps`, to end with the exact bound of its parameters, and, with
/// all observations in one batch, to begin as coordinate ascent does.
public func checkStochastic<Model>(
  _ fixture: ModelFixture<Model>, batches count: Int = 4,
  stopping: StoppingRule = StoppingRule(tolerance: 0, maximumIterations: 10),
  sourceLocation: SourceLocation = #_sourceLocation
) async throws where Model.Statistics: Archivable {
  let x = fixture.observations
  let source = Batches(
    x, size: (x.observationCount - 1) / count + 1, shuffledBy: RandomStream(seed: 2))
  let result = try await checkSteps(
    "\(fixture.name), stochastic", on: source, stopping: stopping, sourceLocation: sourceLocation,
    ascent: {
      StochasticAscent<Model, Batches<Model.Observations>>(
        fixture.model, warmUp: 2, using: RandomStream(seed: 1), threads: $0)
    }
  ) { [start = fixture.start] (restart) throws(InferenceError) in .init(parameters: try start(restart)) }
  let plain = CoordinateAscent(fixture.model, threads: 1)
  let exact = try plain.expectation(at: result.state.parameters, of: x).bound
  #expect(result.bound.estimate == .exact, "\(fixture.name)", sourceLocation: sourceLocation)
  #expect(
    (result.bound.value - exact.value).magnitude <= result.bound.roundoff + exact.roundoff,
    "\(fixture.name): ends with \(result.bound.value) at parameters whose bound is \(exact.value)",
    sourceLocation: sourceLocation)

  let whole = Batches(x, size: x.observationCount, shuffledBy: nil)
  let first = StochasticAscent<Model, Batches<Model.Observations>>(
    fixture.model, schedule: try StepSchedule(delay: 0, forgetting: 1), using: RandomStream(seed: 1),
    threads: 1)
  var a = StochasticAscent<Model, Batches<Model.Observations>>.State(parameters: try fixture.start(0))
  var b = CoordinateAscent<Model>.State(parameters: try fixture.start(0))
  for step in 0..<3 {
    let (one, other) = (try first.step(&a, on: whole), try plain.step(&b, on: x))
    #expect(
      (one.value - other.value).magnitude <= one.roundoff + other.roundoff,
      "\(fixture.name): step \(step + 1) with one batch at \(one.value), plain at \(other.value)",
      sourceLocation: sourceLocation)
  }
}

/// Expects a race of starts to keep the contract of `checkSteps`, and the winner to climb as it does alone.
public func checkRace<Model>(
  _ fixture: ModelFixture<Model>, starts: Int = 4,
  stopping: StoppingRule = StoppingRule(tolerance: 0, maximumIterations: 10),
  sourceLocation: SourceLocation = #_sourceLocation
) async throws {
  let raced = try await checkSteps(
    "\(fixture.name), race", on: fixture.observations, restarts: starts, racing: 3, stopping: stopping,
    sourceLocation: sourceLocation, ascent: { CoordinateAscent(fixture.model, threads: $0) }
  ) { [start = fixture.start] (restart) throws(InferenceError) in .init(parameters: try start(restart)) }
  let alone = try await Fit(
    CoordinateAscent(fixture.model, threads: 1), on: fixture.observations, stopping: stopping
  ) { [start = fixture.start, winner = raced.best.restart] (_) throws(InferenceError) in
    .init(parameters: try start(winner))
  }.run()
  #expect(
    alone.trace.map(\.bits) == raced.trace.map(\.bits), "\(fixture.name): the winner climbs another way",
    sourceLocation: sourceLocation)
}
