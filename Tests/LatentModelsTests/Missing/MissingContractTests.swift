import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Every contract of a conjugate model, over covariances × dimensions × precisions × missing cells × weights.
@Suite struct MissingContracts {
  @Test(arguments: MissingCase.all) func oracle(_ one: MissingCase) throws {
    func check<S: LatentScalar>(_: S.Type, tolerance: Double) throws {
      let fixture = try one.fixture(S.self)
      let θ = one.parameters
      let rows = fixture.observations
      let source = (0..<rows.rows).map { rows.weight(of: $0) }
      let reference = Rows(rows.values.converted(to: Double.self), weights: source)
      try checkOracle(
        fixture, at: θ, tolerance: tolerance,
        reference: { oracle in
          let (statistics, bound) = Plain.expectation(reference, θ, about: oracle.zero)
          return (statistics.parts, bound)
        }, split: \.parts)
    }
    if one.single { try check(Float.self, tolerance: 1e-5) } else { try check(Double.self, tolerance: 1e-11) }
  }

  /// In more than a hundred columns EM takes thousands of steps.
  @Test(arguments: MissingCase.all.filter { $0.dimensions < 100 })
  func ascent(_ one: MissingCase) async throws {
    let stopping = StoppingRule(tolerance: 0.01, maximumIterations: 3000)
    if one.single {
      try await checkAscent(one.fixture(Float.self), stopping: stopping)
    } else {
      try await checkAscent(one.fixture(Double.self), stopping: stopping)
    }
  }

  @Test(arguments: MissingCase.all) func promises(_ one: MissingCase) async throws {
    if one.single {
      try await checkPromises(one.fixture(Float.self), at: one.parameters, tolerance: 1e-5)
    } else {
      try await checkPromises(one.fixture(Double.self), at: one.parameters, tolerance: 1e-12)
    }
  }
}
