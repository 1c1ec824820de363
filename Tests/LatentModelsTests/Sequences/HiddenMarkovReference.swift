import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Against hmmlearn: Tests/Reference/generate_hidden_markov.py.
@Suite struct HiddenMarkovReference {
  struct Case: Decodable, Sendable, CustomTestStringConvertible {
    var structure: CovarianceStructure
    var lengths: [Int]
    var rows: [[Double]]
    var start: Parameters
    var after: Parameters
    /// At the start and after each of the steps.
    var logLikelihoods: [Double]
    var posterior: [[Double]]
    var path: [Int]
    var pathLogJoint: Double
    var testDescription: String { "\(structure)" }
  }
  struct Parameters: Decodable, Sendable {
    var initial: [Double]
    var transitions: [[Double]]
    var means: [[Double]]
    var covariances: [Double]

    func model(_ structure: CovarianceStructure) -> HiddenMarkovParameters<GaussianParameters> {
      let (K, D) = (means.count, means[0].count)
      let values: GaussianParameters.Covariances =
        switch structure {
        case .full:
          .full(
            (0..<K).map {
              Matrix(rows: D, columns: D, elements: covariances[$0 * D * D..<($0 + 1) * D * D])
            })
        case .tied: .tied(Matrix(rows: D, columns: D, elements: covariances))
        case .diagonal: .diagonal(Matrix(rows: K, columns: D, elements: covariances))
        case .spherical: .spherical(covariances)
        }
      return HiddenMarkovParameters(
        chain: ChainParameters(initial: initial, transitions: Matrix(transitions)),
        emission: GaussianParameters(means: Matrix(means), covariances: values))
    }
  }

  static let cases: [Case] = (try? reference("hidden-markov.json")) ?? []

  @Test func referenceIsThere() { #expect(Self.cases.count == 4) }

  @Test(arguments: cases) func steps(_ one: Case) async throws {
    let x = try SequenceBatch(Matrix(one.rows), lengths: one.lengths)
    let start = one.start.model(one.structure)
    let model = try HiddenMarkovModel(
      states: start.states, of: GaussianEmission<Double>(dimensions: x.columns, covariance: one.structure))
    let fit = Fit(
      CoordinateAscent(model), on: x,
      stopping: StoppingRule(tolerance: 0, maximumIterations: one.logLikelihoods.count)
    ) { (_) throws(InferenceError) in .init(parameters: start) }
    let result = try await fit.run()
    expectAgreement("likelihoods", result.trace.map(\.value), one.logLikelihoods, tolerance: 1e-10)
    let (found, after) = (result.state.parameters, one.after.model(one.structure))
    expectAgreement("initial", found.chain.initial, after.chain.initial, tolerance: 1e-9)
    expectAgreement(
      "transitions", found.chain.transitions.elements, after.chain.transitions.elements, tolerance: 1e-9)
    expectAgreement(
      "means", found.emission.means.elements, after.emission.means.elements, tolerance: 1e-9)
    for k in 0..<found.states {
      expectAgreement(
        "covariance \(k)", found.emission.covariance(of: k).elements,
        after.emission.covariance(of: k).elements, tolerance: 1e-8)
    }
    let posterior = try model.posterior(of: x, at: after)
    expectAgreement("posterior", posterior.smoothed.elements, one.posterior.flatMap { $0 }, tolerance: 1e-9)
    let paths = try model.mostLikelyPaths(of: x, at: after)
    #expect(paths.states == one.path)
    expectAgreement("path", [paths.logJoint.reduce(0, +)], [one.pathLogJoint], tolerance: 1e-10)
  }
}
