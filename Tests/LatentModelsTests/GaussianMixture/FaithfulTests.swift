import Foundation
import LatentData
import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Exact facts about Old Faithful's 272 eruptions, computed independently to the digits given.
@Suite struct FaithfulTests {
  let x: Matrix<Double>

  init() throws { x = try DataCatalogue().load("faithful", as: Double.self).values }

  func fit<S: LatentScalar>(
    _ x: Matrix<S>, components: Int, prior: GaussianPrior? = nil
  ) async throws -> FitResult<CoordinateAscent<GaussianMixture<S>>.State> {
    let model = try GaussianMixture<S>(components: components, dimensions: 2, prior: prior)
    return try await Fit(CoordinateAscent(model), on: Rows(x), stopping: StoppingRule(tolerance: 1e-11)) {
      (restart) throws(InferenceError) in
      .init(
        parameters: try model.initialParameters(for: Rows(x), using: RandomStream(seed: 1).substream(restart))
      )
    }.run()
  }

  @Test func twoComponents() async throws {
    let result = try await fit(x, components: 2)
    #expect(result.outcome == .converged)
    #expect((result.bound.value + 1130.26396).magnitude < 5e-6, "\(result.bound.value)")
    let θ = result.state.parameters
    let order = θ.means[0, 0] < θ.means[1, 0] ? [0, 1] : [1, 0]
    func expect(
      _ value: Double, _ expected: Double, _ unit: Double, _ location: SourceLocation = #_sourceLocation
    ) {
      #expect(
        (value - expected).magnitude <= unit, "\(value), expected \(expected)", sourceLocation: location)
    }
    for (k, (weight, mean, covariance)) in zip(
      order,
      [
        (0.35587, [2.03639, 54.47852], [0.06917, 0.43517, 33.6973]),
        (0.64413, [4.28966, 79.96812], [0.16997, 0.94061, 36.0462]),
      ])
    {
      expect(θ.weights[k], weight, 6e-6)
      for j in 0..<2 { expect(θ.means[k, j], mean[j], 6e-6) }
      let Σ = θ.covariance(of: k)
      expect(Σ[0, 0], covariance[0], 6e-6)
      expect(Σ[0, 1], covariance[1], 6e-6)
      expect(Σ[1, 0], covariance[1], 6e-6)
      expect(Σ[1, 1], covariance[2], 6e-5)
    }
  }

  @Test func singlePrecision() async throws {
    let result = try await fit(x.converted(to: Float.self), components: 2)
    #expect((result.bound.value + 1130.26396).magnitude < 2e-3, "\(result.bound.value)")
  }

  @Test func oneComponent() async throws {
    let result = try await fit(x, components: 1)
    #expect((result.bound.value + 1289.796745).magnitude < 1e-6, "\(result.bound.value)")
  }

  /// Columns of mean 0 and standard deviation 1, with N or N − 1 in the denominator.
  @Test(arguments: [(0, -385.4607), (1, -384.4589)])
  func standardised(freedom: Int, expected: Double) async throws {
    let (mean, covariance) = SampleMoments.meanAndCovariance(of: x)
    let N = Double(x.rows)
    var standardised = x
    for j in 0..<2 {
      let scale = (covariance[j, j] * (N - 1) / (N - Double(freedom))).squareRoot()
      for n in 0..<x.rows { standardised[n, j] = (x[n, j] - mean[j]) / scale }
    }
    let result = try await fit(standardised, components: 2)
    #expect((result.bound.value - expected).magnitude < 6e-5, "\(result.bound.value)")
  }

  /// The first step of one component is the sample mean and covariance; the second has nothing to gain.
  @Test func oneGaussianIsItsMoments() async throws {
    let result = try await fit(x, components: 1)
    let (mean, covariance) = SampleMoments.meanAndCovariance(of: x)
    let θ = result.state.parameters
    expectAgreement("mean", θ.means.elements, mean, tolerance: 1e-13)
    let N = Double(x.rows)
    expectAgreement(
      "covariance", θ.covariance(of: 0).elements, covariance.elements.map { $0 * (N - 1) / N },
      tolerance: 1e-12)
  }
}

/// The likelihoods of mclust 6.0.0 (Tests/Reference/mclust.md), which a fit with restarts must reach.
@Suite struct MclustTableTests {
  struct Entry: Sendable, CustomTestStringConvertible {
    let data: String
    let covariance: CovarianceStructure
    let components: Int
    let logLikelihood: Double
    let criterion: Double
    var testDescription: String { "\(data), \(covariance), K = \(components)" }
  }

  static let structures: [Substring: CovarianceStructure] =
    ["VVV": .full, "EEE": .tied, "VVI": .diagonal, "VII": .spherical]

  static let table: [Entry] = {
    guard let text = try? String(contentsOfFile: referencePath("mclust-loglik.csv"), encoding: .utf8) else {
      return []
    }
    return text.split(separator: "\n").dropFirst().compactMap { line in
      let cells = line.split(separator: ",")
      guard cells.count == 5, let structure = structures[cells[1]] else { return nil }
      return Entry(
        data: String(cells[0]), covariance: structure, components: Int(cells[2]) ?? 0,
        logLikelihood: Double(cells[3]) ?? .nan, criterion: Double(cells[4]) ?? .nan)
    }
  }()

  static func data(_ name: String) throws -> Matrix<Double> {
    if name == "faithful" { return try DataCatalogue().load("faithful", as: Double.self).values }
    let table: Table<Double> = try readTable(from: referencePath("\(name).csv"))
    return table.values
  }

  @Test func tableIsWhole() { #expect(Self.table.count == 32) }

  @Test(arguments: table) func neverBelow(_ entry: Entry) async throws {
    let x = try Self.data(entry.data)
    let model = try GaussianMixture<Double>(
      components: entry.components, dimensions: x.columns, covariance: entry.covariance)
    let restarts = entry.components == 1 ? 1 : 60
    let stream = RandomStream(seed: 1)
    let fit = Fit(
      CoordinateAscent(model, threads: 1), on: Rows(x),
      stopping: StoppingRule(tolerance: 1e-10, maximumIterations: 5000), restarts: restarts
    ) { (restart) throws(InferenceError) in
      let start: MixtureStart = restart % 2 == 0 ? .kMeans : .randomRows
      return .init(
        parameters: try model.initialParameters(
          for: Rows(x), start: start, using: stream.substream(restart), threads: 1))
    }
    let result = try await fit.run()
    let slack = 1e-5 * entry.logLikelihood.magnitude
    #expect(
      result.bound.value >= entry.logLikelihood - slack, "\(result.bound.value) < \(entry.logLikelihood)")
    // BIC = 2 ln L − p ln N gives the number of free parameters.
    let p = (2 * entry.logLikelihood - entry.criterion) / Double.log(Double(x.rows))
    #expect((p - Double(model.freeParameters)).magnitude < 1e-5, "\(p) free parameters")
    if entry.components == 1 {
      #expect((result.bound.value - entry.logLikelihood).magnitude < 2e-6)
    }
  }
}
