import LatentEvidence
import LatentFiles
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// The bound from statistics alone, and the ascents by batches that live on it.
@Suite struct LinearMixtureTests {
  /// Everything that a linear mixture promises, at a fixture's own start and one step further.
  static func check<Family: LinearEmission>(
    _ fixture: ModelFixture<Mixture<Family>>, hasOwnLatents: Bool = false
  ) async throws where Family.Parameters: Archivable & VectorParameters, Family.Statistics: Archivable {
    let (model, x) = (fixture.model, fixture.observations)
    let ascent = CoordinateAscent(model, threads: 1)
    let θ = try fixture.start(0)
    let (statistics, bound) = try ascent.expectation(at: θ, of: x)
    let next = try model.parameters(maximizing: statistics, threads: 1)
    try checkLinear(fixture, at: θ, other: next)
    try checkFisherIdentity(fixture, at: next)
    if !hasOwnLatents {
      // The oracle's terms, and the entropy of q(z) from the responsibilities.
      let joint = try model.expectedLogJoint(of: statistics, at: θ)
      let q = try model.posterior(of: x.withoutWeights(), at: θ, threads: 1).responsibilities
      // Variational Bayes leaves rows with nothing observed out.
      let counted = (0..<x.rows).map { i in
        model.emission.isVariational && x.missingColumns(of: i).count == x.columns ? 0 : x.weight(of: i)
      }
      let entropies = x.inSourceOrder(counted).enumerated().map { n, w in
        (0..<q.columns).reduce(0) { r, k in
          q[n, k] > 0 ? r - w * Double(q[n, k]) * Double.log(Double(q[n, k])) : r
        }
      }
      let scale = 1e-9 * (1 + bound.value.magnitude)
      #expect((joint.observed - bound.reconstruction).magnitude < scale, "\(fixture.name)")
      #expect(
        (-joint.latent - entropies.reduce(0, +) - bound.latentKL).magnitude < scale, "\(fixture.name)")
    }
    try await checkIncremental(fixture)
    try await checkStochastic(fixture)
    try checkArchive(statistics, fixture)
  }

  /// Statistics are read as they were written, bit for bit.
  static func checkArchive<Family: Emission>(
    _ statistics: Family.Statistics, _ fixture: ModelFixture<Mixture<Family>>
  ) throws where Family.Statistics: Archivable {
    var archive = Archive(kind: "statistics")
    statistics.write(to: &archive, at: "s")
    let read = try Family.Statistics(from: Archive(decoding: archive.encoded()), at: "s")
    #expect(fixture.numbers(read) == fixture.numbers(statistics), "\(fixture.name)")
    var again = Archive(kind: "statistics")
    read.write(to: &again, at: "s")
    #expect(again == archive, "\(fixture.name)")
  }

  @Test(arguments: CovarianceStructure.allCases, [5, 40])
  func gaussian(_ covariance: CovarianceStructure, _ dimensions: Int) async throws {
    for hasPrior in [false, true] {
      let one = MixtureCase(covariance: covariance, dimensions: dimensions, hasPrior: hasPrior)
      try await Self.check(one.fixture(Double.self))
    }
    let single = MixtureCase(covariance: covariance, dimensions: dimensions, single: true, hasPrior: true)
    try await checkIncremental(single.fixture(Float.self))
  }

  @Test(arguments: [CovarianceStructure.full, .diagonal])
  func gaussianWithMissingCells(_ covariance: CovarianceStructure) async throws {
    let one = MixtureCase(covariance: covariance, dimensions: 5, hasPrior: true)
    let whole = try one.fixture(Double.self)
    let rows: Rows<Double> = Defects(missing: true, weighted: true)
      .rows(of: whole.observations.values, Double.self)
    try await Self.check(
      ModelFixture(
        name: "\(one), missing cells, weights", model: whole.model, observations: rows,
        start: { _ throws(InferenceError) in
          try whole.model.initialParameters(for: rows, using: RandomStream(seed: 1), threads: 1)
        }, numbers: whole.numbers), hasOwnLatents: true)
  }

  /// The scale latent counts with x, as missing cells do.
  @Test(arguments: CovarianceStructure.allCases, Defects.allCases)
  func student(_ covariance: CovarianceStructure, _ defects: Defects) async throws {
    let gaussian = MixtureCase(covariance: covariance, dimensions: 3).parameters
    let θ = StudentMixtureParameters(
      mixing: gaussian.mixing,
      emission: StudentParameters(
        means: gaussian.means, scales: gaussian.covariances, degreesOfFreedom: [5, 4, 60]))
    for degrees in [DegreesOfFreedom.estimated(), .fixed(4)] {
      for hasPrior in [false, true] {
        let x = try StudentMixture<Double>(
          components: 3, dimensions: 3, covariance: covariance, degreesOfFreedom: degrees
        ).sample(431, at: θ, using: RandomStream(seed: 3)).values
        let rows = defects.rows(of: x, Double.self)
        let prior = hasPrior ? try GaussianPrior.scaled(to: rows, components: 3, covariance: covariance) : nil
        let model = try StudentMixture<Double>(
          components: 3, dimensions: 3, covariance: covariance, prior: prior, degreesOfFreedom: degrees)
        try await Self.check(
          ModelFixture(
            name: "\(covariance), \(defects.testDescription), \(degrees), prior \(hasPrior)", model: model,
            observations: rows,
            start: { _ throws(InferenceError) in model.withinLimits(θ) }, numbers: { $0.parts.flatMap { $0 } }
          ),
          hasOwnLatents: true)
      }
    }
  }

  @Test(arguments: VariationalCase.all.filter { !$0.single })
  func variationalGaussian(_ one: VariationalCase) async throws {
    try await Self.check(one.fixture(Double.self))
  }

  @Test(arguments: Defects.allCases) func bernoulli(_ defects: Defects) async throws {
    let (K, D) = (3, 7)
    var stream = RandomStream(seed: 7)
    let μ = Matrix(rows: K, columns: D, elements: (0..<K * D).map { _ in 0.1 + 0.8 * stream.uniform() })
    let θ = BernoulliMixtureParameters(
      mixing: .weights([0.5, 0.2, 0.3]), emission: BernoulliParameters(probabilities: μ))
    let rows = defects.rows(
      of: try BernoulliMixture<Double>(components: K, dimensions: D)
        .sample(531, at: θ, using: RandomStream(seed: 11)).values, Double.self)
    func fixture<F: Emission>(_ model: Mixture<F>) -> ModelFixture<Mixture<F>>
    where F.Scalar == Double, F.Statistics == BernoulliStatistics, F.Parameters: Archivable {
      ModelFixture(
        name: "\(F.self), \(defects)", model: model, observations: rows,
        start: { _ throws(InferenceError) in
          try model.initialParameters(for: rows, using: RandomStream(seed: 1), threads: 1)
        }, numbers: { $0.counts + $0.ones.elements + $0.observed.elements })
    }
    try await Self.check(fixture(BernoulliMixture<Double>(components: K, dimensions: D)))
    try await Self.check(fixture(BernoulliMixture<Double>(components: K, dimensions: D, prior: .laplace)))
    try await Self.check(
      fixture(
        Mixture(
          components: K, of: VariationalBernoulliEmission<Double>(dimensions: D),
          mixing: .dirichlet(concentration: 0.5))))
  }

  @Test(arguments: Defects.allCases) func categorical(_ defects: Defects) async throws {
    var stream = RandomStream(seed: 23)
    let columns = try CategoricalColumns(levels: [3, 2, 4])
    let codes = Matrix<Double>(
      rows: 400, columns: 3,
      elements: (0..<400).flatMap { n in
        columns.levels.map { Double((stream.integer(below: $0) + n % 2) % $0) }
      })
    let rows = defects.rows(of: codes, Double.self)
    func fixture<F: Emission>(_ model: Mixture<F>) -> ModelFixture<Mixture<F>>
    where F.Scalar == Double, F.Statistics == CategoricalStatistics, F.Parameters: Archivable {
      ModelFixture(
        name: "\(F.self), \(defects)", model: model, observations: rows,
        start: { _ throws(InferenceError) in
          try model.initialParameters(for: rows, using: RandomStream(seed: 1), threads: 1)
        }, numbers: { $0.counts + $0.cells.elements })
    }
    try await Self.check(
      fixture(Mixture<CategoricalEmission<Double>>(components: 2, columns: columns, prior: .laplace)))
    try await Self.check(
      fixture(
        Mixture(
          components: 2, of: VariationalCategoricalEmission<Double>(columns: columns),
          mixing: .stickBreaking(concentration: 1))))
  }

  @Test(arguments: FactorCase.all.filter { !$0.single }.prefix(8))
  func factorAnalyser(_ one: FactorCase) async throws {
    try await Self.check(one.fixture(Double.self), hasOwnLatents: true)
  }

  /// A cell that the parameters rule out makes the bound −∞, which is refused and not hidden.
  @Test func contradictionsAreRefused() throws {
    let model = try BernoulliMixture<Double>(components: 1, dimensions: 1)
    var statistics = BernoulliStatistics(components: 1, dimensions: 1)
    (statistics.counts, statistics.ones, statistics.observed) = (
      [2], Matrix([[1.0]]), Matrix([[2.0]])
    )
    let θ = BernoulliMixtureParameters(
      mixing: .weights([1]), emission: BernoulliParameters(probabilities: Matrix([[0.0]])))
    #expect(throws: InferenceError.self) { try model.expectedLogJoint(of: statistics, at: θ) }
    statistics.ones = Matrix([[0.0]])
    #expect(try model.expectedLogJoint(of: statistics, at: θ).value == 0)
  }

  /// A model that goes on from half of the rows counts all of them, at the bound of all.
  @Test func aContinuationCountsAllRows() async throws {
    let one = MixtureCase(covariance: .full, dimensions: 2, hasPrior: true)
    let fixture = try one.fixture(Double.self)
    let (model, x) = (fixture.model, fixture.observations)
    let half = x.rows / 2
    let (old, new) = (x.chunk(0..<half), x.chunk(half..<x.rows))
    let start = try fixture.start(0)
    let first = try await Fit(CoordinateAscent(model, threads: 1), on: old) { _ in .init(parameters: start) }
      .run()
    let source = Batches(old, size: 100, shuffledBy: nil)
    let known = try source.expectation(of: model, at: first.state.parameters, threads: 1)
    #expect((known.bound.value - first.bound.value).magnitude < 1e-8 * known.bound.value.magnitude)
    let continuation = try Continuation(
      model, earlier: known.statistics, at: first.state.parameters, evidence: known.bound.evidence)
    let second = try await Fit(CoordinateAscent(continuation, threads: 1), on: new) { _ in
      .init(parameters: first.state.parameters)
    }.run()
    let whole = try await fixture.fit().run()
    #expect(second.bound.value <= whole.bound.value + 1e-6)
    #expect((second.bound.value - whole.bound.value).magnitude < 0.01 * whole.bound.value.magnitude)
    // At the parameters it began with, the earlier rows contribute what they did.
    let before = try continuation.earlierBound(at: first.state.parameters)
    #expect((before.evidence - known.bound.evidence).magnitude < 1e-9 * known.bound.evidence.magnitude)
    let exact = try CoordinateAscent(model, threads: 1).expectation(at: second.state.parameters, of: old)
    #expect(
      try continuation.earlierBound(at: second.state.parameters).evidence <= exact.bound.evidence + 1e-7)
  }
}

@Suite struct StudentStatisticsArchiveTests {
  @Test func areReadAsWritten() throws {
    var stream = RandomStream(seed: 2)
    let x = Rows(Matrix<Double>(rows: 60, columns: 2, elements: (0..<120).map { _ in stream.normal() }))
    let model = try Mixture(components: 2, of: StudentEmission<Double>(dimensions: 2))
    let θ = try model.initialParameters(for: x, using: stream, threads: 1)
    let s = try CoordinateAscent(model, threads: 1).expectation(at: θ, of: x).statistics
    var archive = Archive(kind: "statistics")
    s.write(to: &archive, at: "s")
    let read = try StudentStatistics(from: Archive(decoding: archive.encoded()), at: "s")
    var again = Archive(kind: "statistics")
    read.write(to: &again, at: "s")
    #expect(again == archive)
    #expect(read.counts == s.counts && read.logPrecisions == s.logPrecisions)
    archive.set("s/counts", [Double.nan, 1])
    #expect(throws: FileError.self) {
      try StudentStatistics(from: Archive(decoding: archive.encoded()), at: "s")
    }
  }
}
