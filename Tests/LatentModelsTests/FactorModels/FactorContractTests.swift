import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Every contract of a conjugate model, over ppca, fa, mfa × missing × weights × precision.
@Suite struct FactorContracts {
  @Test(arguments: FactorCase.all) func ascent(_ one: FactorCase) async throws {
    let stopping = StoppingRule(tolerance: 1e-4, maximumIterations: 3000)
    if one.single {
      try await checkAscent(one.fixture(Float.self), stopping: stopping)
    } else {
      try await checkAscent(one.fixture(Double.self), stopping: stopping)
    }
  }

  @Test(arguments: FactorCase.all) func oracle(_ one: FactorCase) throws {
    func check<S: LatentScalar>(_: S.Type, tolerance: Double) throws {
      let whole = try one.fixture(S.self)
      let fixture = ModelFixture(
        name: whole.name, model: whole.model,
        observations: whole.observations.chunk(0..<(one.dimensions > 20 ? 8 : 150)),
        start: whole.start, numbers: whole.numbers)
      let θ = one.parameters
      let x = fixture.observations
      let weights = (0..<x.rows).map { x.weight(of: $0) }
      let plain = Rows(x.values.converted(to: Double.self), weights: weights)
      try checkOracle(
        fixture, at: θ, tolerance: tolerance,
        reference: { oracle in
          let (statistics, bound) = PlainFactors.expectation(plain, θ, about: oracle.zero)
          return (statistics.parts, bound)
        }, split: \.parts)
    }
    if one.single { try check(Float.self, tolerance: 3e-6) } else { try check(Double.self, tolerance: 1e-11) }
  }

  @Test(arguments: FactorCase.all) func promises(_ one: FactorCase) async throws {
    if one.single {
      try await checkPromises(one.fixture(Float.self), at: one.parameters, tolerance: 3e-6)
    } else {
      try await checkPromises(one.fixture(Double.self), at: one.parameters, tolerance: 1e-12)
    }
  }

  @Test(arguments: FactorCase.all) func acceleration(_ one: FactorCase) async throws {
    func check<S: LatentScalar>(_: S.Type) async throws {
      let fixture = try one.fixture(S.self)
      try checkVector(fixture, at: one.parameters)
      try await checkAccelerated(fixture)
      try await checkRace(fixture)
    }
    if one.single { try await check(Float.self) } else { try await check(Double.self) }
  }
}
