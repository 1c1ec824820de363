import LatentEvidence
import LatentNetworks
import LatentNumerics
import LatentTestSupport
import Testing

/// Gradient ascent on models whose maximum is known.
@Suite struct ClosedFormTests {
  /// The maximum of the likelihood of probabilistic PCA, from the eigenvalues λ of the sample's covariance (Tipping & Bishop, 1999):
  /// −½ N (D ln 2π + Σ over the K largest of ln λ + (D − K) ln σ² + D), σ² the mean of the others.
  static func principalMaximum(_ x: Matrix<Double>, latent K: Int) throws -> Double {
    let (N, D) = (x.rows, x.columns)
    let mean = (0..<D).map { j in (0..<N).reduce(0) { $0 + x[$1, j] } / Double(N) }
    var S = Matrix<Double>(rows: D, columns: D)
    for i in 0..<D {
      for j in 0..<D {
        S[i, j] = (0..<N).reduce(0) { $0 + (x[$1, i] - mean[i]) * (x[$1, j] - mean[j]) } / Double(N)
      }
    }
    let λ = try #require(SymmetricEigen(S)).values.sorted(by: >)
    let σ2 = λ[K...].reduce(0, +) / Double(D - K)
    let sum = λ[..<K].reduce(0) { $0 + Double.log($1) } + Double(D - K) * Double.log(σ2)
    return -0.5 * Double(N) * (Double(D) * (Double.log(2 * .pi) + 1) + sum)
  }

  @Test func linearAutoencoderIsPrincipalComponents() async throws {
    let x = LinearAutoencoder<Double>.rows(150, columns: 5, latent: 2, seed: 3)
    let model = LinearAutoencoder<Double>(columns: 5, latent: 2)
    let maximum = try Self.principalMaximum(x.values, latent: 2)
    let ascent = GradientAscent(
      model, try Adam(), learningRate: try CosineRate(peak: 0.05, steps: 2500),
      settings: try GradientSettings(batchSize: 150), using: RandomStream(seed: 1), threads: 2)
    let result = try await Fit(
      ascent, on: x, stopping: StoppingRule(tolerance: 0, maximumIterations: 2500)
    ) { (restart) throws(InferenceError) in .init(parameters: model.start(restart)) }.run()
    #expect(result.bound.value <= maximum + 1e-8 * maximum.magnitude)
    #expect(result.bound.value > maximum - 1e-3, "\(result.bound.value), the maximum is \(maximum)")
    #expect(result.bound.count == 150 && result.state.minibatches == 2500)
  }

  /// The same with minibatches and one draw an observation, in both precisions: never above, and near.
  @Test func sampledAutoencoder() async throws {
    try await sampled(Double.self)
    try await sampled(Float.self)
  }

  func sampled<Scalar: LatentScalar>(_: Scalar.Type) async throws {
    let x = LinearAutoencoder<Scalar>.rows(150, columns: 5, latent: 2, seed: 3)
    let model = LinearAutoencoder<Scalar>(columns: 5, latent: 2, sampled: true)
    let maximum = try Self.principalMaximum(x.values.converted(to: Double.self), latent: 2)
    let ascent = GradientAscent(
      model, try Adam(), learningRate: try CosineRate(peak: 0.03, steps: 6000),
      settings: try GradientSettings(batchSize: 50), using: RandomStream(seed: 1), threads: 2)
    let result = try await Fit(
      ascent, on: x, stopping: StoppingRule(tolerance: 0, maximumIterations: 2000)
    ) { (restart) throws(InferenceError) in .init(parameters: model.start(restart)) }.run()
    let exact = LinearAutoencoder<Scalar>(columns: 5, latent: 2)
    let bound = try GradientAscent(
      exact, SGD(), learningRate: ConstantRate(1), settings: GradientSettings(batchSize: 100),
      using: RandomStream(seed: 1), threads: 1
    ).bound(at: result.state.parameters, of: x, noise: RandomStream(seed: 1))
    #expect(bound.value <= maximum + 1e-5 * maximum.magnitude)
    #expect(bound.perObservation > maximum / 150 - 0.02, "\(bound.value), the maximum is \(maximum)")
    // The bound by draws is that in closed form, within its error.
    var draws: [Double] = []
    for seed in 0..<40 {
      draws.append(
        try ascent.bound(at: result.state.parameters, of: x, noise: RandomStream(seed: UInt64(seed))).value)
    }
    let mean = MonteCarloMean(draws)
    #expect(mean.agrees(with: bound.value), "\(mean), in closed form \(bound.value)")
  }

