import LatentData
import LatentDeepModels
import LatentEvidence
import LatentModels
import LatentNetworks
import LatentNumerics
import LatentTestSupport
import Testing

/// With linear maps and one base a deep filter is a linear Gaussian state space, whose density the Kalman filter gives.
@Suite struct FilterAnchorTests {
  /// The state space of a filter with linear maps: rows there are columns here.
  static func stateSpace(
    of θ: ParameterVector<Double>, latent L: Int, controls U: Int, variance: Double
  ) -> LinearStateSpaceParameters {
    func product(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Matrix<Double> {
      Matrix(
        (0..<a.rows).map { i in
          (0..<b.columns).map { j in (0..<a.columns).reduce(0) { $0 + a[i, $1] * b[$1, j] } }
        })
    }
    let (S, V, H) = (θ["start/0/weights"], θ["transition/bases"], θ["decoder/0/weights"])
    let C = V.selecting(rows: Array(L + U..<2 * L + U))
    return LinearStateSpaceParameters(
      initialMean: θ["start/0/bias"].elements.map { $0 }, initialCovariance: product(S.transposed(), S),
      transition: V.selecting(rows: Array(0..<L)).transposed(),
      control: V.selecting(rows: Array(L..<L + U)).transposed(), transitionNoise: product(C.transposed(), C),
      emission: H.transposed(), offset: θ["decoder/0/bias"].elements.map { $0 },
      emissionNoise: .diagonal(Array(repeating: variance, count: H.columns)))
  }

  static func configuration(future: Int?) -> DeepFilterConfiguration {
    DeepFilterConfiguration(
      columns: 4, controls: 1, latent: 2, transition: .locallyLinear(bases: 1), hidden: [],
      recognition: future == nil ? [6] : [16], initial: future == nil ? [6] : [16], initialFrames: 3,
      start: [],
      activation: .softplus, likelihood: .gaussian(.fixed(0.09)), future: future)
  }

  /// Whatever the parameters, the mean of the bound lies below the Kalman filter's density.
  @Test(arguments: [UInt64(1), 2, 3, 4], [nil, 4] as [Int?]) func below(seed: UInt64, future: Int?) throws {
    let model = try DeepFilter<Double>(Self.configuration(future: future))
    let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: seed, scale: 0.3)
    let space = try LinearStateSpace<Double>(latent: 2, dimensions: 4, controls: 1)
    let x = ToySequences.real(
      lengths: [5, 1, 7, 4], columns: 4, controls: 1, seed: seed + 10, missing: Int(seed) * 2)
    let exact = try space.logDensity(
      of: x, at: Self.stateSpace(of: θ, latent: 2, controls: 1, variance: 0.09))
    let draws = try (0..<200).map {
      try model.posterior(of: x, at: θ, noise: RandomStream(seed: UInt64($0)), threads: 1).bounds
    }
    for n in 0..<x.count {
      let mean = MonteCarloMean(draws.map { $0[n] })
      #expect(mean.value < exact[n] + 5 * mean.standardError, "sequence \(n): \(mean), Kalman \(exact[n])")
    }
  }

  /// Trained, the smoother's bound comes near the density at the learned parameters, and stays below.
  @Test func smoother() async throws {
    let table: SequenceTable<Double> = LinearGaussianSystem().sequences(
      200, frames: 8, using: RandomStream(seed: 3))
    let x = try SequenceBatch(table.frames, lengths: table.lengths, controls: table.controls)
    let model = try DeepFilter<Double>(Self.configuration(future: 16))
    var recipe = try FilterRecipe(updates: 1500, batchSize: 50)
    recipe.check = nil
    recipe.learningRate = 1e-2
    recipe.objective = .bound
    let ascent = try FilterAscent(model, recipe: recipe, using: RandomStream(seed: 1))
    let start = try ascent.start(for: x)
    let result = try await Fit(
      ascent, on: x, stopping: StoppingRule(tolerance: 0, maximumIterations: 2000)
    ) { (_) throws(InferenceError) in start }.run()
    let θ = result.state.parameters
    let space = try LinearStateSpace<Double>(latent: 2, dimensions: 4, controls: 1)
    let exact = try space.logDensity(
      of: x, at: Self.stateSpace(of: θ, latent: 2, controls: 1, variance: 0.09)
    ).reduce(0, +)
    let mean = MonteCarloMean(
      try (0..<40).map {
        try model.evaluate(x, at: θ, noise: RandomStream(seed: UInt64($0))).bound.value
      })
    let gap = (exact - mean.value) / Double(x.count)
    #expect(gap > -5 * mean.standardError / Double(x.count), "\(mean), Kalman \(exact)")
    #expect(gap < 0.5, "\(gap) nats a sequence")
  }
}
