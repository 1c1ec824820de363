// N observations, D dimensions, K components

import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// ln p(D) in closed form for given assignments, and by summing over all of them.
///
/// The marginal likelihood of rows that share one Normal–Wishart density, from the ratio of its normalisers:
///
///     ln p(X) = −½ND ln π + ln Γ_D(½ν) − ln Γ_D(½ν₀) + ½ν₀ ln |W₀⁻¹| − ½ν ln |W⁻¹| + ½D Σₖ ln(β₀/β[k])
///
/// (Murphy 2007, Conjugate Bayesian analysis of the Gaussian distribution, eq. 266.) Responsibilities, expectations and
/// divergences do not appear in it.
struct ExactEvidence {
  let x: Matrix<Double>
  let prior: GaussianPrior
  let covariance: CovarianceStructure

  /// ln p(X | z): rows n with `z[n] = k` belong to component k.
  func logMarginal(_ z: [Int]) -> Double {
    let (N, D) = (x.rows, x.columns)
    let groups = Set(z).sorted().map { k in (0..<N).filter { z[$0] == k } }
    let (β0, ν0) = (prior.meanPrecision, prior.degreesOfFreedom)
    // W⁻¹ − W₀⁻¹ of each group.
    let gains = groups.map { rows -> Matrix<Double> in
      let R = Double(rows.count)
      let mean = (0..<D).map { j in rows.reduce(0) { $0 + x[$1, j] } / R }
      var gain = Matrix<Double>(rows: D, columns: D)
      for i in 0..<D {
        for j in 0..<D {
          for n in rows { gain[i, j] += (x[n, i] - mean[i]) * (x[n, j] - mean[j]) }
          gain[i, j] += β0 * R / (β0 + R) * (mean[i] - prior.mean[i]) * (mean[j] - prior.mean[j])
        }
      }
      return gain
    }
    var total = -0.5 * Double(N * D) * Double.log(.pi)
    for rows in groups { total += 0.5 * Double(D) * Double.log(β0 / (β0 + Double(rows.count))) }
    func one(_ ν: Double, _ gain: Double, _ scale: Double) -> Double {
      logGamma(ν / 2) - logGamma(ν0 / 2) + 0.5 * ν0 * Double.log(scale)
        - 0.5 * ν * Double.log(scale + gain)
    }
    func dense(_ ν: Double, _ gain: Matrix<Double>) -> Double {
      var scale = prior.scale
      for i in 0..<D { for j in 0..<D { scale[i, j] += gain[i, j] } }
      var total =
        0.5 * ν0 * Plain.inverse(prior.scale).logDeterminant
        - 0.5 * ν * Plain.inverse(scale).logDeterminant
      for i in 0..<D { total += logGamma((ν - Double(i)) / 2) - logGamma((ν0 - Double(i)) / 2) }
      return total
    }
    switch covariance {
    case .full:
      for (rows, gain) in zip(groups, gains) { total += dense(ν0 + Double(rows.count), gain) }
    case .tied:
      var sum = gains[0]
      for gain in gains.dropFirst() { for i in 0..<D { for j in 0..<D { sum[i, j] += gain[i, j] } } }
      total += dense(ν0 + Double(N), sum)
    case .diagonal:
      for (rows, gain) in zip(groups, gains) {
        for j in 0..<D { total += one(ν0 + Double(rows.count), gain[j, j], prior.scale[j, j]) }
      }
    case .spherical:
      let scale = prior.scale.diagonal.reduce(0, +) / Double(D)
      for (rows, gain) in zip(groups, gains) {
        total += one(ν0 + Double(rows.count * D), gain.diagonal.reduce(0, +), scale)
      }
    }
    return total
  }

  /// ln p(X) of a mixture of K components with a Dirichlet density of the weights, over all Kᴺ assignments.
  func logEvidence(components K: Int, concentration α: Double) -> Double {
    let N = x.rows
    var terms: [Double] = []
    var z = [Int](repeating: 0, count: N)
    for code in 0..<Int(Double.pow(Double(K), Double(N)).rounded()) {
      var rest = code
      for n in 0..<N {
        z[n] = rest % K
        rest /= K
      }
      // Pólya's urn, one row after the other.
      var probability = 0.0
      for n in 0..<N {
        let same = Double(z[..<n].count { $0 == z[n] })
        probability += Double.log((same + α) / (Double(n) + Double(K) * α))
      }
      terms.append(probability + logMarginal(z))
    }
    return logSumExp(terms)
  }

