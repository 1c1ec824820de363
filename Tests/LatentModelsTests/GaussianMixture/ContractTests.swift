import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Every contract of a conjugate model, over covariances × dimensions × precisions × priors.
@Suite struct GaussianMixtureContracts {
  @Test(arguments: MixtureCase.all) func ascent(_ one: MixtureCase) async throws {
    let stopping = StoppingRule(tolerance: 1e-4, maximumIterations: 2000)
    if one.single {
      try await checkAscent(one.fixture(Float.self), stopping: stopping)
    } else {
      try await checkAscent(one.fixture(Double.self), stopping: stopping)
    }
  }

  @Test(arguments: MixtureCase.all) func oracle(_ one: MixtureCase) throws {
    func check<S: LatentScalar>(_: S.Type, tolerance: Double) throws {
      let fixture = try one.fixture(S.self)
      let θ = one.parameters
      let x = fixture.observations.values.converted(to: Double.self)
      try checkOracle(
        fixture, at: θ, tolerance: tolerance,
        reference: { oracle in
          let (statistics, bound) = Plain.expectation(x, θ, about: oracle.zero)
          return (statistics.parts, bound)
        }, split: \.parts)
    }
    if one.single { try check(Float.self, tolerance: 1e-5) } else { try check(Double.self, tolerance: 1e-12) }
  }

  @Test(arguments: MixtureCase.all) func statistics(_ one: MixtureCase) throws {
    if one.single {
      try checkStatistics(one.fixture(Float.self), at: one.parameters, tolerance: 3e-6)
    } else {
      try checkStatistics(one.fixture(Double.self), at: one.parameters, tolerance: 1e-13)
    }
  }

  @Test(arguments: MixtureCase.all) func checkpoint(_ one: MixtureCase) async throws {
    if one.single {
      try await checkCheckpoint(one.fixture(Float.self))
    } else {
      try await checkCheckpoint(one.fixture(Double.self))
    }
  }

  @Test(arguments: MixtureCase.all) func threads(_ one: MixtureCase) async throws {
    if one.single {
      try await checkThreads(one.fixture(Float.self))
    } else {
      try await checkThreads(one.fixture(Double.self))
    }
  }

  @Test(arguments: MixtureCase.all.filter { $0.dimensions < 100 })
  func acceleration(_ one: MixtureCase) async throws {
    func check<S: LatentScalar>(_: S.Type) async throws {
      let fixture = try one.fixture(S.self)
      try checkVector(fixture, at: one.parameters)
      try await checkAccelerated(fixture)
      try await checkRace(fixture)
    }
    if one.single { try await check(Float.self) } else { try await check(Double.self) }
  }

  @Test(arguments: MixtureCase.all) func file(_ one: MixtureCase) throws {
    if one.single {
      try checkFile(one.fixture(Float.self), at: one.parameters)
    } else {
      try checkFile(one.fixture(Double.self), at: one.parameters)
    }
  }
}
