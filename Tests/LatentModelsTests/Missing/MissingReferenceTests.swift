import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Fifteen steps of EM with missing cells and weights against plain numpy: Tests/Reference/generate_missing.py.
@Suite struct MissingReferenceTests {
  struct File: Decodable { var cases: [Case] }
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    var structure: CovarianceStructure
    var rows: [[Double?]]
    var weights: [Double]
    var startVariances: [Double]
    var bounds: [Double]
    var pi: [Double]
    var means: [[Double]]
    var covariances: [[[Double]]]
    var testDescription: String { "\(structure)" }
  }

  static let cases: [Case] = (try? reference("missing.json", as: File.self))?.cases ?? []

  @Test func fileIsThere() { #expect(Self.cases.count == 4) }

  @Test(arguments: cases) func traceAndParameters(_ one: Case) async throws {
    let D = one.means[0].count
    let x = Matrix(one.rows.map { $0.map { $0 ?? .nan } })
    let rows = Rows(x, weights: one.weights)
    let model = try GaussianMixture<Double>(components: 2, dimensions: D, covariance: one.structure)
    let σ2 = one.startVariances
    let covariances: GaussianParameters.Covariances =
      switch one.structure {
      case .full: .full(σ2.map { .diagonal(Array(repeating: $0, count: D)) })
      case .tied: .tied(.diagonal(Array(repeating: σ2[0], count: D)))
      case .diagonal: .diagonal(Matrix(σ2.map { Array(repeating: $0, count: D) }))
      case .spherical: .spherical(σ2)
      }
    let means = Matrix([Array(repeating: 0.0, count: D), Array(repeating: 2, count: D)])
    let start = GaussianMixtureParameters(weights: [0.4, 0.6], means: means, covariances: covariances)
    let fit = Fit(
      CoordinateAscent(model), on: rows,
      stopping: StoppingRule(tolerance: 0, maximumIterations: one.bounds.count)
    ) { _ in .init(parameters: start) }
    var bounds: [Double] = []
    var reached = start
    for try await step in fit {
      bounds.append(step.bound.value)
      if let parameters = step.progress.state?.parameters ?? step.progress.best?.state.parameters {
        reached = parameters
      }
    }
    #expect(bounds.count == one.bounds.count)
    for (found, expected) in zip(bounds, one.bounds) { #expect(abs(found - expected) < 1e-9 * abs(expected)) }
    for k in 0..<2 {
      #expect(abs(reached.weights[k] - one.pi[k]) < 1e-9)
      for i in 0..<D {
        #expect(abs(reached.means[k, i] - one.means[k][i]) < 1e-9)
        for j in 0..<D {
          #expect(abs(reached.covariance(of: k)[i, j] - one.covariances[k][i][j]) < 1e-9)
        }
      }
    }
  }
}