  /// ln p(X) of a Dirichlet process mixture, over all partitions, by the Chinese restaurant process.
  func logEvidence(process α: Double) -> Double {
    let N = x.rows
    var terms: [Double] = []
    func seat(_ z: [Int], _ probability: Double) {
      guard z.count < N else {
        terms.append(probability + logMarginal(z))
        return
      }
      let tables = (z.max() ?? -1) + 1
      let total = Double.log(Double(z.count) + α)
      for k in 0..<tables { seat(z + [k], probability + Double.log(Double(z.count { $0 == k })) - total) }
      seat(z + [tables], probability + Double.log(α) - total)
    }
    seat([], 0)
    return logSumExp(terms)
  }
}

/// The bound against ln p(D).
@Suite struct VariationalEvidence {
  static let tiny = Matrix<Double>([[-1.2, 0.3], [-0.8, 0.1], [2.1, 1.5], [2.6, 1.1], [0.4, -2.0]])

  static func prior(_ D: Int, _ β0: Double = 0.3) throws -> GaussianPrior {
    var scale = Matrix<Double>.diagonal((0..<D).map { 0.7 + 0.4 * Double($0) })
    if D > 1 { (scale[0, 1], scale[1, 0]) = (0.2, 0.2) }
    return try GaussianPrior(
      mean: (0..<D).map { 0.5 - Double($0) }, meanPrecision: β0, degreesOfFreedom: Double(D) + 1.5,
      scale: scale)
  }

  /// The highest bound of many starts.
  static func best(
    _ x: Matrix<Double>, _ model: VariationalGaussianMixture<Double>, restarts: Int = 10
  ) async throws -> FitResult<CoordinateAscent<VariationalGaussianMixture<Double>>.State> {
    try await Fit(
      CoordinateAscent(model, threads: 1), on: Rows(x),
      stopping: StoppingRule(tolerance: 1e-7, maximumIterations: 500), restarts: restarts
    ) { (restart) throws(InferenceError) in
      .init(
        parameters: try model.initialParameters(
          for: Rows(x), start: .randomRows, using: RandomStream(seed: 5).substream(restart), threads: 1))
    }.run()
  }

  /// With one component q(μ, Λ) is the exact posterior, and the bound is the evidence.
  @Test(arguments: CovarianceStructure.allCases, [1, 2])
  func oneComponentIsExact(covariance: CovarianceStructure, dimensions: Int) async throws {
    let x = Self.tiny.selecting(columns: Array(0..<dimensions))
    let prior = try Self.prior(dimensions)
    let exact = ExactEvidence(x: x, prior: prior, covariance: covariance).logMarginal(
      Array(repeating: 0, count: x.rows))
    for mixing in [Mixing.dirichlet(concentration: 0.4), .dirichlet(concentration: 3)] {
      let model = try VariationalGaussianMixture<Double>(
        components: 1, covariance: covariance, prior: prior, mixing: mixing)
      let bound = try await Self.best(x, model, restarts: 1).bound
      #expect((bound.value - exact).magnitude < 1e-10, "\(bound.value), exactly \(exact)")
    }
  }

  /// The sum over all assignments is never below the bound, and not far above.
  @Test(arguments: CovarianceStructure.allCases, [1, 2])
  func neverAboveTheEvidence(covariance: CovarianceStructure, dimensions: Int) async throws {
    let x = Self.tiny.selecting(columns: Array(0..<dimensions))
    let prior = try Self.prior(dimensions)
    let evidence = ExactEvidence(x: x, prior: prior, covariance: covariance)
    for K in 2...3 {
      for α in [0.1, 1, 5] {
        let exact = evidence.logEvidence(components: K, concentration: α)
        let model = try VariationalGaussianMixture<Double>(
          components: K, covariance: covariance, prior: prior, mixing: .dirichlet(concentration: α))
        let bound = try await Self.best(x, model).bound.value
        #expect(bound < exact + 1e-10, "K = \(K), α = \(α): \(bound), exactly \(exact)")
        #expect(bound > exact - 4, "K = \(K), α = \(α): \(bound), exactly \(exact)")
      }
    }
  }

