import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Against scikit-learn and scipy: Tests/Reference/generate_gaussian_mixture.py.
@Suite struct GaussianMixtureReference {
  struct File: Decodable {
    var steps: [Step]
    var priors: [Prior]
  }
  struct Step: Decodable, Sendable, CustomTestStringConvertible {
    var structure: CovarianceStructure
    var rows: [[Double]]
    var start: Parameters
    var after: Parameters
    var logLikelihoodBefore: Double
    var logLikelihoodAfter: Double
    var logDensityAfter: [Double]
    var posteriorAfter: [[Double]]
    var testDescription: String { "\(structure), D = \(rows[0].count)" }
  }
  struct Prior: Decodable, Sendable, CustomTestStringConvertible {
    var structure: CovarianceStructure
    var parameters: Parameters
    var mean: [Double]
    var meanPrecision: Double
    var degreesOfFreedom: Double
    var scale: [[Double]]
    var logDensity: Double
    var testDescription: String { "\(structure), D = \(mean.count)" }
  }
  struct Parameters: Decodable, Sendable {
    var weights: [Double]
    var means: [[Double]]
    var covariances: [Double]

    func mixture(_ structure: CovarianceStructure) -> GaussianMixtureParameters {
      let (K, D) = (means.count, means[0].count)
      let square = D * D
      let values: GaussianParameters.Covariances =
        switch structure {
        case .full:
          .full(
            (0..<K).map {
              Matrix(rows: D, columns: D, elements: covariances[$0 * square..<($0 + 1) * square])
            })
        case .tied: .tied(Matrix(rows: D, columns: D, elements: covariances))
        case .diagonal: .diagonal(Matrix(rows: K, columns: D, elements: covariances))
        case .spherical: .spherical(covariances)
        }
      return GaussianMixtureParameters(weights: weights, means: Matrix(means), covariances: values)
    }
  }

  static let file: File? = try? reference("gaussian-mixture.json")
  static let steps = file?.steps ?? []
  static let priors = file?.priors ?? []

  @Test func referenceIsThere() throws {
    _ = try reference("gaussian-mixture.json", as: File.self)
    #expect(Self.steps.count == 12 && Self.priors.count == 12)
  }

  /// One step of EM from a fixed start.
  @Test(arguments: steps) func step(_ one: Step) async throws {
    try await check(one, as: Double.self, tolerance: 1e-11)
    try await check(one, as: Float.self, tolerance: 2e-5)
  }

  func check<S: LatentScalar>(_ one: Step, as _: S.Type, tolerance: Double) async throws {
    let x = Matrix<Double>(one.rows).converted(to: S.self)
    let model = try GaussianMixture<S>(
      components: one.start.weights.count, dimensions: x.columns, covariance: one.structure)
    let start = one.start.mixture(one.structure)
    let fit = Fit(
      CoordinateAscent(model), on: Rows(x), stopping: StoppingRule(tolerance: 0, maximumIterations: 2)
    ) {
      (_) throws(InferenceError) in .init(parameters: start)
    }
    let result = try await fit.run()
    let after = one.after.mixture(one.structure)
    let found = result.state.parameters
    let name = "\(one.testDescription), \(S.precisionName)"
    expectAgreement("\(name): weights", found.weights, after.weights, tolerance: tolerance)
    expectAgreement("\(name): means", found.means.elements, after.means.elements, tolerance: tolerance)
    for k in 0..<found.components {
      expectAgreement(
        "\(name): covariance \(k)", found.covariance(of: k).elements, after.covariance(of: k).elements,
        tolerance: tolerance)
    }
    expectAgreement(
      "\(name): likelihoods", result.trace.map(\.value), [one.logLikelihoodBefore, one.logLikelihoodAfter],
      tolerance: tolerance)
    let (r, density) = try model.posterior(of: Rows(x), at: after)
    expectAgreement("\(name): log densities", density, one.logDensityAfter, tolerance: tolerance)
    expectAgreement("\(name): without r", try model.logDensity(of: Rows(x), at: after), density, tolerance: 0)
    expectAgreement(
      "\(name): responsibilities", r.elements.map { Double($0) }, one.posteriorAfter.flatMap { $0 },
      tolerance: 10 * tolerance)
  }

  /// ln p(θ), as the oracle puts it into the bound.
  @Test(arguments: priors) func prior(_ one: Prior) throws {
    let θ = one.parameters.mixture(one.structure)
    let prior = try GaussianPrior(
      mean: one.mean, meanPrecision: one.meanPrecision, degreesOfFreedom: one.degreesOfFreedom,
      scale: Matrix(one.scale))
    let model = try GaussianMixture<Double>(
      components: θ.components, dimensions: θ.dimensions, covariance: one.structure, prior: prior)
    let found = -(try model.oracle(at: θ, threads: 1).parameterKL)
    #expect((found - one.logDensity).magnitude <= 1e-11 * one.logDensity.magnitude + 1e-11, "\(found)")
  }
}
