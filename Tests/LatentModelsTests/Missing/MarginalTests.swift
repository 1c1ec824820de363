// D dimensions; o the observed columns of a row, m the missing ones

import LatentEvidence
import LatentModels
import LatentNumerics
import Testing

/// The density of what was observed, against the joint density integrated over what was not.
@Suite struct MarginalTests {
  /// ∫ p(x) dx_m by sums over a grid: for smooth densities that end far from its edges as exact as rounding.
  private func integral(_ x: [Double], _ θ: GaussianMixtureParameters) -> Double {
    guard let j = x.firstIndex(where: \.isNaN) else {
      let row = Plain.logJoint(Matrix([x]), θ)[0]
      return row.reduce(0) { $0 + Double.exp($1) }
    }
    let (from, to, steps) = (-14.0, 20.0, 240)
    let h = (to - from) / Double(steps)
    return (0...steps).reduce(0) { sum, i in
      var filled = x
      filled[j] = from + h * Double(i)
      return sum + h * integral(filled, θ)
    }
  }

  @Test(arguments: CovarianceStructure.allCases, [2, 3]) func quadrature(
    _ covariance: CovarianceStructure, dimensions D: Int
  ) throws {
    let θ = MixtureCase(covariance: covariance, dimensions: D, components: 2).parameters
    let model = try GaussianMixture<Double>(components: 2, dimensions: D, covariance: covariance)
    var x = Matrix<Double>(rows: 3, columns: D)
    for j in 0..<D {
      x[0, j] = j == 0 ? .nan : 2.5 + Double(j)
      x[1, j] = j == D - 1 ? .nan : 3.2
      x[2, j] = j == 1 ? 4.1 : .nan
    }
    let found = try model.logDensity(of: Rows(x), at: θ)
    for n in 0..<x.rows {
      let expected = Double.log(integral(x.row(n), θ))
      #expect(abs(found[n] - expected) < 1e-10, "row \(n): \(found[n]), expected \(expected)")
    }
  }

  /// Nothing observed says nothing: density 1, responsibilities π, and moments of the components themselves.
  @Test(arguments: CovarianceStructure.allCases, [2, 20, 40]) func nothingObserved(
    _ covariance: CovarianceStructure, dimensions D: Int
  ) throws {
    let one = MixtureCase(covariance: covariance, dimensions: D)
    let (θ, K) = (one.parameters, one.components)
    let model = try GaussianMixture<Double>(components: K, dimensions: D, covariance: covariance)
    let rows = Rows(Matrix<Double>(rows: 3, columns: D, repeating: .nan))
    let (r, logDensity) = try model.posterior(of: rows, at: θ)
    for n in 0..<3 {
      #expect(abs(logDensity[n]) < 1e-12)
      for k in 0..<K { #expect(abs(r[n, k] - θ.weights[k]) < 1e-12) }
    }
    let (statistics, bound) = try CoordinateAscent(model).expectation(at: θ, of: rows)
    #expect(abs(bound.value) < 1e-11 && bound.count == 3)
    let regularised = try GaussianMixture<Double>(
      components: K, dimensions: D, covariance: covariance,
      prior: GaussianPrior(
        mean: Array(repeating: 0, count: D), meanPrecision: 1e-14, degreesOfFreedom: Double(D),
        scale: .diagonal(Array(repeating: 1e-14, count: D))))
    let after = try regularised.parameters(maximizing: statistics, threads: 1)
    for k in 0..<K {
      for j in 0..<D { #expect(abs(after.means[k, j] - θ.means[k, j]) < 1e-10) }
    }
  }

  /// A table without missing cells takes the same path whether it stands alone or beside rows that have some.
  @Test(arguments: CovarianceStructure.allCases, [3, 40]) func completeRowsAreUntouched(
    _ covariance: CovarianceStructure, dimensions D: Int
  ) throws {
    let one = MixtureCase(covariance: covariance, dimensions: D)
    let model = try GaussianMixture<Double>(components: 3, dimensions: D, covariance: covariance)
    let x = try one.observations(Double.self)
    let alone = try model.logDensity(of: Rows(x), at: one.parameters)
    var mixed = x
    for n in stride(from: 0, to: x.rows, by: 5) { mixed[n, n % D] = .nan }
    let found = try model.logDensity(of: Rows(mixed), at: one.parameters)
    for n in 0..<x.rows where n % 5 != 0 { #expect(abs(found[n] - alone[n]) < 1e-11 * abs(alone[n])) }
  }

  /// Nearly dependent columns: densities and the bound keep what their roundoff promises.
  @Test(arguments: [1e-2, 1e-4, 1e-5], [3, 40]) func nearlySingular(noise: Double, dimensions D: Int)
    async throws
  {
    var stream = RandomStream(seed: 5)
    let N = 400
    var x = Matrix<Double>(rows: N, columns: D)
    for n in 0..<N {
      for j in 0..<D { x[n, j] = stream.normal() }
      x[n, 1] = x[n, 0] + noise * stream.normal()
      for j in 0..<D where stream.uniform() < 0.2 { x[n, j] = .nan }
    }
    let rows = Rows(x)
    let prior = try GaussianPrior(
      mean: Array(repeating: 0, count: D), meanPrecision: 0.01, degreesOfFreedom: Double(D + 2),
      scale: .diagonal(Array(repeating: 1e-12, count: D)))
    let model = try GaussianMixture<Double>(components: 1, dimensions: D, prior: prior)
    let start = try model.initialParameters(for: rows, using: RandomStream(seed: 1))
    var last: Bound?
    var reached = start
    let fit = Fit(
      CoordinateAscent(model), on: rows, stopping: StoppingRule(tolerance: 0, maximumIterations: 60)
    ) { _ in .init(parameters: start) }
    for try await step in fit {
      if let last { #expect(step.bound.value >= last.value - last.roundoff - step.bound.roundoff) }
      last = step.bound
      if let state = step.progress.state { reached = state.parameters }
    }
    let bound = try #require(last)
    #expect(bound.roundoff < 1e-3 * (1 + abs(bound.value)))
    let found = try model.logDensity(of: rows, at: reached).reduce(0, +)
    let expected = (0..<N).reduce(0.0) { sum, n in
      sum
        + Plain.conditional(x.row(n), mean: reached.means.row(0), covariance: reached.covariance(of: 0))
        .logDensity
    }
    let allowed = 4 * (bound.roundoff + 1e-12 * abs(expected))
    #expect(abs(found - expected) < allowed, "\(found) against \(expected), roundoff \(bound.roundoff)")
  }
}
