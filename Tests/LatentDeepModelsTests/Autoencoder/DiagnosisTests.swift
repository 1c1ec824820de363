import LatentDeepModels
import LatentEvidence
import LatentModels
import LatentNumerics
import LatentTestSupport
import Testing

/// What is said of models that are made to be ill.
@Suite struct DiagnosisTests {
  /// The linear model at its maximum, where nothing is wrong.
  struct Healthy {
    let x: Rows<Double>
    let pca: ProbabilisticPCA
    let model: VariationalAutoencoder<Double>
    var θ: ParameterVector<Double>

    init() throws {
      x = ToyRows.real(120, columns: 5, seed: 3)
      pca = try ProbabilisticPCA.maximumLikelihood(of: x, latent: 2)
      model = try VariationalAutoencoder(LinearAutoencoderTests.configuration)
      θ = LinearAutoencoderTests.closedForm(pca, model.layout)
    }

    func findings() throws -> [AutoencoderFinding] { try model.diagnosis(of: x, at: θ).findings }
  }

  @Test func healthy() throws {
    let one = try Healthy()
    let diagnosis = try one.model.diagnosis(of: one.x, at: one.θ)
    #expect(diagnosis.findings.isEmpty && diagnosis.activeUnits == 2 && !diagnosis.isCollapsed)
    #expect(diagnosis.rows == 120)
    // Dimensions: means and deviations of the posterior, whose divergences have a closed form.
    let means = LinearAutoencoderTests.means(one.pca, one.x)
    let v = one.θ["encoder/logVariance"]
    for l in 0..<2 {
      let μ = means.column(l)
      let variance = MonteCarloMean(μ)
      let spread = μ.reduce(0) { $0 + ($1 - variance.value) * ($1 - variance.value) } / 120
      #expect((diagnosis.dimensions[l].varianceOfMeans - spread).magnitude < 1e-9 * spread)
      #expect((diagnosis.dimensions[l].deviation - Double.exp(v[0, l] / 2)).magnitude < 1e-9)
      let kl = μ.reduce(0) { $0 + 0.5 * ($1 * $1 + Double.exp(v[0, l]) - 1 - v[0, l]) } / 120
      #expect((diagnosis.dimensions[l].divergence - kl).magnitude < 1e-9 * kl)
    }
    // The decoder's use: (|x − μ − W m′|² − |x − μ − W m|²) / 2σ², with m the means of a row and m′ those of the next.
    let (W, μ, σ²) = (
      one.pca.parameters.loadings[0], one.pca.parameters.means.row(0), one.pca.parameters.noise[0, 0]
    )
    func distance(_ i: Int, _ k: Int) -> Double {
      (0..<5).reduce(0) { sum, j in
        let δ = one.x.values[i, j] - μ[j] - W[j, 0] * means[k, 0] - W[j, 1] * means[k, 1]
        return sum + δ * δ
      }
    }
    let exact =
      (0..<120).reduce(0) { $0 + (distance($1, ($1 + 1) % 120) - distance($1, $1)) / (2 * σ²) } / 120
    let mean = MonteCarloMean(
      try (0..<30).map {
        try one.model.diagnosis(of: one.x, at: one.θ, noise: RandomStream(seed: $0)).decoderUse!
      })
    #expect(mean.agrees(with: exact), "\(mean), exactly \(exact)")
    #expect((diagnosis.smallestRelativeVariance! - σ² / CellMoments(one.x).variance).magnitude < 1e-9)
    #expect(try one.model.diagnosis(of: one.x, at: one.θ, threads: 1) == diagnosis)
    #expect(try one.model.evaluate(one.x, at: one.θ, draws: 0).diagnosis == diagnosis)
    // One row has no neighbour.
    let single = try one.model.diagnosis(of: one.x.selecting([3]), at: one.θ)
    #expect(single.decoderUse == nil && single.decoderUseStandardError == nil)
  }

