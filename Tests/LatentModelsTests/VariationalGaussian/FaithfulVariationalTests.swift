import LatentData
import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// Old Faithful, its columns of mean 0 and standard deviation 1 with N in the denominator, under Bishop's prior:
/// m₀ = 0, β₀ = 1, ν₀ = 2. The numbers of components and the bounds were computed independently.
@Suite struct FaithfulVariationalTests {
  let x: Rows<Double>

  init() throws { x = Rows(try Self.standardised()) }

  static func standardised() throws -> Matrix<Double> {
    var x = try DataCatalogue().load("faithful", as: Double.self).values
    let N = Double(x.rows)
    for j in 0..<x.columns {
      let column = x.column(j)
      let mean = column.reduce(0, +) / N
      let deviation = (column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / N).squareRoot()
      for n in 0..<x.rows { x[n, j] = (x[n, j] - mean) / deviation }
    }
    return x
  }

  static func model(
    _ K: Int, scale s: Double, mixing: Mixing
  ) throws -> VariationalGaussianMixture<Double> {
    try VariationalGaussianMixture(
      components: K,
      prior: GaussianPrior(mean: [0, 0], meanPrecision: 1, degreesOfFreedom: 2, precisionScale: s),
      mixing: mixing)
  }

  func fit(
    _ model: VariationalGaussianMixture<Double>, seed: UInt64, restarts: Int = 1, tolerance: Double = 1e-7
  ) async throws -> FitResult<CoordinateAscent<VariationalGaussianMixture<Double>>.State> {
    try await Fit(
      CoordinateAscent(model, threads: 1), on: x,
      stopping: StoppingRule(tolerance: tolerance, maximumIterations: 5000), restarts: restarts
    ) { [x] (restart) throws(InferenceError) in
      .init(
        parameters: try model.initialParameters(
          for: x, start: restart % 2 == 0 ? .kMeans : .randomRows,
          using: RandomStream(seed: seed).substream(restart), threads: 1))
    }.run()
  }

  @Test(arguments: [(1e-3, 2), (1, 3), (10, 6)])
  func effectiveComponents(concentration: Double, expected: Int) async throws {
    let model = try Self.model(6, scale: 2, mixing: .dirichlet(concentration: concentration))
    for seed in 0..<10 {
      let result = try await fit(model, seed: UInt64(seed))
      let found = model.effectiveComponents(at: result.state.parameters, total: 272)
      #expect(found == expected, "α₀ = \(concentration), seed \(seed): \(found) components")
    }
  }

  /// The bound peaks at two components, and still does with ln K! for the labellings.
  @Test func boundOverComponents() async throws {
    let expected = [-561.67, -436.05, -440.91, -445.37, -449.54, -453.50]
    var bounds: [Double] = []
    var labelled: [Double] = []
    for K in 1...6 {
      let model = try Self.model(K, scale: 1, mixing: .dirichlet(concentration: 1))
      let bound = try await fit(model, seed: 1, restarts: K < 3 ? 2 : 24, tolerance: 1e-6).bound.value
      #expect((bound - expected[K - 1]).magnitude < 0.01, "K = \(K): \(bound), expected \(expected[K - 1])")
      bounds.append(bound)
      labelled.append(bound + model.mixing.logLabellings(components: K))
    }
    #expect(bounds.max() == bounds[1])
    #expect(labelled.max() == labelled[1])
  }

  /// With one component there is nothing to infer about z, and the bound is ln p(D) in closed form.
  @Test func oneComponent() async throws {
    let model = try Self.model(1, scale: 1, mixing: .dirichlet(concentration: 1))
    let bound = try await fit(model, seed: 1).bound.value
    let exact = ExactEvidence(x: x.values, prior: model.emission.prior, covariance: .full)
      .logMarginal(Array(repeating: 0, count: 272))
    #expect((bound - exact).magnitude < 1e-8, "\(bound), exactly \(exact)")
  }
}
