import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Against scikit-learn, a factor analysis by profiled loadings, and quasi-Newton ascents of dense likelihoods:
/// Tests/Reference/generate_factor_models.py.
@Suite struct FactorReferenceTests {
  struct File: Decodable {
    var analyses: [Analysis]
    var incomplete: [Incomplete]
    var pca: Axes
  }
  struct Analysis: Decodable, Sendable {
    var factors: Int
    var rows: [[Double]]
    var scikitLogLikelihood: Double
    var scikitNoise: [Double]
    var profiledLogLikelihood: Double
    var profiledNoise: [Double]
    var profiledCovariance: [Double]
  }
  struct Incomplete: Decodable, Sendable {
    var isotropic: Bool
    var factors: Int
    var rows: [[Double?]]
    var logLikelihood: Double
    var mean: [Double]
    var covariance: [Double]
  }
  struct Axes: Decodable, Sendable {
    var rows: [[Double]]
    var axes: [[Double]]
    var eigenvalues: [Double]
    var noise: Double
  }

  func fitted(_ x: Rows<Double>, factors: Int, noise: NoiseStructure) async throws -> (
    bound: Double, θ: FactorParameters
  ) {
    let model = try FactorMixture<Double>(
      components: 1, dimensions: x.columns, factors: factors, noise: noise)
    let fit = Fit(
      CoordinateAscent(model), on: x, stopping: StoppingRule(tolerance: 1e-14, maximumIterations: 20_000)
    ) { (_) throws(InferenceError) in
      .init(parameters: try model.initialParameters(for: x, using: RandomStream(seed: 2)))
    }
    let result = try await fit.run()
    return (result.bound.value, result.state.parameters.emission)
  }

  @Test func factorAnalysis() async throws {
    let file = try reference("factor-models.json", as: File.self)
    #expect(file.analyses.count == 3)
    for one in file.analyses {
      let (bound, θ) = try await fitted(Rows(Matrix(one.rows)), factors: one.factors, noise: .diagonal)
      #expect((bound - one.profiledLogLikelihood).magnitude < 1e-6, "\(bound), \(one.profiledLogLikelihood)")
      #expect(bound > one.scikitLogLikelihood - 1e-6 && bound < one.scikitLogLikelihood + 1e-3)
      expectAgreement("noise", θ.noiseVariances(of: 0), one.profiledNoise, tolerance: 1e-3)
      expectAgreement("noise", θ.noiseVariances(of: 0), one.scikitNoise, tolerance: 5e-3)
      expectAgreement("covariance", θ.covariance(of: 0).elements, one.profiledCovariance, tolerance: 1e-3)
    }
  }

  @Test func missingCells() async throws {
    let file = try reference("factor-models.json", as: File.self)
    #expect(file.incomplete.count == 2)
    for one in file.incomplete {
      let x = Rows(Matrix<Double>(one.rows.map { $0.map { $0 ?? .nan } }))
      let (bound, θ) = try await fitted(
        x, factors: one.factors, noise: one.isotropic ? .isotropic : .diagonal)
      #expect((bound - one.logLikelihood).magnitude < 1e-5, "\(bound), \(one.logLikelihood)")
      expectAgreement("mean", θ.means.row(0), one.mean, tolerance: 1e-3)
      expectAgreement("covariance", θ.covariance(of: 0).elements, one.covariance, tolerance: 2e-3)
    }
  }

  @Test func principalAxes() throws {
    let one = try reference("factor-models.json", as: File.self).pca
    let closed = try ProbabilisticPCA.maximumLikelihood(of: Rows(Matrix(one.rows)), latent: 3)
    expectAgreement("eigenvalues", Array(closed.eigenvalues.prefix(3)), one.eigenvalues, tolerance: 1e-10)
    #expect((closed.parameters.noise[0, 0] - one.noise).magnitude < 1e-10)
    for l in 0..<3 {
      let w = closed.parameters.loadings[0].column(l)
      let length = (one.eigenvalues[l] - one.noise).squareRoot()
      let largest = one.axes[l].max { $0.magnitude < $1.magnitude } ?? 1
      expectAgreement(
        "axis \(l)", w, one.axes[l].map { $0 * length * (largest < 0 ? -1 : 1) }, tolerance: 1e-9)
    }
  }
}
