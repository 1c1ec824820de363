// N observations, D dimensions, K components

import LatentDistributions
import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// One configuration of a variational Gaussian mixture, with data drawn from a mixture.
struct VariationalCase: Sendable, CustomTestStringConvertible {
  var covariance: CovarianceStructure
  var mixing: Mixing
  var dimensions: Int
  var single = false
  var hasWeights = false
  var hasMissing = false

  var testDescription: String {
    "\(covariance), \(mixing), D = \(dimensions), \(single ? "single" : "double")"
      + (hasWeights ? ", weights" : "") + (hasMissing ? ", missing cells" : "")
  }

  /// A tenth of the cells missing, and all of some rows.
  static let incomplete: [VariationalCase] = CovarianceStructure.allCases.flatMap { covariance in
    let isDense = covariance == .full || covariance == .tied
    return (isDense ? [5, 40] : [5]).map {
      VariationalCase(
        covariance: covariance, mixing: .dirichlet(concentration: 0.5), dimensions: $0, hasWeights: $0 == 5,
        hasMissing: true)
    }
  }

  /// Rows across vector lanes, and in 40 columns dense products, which only dense precisions have.
  static let all: [VariationalCase] = CovarianceStructure.allCases.flatMap { covariance in
    let isDense = covariance == .full || covariance == .tied
    return [Mixing.dirichlet(concentration: 0.5), .stickBreaking(concentration: 1)].flatMap { mixing in
      (isDense ? [2, 5, 40] : [2, 5]).map { dimensions in
        VariationalCase(
          covariance: covariance, mixing: mixing, dimensions: dimensions,
          single: (dimensions == 5) == (mixing == .stickBreaking(concentration: 1)),
          hasWeights: dimensions == 5)
      }
    }
  }

  var components: Int { 3 }
  var source: MixtureCase { MixtureCase(covariance: covariance, dimensions: dimensions, seed: 7) }

  func observations<S: LatentScalar>(_: S.Type) throws -> Rows<S> {
    var values = try source.observations(S.self)
    if hasMissing {
      var stream = RandomStream(seed: 8)
      for n in 0..<values.rows {
        for j in 0..<values.columns where n % 50 == 7 || stream.uniform() < 0.1 { values[n, j] = .nan }
      }
    }
    guard hasWeights else { return Rows(values) }
    var stream = RandomStream(seed: 3)
    return Rows(values, weights: (0..<values.rows).map { _ in Double(stream.integer(below: 4)) / 2 })
  }

  func model<S: LatentScalar>(for x: Rows<S>) throws -> VariationalGaussianMixture<S> {
    try VariationalGaussianMixture<S>(
      components: components, covariance: covariance,
      prior: .scaled(to: x, components: 1, covariance: covariance), mixing: mixing)
  }

  func fixture<S: LatentScalar>(_: S.Type) throws -> ModelFixture<VariationalGaussianMixture<S>> {
    let x = try observations(S.self)
    let model = try model(for: x)
    return ModelFixture(
      name: testDescription, model: model, observations: x,
      start: { restart throws(InferenceError) in
        let start: MixtureStart = restart == 0 ? .kMeans : .randomRows
        return try model.initialParameters(
          for: x, start: start, using: RandomStream(seed: 1).substream(restart), threads: 1)
      }, numbers: { $0.parts.flatMap { $0 } })
  }

  /// Hyperparameters near the source's parameters.
  var parameters: MixtureParameters<VariationalGaussianParameters> {
    var stream = RandomStream(seed: 11)
    let θ = source.parameters
    let counts = θ.weights.map { $0 * 300 }
    let least = Double(dimensions) + 1
    let ν = (0..<components).map { _ in least + 50 * stream.uniform() }
    let mixing: MixingParameters =
      switch mixing {
      case .stickBreaking(let α): .sticks(Sticks(counts: counts, concentration: α))
      default: .dirichlet(counts.map { $0 + 0.5 })
      }
    return .init(
      mixing: mixing,
      emission: VariationalGaussianParameters(
        expected: θ.emission, meanPrecisions: (0..<components).map { _ in 1 + 20 * stream.uniform() },
        degreesOfFreedom: covariance == .tied ? Array(repeating: ν[0], count: components) : ν))
  }
}

/// Every contract of a conjugate model, over covariances × weights' priors × dimensions × precisions.
@Suite struct VariationalMixtureContracts {
  @Test(arguments: VariationalCase.all + VariationalCase.incomplete) func ascent(_ one: VariationalCase)
    async throws
  {
    let stopping = StoppingRule(tolerance: 1e-4, maximumIterations: 2000)
    if one.single {
      try await checkAscent(one.fixture(Float.self), stopping: stopping)
    } else {
      try await checkAscent(one.fixture(Double.self), stopping: stopping)
    }
  }

  @Test(arguments: VariationalCase.all) func oracle(_ one: VariationalCase) throws {
    func check<S: LatentScalar>(_: S.Type, tolerance: Double) throws {
      let fixture = try one.fixture(S.self)
      let θ = one.parameters
      try checkOracle(
        fixture, at: θ, tolerance: tolerance,
        reference: { oracle in
          let (statistics, bound) = Plain.expectation(fixture.observations, θ, about: oracle.zero)
          return (statistics.parts, bound)
        }, split: \.parts)
    }
    if one.single { try check(Float.self, tolerance: 1e-5) } else { try check(Double.self, tolerance: 1e-12) }
  }

