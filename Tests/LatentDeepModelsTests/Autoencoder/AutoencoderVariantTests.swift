import LatentDeepModels
import LatentEvidence
import LatentModels
import LatentNetworks
import LatentNumerics
import LatentTestSupport
import Testing

/// Conditional, deterministic and convolutional auto-encoders.
@Suite struct AutoencoderVariantTests {
  typealias Model = VariationalAutoencoder<Float>

  /// What is given is not modelled: the bound is that of a model without the column where nothing reads it, and where the networks read it
  /// the model learns what hangs on it.
  @Test func conditions() async throws {
    let x: Rows<Double> = ToyRows.binary(200, columns: 5, seed: 7)
    var configuration = AutoencoderConfiguration(columns: 5, latent: 1, hidden: [], condition: [2])
    let model = try VariationalAutoencoder<Double>(configuration)
    let kept = [0, 1, 3, 4]
    let other = try VariationalAutoencoder<Double>(
      AutoencoderConfiguration(columns: 4, latent: 1, hidden: []))
    let φ: ParameterVector<Double> = ToyRows.parameters(other.layout, seed: 5)
    var θ = ParameterVector<Double>(model.layout)
    for entry in model.layout.entries {
      let value = φ[entry.name]
      // The last row belongs to what is given.
      if θ[entry.name].rows > value.rows {
        var wider = Matrix<Double>(rows: value.rows + 1, columns: value.columns)
        for i in 0..<value.rows { for j in 0..<value.columns { wider[i, j] = value[i, j] } }
        θ[entry.name] = wider
      } else {
        θ[entry.name] = value
      }
    }
    let a = try model.bounds(of: x, at: θ)
    let b = try other.bounds(of: Rows(x.values.selecting(columns: kept)), at: φ)
    for (a, b) in zip(a, b) { #expect((a - b).magnitude < 1e-12 * a.magnitude) }
    // A column that is the condition.
    var cells = x.values
    for i in 0..<200 { cells[i, 0] = cells[i, 2] }
    configuration.hidden = [8]
    let learner = try VariationalAutoencoder<Double>(configuration)
    let start = try learner.initialParameters(for: Rows(cells), using: RandomStream(seed: 1))
    let ascent = GradientAscent(
      learner, try Adam(), learningRate: try ConstantRate(0.02),
      settings: try GradientSettings(batchSize: 50),
      using: RandomStream(seed: 1), threads: 2)
    let result = try await Fit(
      ascent, on: Rows(cells), stopping: StoppingRule(tolerance: 0, maximumIterations: 60)
    ) { (_) throws(InferenceError) in .init(parameters: start) }.run()
    let draws = try learner.sample(
      100, at: result.state.parameters,
      given: Matrix(rows: 100, columns: 1, elements: (0..<100).map { Double($0 % 2) }),
      using: RandomStream(seed: 2))
    #expect(draws.observations.columns == 4)
    #expect((0..<100).count { draws.observations[$0, 0] == Double($0 % 2) } >= 97)
    let reconstruction = try learner.reconstruction(of: Rows(cells), at: result.state.parameters)
    #expect((0..<200).allSatisfy { reconstruction[$0, 2] == cells[$0, 2] })
    #expect(throws: InferenceError.self) {
      try learner.sample(3, at: result.state.parameters, using: RandomStream(seed: 2))
    }
    #expect(throws: InferenceError.self) {
      try learner.sample(
        3, at: result.state.parameters, given: Matrix(rows: 2, columns: 1), using: RandomStream(seed: 2))
    }
  }

  /// The deterministic auto-encoder: no divergence, no noise, no likelihood; a linear one with fixed variance leaves what principal components leave.
  @Test func deterministic() async throws {
    let x: Rows<Double> = ToyRows.real(150, columns: 5, seed: 3)
    let model = try VariationalAutoencoder<Double>(
      AutoencoderConfiguration(
        columns: 5, latent: 2, hidden: [], likelihood: .gaussian(.fixed(1)), posterior: .point))
    let start = try model.initialParameters(for: x, using: RandomStream(seed: 1))
    let ascent = GradientAscent(
      model, try Adam(), learningRate: try CosineRate(peak: 0.05, steps: 3000),
      settings: try GradientSettings(batchSize: 150), using: RandomStream(seed: 1), threads: 1)
    let result = try await Fit(
      ascent, on: x, stopping: StoppingRule(tolerance: 0, maximumIterations: 3000)
    ) { (_) throws(InferenceError) in .init(parameters: start) }.run()
    let pca = try ProbabilisticPCA.maximumLikelihood(of: x, latent: 2)
    let left = pca.eigenvalues[2...].reduce(0, +) * 150
    let best = -0.5 * (left + 150 * 5 * Double.log(2 * .pi))
    #expect(result.bound.latentKL == 0)
    #expect(result.bound.value <= best + 1e-9 * best.magnitude)
    #expect(result.bound.value > best - 0.01, "\(result.bound.value), at most \(best)")
    let θ = result.state.parameters
    #expect(try model.bounds(of: x, at: θ) == model.bounds(of: x, at: θ, noise: RandomStream(seed: 77)))
    #expect(try model.evaluate(x, at: θ).importance == nil)
    #expect(throws: InferenceError.self) { try model.importanceLogLikelihood(of: x, at: θ, draws: 3) }
  }

  /// Convolutions learn digits.
  @Test func convolutions() async throws {
    let x = try AutoencoderTrainingTests.sample("mnist-sample")
    let held = try AutoencoderTrainingTests.sample("mnist-sample-test")
    let model = try Model(
      AutoencoderConfiguration(
        columns: 784, latent: 5, hidden: [32], activation: .elu, binarization: .stochastic,
        convolution: AutoencoderConvolution(image: .init(height: 28, width: 28), channels: [4, 8])))
    let start = try model.initialParameters(for: x, using: RandomStream(seed: 3))
    let ascent = GradientAscent(
      model, try Adam(), learningRate: try ConstantRate(3e-3), settings: try GradientSettings(batchSize: 50),
      using: RandomStream(seed: 1))
    let before = try ascent.bound(at: start, of: held, noise: RandomStream(seed: 3)).perObservation
    let result = try await Fit(
      ascent, on: x, stopping: StoppingRule(tolerance: 0, maximumIterations: 12)
    ) { (_) throws(InferenceError) in .init(parameters: start) }.run()
    let after = try ascent.bound(at: result.state.parameters, of: held, noise: RandomStream(seed: 3))
    #expect(
      after.perObservation > before + 20 && after.perObservation > -190, "\(before), \(after.perObservation)")
  }
}
