// N observations, D dimensions, K components

import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// The M-step is the maximum, and a converged fit is a stationary point: no perturbation of θ does better.
@Suite struct MaximisationTests {
  static let cases = CovarianceStructure.allCases.flatMap { covariance in
    [1, 2, 4].flatMap { D in
      [false, true].map { MixtureCase(covariance: covariance, dimensions: D, hasPrior: $0, seed: 21) }
    }
  }

  /// Q(θ) + ln p(θ) for fixed responsibilities r, by plain sums.
  func objective(
    _ x: Matrix<Double>, _ r: [[Double]], _ θ: GaussianMixtureParameters,
    _ model: GaussianMixture<Double>
  ) throws -> Double {
    let joint = Plain.logJoint(x, θ)
    let Q = zip(joint, r).reduce(0) { $0 + zip($1.0, $1.1).reduce(0) { $0 + $1.0 * $1.1 } }
    return Q - (try model.oracle(at: θ, threads: 1).parameterKL)
  }

  /// θ moved a little in a random direction that keeps it in its space.
  func perturbed(
    _ θ: GaussianMixtureParameters, by size: Double, using stream: inout RandomStream
  ) -> GaussianMixtureParameters {
    var other = θ
    var ratios = θ.weights.map { $0 * Double.exp(size * stream.normal()) }
    let total = ratios.reduce(0, +)
    for k in ratios.indices { ratios[k] /= total }
    other.mixing = .weights(ratios)
    for k in 0..<θ.components {
      let Σ = θ.covariance(of: k)
      for j in 0..<θ.dimensions {
        other.emission.means[k, j] += size * Σ[j, j].squareRoot() * stream.normal()
      }
    }
    // Σ → A Σ Aᵀ with A near the identity.
    func moved(_ Σ: Matrix<Double>) -> Matrix<Double> {
      let D = Σ.rows
      var A = Matrix<Double>.identity(D)
      for i in 0..<D {
        for j in 0..<D { A[i, j] += size * stream.normal() * (Σ[i, i] / Σ[j, j]).squareRoot() }
      }
      var result = Matrix<Double>(rows: D, columns: D)
      for i in 0..<D {
        for j in 0...i {
          var sum = 0.0
          for a in 0..<D { for b in 0..<D { sum += A[i, a] * Σ[a, b] * A[j, b] } }
          result[i, j] = sum
          result[j, i] = sum
        }
      }
      return result
    }
    switch θ.covariances {
    case .full(let all): other.emission.covariances = .full(all.map(moved))
    case .tied(let shared): other.emission.covariances = .tied(moved(shared))
    case .diagonal(let all):
      other.emission.covariances = .diagonal(
        Matrix(
          rows: all.rows, columns: all.columns,
          elements: all.elements.map { $0 * Double.exp(size * stream.normal()) }))
    case .spherical(let all):
      other.emission.covariances = .spherical(all.map { $0 * Double.exp(size * stream.normal()) })
    }
    return other
  }

  @Test(arguments: cases) func stepIsTheMaximum(_ one: MixtureCase) throws {
    let x = try one.observations(Double.self)[rows: 0..<150]
    let model = try one.model(for: x)
    let start = one.parameters
    let joint = Plain.logJoint(x, start)
    let r = joint.map { row in row.map { Double.exp($0 - logSumExp(row)) } }
    let oracle = try model.oracle(at: start, threads: 1)
    var statistics = oracle.zero
    _ = try oracle.accumulate(Rows(x), into: &statistics)
    let θ = try model.parameters(maximizing: statistics, threads: 1)
    let best = try objective(x, r, θ, model)
    #expect(best >= (try objective(x, r, start, model)))
    var stream = RandomStream(seed: 2)
    for size in [1e-4, 1e-3, 1e-2, 0.1, 0.5] {
      for _ in 0..<10 {
        let other = try objective(x, r, perturbed(θ, by: size, using: &stream), model)
        #expect(other < best, "a step of \(size) gains \(other - best)")
      }
    }
  }

  /// At convergence the bound's slope vanishes in every direction, and what is near lies below.
  @Test(arguments: cases) func fitIsStationary(_ one: MixtureCase) async throws {
    let x = try one.observations(Double.self)[rows: 0..<150]
    let model = try one.model(for: x)
    let start = one.parameters
    // The slope is in nats for a change of one standard deviation, of N · K · D such.
    try await checkStationary(
      model, on: Rows(x), from: start, stopping: StoppingRule(tolerance: 1e-14, maximumIterations: 20_000),
      slope: 0.02
    ) { perturbed($0, by: $1, using: &$2) }
  }

  /// A component without observations stays at the prior's mode.
  @Test(arguments: CovarianceStructure.allCases) func emptyComponentUnderAPrior(
    _ covariance: CovarianceStructure
  ) throws {
    let one = MixtureCase(covariance: covariance, dimensions: 2, hasPrior: true)
    let x = try one.observations(Double.self)
    let model = try one.model(for: x)
    let prior = try #require(model.emission.prior)
    var statistics = try model.oracle(at: one.parameters, threads: 1).zero
    statistics.counts = [5, 5, 0]
    let θ = try model.parameters(maximizing: statistics, threads: 1)
    #expect(θ.weights == [0.5, 0.5, 0] && θ.means.row(2) == prior.mean)
    let expected: Matrix<Double>? =
      switch covariance {
      // Λ / (ν + D + 2), with ν = D + 2; one power of σ is the mean's.
      case .full: Matrix(rows: 2, columns: 2, elements: prior.scale.elements.map { $0 / 8 })
      case .tied: nil
      case .diagonal: .diagonal(prior.scale.diagonal.map { $0 / 7 })
      case .spherical: .diagonal(Array(repeating: prior.scale.diagonal.reduce(0, +) / 2 / 8, count: 2))
      }
    if let expected {
      expectAgreement("covariance", θ.covariance(of: 2).elements, expected.elements, tolerance: 1e-14)
    }
    // It has no influence where it has no weight.
    let density = try model.logDensity(of: Rows(x), at: θ)
    #expect(density.allSatisfy { $0.isFinite })
  }
}

extension MixtureCase {
  func model(for x: Matrix<Double>) throws -> GaussianMixture<Double> {
    try GaussianMixture(
      components: components, dimensions: dimensions, covariance: covariance,
      prior: hasPrior ? .scaled(to: Rows(x), components: components) : nil)
  }
}
