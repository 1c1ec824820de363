import LatentDeepModels
import LatentEvidence
import LatentNumerics
import LatentTestSupport
import Testing

/// The importance-weighted bound against the evidence lower bound, and against integration over the latent.
@Suite struct ImportanceBoundTests {
  /// With one draw both are ln p(x, z) − ln q(z | x).
  @Test(arguments: AutoencoderPosterior.allCases.filter { $0 != .point }) func oneDrawIsTheEvidenceBound(
    posterior: AutoencoderPosterior
  ) throws {
    let x = ToyRows.binary(40, columns: 6, seed: 3, missing: 9)
    var configuration = AutoencoderConfiguration(
      columns: 6, latent: 3, hidden: [5], posterior: posterior, divergence: .sampled)
    let evidence = try VariationalAutoencoder<Double>(configuration)
    configuration.bound = .importance(draws: 1)
    let weighted = try VariationalAutoencoder<Double>(configuration)
    let θ = ToyRows.parameters(evidence.layout, seed: 4)
    let (a, b) = (try evidence.bounds(of: x, at: θ), try weighted.bounds(of: x, at: θ))
    for (a, b) in zip(a, b) { #expect((a - b).magnitude < 1e-12 * a.magnitude) }
  }

  /// More draws, a higher bound, and all of them below ln p(x), which a sum over a fine grid of a single latent gives.
  @Test func risesToTheLikelihood() throws {
    let x = ToyRows.binary(60, columns: 7, seed: 5, missing: 12)
    var configuration = AutoencoderConfiguration(columns: 7, latent: 1, hidden: [6])
    let θ = ToyRows.parameters(try VariationalAutoencoder<Double>(configuration).layout, seed: 6)
    let exact = try Self.integrated(x, VariationalAutoencoder<Double>(configuration), θ)
    var means: [MonteCarloMean] = []
    for k in [1, 4, 32] {
      configuration.bound = .importance(draws: k)
      let model = try VariationalAutoencoder<Double>(configuration)
      means.append(
        MonteCarloMean(
          try (0..<64).map { seed in
            try model.bounds(of: x, at: θ, noise: RandomStream(seed: UInt64(seed))).reduce(0, +)
          }))
    }
    let total = exact.reduce(0, +)
    for (low, high) in zip(means, means.dropFirst()) {
      #expect(high.value - low.value > 5 * (low.standardError + high.standardError), "\(low), \(high)")
    }
    #expect(means[2].value < total + 5 * means[2].standardError)
    #expect(means[2].value > total - 0.05 * Double(x.rows), "\(means[2]), exactly \(total)")
    // Many draws: row by row.
    let model = try VariationalAutoencoder<Double>(configuration)
    let estimate = try model.importanceLogLikelihood(of: x, at: θ, draws: 20_000)
    for (i, value) in estimate.logLikelihoods.enumerated() {
      let error = (1 / estimate.effectiveSampleSizes[i]).squareRoot()
      #expect((value - exact[i]).magnitude < 6 * error, "row \(i): \(value), exactly \(exact[i])")
      #expect((1...20_000.001).contains(estimate.effectiveSampleSizes[i]))
    }
  }

  /// The same with p(z) a mixture, learned or of pseudo-inputs, whose density on the grid is taken from its definition.
  @Test func mixturesAsPriors() throws {
    let x = ToyRows.binary(20, columns: 7, seed: 5, missing: 4)
    func normal(_ z: Double, _ m: Double, _ v: Double) -> Double {
      Double.exp(-0.5 * (z - m) * (z - m) / v) / (2 * Double.pi * v).squareRoot()
    }
    for prior in [AutoencoderPrior.mixture(components: 3), .vamp(components: 4)] {
      let model = try VariationalAutoencoder<Double>(
        AutoencoderConfiguration(columns: 7, latent: 1, hidden: [6], prior: prior))
      let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 6, scale: 0.5)
      let components: [(weight: Double, mean: Double, variance: Double)]
      if case .vamp = prior {
        // The posterior of rows that are the pseudo-inputs; they are no binary data, so of a model that takes any.
        let u = θ["prior/pseudoInputs"]
        let open = try VariationalAutoencoder<Double>(
          AutoencoderConfiguration(columns: 7, latent: 1, hidden: [6], likelihood: .gaussian(.fixed(1))))
        var φ = ParameterVector<Double>(open.layout)
        for entry in open.layout.entries { φ[entry.name] = θ[entry.name] }
        let cells = u.elements.map { 1 / (1 + Double.exp(-$0)) }
        let q = try open.posterior(of: Rows(Matrix(rows: 4, columns: 7, elements: cells)), at: φ)
        components = (0..<4).map { (0.25, q.means[$0, 0], q.deviations[$0, 0] * q.deviations[$0, 0]) }
      } else {
        let weights = θ["prior/logits"].elements.map { Double.exp($0) }
        let (m, v) = (θ["prior/means"], θ["prior/logVariances"])
        components = (0..<3).map { (weights[$0] / weights.reduce(0, +), m[$0, 0], Double.exp(v[$0, 0])) }
      }
      func density(_ z: Double) -> Double {
        components.reduce(0) { $0 + $1.weight * normal(z, $1.mean, $1.variance) }
      }
      let exact = try Self.integrated(x, model, θ, prior: density)
      let estimate = try model.importanceLogLikelihood(of: x, at: θ, draws: 20_000)
      // Where a few draws decide, their number says little of the error.
      let told = estimate.effectiveSampleSizes.indices.filter { estimate.effectiveSampleSizes[$0] > 1000 }
      #expect(told.count >= 10)
      for i in told {
        let value = estimate.logLikelihoods[i]
        let error = (1 / estimate.effectiveSampleSizes[i]).squareRoot()
        #expect((value - exact[i]).magnitude < 6 * error, "\(prior), row \(i): \(value), \(exact[i])")
      }
      // Draws of z have the mixture's moments.
      let z = try model.sample(20_000, at: θ, using: RandomStream(seed: 2)).latents.elements
      let mean = components.reduce(0) { $0 + $1.weight * $1.mean }
      let second = components.reduce(0) { $0 + $1.weight * ($1.variance + $1.mean * $1.mean) }
      #expect(MonteCarloMean(z).agrees(with: mean) && MonteCarloMean(z.map { $0 * $0 }).agrees(with: second))
      // A start from the data is one.
      let start = try model.initialParameters(for: x, using: RandomStream(seed: 1))
      #expect(try model.bounds(of: x, at: start).allSatisfy(\.isFinite))
    }
  }

  /// ln Σ p(x | z) p(z) Δ on a grid, in the order of the source.
  static func integrated(
    _ x: Rows<Double>, _ model: VariationalAutoencoder<Double>, _ θ: ParameterVector<Double>,
    prior: (Double) -> Double = { Double.exp(-$0 * $0 / 2) / (2 * Double.pi).squareRoot() }
  ) throws -> [Double] {
    let (step, reach) = (0.01, 9.0)
    let grid = Array(stride(from: -reach, through: reach, by: step))
    let means = try model.expectation(at: Matrix(rows: grid.count, columns: 1, elements: grid), θ)
    let sums = (0..<x.rows).map { i in
      var sum = 0.0
      for (g, z) in grid.enumerated() {
        var density = prior(z) * step
        for j in 0..<x.columns where !x.values[i, j].isNaN {
          density *= x.values[i, j] == 1 ? means[g, j] : 1 - means[g, j]
        }
        sum += density
      }
      return Double.log(sum)
    }
    return x.inSourceOrder(sums)
  }
}
