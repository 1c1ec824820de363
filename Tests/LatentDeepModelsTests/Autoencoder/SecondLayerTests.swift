// z₁ the layer next to the data, z₂ the one behind it

import LatentDeepModels
import LatentEvidence
import LatentModels
import LatentNetworks
import LatentNumerics
import LatentTestSupport
import Testing

/// Auto-encoders of two stochastic layers, against integration over both.
@Suite struct SecondLayerTests {
  static let configuration = AutoencoderConfiguration(
    columns: 6, latent: 1, hidden: [5], secondLayer: AutoencoderSecondLayer(latent: 1, hidden: []))

  /// p(z₁) on a grid: ∫ 𝒩(z₂ | 0, 1) 𝒩(z₁ | a z₂ + b, exp(c z₂ + d)) dz₂, the numbers those of the linear network from z₂.
  static func density(_ θ: ParameterVector<Double>) -> (Double) -> Double {
    let (w, bias) = (θ["decoder2/0/weights"], θ["decoder2/0/bias"])
    let step = 0.05
    let grid = stride(from: -8.0, through: 8, by: step).map { $0 }
    return { z in
      grid.reduce(0) { sum, z₂ in
        let (m, v) = (w[0, 0] * z₂ + bias[0, 0], w[0, 1] * z₂ + bias[0, 1])
        let form = (z - m) * (z - m) * Double.exp(-v) + v + z₂ * z₂
        return sum + step * Double.exp(-0.5 * form) / (2 * Double.pi)
      }
    }
  }

