// W, μ, σ² those of probabilistic PCA; M = I + Wᵀ W / σ²

import LatentDeepModels
import LatentEvidence
import LatentModels
import LatentNetworks
import LatentNumerics
import LatentTestSupport
import Testing

/// The linear Gaussian auto-encoder is probabilistic PCA (Lucas, Tucker, Grosse & Norouzi, 2019): known posteriors, known maxima.
@Suite struct LinearAutoencoderTests {
  static let configuration = AutoencoderConfiguration(
    columns: 5, latent: 2, hidden: [], likelihood: .gaussian(.shared), posterior: .constantDiagonal)

  /// The decoder of the closed form, and the encoder of its posterior: 𝒩(M⁻¹ Wᵀ (x − μ) / σ², M⁻¹), with M diagonal as W's
  /// columns are orthogonal.
  static func closedForm(
    _ pca: ProbabilisticPCA, _ layout: ParameterLayout
  ) -> ParameterVector<Double> {
    let (W, μ, σ²) = (
      pca.parameters.loadings[0], pca.parameters.means.row(0), pca.parameters.noise[0, 0]
    )
    var θ = ParameterVector<Double>(layout)
    var (encoder, shift) = (Matrix<Double>(rows: 5, columns: 2), Matrix<Double>(rows: 1, columns: 2))
    var v = Matrix<Double>(rows: 1, columns: 2)
    for l in 0..<2 {
      let M = 1 + (0..<5).reduce(0) { $0 + W[$1, l] * W[$1, l] } / σ²
      v[0, l] = -Double.log(M)
      for j in 0..<5 {
        encoder[j, l] = W[j, l] / σ² / M
        shift[0, l] -= encoder[j, l] * μ[j]
      }
    }
    θ["encoder/posterior/weights"] = encoder
    θ["encoder/posterior/bias"] = shift
    θ["encoder/logVariance"] = v
    θ["decoder/0/weights"] = W.transposed()
    θ["decoder/0/bias"] = Matrix([μ])
    θ["decoder/logVariance"] = Matrix(rows: 1, columns: 1, repeating: Double.log(σ²))
    return θ
  }

