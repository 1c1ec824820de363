import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Split, merge and prune.
@Suite struct MovingAscentTests {
  /// Five round clusters, 60 rows each, in two columns of different units.
  static let clusters: Matrix<Double> = {
    var stream = RandomStream(seed: 12)
    let centres = [[0.0, 0], [8, 0], [0, 8], [8, 8], [4, 20]]
    return Matrix(
      (0..<300).map { n in
        let centre = centres[n % 5]
        return [centre[0] + stream.normal(), 100 * (centre[1] + stream.normal())]
      })
  }()

  static func model(
    _ K: Int, _ covariance: CovarianceStructure, _ mixing: Mixing, on x: Matrix<Double> = clusters
  ) throws -> VariationalGaussianMixture<Double> {
    try VariationalGaussianMixture(
      components: K, covariance: covariance,
      prior: .scaled(to: Rows(x), components: 1, covariance: covariance),
      mixing: mixing)
  }

  /// From one component, or from far too many, to five.
  @Test(
    arguments: [CovarianceStructure.full, .tied, .diagonal],
    [Mixing.dirichlet(concentration: 0.1), .stickBreaking(concentration: 1)])
  func findsTheClusters(covariance: CovarianceStructure, mixing: Mixing) async throws {
    let x = Rows(Self.clusters)
    for K in [1, 15] {
      let model = try Self.model(K, covariance, mixing)
      let ascent = try MovingAscent(model, threads: 1)
      let result = try await Fit(
        ascent, on: x, stopping: StoppingRule(tolerance: 1e-7, maximumIterations: 500)
      ) { (_) throws(InferenceError) in
        .init(
          parameters: try model.initialParameters(
            for: x, start: .randomRows, using: RandomStream(seed: 2), threads: 1))
      }.run()
      #expect(result.outcome == .converged)
      #expect(
        result.state.parameters.components == 5,
        "from \(K): \(result.state.parameters.components) after \(result.state.moves)")
      #expect(result.state.moves.allSatisfy { $0.gain > -1e-8 })
      // The bound is that of the parameters.
      let again = try CoordinateAscent(model, threads: 1).expectation(at: result.state.parameters, of: x)
      #expect(again.bound.bits == result.bound.bits)
    }
  }

  /// Never below plain coordinate ascent from the same start.
  @Test func notBelowPlainAscent() async throws {
    let x = Rows(Self.clusters)
    let model = try Self.model(6, .full, .dirichlet(concentration: 1))
    let stopping = StoppingRule(tolerance: 1e-7, maximumIterations: 2000)
    for seed in 0..<6 {
      func start() throws(InferenceError) -> MixtureParameters<VariationalGaussianParameters> {
        try model.initialParameters(
          for: x, start: .randomRows, using: RandomStream(seed: UInt64(seed)), threads: 1)
      }
      let first = try start()
      let plain = try await Fit(CoordinateAscent(model, threads: 1), on: x, stopping: stopping) {
        (_) throws(InferenceError) in .init(parameters: first)
      }.run()
      let moving = try await Fit(MovingAscent(model, threads: 1), on: x, stopping: stopping) {
        (_) throws(InferenceError) in .init(parameters: first)
      }.run()
      #expect(moving.bound.value > plain.bound.value - 1e-6, "seed \(seed)")
    }
  }

  @Test(arguments: CovarianceStructure.allCases)
  func contract(covariance: CovarianceStructure) async throws {
    let x = Rows(Self.clusters)
    let model = try Self.model(3, covariance, .stickBreaking(concentration: 1))
    try await checkSteps(
      "moves, \(covariance)", on: x, restarts: 2,
      stopping: StoppingRule(tolerance: 1e-5, maximumIterations: 60),
      ascent: { threads in
        guard let ascent = try? MovingAscent(model, threads: threads) else {
          preconditionFailure("variational")
        }
        return ascent
      },
      start: { restart throws(InferenceError) in
        .init(
          parameters: try model.initialParameters(
            for: x, start: .randomRows, using: RandomStream(seed: 2).substream(restart), threads: 1))
      })
  }

  /// A split and a merger keep counts, first and second moments of all components together.
  @Test(arguments: CovarianceStructure.allCases)
  func statisticsAreKept(covariance: CovarianceStructure) throws {
    let x = Rows(Self.clusters)
    let model = try Self.model(4, covariance, .dirichlet(concentration: 1))
    let q = try model.initialParameters(for: x, using: RandomStream(seed: 1), threads: 1)
    let statistics = try CoordinateAscent(model, threads: 1).expectation(at: q, of: x).statistics
    let split = try #require(model.emission.splitting(2, of: statistics, at: q.emission))
    #expect(split.counts.count == 5)
    expectAgreement("split", Self.totals(split), Self.totals(statistics), tolerance: 1e-12)
    let merged = split.merging(4, into: 2)
    expectAgreement("merged", Self.totals(merged), Self.totals(statistics), tolerance: 1e-12)
    expectAgreement("counts", merged.counts, statistics.counts, tolerance: 1e-14)
    let a = try model.parameters(maximizing: merged, threads: 1)
    let b = try model.parameters(maximizing: statistics, threads: 1)
    expectAgreement(
      "m", a.emission.expected.means.elements, b.emission.expected.means.elements, tolerance: 1e-10)
    for k in 0..<4 {
      expectAgreement(
        "Σ", a.emission.expected.covariance(of: k).elements, b.emission.expected.covariance(of: k).elements,
        tolerance: 1e-10)
    }
  }

  /// Count, Σ r x and the trace of Σ r x xᵀ in units of the columns, of all components together.
  static func totals(_ s: GaussianStatistics) -> [Double] {
    let K = s.counts.count
    var sums = [0.0, 0, 0]
    var squares = 0.0
    for k in 0..<K {
      sums[0] += s.counts[k]
      for j in 0..<2 {
        let o = s.origins[k, j]
        sums[1 + j] += (s.first[k, j] + s.counts[k] * o)
        squares += 2 * o * s.first[k, j] + s.counts[k] * o * o
        switch s.structure {
        case .full: squares += s.second[k][j, j]
        case .diagonal: squares += s.second[0][k, j]
        default: break
        }
      }
      if s.structure == .spherical { squares += s.second[0][k, 0] }
    }
    if s.structure == .tied { squares += s.second[0][0, 0] + s.second[0][1, 1] }
    return [sums[0], sums[1], sums[2] / 100, squares / 1e4]
  }

  /// Rows of two kinds in twelve binary columns, from one component and from eight.
  @Test(arguments: [1, 8]) func bernoulli(start K: Int) async throws {
    var stream = RandomStream(seed: 6)
    let x = Rows(
      Matrix<Double>(
        (0..<240).map { n in
          (0..<12).map { j in stream.uniform() < ((j < 6) == (n % 2 == 0) ? 0.9 : 0.15) ? 1 : 0 }
        }))
    let model = try Mixture(
      components: K, of: VariationalBernoulliEmission<Double>(dimensions: 12),
      mixing: .stickBreaking(concentration: 1))
    let result = try await Fit(
      MovingAscent(model, threads: 1), on: x, stopping: StoppingRule(tolerance: 1e-7)
    ) {
      (_) throws(InferenceError) in
      .init(
        parameters: try model.initialParameters(
          for: x, start: .randomRows, using: RandomStream(seed: 2), threads: 1))
    }.run()
    #expect(result.state.parameters.components == 2, "\(result.state.moves)")
  }

  /// Rows of two kinds in ten columns of three categories, from one component and from eight; the contract of moves.
  @Test(arguments: [1, 8]) func categorical(start K: Int) async throws {
    var stream = RandomStream(seed: 6)
    let x = Rows(
      Matrix<Double>(
        (0..<240).map { n in
          (0..<10).map { j in
            let likely = (j + n) % 2 == 0 ? 0 : 2
            return Double(stream.categorical(weights: (0..<3).map { $0 == likely ? 0.8 : 0.1 }))
          }
        }))
    let model = try Mixture(
      components: K,
      of: VariationalCategoricalEmission<Double>(
        columns: CategoricalColumns(levels: Array(repeating: 3, count: 10))),
      mixing: .stickBreaking(concentration: 1))
    let stopping = StoppingRule(tolerance: 1e-7, maximumIterations: 200)
    let result = try await checkSteps(
      "moves, categorical", on: x, stopping: stopping,
      ascent: { threads in
        guard let ascent = try? MovingAscent(model, threads: threads) else {
          preconditionFailure("variational")
        }
        return ascent
      },
      start: { _ throws(InferenceError) in
        .init(
          parameters: try model.initialParameters(
            for: x, start: .randomRows, using: RandomStream(seed: 2), threads: 1))
      })
    #expect(result.outcome == .converged)
    #expect(result.state.parameters.components == 2, "\(result.state.moves)")
    // Each component has one kind.
    let r = try model.posterior(of: x, at: result.state.parameters).responsibilities
    let own = r[0, 0] > 0.5 ? 0 : 1
    let right = (0..<240).count { r[$0, own] > 0.5 == ($0 % 2 == 0) }
    #expect(right > 230, "\(right)")
  }

  /// Halves of a categorical component have its counts together, none of them negative; with two categories they are those
  /// of Bernoulli columns but for the names of the halves.
  @Test func categoricalHalves() throws {
    let columns = try CategoricalColumns(levels: [2, 4, 1, 3])
    let family = VariationalCategoricalEmission<Double>(columns: columns)
    var s = CategoricalStatistics(components: 2, categories: 10)
    s.counts = [10, 7]
    s.cells = Matrix([[6, 4, 5, 1, 0, 3, 10, 0, 9, 0], [7, 0, 1, 2, 2, 2, 7, 3, 3, 1]])
    let q = try family.parameters(maximizing: s, threads: 1)
    for k in 0..<2 {
      let halves = try #require(family.splitting(k, of: s, at: q))
      #expect(halves.counts.count == 3 && halves.counts[k] == s.counts[k] / 2)
      #expect(halves.cells.elements.allSatisfy { $0 >= 0 })
      for j in 0..<4 {
        let totals = [k, 2].map { half in columns.range(j).reduce(0) { $0 + halves.cells[half, $1] } }
        #expect((totals[0] - totals[1]).magnitude < 1e-12, "column \(j): \(totals)")
      }
      let merged = halves.merging(2, into: k)
      expectAgreement("counts", merged.counts, s.counts, tolerance: 1e-15)
      expectAgreement("cells", merged.cells.elements, s.cells.elements, tolerance: 1e-14)
      // The first column of the first component: 3 and 2 in each half, of which 1 is exchanged.
      if k == 0 {
        #expect([[4.0, 1], [2, 3]].contains((0..<2).map { halves.cells[0, $0] }), "\(halves.cells.row(0))")
      }
    }
    #expect(s.selecting(components: [1]).cells.row(0) == s.cells.row(1))
    var empty = s
    empty.counts[1] = 0
    #expect(family.splitting(1, of: empty, at: q) == nil)
  }

  /// The marginal likelihood of given assignments: rows one after the other, each by what those before it say.
  @Test func categoricalMarginal() throws {
    let columns = try CategoricalColumns(levels: [3, 2])
    let family = VariationalCategoricalEmission<Double>(
      columns: columns, prior: try .init(concentration: 0.8))
    let rows = [[0, 1], [0, 0], [2, 1], [1, 1], [2, 1]]
    let z = [0, 1, 0, 1, 0]
    var s = CategoricalStatistics(components: 2, categories: 5)
    var expected = 0.0
    for (row, k) in zip(rows, z) {
      for j in 0..<2 {
        let seen = columns.range(j).map { s.cells[k, $0] }
        expected += Double.log(
          (seen[row[j]] + 0.8) / (seen.reduce(0, +) + 0.8 * Double(columns.levels[j])))
      }
      s.counts[k] += 1
      for j in 0..<2 { s.cells[k, columns.offsets[j] + row[j]] += 1 }
    }
    #expect((try family.logMarginal(of: s) - expected).magnitude < 1e-12)
  }

  /// Screening ranks mergers by the change of the evidence at fixed assignments.
  @Test(arguments: CovarianceStructure.allCases)
  func marginalIsTheEvidence(covariance: CovarianceStructure) throws {
    let x = VariationalEvidence.tiny
    let prior = try VariationalEvidence.prior(2)
    let model = try VariationalGaussianMixture<Double>(components: 2, covariance: covariance, prior: prior)
    let z = [0, 0, 1, 1, 0]
    var statistics = GaussianStatistics(structure: covariance, origins: Matrix(rows: 2, columns: 2))
    for n in 0..<5 {
      statistics.counts[z[n]] += 1
      for i in 0..<2 {
        statistics.first[z[n], i] += x[n, i]
        switch covariance {
        case .full: for j in 0...i { statistics.second[z[n]][i, j] += x[n, i] * x[n, j] }
        case .tied: for j in 0...i { statistics.second[0][i, j] += x[n, i] * x[n, j] }
        case .diagonal: statistics.second[0][z[n], i] += x[n, i] * x[n, i]
        case .spherical: statistics.second[0][z[n], 0] += x[n, i] * x[n, i]
        }
      }
    }
    let exact = ExactEvidence(x: x, prior: prior, covariance: covariance)
    let constant = -5 * Double.log(.pi)
    #expect(
      (try model.emission.logMarginal(of: statistics) + constant - exact.logMarginal(z)).magnitude < 1e-11)
    let merged = statistics.merging(1, into: 0)
    let one = exact.logMarginal([0, 0, 0, 0, 0])
    #expect((try model.emission.logMarginal(of: merged) + constant - one).magnitude < 1e-11)
  }

  @Test func pointsAreRefused() throws {
    let model = try VariationalGaussianMixture<Double>(
      components: 2, prior: VariationalEvidence.prior(2), mixing: .dirichlet(concentration: 1))
    let point = try Mixture(components: 2, of: model.emission, mixing: .maximumLikelihood)
    #expect(throws: InferenceError.self) { try MovingAscent(point) }
    #expect(throws: InferenceError.self) {
      try VariationalGaussianMixture<Double>(
        components: 2, prior: VariationalEvidence.prior(2), mixing: .maximumLikelihood)
    }
    #expect(throws: InferenceError.self) {
      try VariationalGaussianMixture<Double>(
        components: 2, prior: VariationalEvidence.prior(2), mixing: .dirichlet(concentration: 0))
    }
  }
}
