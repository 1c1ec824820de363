import LatentEvidence
import LatentNetworks
import LatentNumerics
import LatentTestSupport
import Testing

/// Layers: their gradients by every parameter and by the input, and how they start.
@Suite struct LayerTests {
  /// Checks a layer between an input that is a parameter too and a function that is not linear.
  func check(
    _ name: String, rows: Int, columns: Int, _ make: (inout ParameterLayout) -> some Layer,
    location: SourceLocation = #_sourceLocation
  ) {
    var layout = ParameterLayout()
    let layer = make(&layout)
    let input = layout.add("input", rows, columns)
    var parameters = ParameterVector<Double>(layout)
    layer.initialize(&parameters, from: RandomStream(seed: 6))
    var stream = RandomStream(seed: 7)
    // Biases and gains away from where they start.
    parameters.withUnsafeMutableElements { p in
      for entry in layout.entries {
        for i in entry.reference.range { p[i] += (entry.name == "input" ? 1 : 0.2) * stream.normal() }
      }
    }
    checkGradient(name, at: parameters, step: 3e-4, sourceLocation: location) {
      layer($0.parameter(input)).tanh()
    }
  }

  @Test func linear() {
    check("linear", rows: 4, columns: 5) { Linear("layer", from: 5, to: 3, in: &$0) }
    check("without bias", rows: 4, columns: 5) { Linear("layer", from: 5, to: 3, bias: false, in: &$0) }
  }

  @Test(arguments: Activation.allCases) func perceptron(activation: Activation) {
    check("perceptron, \(activation)", rows: 4, columns: 5) {
      MultilayerPerceptron("net", widths: [5, 7, 6, 3], activation: activation, in: &$0)
    }
    check("activated output", rows: 4, columns: 5) {
      MultilayerPerceptron("net", widths: [5, 3], activation: activation, activatesOutput: true, in: &$0)
    }
  }

  @Test func convolutions() {
    let image = FeatureShape(height: 5, width: 6, channels: 2)
    check("convolution", rows: 2, columns: image.count) {
      Convolution(
        "c", ConvolutionShape(from: image, channels: 3, kernel: (3, 3), stride: 2, padding: 1), in: &$0)
    }
    check("transposed convolution", rows: 2, columns: image.count) {
      TransposedConvolution(
        "t", ConvolutionShape(enlarging: image, channels: 2, kernel: (3, 4), stride: 2, padding: 1), in: &$0)
    }
  }

  @Test func layerNorm() {
    check("layer normalisation", rows: 4, columns: 9) { LayerNorm("n", width: 9, in: &$0) }
  }

  @Test func namesAndShapes() {
    var layout = ParameterLayout()
    _ = MultilayerPerceptron("encoder", widths: [784, 500, 40], activation: .tanh, in: &layout)
    _ = Convolution("c", ConvolutionTests.shapes[2], in: &layout)
    _ = LayerNorm("n", width: 9, in: &layout)
    #expect(
      layout.entries.map(\.name) == [
        "encoder/0/weights", "encoder/0/bias", "encoder/1/weights", "encoder/1/bias", "c/kernel", "c/bias",
        "n/gain", "n/shift",
      ])
    #expect(layout["encoder/1/weights"]?.shape == [500, 40])
    #expect(layout["c/kernel"]?.shape == [32, 3, 3, 16])
  }

  @Test func dropout() {
    let tape = Tape<Double>()
    tape.begin()
    let x = tape.constant(Matrix<Double>(rows: 400, columns: 250, repeating: 1))
    let layer = Dropout(rate: 0.3)
    let y = layer(x, rows: 0..<400, noise: RandomStream(seed: 1)).value.elements
    let kept = 65536 / (65536 - (0.3 * 65536).rounded())
    #expect(y.allSatisfy { $0 == 0 || ($0 - kept).magnitude < 1e-15 })
    let mean = MonteCarloMean(y)
    #expect(mean.agrees(with: 1), "\(mean)")
    #expect(layer(x, rows: 0..<400, noise: nil).value.elements.allSatisfy { $0 == 1 })
    #expect(Dropout(rate: 0)(x, rows: 0..<400, noise: RandomStream(seed: 1)).value == x.value)
  }
}

/// Initial weights: moments, range, orthogonality, and independence of the layers.
@Suite struct InitialWeightsTests {
  static let cases: [(InitialWeights, Double)] = [
    (.glorotUniform, 2.0 / 300), (.glorotNormal, 2.0 / 300), (.heUniform, 2.0 / 200), (.heNormal, 2.0 / 200),
    (.normal(deviation: 0.3), 0.09),
  ]

  @Test(arguments: cases.indices) func moments(index: Int) {
    let (initial, variance) = Self.cases[index]
    let w = initial.weights(rows: 200, columns: 100, from: RandomStream(seed: 3)).elements
    let mean = MonteCarloMean(w)
    let square = MonteCarloMean(w.map { $0 * $0 })
    #expect(mean.agrees(with: 0), "\(mean)")
    #expect(square.agrees(with: variance), "\(square), not \(variance)")
    if initial == .glorotUniform || initial == .heUniform {
      let limit = (3 * variance).squareRoot()
      #expect(w.allSatisfy { $0.magnitude <= limit } && w.contains { $0 > 0.99 * limit })
    }
  }

  @Test(arguments: [(7, 7), (30, 11), (11, 30), (1, 5)]) func orthogonal(rows: Int, columns: Int) {
    let w = InitialWeights.orthogonal(gain: 2).weights(
      rows: rows, columns: columns, from: RandomStream(seed: 3))
    let (few, many) = (Swift.min(rows, columns), Swift.max(rows, columns))
    for a in 0..<few {
      for b in 0..<few {
        let product = (0..<many).reduce(0.0) {
          $0 + (rows >= columns ? w[$1, a] * w[$1, b] : w[a, $1] * w[b, $1])
        }
        #expect((product - (a == b ? 4 : 0)).magnitude < 1e-13)
      }
    }
  }

  /// Uniformly distributed: no element of a 2 × 2 rotation or reflection prefers a sign.
  @Test func orthogonalIsUniform() {
    let draws = (0..<4000).map {
      InitialWeights.orthogonal(gain: 1).weights(
        rows: 2, columns: 2, from: RandomStream(seed: 5).substream($0))
    }
    for (i, j) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
      #expect(MonteCarloMean(draws.map { $0[i, j] }).agrees(with: 0))
      #expect(MonteCarloMean(draws.map { $0[i, j] * $0[i, j] }).agrees(with: 0.5))
    }
    let determinants = draws.map { $0[0, 0] * $0[1, 1] - $0[0, 1] * $0[1, 0] }
    #expect(MonteCarloMean(determinants).agrees(with: 0))
  }

  @Test func layersDiffer() {
    var layout = ParameterLayout()
    let net = MultilayerPerceptron("net", widths: [6, 6, 6], activation: .tanh, in: &layout)
    var p = ParameterVector<Float>(layout)
    net.initialize(&p, from: RandomStream(seed: 2))
    #expect(p["net/0/weights"] != p["net/1/weights"])
    var again = ParameterVector<Float>(layout)
    net.initialize(&again, from: RandomStream(seed: 2))
    #expect(p == again)
  }
}
