// s the deviation of the prior, P the number of weights that have it

import LatentDeepModels
import LatentEvidence
import LatentNetworks
import LatentNumerics
import LatentTestSupport
import Testing

/// A normal prior on the decoder's weights and biases.
@Suite struct WeightPriorTests {
  static func model(_ s: Double?, second: Bool = false) throws -> VariationalAutoencoder<Double> {
    try VariationalAutoencoder(
      AutoencoderConfiguration(
        columns: 5, latent: 2, hidden: [4], likelihood: .gaussian(.columns), prior: .mixture(components: 2),
        secondLayer: second ? AutoencoderSecondLayer(latent: 1, hidden: [3]) : nil, weightPrior: s))
  }

  /// −ln p(θ) is the sum of −ln 𝒩(θ | 0, s²) over those weights alone, and its gradient that by differences.
  @Test(arguments: [false, true]) func density(second: Bool) throws {
    let s = 0.7
    let model = try Self.model(s, second: second)
    var θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 4)
    let names =
      ["decoder/0/weights", "decoder/0/bias", "decoder/1/weights", "decoder/1/bias"]
      + (second ? ["decoder2/0/weights", "decoder2/0/bias", "decoder2/1/weights", "decoder2/1/bias"] : [])
    func value(_ g: UnsafeMutablePointer<Double>? = nil, scale: Double = 0) throws -> Double {
      try θ.withUnsafeElements {
        try model.parameterKL(
          at: ParameterPoint(values: $0.baseAddress!), noise: RandomStream(seed: 1),
          subtractingGradientTimes: scale, from: g)
      }
    }
    let expected = names.reduce(0.0) { sum, name in
      θ[name].elements.reduce(sum) { sum, w in
        sum - Double.log(Double.exp(-w * w / (2 * s * s)) / (s * (2 * Double.pi).squareRoot()))
      }
    }
    #expect((try value() - expected).magnitude < 1e-10 * expected.magnitude)
    var g = [Double](repeating: 1, count: θ.count)
    _ = try g.withUnsafeMutableBufferPointer { try value($0.baseAddress!, scale: 0.25) }
    for entry in model.layout.entries {
      for i in entry.reference.range {
        let start = θ.withUnsafeElements { $0[i] }
        func at(_ shift: Double) throws -> Double {
          θ.withUnsafeMutableElements { $0[i] = start + shift }
          return try value()
        }
        let slope = try (at(1e-3) - at(-1e-3)) / 2e-3
        θ.withUnsafeMutableElements { $0[i] = start }
        #expect((g[i] - (1 - 0.25 * slope)).magnitude < 1e-6, "\(entry.name)")
        #expect((slope != 0) == names.contains(entry.name), "\(entry.name)")
      }
    }
    #expect(
      try Self.model(nil).parameterKL(
        at: ParameterPoint(values: [0.0]), noise: RandomStream(seed: 1), subtractingGradientTimes: 1,
        from: nil) == 0)
  }

  /// It enters the bound of a fit once, and pulls the decoder's weights to 0.
  @Test func fits() async throws {
    let x: Rows<Double> = ToyRows.real(60, columns: 5, seed: 3)
    var norms: [Double] = []
    for s in [nil, 0.05] {
      let model = try Self.model(s)
      let ascent = GradientAscent(
        model, try Adam(), learningRate: try ConstantRate(0.02),
        settings: try GradientSettings(batchSize: 30),
        using: RandomStream(seed: 1), threads: 1)
      let start = try model.initialParameters(for: x, using: RandomStream(seed: 2))
      let result = try await Fit(
        ascent, on: x, stopping: StoppingRule(tolerance: 0, maximumIterations: 100)
      ) { (_) throws(InferenceError) in .init(parameters: start) }.run()
      let θ = result.state.parameters
      norms.append(
        ["decoder/0/weights", "decoder/1/weights"].reduce(0) {
          $0 + θ[$1].elements.reduce(0) { $0 + $1 * $1 }
        })
      let expected = try θ.withUnsafeElements {
        try model.parameterKL(
          at: ParameterPoint(values: $0.baseAddress!), noise: RandomStream(seed: 1),
          subtractingGradientTimes: 0,
          from: nil)
      }
      #expect((result.bound.parameterKL - expected).magnitude < 1e-9 * (1 + expected.magnitude))
      #expect((expected == 0) == (s == nil))
    }
    #expect(norms[1] < 0.2 * norms[0], "\(norms)")
  }
}
