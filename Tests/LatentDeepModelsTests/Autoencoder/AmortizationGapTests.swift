// q = 𝒩(m, s² I) of the encoder, 𝒩(μ, diag σ²) the posterior

import LatentDeepModels
import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// What an encoder costs against posteriors of single rows, where that is known.
@Suite struct AmortizationGapTests {
  /// A linear Gaussian model whose encoder is shifted, scaled and too wide: the gap is KL(q ‖ p(z | x)) row by row, as the refined q is the
  /// posterior.
  @Test(arguments: [AutoencoderPosterior.diagonal, .full]) func perturbedEncoder(
    posterior: AutoencoderPosterior
  )
    throws
  {
    let x: Rows<Double> = ToyRows.real(24, columns: 5, seed: 3)
    let pca = try ProbabilisticPCA.maximumLikelihood(of: x, latent: 2)
    let exact = try VariationalAutoencoder<Double>(LinearAutoencoderTests.configuration)
    let φ = LinearAutoencoderTests.closedForm(pca, exact.layout)
    var configuration = LinearAutoencoderTests.configuration
    configuration.posterior = posterior
    let model = try VariationalAutoencoder<Double>(configuration)
    var θ = ParameterVector<Double>(model.layout)
    for entry in model.layout.entries where entry.name.hasPrefix("decoder") { θ[entry.name] = φ[entry.name] }
    var (weights, bias) = (θ["encoder/posterior/weights"], θ["encoder/posterior/bias"])
    let (W, b, v) = (
      φ["encoder/posterior/weights"], φ["encoder/posterior/bias"], φ["encoder/logVariance"]
    )
    let logDeviation = -0.7
    for l in 0..<2 {
      for j in 0..<5 { weights[j, l] = 0.8 * W[j, l] }
      bias[0, l] = b[0, l] + 0.3
    }
    // The diagonal family's numbers are ln σ², the triangle's ln σ at its diagonal, 0 and 2.
    let places = posterior == .diagonal ? [2, 3] : [2, 4]
    for place in places { bias[0, place] = posterior == .diagonal ? 2 * logDeviation : logDeviation }
    θ["encoder/posterior/weights"] = weights
    θ["encoder/posterior/bias"] = bias
    let μ = LinearAutoencoderTests.means(pca, x)
    let s² = Double.exp(2 * logDeviation)
    let gaps = (0..<24).map { i in
      (0..<2).reduce(0.0) { sum, l in
        let m = (0..<5).reduce(bias[0, l]) { $0 + x.values[i, $1] * weights[$1, l] }
        let σ² = Double.exp(v[0, l])
        return sum + 0.5 * ((s² + (m - μ[i, l]) * (m - μ[i, l])) / σ² - 1 + Double.log(σ² / s²))
      }
    }
    let result = try model.amortizationGap(of: x, at: θ, steps: 250, draws: 8, threads: 1)
    #expect(result.gaps.count == 24 && gaps.min()! > 0.1)
    // Of 64 draws a row: the difference of two bounds of a row, each with its noise, has about this deviation.
    for (i, gap) in gaps.enumerated() {
      #expect(
        (result.gaps[i] - gap).magnitude < 0.1 + 0.5 * gap, "row \(i): \(result.gaps[i]), exactly \(gap)")
    }
    let mean = MonteCarloMean(zip(result.gaps, gaps).map { $0 - $1 })
    #expect(mean.agrees(with: 0), "\(mean)")
    #expect(mean.standardError < 0.2 * gaps.reduce(0, +) / 24)
    #expect((result.mean - result.gaps.reduce(0, +) / 24).magnitude < 1e-12 && result.standardError > 0)
    // The refined bound is ln p(x), the exact posterior's.
    let refined = MonteCarloMean(result.refinedBounds)
    let likelihood = try exact.importanceLogLikelihood(of: x, at: φ, draws: 1).mean
    #expect((refined.value - likelihood).magnitude < 0.05, "\(refined), \(likelihood)")
    let threaded = try model.amortizationGap(of: x, at: θ, steps: 250, draws: 8, threads: 2)
    #expect(threaded == result)
  }

  /// At the exact posterior there is nothing to gain, and the ascent loses nothing.
  @Test func exactEncoder() throws {
    let x: Rows<Double> = ToyRows.real(30, columns: 5, seed: 3, missing: 0)
    let pca = try ProbabilisticPCA.maximumLikelihood(of: x, latent: 2)
    let model = try VariationalAutoencoder<Double>(LinearAutoencoderTests.configuration)
    let gap = try model.amortizationGap(
      of: x, at: LinearAutoencoderTests.closedForm(pca, model.layout), steps: 100)
    #expect(gap.mean.magnitude < 0.01 + 4 * gap.standardError)
    for one in gap.gaps { #expect(one.magnitude < 0.1) }
  }

  /// Where several rows have their own q, none loses by it, in every family and with two layers.
  @Test(arguments: AutoencoderPosterior.allCases.filter { $0 != .point }) func families(
    posterior: AutoencoderPosterior
  ) throws {
    let x = ToyRows.binary(12, columns: 6, seed: 3, missing: 5)
    // Two flows behind each other with random parameters have draws without a variance.
    let layers = posterior == .planar ? [nil] : [nil, AutoencoderSecondLayer(latent: 1, hidden: [3])]
    for second in layers {
      let model = try VariationalAutoencoder<Double>(
        AutoencoderConfiguration(
          columns: 6, latent: 2, hidden: [4], posterior: posterior, flowSteps: 2, secondLayer: second))
      let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 5)
      let gap = try model.amortizationGap(of: x, at: θ, steps: 120)
      #expect(gap.mean > 2 * gap.standardError && gap.mean < 5, "\(gap.mean) ± \(gap.standardError)")
      let own = MonteCarloMean(
        try (0..<40).map { try model.bounds(of: x, at: θ, noise: RandomStream(seed: $0)).reduce(0, +) / 12 })
      #expect((gap.bounds.reduce(0, +) / 12 - own.value).magnitude < 0.15 + 5 * own.standardError)
    }
    let model = try VariationalAutoencoder<Double>(
      AutoencoderConfiguration(columns: 6, latent: 2, hidden: [4], posterior: posterior))
    let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 5)
    #expect(throws: InferenceError.self) { try model.amortizationGap(of: x, at: θ, steps: 0) }
    #expect(throws: InferenceError.self) { try model.amortizationGap(of: x, at: θ, draws: 0) }
    #expect(throws: InferenceError.self) { try model.amortizationGap(of: x, at: θ, learningRate: 0) }
  }
}
