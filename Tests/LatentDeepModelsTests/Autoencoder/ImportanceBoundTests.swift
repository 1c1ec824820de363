import LatentDeepModels
import LatentEvidence
import LatentNumerics
import LatentTestSupport
import Testing

/// The importance-weighted bound against the evidence lower bound, and against integration over the latent.
@Suite struct ImportanceBoundTests {
  /// With one draw both are ln p(x, z) − ln q(z | x).
  @Test(arguments: AutoencoderPosterior.allCases) func oneDrawIsTheEvidenceBound(
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

  /// ln Σ p(x | z) p(z) Δ on a grid, in the order of the source.
  static func integrated(
    _ x: Rows<Double>, _ model: VariationalAutoencoder<Double>, _ θ: ParameterVector<Double>
  ) throws -> [Double] {
    let (step, reach) = (0.01, 9.0)
    let grid = Array(stride(from: -reach, through: reach, by: step))
    let means = try model.expectation(at: Matrix(rows: grid.count, columns: 1, elements: grid), θ)
    let sums = (0..<x.rows).map { i in
      var sum = 0.0
      for (g, z) in grid.enumerated() {
        var density = Double.exp(-z * z / 2) / (2 * Double.pi).squareRoot() * step
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
