import LatentDistributions
import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Fixed points of scikit-learn's BayesianGaussianMixture: Tests/Reference/generate_variational_mixture.py.
@Suite struct VariationalReference {
  struct File: Decodable { var cases: [Case] }
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    var rows: [[Double]]
    var priorMean: [Double]
    var priorScale: [[Double]]
    var meanPrecision, degreesOfFreedom, concentration: Double
    var isProcess: Bool
    /// Concentrations, or the exponents of the sticks.
    var weights: [[Double]]
    var means: [[Double]]
    var meanPrecisions, degrees: [Double]
    var covariances: [[[Double]]]
    var testDescription: String { "\(isProcess ? "process" : "Dirichlet"), K = \(means.count)" }
  }

  static let cases: [Case] = (try? reference("variational-mixture.json", as: File.self).cases) ?? []

  @Test func referenceIsWhole() { #expect(Self.cases.count == 4) }

  /// A step from its fixed point stays there.
  @Test(arguments: cases) func fixedPoint(_ one: Case) throws {
    let x = Rows(Matrix(one.rows))
    let K = one.means.count
    let model = try VariationalGaussianMixture<Double>(
      components: K,
      prior: GaussianPrior(
        mean: one.priorMean, meanPrecision: one.meanPrecision, degreesOfFreedom: one.degreesOfFreedom,
        scale: Matrix(one.priorScale)),
      mixing: one.isProcess
        ? .stickBreaking(concentration: one.concentration) : .dirichlet(concentration: one.concentration))
    let mixing: MixingParameters =
      one.isProcess
      ? .sticks(Sticks(counts: one.weights[0].map { $0 - 1 }, concentration: one.concentration))
      : .dirichlet(one.weights[0])
    let start = MixtureParameters(
      mixing: mixing,
      emission: VariationalGaussianParameters(
        expected: GaussianParameters(
          means: Matrix(one.means), covariances: .full(one.covariances.map { Matrix($0) })),
        meanPrecisions: one.meanPrecisions, degreesOfFreedom: one.degrees))
    if case .sticks(let sticks) = mixing {
      #expect(sticks.order == Array(0..<K))
      expectAgreement("second exponents", sticks.shapes.map(\.b), one.weights[1], tolerance: 1e-10)
    }
    let ascent = CoordinateAscent(model, threads: 1)
    let next = try model.parameters(
      maximizing: ascent.expectation(at: start, of: x).statistics, threads: 1)
    // Components that hold nothing are counted as 10 ε rows there.
    expectAgreement(
      "counts", model.expectedCounts(at: next, total: 0), model.expectedCounts(at: start, total: 0),
      tolerance: 1e-5)
    expectAgreement("β", next.emission.meanPrecisions, one.meanPrecisions, tolerance: 1e-5)
    expectAgreement("ν", next.emission.degreesOfFreedom, one.degrees, tolerance: 1e-5)
    expectAgreement("m", next.emission.expected.means.elements, one.means.flatMap { $0 }, tolerance: 1e-5)
    for k in 0..<K {
      expectAgreement(
        "W⁻¹/ν", next.emission.expected.covariance(of: k).elements, one.covariances[k].flatMap { $0 },
        tolerance: 1e-5)
    }
  }
}
