import LatentDeepModels
import LatentEvidence
import LatentNumerics
import LatentTestSupport
import Testing

/// The gradient of a filter's bound by all parameters, against differences of the bound, in double precision.
@Suite struct FilterGradientTests {
  @Test(arguments: ToySequences.configurations) func bound(configuration: DeepFilterConfiguration) throws {
    let model = try DeepFilter<Double>(configuration)
    let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 5)
    let whole = ToySequences.real(
      lengths: [4, 4, 4], columns: 3, controls: configuration.controls, seed: 2)
    let ragged = ToySequences.real(
      lengths: [3, 5, 1, 4], columns: 3, controls: configuration.controls, seed: 3, missing: 6, weighted: true
    )
    for (name, x) in [("whole", whole), ("ragged", ragged)] {
      try checkModelGradient(model, on: x, at: θ, name: name) { $0.value }
      try checkModelGradient(
        model, on: x, at: θ, objective: ObjectiveWeights(masking: 0.5), name: "\(name), masked"
      ) { $0.value }
      try checkModelGradient(
        model, on: x, at: θ, objective: ObjectiveWeights(latentKL: 0.3), name: "\(name), β"
      ) {
        $0.reconstruction - 0.3 * $0.latentKL
      }
    }
  }

  /// c times the gradient of the bound, and (1 − c) times that of the entropy, which is half the sum of q's log variances: constants here, as
  /// the last layers of q's networks have no weights.
  @Test(arguments: [false, true]) func annealing(isDeepKalman: Bool) throws {
    let model = try DeepFilter<Double>(
      ToySequences.configuration { if isDeepKalman { $0.transition = .gaussian(hidden: []) } })
    var θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 5)
    for name in ["initial/1/weights", "recognition/0/weights"] {
      θ[name] = Matrix(rows: θ[name].rows, columns: θ[name].columns)
    }
    if isDeepKalman { θ["transition/0/weights"] = Matrix(rows: 3, columns: 4) }
    let x = ToySequences.real(lengths: [4, 2, 3], columns: 3, controls: 1, seed: 2, weighted: true)
    let (c, W) = (0.3, x.totalWeight)
    let transitions = (0..<3).reduce(0) { $0 + x.weight(of: $1) * Double(x.lengths[$1] - 1) }
    let (bound, whole) = try gradient(model, on: x, at: θ)
    let (same, cold) = try gradient(model, on: x, at: θ, objective: ObjectiveWeights(joint: c))
    #expect(bound == same, "the bound returned is the true one")
    for entry in model.layout.entries {
      for (k, i) in entry.reference.range.enumerated() {
        var entropy = 0.0
        switch entry.name {
        case "initial/1/bias": entropy = k < 2 ? 0 : 0.5 * W
        case "recognition/0/bias": entropy = k < 2 ? 0 : 0.5 * transitions
        case "initial/1/weights", "recognition/0/weights", "transition/0/weights": continue
        default: break
        }
        let expected = c * whole[i] + (1 - c) * entropy
        #expect(
          (cold[i] - expected).magnitude < 1e-9 * (1 + expected.magnitude),
          "\(entry.name)[\(k)]: \(cold[i]), \(expected)")
      }
    }
  }

  /// The divergence of the transition's weights, and its gradient.
  @Test func weightDivergence() throws {
    let s = 0.8
    let model = try DeepFilter<Double>(
      ToySequences.configuration {
        $0.transition = .locallyLinear(bases: 2, weights: .variational(deviation: s))
      })
    var θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 5)
    func divergence(_ g: UnsafeMutablePointer<Double>? = nil) throws -> Double {
      try θ.withUnsafeElements {
        try model.parameterKL(
          at: ParameterPoint(values: $0.baseAddress!), noise: RandomStream(seed: 1),
          subtractingGradientTimes: 0.5, from: g)
      }
    }
    // By quadrature of q ln (q / p), one weight after the other.
    let (means, logs) = (θ["transition/bases"], θ["transition/logVariance"])
    var expected = 0.0
    for i in 0..<means.rows {
      for l in 0..<means.columns {
        let (m, v) = (i % 5 == l ? 1.0 : 0.0, Double.exp(logs[i, l]))
        let steps = 4000
        for k in 0..<steps {
          let ε = -10 + 20 * (Double(k) + 0.5) / Double(steps)
          let value = means[i, l] + v.squareRoot() * ε
          let density = Double.exp(-0.5 * ε * ε) / (2 * Double.pi).squareRoot()
          let logQ = -0.5 * (ε * ε + Double.log(v))
          let logP = -0.5 * ((value - m) * (value - m) / (s * s) + 2 * Double.log(s))
          expected += 20 / Double(steps) * density * (logQ - logP)
        }
      }
    }
    #expect(try (divergence() - expected).magnitude < 1e-6 * expected)
    var g = [Double](repeating: 0, count: θ.count)
    _ = try g.withUnsafeMutableBufferPointer { try divergence($0.baseAddress!) }
    for name in ["transition/bases", "transition/logVariance"] {
      for i in model.layout[name]!.reference.range {
        let value = θ.withUnsafeElements { $0[i] }
        func at(_ h: Double) throws -> Double {
          θ.withUnsafeMutableElements { $0[i] = value + h }
          defer { θ.withUnsafeMutableElements { $0[i] = value } }
          return try divergence()
        }
        let slope = try (at(1e-4) - at(-1e-4)) / 2e-4
        #expect((g[i] + 0.5 * slope).magnitude < 1e-6 * (1 + slope.magnitude))
      }
    }
  }
}