  @Test(arguments: VariationalCase.all + VariationalCase.incomplete) func promises(_ one: VariationalCase)
    async throws
  {
    if one.single {
      try await checkPromises(one.fixture(Float.self), at: one.parameters, tolerance: 3e-6)
    } else {
      try await checkPromises(
        one.fixture(Double.self), at: one.parameters, tolerance: one.hasMissing ? 1e-12 : 1e-13)
    }
  }

  @Test(arguments: VariationalCase.all + VariationalCase.incomplete)
  func acceleration(_ one: VariationalCase) async throws {
    func check<S: LatentScalar>(_: S.Type) async throws {
      let fixture = try one.fixture(S.self)
      try checkVector(fixture, at: one.parameters)
      try await checkAccelerated(fixture)
      try await checkRace(fixture)
    }
    if one.single { try await check(Float.self) } else { try await check(Double.self) }
  }
}

extension Plain {
  /// E[ln π[k]] + E[ln 𝒩(x[n] | μ[k], Λ[k])] from W, ν and β, by rows.
  ///
  /// E[ln |Λ|] is Σ ψ((ν + 1 − i)/2) + D ln 2 + ln |W| for dense precisions, D (ψ(ν/2) − ln(s/2)) for the others.
  static func expectedLogJoint(
    _ x: Matrix<Double>, _ θ: MixtureParameters<VariationalGaussianParameters>
  ) -> [[Double]] {
    let D = x.columns
    let emission = θ.emission
    let logWeights = expectedLogWeights(θ.mixing)
    return (0..<x.rows).map { n in
      (0..<θ.components).map { k in
        let (ν, β) = (emission.degreesOfFreedom[k], emission.meanPrecisions[k])
        var inverseScale = emission.expected.covariance(of: k)
        for i in 0..<D { for j in 0..<D { inverseScale[i, j] *= ν } }
        let (W, logDeterminant) = inverse(inverseScale)
        var logPrecision = -logDeterminant + Double(D) * Double.log(2)
        for i in 0..<D {
          let isDense = [.full, .tied].contains(emission.expected.covariances.structure)
          logPrecision += digamma((isDense ? ν - Double(i) : ν) / 2)
        }
        let d = (0..<D).map { x[n, $0] - emission.expected.means[k, $0] }
        var square = Double(D) / β
        for i in 0..<D { for j in 0..<D { square += ν * d[i] * W[i][j] * d[j] } }
        return logWeights[k] + 0.5 * (logPrecision - Double(D) * Double.log(2 * .pi) - square)
      }
    }
  }

  static func expectedLogWeights(_ mixing: MixingParameters) -> [Double] {
    switch mixing {
    case .weights(let π): return π.map { Double.log($0) }
    case .dirichlet(let α): return α.map { digamma($0) - digamma(α.reduce(0, +)) }
    case .sticks(let sticks):
      var result = [Double](repeating: 0, count: sticks.order.count)
      for (i, k) in sticks.order.enumerated() {
        for j in 0...i {
          let (a, b) = (sticks.shapes[j].a, sticks.shapes[j].b)
          result[k] += digamma(j == i ? a : b) - digamma(a + b)
        }
      }
      return result
    }
  }

  static func expectation<S: LatentScalar>(
    _ x: Rows<S>, _ θ: MixtureParameters<VariationalGaussianParameters>, about zero: GaussianStatistics
  ) -> (statistics: GaussianStatistics, bound: Bound) {
    let values = x.values.converted(to: Double.self)
    return expectation(
      values, expectedLogJoint(values, θ), logWeights: expectedLogWeights(θ.mixing),
      weights: (0..<x.rows).map { x.weight(of: $0) }, structure: θ.emission.expected.covariances.structure,
      about: zero)
  }
}

extension Plain {
  /// Statistics about given origins and the bound, for the responsibilities that these joint densities give.
  static func expectation(
    _ x: Matrix<Double>, _ joint: [[Double]], logWeights: [Double], weights: [Double],
    structure: CovarianceStructure, about zero: GaussianStatistics
  ) -> (statistics: GaussianStatistics, bound: Bound) {
    let (D, K) = (x.columns, logWeights.count)
    var s = zero
    var bound = Bound(reconstruction: 0, latentKL: 0, count: weights.reduce(0, +))
    for (n, row) in joint.enumerated() {
      let top = row.max() ?? 0
      let evidence = top + Double.log(row.reduce(0) { $0 + Double.exp($1 - top) })
      for k in 0..<K {
        let r = Double.exp(row[k] - evidence) * weights[n]
        let d = (0..<D).map { x[n, $0] - zero.origins[k, $0] }
        s.counts[k] += r
        for j in 0..<D { s.first[k, j] += r * d[j] }
        switch structure {
        case .full, .tied:
          let target = structure == .tied ? 0 : k
          for i in 0..<D { for j in 0...i { s.second[target][i, j] += r * d[i] * d[j] } }
        case .diagonal: for j in 0..<D { s.second[0][k, j] += r * d[j] * d[j] }
        case .spherical: for j in 0..<D { s.second[0][k, 0] += r * d[j] * d[j] }
        }
        guard r > 0 else { continue }
        bound.reconstruction += r * (row[k] - logWeights[k])
        bound.latentKL += r * (row[k] - evidence - logWeights[k])
      }
    }
    return (s, bound)
  }
}