  /// Full-covariance black-box inference for the weights of a regression: the bound becomes the evidence.
  @Test(arguments: [false, true]) func regressionReachesTheEvidence(sampled: Bool) async throws {
    let model = BayesianRegression(weights: 3, variance: 0.5, priorVariance: 2, sampled: sampled)
    let x = model.rows(40, seed: 6)
    let evidence = model.evidence(of: x)
    // Minibatches and their share of the parameters' divergence.
    let ascent = GradientAscent(
      model, try Adam(), learningRate: try CosineRate(peak: 0.05, steps: 3000),
      settings: try GradientSettings(batchSize: 20), using: RandomStream(seed: 1), threads: 1)
    let result = try await Fit(
      ascent, on: x, stopping: StoppingRule(tolerance: 0, maximumIterations: 1500)
    ) { (_) throws(InferenceError) in .init(parameters: ParameterVector(model.layout)) }.run()
    let exact = BayesianRegression(weights: 3, variance: 0.5, priorVariance: 2)
    let bound = try GradientAscent(
      exact, SGD(), learningRate: ConstantRate(1), settings: GradientSettings(batchSize: 40),
      using: RandomStream(seed: 1), threads: 1
    ).bound(at: result.state.parameters, of: x, noise: RandomStream(seed: 1))
    let last = result.trace[result.trace.count - 1]
    #expect(bound.parameterKL > 1 && (last.parameterKL - bound.parameterKL).magnitude < 0.01)
    #expect(bound.value <= evidence + 1e-9 * evidence.magnitude)
    #expect(
      bound.value > evidence - (sampled ? 0.02 : 1e-4), "\(bound.value), the evidence is \(evidence)")
  }

  /// The hand-written gradients of the models that these tests go by, against central differences.
  @Test func gradientsOfTheModels() throws {
    for sampled in [false, true] {
      let regression = BayesianRegression(weights: 3, variance: 0.5, priorVariance: 2, sampled: sampled)
      try compare(regression, on: regression.rows(7, seed: 2), .bound, seed: 3)
      let autoencoder = LinearAutoencoder<Double>(columns: 4, latent: 2, sampled: sampled)
      let rows = LinearAutoencoder<Double>.rows(7, columns: 4, latent: 2, seed: 2)
      try compare(autoencoder, on: rows, .bound, seed: 3)
    }
  }

  func compare<Model: DifferentiableModel>(
    _ model: Model, on x: Model.Observations, _ objective: ObjectiveWeights, seed: UInt64
  ) throws where Model.Scalar == Double {
    var random = RandomStream(seed: seed)
    let θ = (0..<model.layout.count).map { _ in 0.4 * random.normal() }
    let noise = RandomStream(seed: 5)
    var workspace = model.makeWorkspace()
    func value(_ θ: [Double], _ g: UnsafeMutablePointer<Double>?) throws -> Double {
      try θ.withUnsafeBufferPointer { p in
        let point = ParameterPoint(values: p.baseAddress!)
        var bound = try model.boundAndGradient(
          of: [0, 3, 1], in: x, at: point, noise: noise, objective: objective, workspace: &workspace, into: g)
        bound.parameterKL = try model.parameterKL(
          at: point, noise: noise, subtractingGradientTimes: 1, from: g)
        return bound.value
      }
    }
    var g = [Double](repeating: .nan, count: θ.count)
    _ = try g.withUnsafeMutableBufferPointer { try value(θ, $0.baseAddress!) }
    for i in 0..<θ.count {
      let h = 1e-5
      let ends = try [h, -h].map { step in
        var moved = θ
        moved[i] += step
        return try value(moved, nil)
      }
      let slope = (ends[0] - ends[1]) / (2 * h)
      #expect((g[i] - slope).magnitude < 1e-6 * (1 + slope.magnitude), "element \(i): \(g[i]), \(slope)")
    }
  }
}
