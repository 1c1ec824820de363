import LatentEvidence
import LatentNetworks
import LatentNumerics
import Testing

/// A tape as the workspace of a model: an auto-encoder of bars climbs through `GradientAscent`, with the same bits at any
/// number of threads.
@Suite struct TapeAscentTests {
  struct BarsModel: DifferentiableModel {
    typealias Scalar = Float
    let layout: ParameterLayout
    let encoder: MultilayerPerceptron
    let decoder: MultilayerPerceptron
    let readsRoundedParameters: Bool

    init(rounded: Bool) {
      var layout = ParameterLayout()
      encoder = MultilayerPerceptron("encoder", widths: [36, 20, 6], activation: .tanh, in: &layout)
      decoder = MultilayerPerceptron("decoder", widths: [3, 20, 36], activation: .relu, in: &layout)
      self.layout = layout
      readsRoundedParameters = rounded
    }

    var start: ParameterVector<Float> {
      var parameters = ParameterVector<Float>(layout)
      for layer in [encoder, decoder] { layer.initialize(&parameters, from: RandomStream(seed: 1)) }
      return parameters
    }

    func makeWorkspace() -> Tape<Float> { Tape(layout: layout) }

    func boundAndGradient(
      of rows: ArraySlice<Int>, in data: Rows<Float>, at p: ParameterPoint<Float>, noise: RandomStream,
      objective: ObjectiveWeights, workspace tape: inout Tape<Float>, into g: UnsafeMutablePointer<Float>?
    ) throws(InferenceError) -> Bound {
      tape.begin(at: p, gradient: g)
      let x = data.values.withUnsafeElements { tape.constant(rows: rows, of: $0.baseAddress!, columns: 36) }
      let q = encoder(x)
      let (mean, logVariance) = (q.columns(0..<3), q.columns(3..<6))
      let z = mean + (0.5 * logVariance).exp() * tape.normal(rows: rows, columns: 3, noise: noise)
      let reconstruction = decoder(z).logBernoulli(of: x)
      let divergence = mean.standardDivergence(logVariance: logVariance)
      if g != nil { tape.backward(from: reconstruction - divergence) }
      return Bound(
        reconstruction: Double(reconstruction.sum()[0, 0]), latentKL: Double(divergence.sum()[0, 0]),
        count: Double(rows.count), estimate: .monteCarlo(draws: 1))
    }
  }

  /// Images of 6 × 6 with one row or one column of ones.
  static let bars = Rows(
    Matrix<Float>(rows: 192, columns: 36) { target in
      for n in 0..<192 {
        for p in 0..<36 {
          let bar = n % 12
          let isOn = bar < 6 ? p / 6 == bar : p % 6 == bar - 6
          target.initializeElement(at: n * 36 + p, to: isOn ? 1 : 0)
        }
      }
    })

  func climb(threads: Int, rounded: Bool, passes: Int) throws -> (bounds: [Double], parameters: [Float]) {
    let model = BarsModel(rounded: rounded)
    let ascent = GradientAscent(
      model, try Adam(), learningRate: try ConstantRate(0.01), settings: try GradientSettings(batchSize: 48),
      using: RandomStream(seed: 5), threads: threads)
    var state = GradientAscent<BarsModel, Adam>.State(parameters: model.start)
    let bounds = try (0..<passes).map { _ in try ascent.step(&state, on: Self.bars).perObservation }
    return (bounds, state.parameters.withUnsafeElements { Array($0) })
  }

  /// Independent pixels, each on with probability 1/6, have −36 · 0.4506 = −16.2 nats an image; ln 12 = 2.5 nats would be
  /// the entropy of the bars.
  @Test func climbs() throws {
    let bounds = try climb(threads: 1, rounded: false, passes: 150).bounds
    #expect(bounds[0] < -18 && bounds[149] > -12 && bounds[149] < -2.4, "\(bounds[0]), \(bounds[149])")
  }

  @Test(arguments: [false, true]) func sameBitsAtAnyNumberOfThreads(rounded: Bool) throws {
    if rounded && !Tape<Float>.hasBFloat16Products { return }
    let one = try climb(threads: 1, rounded: rounded, passes: 3)
    for threads in [2, 3] {
      let other = try climb(threads: threads, rounded: rounded, passes: 3)
      #expect(other.bounds == one.bounds && other.parameters == one.parameters)
    }
  }
}