  /// The bounds lie below ln p(x) and rise to it, and importance sampling gives it, as draws from the model have p(z₁).
  @Test func integrated() throws {
    let x = ToyRows.binary(25, columns: 6, seed: 5, missing: 6)
    var configuration = Self.configuration
    let model = try VariationalAutoencoder<Double>(configuration)
    var θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 6)
    // A layer that is not nearly standard normal.
    θ["decoder2/0/weights"] = Matrix([[0.7, -0.3]])
    θ["decoder2/0/bias"] = Matrix([[0.4, -1]])
    let density = Self.density(θ)
    let exact = try ImportanceBoundTests.integrated(x, model, θ, prior: density)
    let estimate = try model.importanceLogLikelihood(of: x, at: θ, draws: 10_000)
    for (i, value) in estimate.logLikelihoods.enumerated() {
      #expect(estimate.effectiveSampleSizes[i] > 200)
      let error = (1 / estimate.effectiveSampleSizes[i]).squareRoot()
      #expect((value - exact[i]).magnitude < 6 * error, "row \(i): \(value), exactly \(exact[i])")
    }
    let total = exact.reduce(0, +)
    let error = estimate.effectiveSampleSizes.reduce(0) { $0 + 1 / $1 }.squareRoot()
    #expect((estimate.logLikelihoods.reduce(0, +) - total).magnitude < 5 * error)
    var means: [MonteCarloMean] = []
    for k in [1, 8, 64] {
      configuration.bound = .importance(draws: k)
      let model = try VariationalAutoencoder<Double>(configuration)
      means.append(
        MonteCarloMean(
          try (0..<40).map { try model.bounds(of: x, at: θ, noise: RandomStream(seed: $0)).reduce(0, +) }))
    }
    for (low, high) in zip(means, means.dropFirst()) {
      #expect(high.value - low.value > 3 * (low.standardError + high.standardError), "\(low), \(high)")
    }
    #expect(means[2].value < total + 5 * means[2].standardError)
    let z = try model.sample(20_000, at: θ, using: RandomStream(seed: 2)).latents
    #expect(z.columns == 2)
    let step = 0.02
    let grid = stride(from: -10.0, through: 10, by: step).map { $0 }
    let densities = grid.map(density)
    for power in 1...2 {
      let exact = zip(grid, densities).reduce(0) { sum, pair in
        sum + step * (power == 1 ? pair.0 : pair.0 * pair.0) * pair.1
      }
      #expect(MonteCarloMean(z.column(0).map { power == 1 ? $0 : $0 * $0 }).agrees(with: exact))
      #expect(MonteCarloMean(z.column(1).map { power == 1 ? $0 : $0 * $0 }).agrees(with: power == 1 ? 0 : 1))
    }
  }

  /// With one draw both bounds are ln p(x, z) − ln q(z | x).
  @Test(arguments: AutoencoderPosterior.allCases.filter { $0 != .point }) func oneDrawIsTheEvidenceBound(
    posterior: AutoencoderPosterior
  ) throws {
    let x = ToyRows.binary(40, columns: 6, seed: 3, missing: 9)
    var configuration = AutoencoderConfiguration(
      columns: 6, latent: 3, hidden: [5], posterior: posterior, prior: .mixture(components: 2),
      secondLayer: AutoencoderSecondLayer(latent: 2, hidden: [4]))
    let evidence = try VariationalAutoencoder<Double>(configuration)
    configuration.bound = .importance(draws: 1)
    let weighted = try VariationalAutoencoder<Double>(configuration)
    let θ: ParameterVector<Double> = ToyRows.parameters(evidence.layout, seed: 4)
    let (a, b) = (try evidence.bounds(of: x, at: θ), try weighted.bounds(of: x, at: θ))
    for (a, b) in zip(a, b) { #expect((a - b).magnitude < 1e-12 * a.magnitude) }
  }

  /// A second layer that says nothing, p(z₁ | z₂) = 𝒩(0, 1) and q(z₂ | z₁) = p(z₂), leaves the bound of one layer.
  @Test func idleLayer() throws {
    let x = ToyRows.binary(30, columns: 6, seed: 3)
    var configuration = Self.configuration
    configuration.bound = .evidence(draws: 3)
    let model = try VariationalAutoencoder<Double>(configuration)
    configuration.secondLayer = nil
    configuration.divergence = .sampled
    let single = try VariationalAutoencoder<Double>(configuration)
    let φ: ParameterVector<Double> = ToyRows.parameters(single.layout, seed: 4)
    var θ = ParameterVector<Double>(model.layout)
    for entry in single.layout.entries { θ[entry.name] = φ[entry.name] }
    // Noise is drawn for both layers together: not the same draws, but the same mean.
    let means = try [(model, θ), (single, φ)].map { model, θ in
      MonteCarloMean(
        try (0..<100).map { try model.bounds(of: x, at: θ, noise: RandomStream(seed: $0)).reduce(0, +) })
    }
    #expect(
      (means[0].value - means[1].value).magnitude < 4 * (means[0].standardError + means[1].standardError),
      "\(means)")
    let evaluation = try model.evaluate(x, at: θ, draws: 0)
    #expect(evaluation.layerDivergences.count == 2 && evaluation.layerDivergences[1].magnitude < 1e-12)
    #expect(evaluation.dimensions.count == 2 && !evaluation.dimensions[1].isActive)
    #expect(evaluation.dimensions[1].divergence == 0)
  }

  /// The divergences of layers add up to that of the bound, and those of dimensions to that of a layer where q is a product.
  @Test func layers() throws {
    let x = ToyRows.binary(40, columns: 6, seed: 3)
    let model = try VariationalAutoencoder<Double>(
      AutoencoderConfiguration(
        columns: 6, latent: 3, hidden: [5], bound: .evidence(draws: 20),
        secondLayer: AutoencoderSecondLayer(latent: 2, hidden: [4])))
    let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 4)
    let all = try (0..<20).map { try model.evaluate(x, at: θ, draws: 0, noise: RandomStream(seed: $0)) }
    for one in all {
      let sum = one.layerDivergences.reduce(0, +)
      #expect((sum - one.bound.latentKL / 40).magnitude < 1e-9 * sum)
    }
    for (layer, dimensions) in [0..<3, 3..<5].enumerated() {
      let differences = all.map { one in
        one.dimensions[dimensions].reduce(-one.layerDivergences[layer]) { $0 + $1.divergence }
      }
      let mean = MonteCarloMean(differences)
      #expect(mean.agrees(with: 0), "layer \(layer): \(mean)")
    }
    let q = try model.posterior(of: x, at: θ)
    #expect(q.means.columns == 5 && q.deviations.elements.allSatisfy { $0 > 0 })
    #expect(model.configuration.latentDimensions == 5)
    let reconstruction = try model.reconstruction(of: x, at: θ, draws: 3)
    #expect(reconstruction.elements.allSatisfy { $0 > 0 && $0 < 1 })
  }

  /// Moments of z₂ are those of draws: z₁ ~ q(z₁ | x), z₂ ~ q(z₂ | z₁), both diagonal and the networks linear.
  @Test func momentsOfTheSecondLayer() throws {
    let x = ToyRows.binary(10, columns: 6, seed: 3)
    var configuration = Self.configuration
    configuration.hidden = []
    configuration.latent = 2
    let model = try VariationalAutoencoder<Double>(configuration)
    var θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 4)
    var w = θ["encoder2/posterior/weights"]
    // A variance that does not depend on z₁: then z₂ is normal, its moments in closed form.
    for i in 0..<2 { w[i, 1] = 0 }
    θ["encoder2/posterior/weights"] = w
    let bias = θ["encoder2/posterior/bias"]
    let q = try model.posterior(of: x, at: θ)
    for i in 0..<10 {
      let mean = bias[0, 0] + w[0, 0] * q.means[i, 0] + w[1, 0] * q.means[i, 1]
      let ofMeans = (0..<2).reduce(0.0) {
        $0 + w[$1, 0] * w[$1, 0] * q.deviations[i, $1] * q.deviations[i, $1]
      }
      #expect((q.means[i, 2] - mean).magnitude < 5 * (ofMeans / 200).squareRoot())
      let variance = ofMeans + Double.exp(bias[0, 1])
      #expect((q.deviations[i, 2] * q.deviations[i, 2] - variance).magnitude < 5 * ofMeans * 0.1)
    }
  }

  /// Training through the same fit: the bound rises above that of the start, in a file and out of it.
  @Test func training() async throws {
    let x = ToyRows.binary(200, columns: 8, seed: 3, as: Float.self)
    let model = try VariationalAutoencoder<Float>(
      AutoencoderConfiguration(
        columns: 8, latent: 3, hidden: [10], bound: .importance(draws: 5),
        secondLayer: AutoencoderSecondLayer(latent: 2, hidden: [6])))
    let start = try model.initialParameters(for: x, using: RandomStream(seed: 3))
    #expect(start["decoder2/0/weights"].elements.contains { $0 != 0 })
    let ascent = GradientAscent(
      model, try Adam(), learningRate: try ConstantRate(0.01), settings: try GradientSettings(batchSize: 50),
      using: RandomStream(seed: 1), threads: 2)
    let before = try ascent.bound(at: start, of: x, noise: RandomStream(seed: 3)).perObservation
    let result = try await Fit(
      ascent, on: x, stopping: StoppingRule(tolerance: 0, maximumIterations: 80)
    ) { (_) throws(InferenceError) in .init(parameters: start) }.run()
    #expect(result.bound.perObservation > before + 0.7, "\(before), \(result.bound.perObservation)")
    let description = FitDescription(
      model: "vae", inference: "gradient", components: 1, dimensions: 8, latent: 5, seed: 1,
      precision: Float.precisionName, observations: 200, bound: result.bound, iterations: 80,
      outcome: .budgetExhausted, freeParameters: model.layout.parameterCount)
    let fitted = FittedAutoencoder(
      model: model, parameters: result.state.parameters, description: description,
      diagnosis: try model.diagnosis(of: x, at: result.state.parameters))
    let read = try FittedAutoencoder<Float>(from: fitted.archive())
    #expect(read.configuration == model.configuration && read.parameters == fitted.parameters)
    #expect(read.diagnosis == fitted.diagnosis && read.diagnosis?.dimensions.count == 5)
  }
}