  /// For sticks the bound is one on the process's own evidence, whatever K, and does not fall with K.
  @Test(arguments: CovarianceStructure.allCases)
  func sticks(covariance: CovarianceStructure) async throws {
    let prior = try Self.prior(2)
    let evidence = ExactEvidence(x: Self.tiny, prior: prior, covariance: covariance)
    for α in [0.2, 1, 4] {
      let exact = evidence.logEvidence(process: α)
      for K in 1...3 {
        func model(_ K: Int) throws -> VariationalGaussianMixture<Double> {
          try VariationalGaussianMixture(
            components: K, covariance: covariance, prior: prior, mixing: .stickBreaking(concentration: α))
        }
        let result = try await Self.best(Self.tiny, model(K))
        let bound = result.bound.value
        #expect(bound < exact + 1e-10, "K = \(K), α = \(α): \(bound), exactly \(exact)")
        if K == 3, α < 1 { #expect(bound > exact - 3, "K = \(K), α = \(α): \(bound), exactly \(exact)") }

        // The same components and one more, which no row has.
        var larger = result.state.parameters
        larger = .init(
          mixing: .sticks(
            Sticks(counts: try model(K).expectedCounts(at: larger, total: 5) + [0], concentration: α)),
          emission: larger.emission.appending(prior))
        let ascent = CoordinateAscent(try model(K + 1), threads: 1)
        let next = try ascent.expectation(at: larger, of: Rows(Self.tiny)).bound.value
        #expect(next > bound - 1e-10, "K = \(K), α = \(α): \(next) with one more component, after \(bound)")
      }
    }
  }

  /// Far apart, with weights that hardly depend on the data, assignments are certain and the factorisation is exact up to
  /// the labelling.
  @Test func separatedComponentsAreNearlyExact() async throws {
    let x = Matrix<Double>([[-50], [-50.4], [-49.8], [50.1], [50.5]])
    let prior = try GaussianPrior(
      mean: [0], meanPrecision: 0.001, degreesOfFreedom: 3, scale: Matrix([[0.3]]))
    let model = try VariationalGaussianMixture<Double>(
      components: 2, prior: prior, mixing: .dirichlet(concentration: 1e6))
    let exact = ExactEvidence(x: x, prior: prior, covariance: .full).logEvidence(
      components: 2, concentration: 1e6)
    let bound = try await Self.best(x, model)
    let labelled = bound.bound.value + model.mixing.logLabellings(components: 2)
    #expect((labelled - exact).magnitude < 1e-4, "\(labelled), exactly \(exact)")
  }

  /// A row of weight w counts as w rows.
  @Test(arguments: [Mixing.dirichlet(concentration: 0.3), .stickBreaking(concentration: 2)])
  func weightsAreRepetitions(mixing: Mixing) throws {
    let x = Self.tiny
    let copies = [2, 1, 3, 0, 1]
    let repeated = x.selecting(rows: copies.indices.flatMap { Array(repeating: $0, count: copies[$0]) })
    let model = try VariationalGaussianMixture<Double>(
      components: 2, prior: try Self.prior(2), mixing: mixing)
    let ascent = CoordinateAscent(model, threads: 1)
    var states = try [
      model.initialParameters(
        for: Rows(repeated), start: .means(x[rows: 1..<3]), using: RandomStream(seed: 1))
    ].map { CoordinateAscent<VariationalGaussianMixture<Double>>.State(parameters: $0) }
    states.append(states[0])
    for _ in 0..<5 {
      let a = try ascent.step(&states[0], on: Rows(repeated))
      let b = try ascent.step(&states[1], on: Rows(x, weights: copies.map { Double($0) }))
      #expect(a.count == b.count)
      #expect((a.value - b.value).magnitude < 1e-12 * a.value.magnitude)
    }
  }

  /// With a cell missing, ln p of what is observed is the evidence integrated over that cell; its q(x) is a factor of its
  /// own, so even with one component the bound lies below.
  @Test(arguments: CovarianceStructure.allCases)
  func missingCell(covariance: CovarianceStructure) async throws {
    let prior = try Self.prior(2)
    func evidence(_ cell: Double, _ components: Int) -> Double {
      var x = Self.tiny
      x[3, 1] = cell
      let exact = ExactEvidence(x: x, prior: prior, covariance: covariance)
      return components == 1
        ? exact.logMarginal([0, 0, 0, 0, 0]) : exact.logEvidence(components: 2, concentration: 1)
    }
    var x = Self.tiny
    x[3, 1] = .nan
    for K in [1, 2] {
      // The substitution x = sinh t reaches far into the tails.
      let h = 0.1
      let terms = stride(from: -9.0, through: 9, by: h).map { t in
        evidence(Double.sinh(t), K) + Double.log(h * Double.cosh(t))
      }
      let exact = logSumExp(terms)
      let model = try VariationalGaussianMixture<Double>(
        components: K, covariance: covariance, prior: prior, mixing: .dirichlet(concentration: 1))
      let bound = try await Self.best(x, model).bound.value
      #expect(bound < exact + 1e-9, "K = \(K): \(bound), exactly \(exact)")
      #expect(bound > exact - (K == 1 ? 0.5 : 3), "K = \(K): \(bound), exactly \(exact)")
    }
  }

  /// A row with nothing observed changes nothing where products are dense either, whichever rows come before and after it.
  @Test(arguments: [CovarianceStructure.full, .tied])
  func emptyRowAmongManyColumns(covariance: CovarianceStructure) throws {
    let source = MixtureCase(covariance: covariance, dimensions: 40, components: 2)
    var x = try source.observations(Double.self)[rows: 0..<300]
    for n in 200..<300 { x[n, 5] = .nan }
    let model = try VariationalGaussianMixture<Double>(
      components: 2, covariance: covariance,
      prior: .scaled(to: Rows(x), components: 1, covariance: covariance))
    let q = try model.initialParameters(for: Rows(x), using: RandomStream(seed: 1), threads: 1)
    var longer = x
    for j in 0..<40 { longer[200, j] = .nan }
    let shorter = x.selecting(rows: (0..<300).filter { $0 != 200 })
    let oracle = try model.oracle(at: q, threads: 1)
    func statistics(_ x: Matrix<Double>) throws -> (GaussianStatistics, Bound) {
      var s = oracle.zero
      let bound = try oracle.accumulate(Rows(x), into: &s)
      return (s, bound)
    }
    let (a, b) = (try statistics(shorter), try statistics(longer))
    #expect((a.1.value - b.1.value).magnitude < 1e-12 * a.1.value.magnitude)
    #expect(b.1.count == 300)
    expectAgreement("counts", b.0.counts, a.0.counts, tolerance: 1e-13)
    expectAgreement(
      "statistics", b.0.parts.flatMap { $0 }, a.0.parts.flatMap { $0 }, tolerance: 1e-12)
  }

  /// A row with nothing observed changes nothing.
  @Test(arguments: CovarianceStructure.allCases)
  func emptyRow(covariance: CovarianceStructure) throws {
    let model = try VariationalGaussianMixture<Double>(
      components: 2, covariance: covariance, prior: try Self.prior(2))
    let longer = Matrix([Self.tiny.row(0), [.nan, .nan]] + (1..<5).map { Self.tiny.row($0) })
    let q = try model.initialParameters(for: Rows(Self.tiny), using: RandomStream(seed: 1))
    let ascent = CoordinateAscent(model, threads: 1)
    let (a, b) = try (
      ascent.expectation(at: q, of: Rows(Self.tiny)), ascent.expectation(at: q, of: Rows(longer))
    )
    #expect((a.bound.value - b.bound.value).magnitude < 1e-13)
    #expect(b.bound.count == 6)
    expectAgreement(
      "statistics", b.statistics.parts.flatMap { $0 }, a.statistics.parts.flatMap { $0 }, tolerance: 1e-14)
  }
}