  /// With the exact posterior ln p(x, z) − ln q(z | x) is ln p(x) at every z: no draw changes it.
  @Test func exactPosteriorGivesTheLikelihood() throws {
    let x: Rows<Double> = ToyRows.real(80, columns: 5, seed: 3)
    let pca = try ProbabilisticPCA.maximumLikelihood(of: x, latent: 2)
    for bound in [AutoencoderBound.evidence(draws: 1), .evidence(draws: 3), .importance(draws: 7)] {
      var configuration = Self.configuration
      configuration.bound = bound
      configuration.divergence = .sampled
      let model = try VariationalAutoencoder<Double>(configuration)
      let θ = Self.closedForm(pca, model.layout)
      for seed in 0..<3 {
        let bounds = try model.bounds(of: x, at: θ, noise: RandomStream(seed: UInt64(seed)))
        #expect((bounds.reduce(0, +) - pca.bound.value).magnitude < 1e-9 * pca.bound.value.magnitude)
      }
      let estimate = try model.importanceLogLikelihood(of: x, at: θ, draws: 300)
      #expect((80 * estimate.mean - pca.bound.value).magnitude < 1e-9 * pca.bound.value.magnitude)
      #expect(estimate.effectiveSampleSizes.allSatisfy { ($0 - 300).magnitude < 1e-6 })
    }
    // In closed form the divergence is exact, the reconstruction is not.
    let model = try VariationalAutoencoder<Double>(Self.configuration)
    let θ = Self.closedForm(pca, model.layout)
    let mean = MonteCarloMean(
      try (0..<200).map { try model.bounds(of: x, at: θ, noise: RandomStream(seed: $0)).reduce(0, +) })
    #expect(mean.standardError > 0 && mean.agrees(with: pca.bound.value), "\(mean), \(pca.bound.value)")
    // Its posterior is that of the factor model.
    let q = try model.posterior(of: x, at: θ)
    let rows = Self.means(pca, x)
    for i in 0..<80 { for l in 0..<2 { #expect((q.means[i, l] - rows[i, l]).magnitude < 1e-10) } }
  }

  /// E[z | x] = (Wᵀ W + σ² I)⁻¹ Wᵀ (x − μ), by two equations in two unknowns.
  static func means(_ pca: ProbabilisticPCA, _ x: Rows<Double>) -> Matrix<Double> {
    let (W, μ, σ²) = (
      pca.parameters.loadings[0], pca.parameters.means.row(0), pca.parameters.noise[0, 0]
    )
    func dot(_ a: Int, _ b: Int) -> Double { (0..<5).reduce(0) { $0 + W[$1, a] * W[$1, b] } }
    let (a, b, d) = (dot(0, 0) + σ², dot(0, 1), dot(1, 1) + σ²)
    var result = Matrix<Double>(rows: x.rows, columns: 2)
    for i in 0..<x.rows {
      let r = (0..<2).map { l in (0..<5).reduce(0) { $0 + W[$1, l] * (x.values[i, $1] - μ[$1]) } }
      result[i, 0] = (d * r[0] - b * r[1]) / (a * d - b * b)
      result[i, 1] = (a * r[1] - b * r[0]) / (a * d - b * b)
    }
    return result
  }

  /// Gradient ascent from random weights reaches the maximum of the likelihood: with the same variances for all rows, and with a
  /// full covariance, which has the posterior in any rotation.
  @Test(arguments: [AutoencoderPosterior.constantDiagonal, .full])
  func reachesPrincipalComponents(posterior: AutoencoderPosterior) async throws {
    let x: Rows<Double> = ToyRows.real(200, columns: 5, seed: 3)
    let maximum = try ProbabilisticPCA.maximumLikelihood(of: x, latent: 2).bound.value
    var configuration = Self.configuration
    configuration.posterior = posterior
    configuration.divergence = .sampled
    configuration.bound = .evidence(draws: 4)
    let model = try VariationalAutoencoder<Double>(configuration)
    let ascent = GradientAscent(
      model, try Adam(), learningRate: try CosineRate(peak: 0.03, steps: 6000),
      settings: try GradientSettings(batchSize: 100), using: RandomStream(seed: 1), threads: 2)
    let start = try model.initialParameters(for: x, using: RandomStream(seed: 2))
    let result = try await Fit(
      ascent, on: x, stopping: StoppingRule(tolerance: 0, maximumIterations: 3000)
    ) { (_) throws(InferenceError) in .init(parameters: start) }.run()
    let mean = MonteCarloMean(
      try (0..<30).map {
        try model.bounds(of: x, at: result.state.parameters, noise: RandomStream(seed: $0)).reduce(0, +)
      })
    #expect(mean.value < maximum + 5 * mean.standardError + 1e-9 * maximum.magnitude)
    #expect(mean.value > maximum - 0.01 * 200, "\(mean), the maximum is \(maximum)")
    #expect((result.bound.value - mean.value).magnitude < 0.01 * 200)
  }

  /// A missing cell is not there: the same bound, row by row, as without its column.
  @Test func missingCells() throws {
    for configuration in [
      AutoencoderConfiguration(columns: 5, latent: 2, hidden: [4], likelihood: .gaussian(.columns)),
      AutoencoderConfiguration(columns: 5, latent: 2, hidden: [4], likelihood: .bernoulli, posterior: .full),
    ] {
      let whole: Rows<Double> =
        configuration.likelihood == .bernoulli
        ? ToyRows.binary(30, columns: 5, seed: 7) : ToyRows.real(30, columns: 5, seed: 7)
      var cells = whole.values
      for i in 0..<30 { cells[i, 2] = .nan }
      let kept = [0, 1, 3, 4]
      var small = configuration
      small.columns = 4
      let (model, other) = (
        try VariationalAutoencoder<Double>(configuration), try VariationalAutoencoder<Double>(small)
      )
      let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 5)
      var φ = ParameterVector<Double>(other.layout)
      for entry in other.layout.entries {
        let value = θ[entry.name]
        φ[entry.name] =
          entry.name == "encoder/0/weights"
          ? value.selecting(rows: kept)
          : entry.shape == θ.layout[entry.name]?.shape ? value : value.selecting(columns: kept)
      }
      let a = try model.bounds(of: Rows(cells), at: θ)
      let b = try other.bounds(of: Rows(whole.values.selecting(columns: kept)), at: φ)
      for (a, b) in zip(a, b) { #expect((a - b).magnitude < 1e-12 * (1 + a.magnitude)) }
    }
  }
}
