import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Against statsmodels: Tests/Reference/generate_state_space.py.
@Suite struct StateSpaceReference {
  struct Case: Decodable, Sendable {
    var initialMean: [Double]
    var initialCovariance: [[Double]]
    var transition: [[Double]]
    var control: [[Double]]
    var transitionNoise: [[Double]]
    var emission: [[Double]]
    var offset: [Double]
    var emissionNoise: [[Double]]
    var controls: [[Double]]
    var frames: [[Double?]]
    var logLikelihood: Double
    var filteredMeans: [[Double]]
    var filteredCovariances: [[Double]]
    var smoothedMeans: [[Double]]
    var smoothedCovariances: [[Double]]
  }

  static let cases: [Case] = (try? reference("state-space.json")) ?? []

  @Test(arguments: 0..<4) func posterior(_ which: Int) throws {
    try #require(Self.cases.count == 4)
    let one = Self.cases[which]
    let θ = LinearStateSpaceParameters(
      initialMean: one.initialMean, initialCovariance: Matrix(one.initialCovariance),
      transition: Matrix(one.transition), control: Matrix(one.control),
      transitionNoise: Matrix(one.transitionNoise), emission: Matrix(one.emission), offset: one.offset,
      emissionNoise: Matrix(one.emissionNoise))
    let x = try SequenceBatch(
      [Matrix(one.frames.map { $0.map { $0 ?? .nan } })], controls: [Matrix(one.controls)])
    let model = try LinearStateSpace<Double>(
      latent: θ.latent, dimensions: θ.dimensions, controls: 1, noise: .full)
    let found = try model.posterior(of: x, at: θ)
    expectAgreement("likelihood", found.logDensity, [one.logLikelihood], tolerance: 1e-10)
    for (name, a, b) in [
      ("filtered means", found.filteredMeans, one.filteredMeans),
      ("filtered covariances", found.filteredCovariances, one.filteredCovariances),
      ("smoothed means", found.smoothedMeans, one.smoothedMeans),
      ("smoothed covariances", found.smoothedCovariances, one.smoothedCovariances),
    ] {
      expectAgreement(name, a.elements, b.flatMap { $0 }, tolerance: 1e-9)
    }
  }
}