  @Test func collapsed() throws {
    var one = try Healthy()
    one.θ["encoder/posterior/weights"] = Matrix(rows: 5, columns: 2)
    #expect(try one.findings() == [.collapsed(dimensions: 2)])
    #expect(
      "\(AutoencoderFinding.collapsed(dimensions: 2))"
        == "None of 2 latent dimensions says anything of the rows (posterior collapse): every row gets the same q(z | x), and the decoder answers with the average row."
    )
    #expect(
      "\(AutoencoderFinding.collapsed(dimensions: 1))"
        == "The latent dimension says nothing of the rows (posterior collapse): every row gets the same q(z | x), and the decoder answers with the average row."
    )
    #expect(AutoencoderFinding.collapsed(dimensions: 2).remedies.first == .warmUp)
  }

  @Test func inactive() throws {
    var one = try Healthy()
    var weights = one.θ["encoder/posterior/weights"]
    for j in 0..<5 { weights[j, 1] = 0 }
    one.θ["encoder/posterior/weights"] = weights
    let found = try one.findings()
    #expect(found == [.inactive(dimensions: [1], of: 2)])
    #expect(
      "\(found[0])" == "1 of 2 latent dimensions carries nothing and costs nothing."
        && found[0].remedies.isEmpty)
    let most = AutoencoderFinding.inactive(dimensions: [0, 2], of: 3)
    #expect(
      "\(most)" == "2 of 3 latent dimensions carry nothing and cost nothing."
        && most.remedies.first == .warmUp)
  }

  @Test func ignored() throws {
    var one = try Healthy()
    one.θ["decoder/0/weights"] = Matrix(rows: 2, columns: 5)
    #expect(try one.findings() == [.ignoredByDecoder(nats: 0)])
    #expect(
      "\(AutoencoderFinding.ignoredByDecoder(nats: 0.00321))"
        == "The decoder ignores z: decoding rows from the latents of other rows costs 0.0032 nats.")
    // The estimate may come out below zero.
    for nats in [0, -0.19] {
      #expect(
        "\(AutoencoderFinding.ignoredByDecoder(nats: nats))"
          == "The decoder ignores z: decoding rows from the latents of other rows costs nothing.")
    }
  }

  @Test func exploding() throws {
    var one = try Healthy()
    var weights = one.θ["encoder/posterior/weights"]
    for j in 0..<5 { weights[j, 1] *= 30 }
    one.θ["encoder/posterior/weights"] = weights
    guard case .exploding(dimension: 1, let divergence) = try #require(one.findings().first) else {
      Issue.record("not exploding")
      return
    }
    #expect(divergence > 100)
    #expect(
      "\(AutoencoderFinding.exploding(dimension: 1, divergence: 432.1))"
        == "Latent dimension 2 costs 430 nats an observation: the encoder runs away from p(z), and numbers may overflow soon."
    )
  }

  @Test func parametersAndNoise() throws {
    var one = try Healthy()
    let σ² = one.pca.parameters.noise[0, 0]
    one.θ["decoder/logVariance"] = Matrix(rows: 1, columns: 1, repeating: Double.log(1e-7 * σ²))
    guard case .vanishingNoise(let ratio) = try #require(one.findings().first) else {
      Issue.record("no vanishing noise")
      return
    }
    #expect((ratio / (1e-7 * σ² / CellMoments(one.x).variance) - 1).magnitude < 1e-9)
    #expect(
      "\(AutoencoderFinding.vanishingNoise(relativeVariance: 1.234e-8))"
        == "A learned variance has shrunk to 1.2e-08 of its column's: the decoder meets a column exactly, and the bound has no maximum there."
    )
    one = try Healthy()
    var bias = one.θ["encoder/posterior/bias"]
    bias[0, 0] = -2e4
    one.θ["encoder/posterior/bias"] = bias
    #expect(try one.findings().first == .largeParameters(name: "encoder/posterior/bias", magnitude: 2e4))
    #expect(
      "\(AutoencoderFinding.largeParameters(name: "decoder/0/bias", magnitude: 21234))"
        == "The parameters decoder/0/bias have grown to 21000: training is about to diverge.")
    for finding: AutoencoderFinding in [
      .exploding(dimension: 0, divergence: 60), .largeParameters(name: "a", magnitude: 1e5),
      .vanishingNoise(relativeVariance: 1e-9), .ignoredByDecoder(nats: 0), .collapsed(dimensions: 3),
    ] { #expect(!finding.remedies.isEmpty) }
  }

  /// Weights of rows count, and the order of rows with holes does not.
  @Test func weights() throws {
    let x = ToyRows.binary(60, columns: 6, seed: 3, missing: 0, weighted: true)
    let model = try VariationalAutoencoder<Double>(
      AutoencoderConfiguration(columns: 6, latent: 2, hidden: [4]))
    let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 5)
    let repeated = (0..<60).flatMap { i in [Int](repeating: i, count: Int(2 * x.weight(of: i))) }
    let a = try model.diagnosis(of: x, at: θ)
    let b = try model.diagnosis(of: Rows(x.values.selecting(rows: repeated)), at: θ)
    for (a, b) in zip(a.dimensions, b.dimensions) {
      #expect(
        (a.divergence - b.divergence).magnitude < 1e-9
          && (a.varianceOfMeans - b.varianceOfMeans).magnitude < 1e-9)
    }
    // A row that lacks a cell moves to the end.
    var cells = x.values
    cells[0, 3] = .nan
    let weights = (0..<60).map { x.weight(of: $0) }
    let moved = try model.diagnosis(of: Rows(cells, weights: weights), at: θ)
    let order = Array(1..<60) + [0]
    let same = try model.diagnosis(
      of: Rows(cells.selecting(rows: order), weights: order.map { weights[$0] }), at: θ)
    #expect(moved == same)
  }
}
