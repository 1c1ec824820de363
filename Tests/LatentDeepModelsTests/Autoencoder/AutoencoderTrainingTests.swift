import CLatentTestSupport
import LatentData
import LatentDeepModels
import LatentEvidence
import LatentFiles
import LatentModels
import LatentNetworks
import LatentNumerics
import LatentTestSupport
import Testing

/// Training through the same `Fit` as every other model: threads, checkpoints, files, and digits.
@Suite struct AutoencoderTrainingTests {
  typealias Model = VariationalAutoencoder<Float>

  static let configuration = AutoencoderConfiguration(
    columns: 9, latent: 2, hidden: [8], binarization: .stochastic)

  /// Probabilities, some of them 0 or 1, some missing.
  static let probabilities: Rows<Float> = ToyRows.real(
    150, columns: 9, seed: 4, missing: 30, weighted: true, as: Float.self
  ) { min(max(0.5 + 0.6 * $0, 0), 1) }

  func ascent(
    _ configuration: AutoencoderConfiguration, threads: Int, batchesPerStep: Int? = nil
  ) throws -> GradientAscent<Model, Adam> {
    GradientAscent(
      try Model(configuration), try Adam(), learningRate: try ConstantRate(0.01),
      settings: try GradientSettings(batchSize: 50, batchesPerStep: batchesPerStep),
      using: RandomStream(seed: 8), threads: threads)
  }

  /// The same bits at any number of threads, and after an interruption.
  @Test(arguments: [
    (AutoencoderPosterior.diagonal, AutoencoderBound.evidence(draws: 1)),
    (.full, .evidence(draws: 2)), (.planar, .evidence(draws: 1)),
    (.rankOne, .importance(draws: 3, gradient: .doublyReparametrized)),
    (.constantDiagonal, .importance(draws: 2)),
  ]) func contract(posterior: AutoencoderPosterior, bound: AutoencoderBound) async throws {
    var configuration = Self.configuration
    configuration.posterior = posterior
    configuration.bound = bound
    if posterior == .constantDiagonal {
      configuration.secondLayer = AutoencoderSecondLayer(latent: 2, hidden: [3])
      configuration.weightPrior = 1
    }
    let model = try Model(configuration)
    for batches in [nil, 2] {
      try await checkSteps(
        "\(configuration)", on: Self.probabilities, restarts: 2,
        stopping: StoppingRule(tolerance: 0, maximumIterations: 4),
        ascent: { try! ascent(configuration, threads: $0, batchesPerStep: batches) }
      ) { (restart) throws(InferenceError) in
        .init(
          parameters: try model.initialParameters(
            for: Self.probabilities, using: RandomStream(seed: UInt64(restart))))
      }
    }
  }

  /// Fresh cells: 0 or 1 with the probability of the data, drawn anew by the noise, by row, however rows are taken together.
  @Test func freshBinaryCells() throws {
    let configuration = AutoencoderConfiguration(
      columns: 9, latent: 1, hidden: [], binarization: .stochastic)
    let model = try VariationalAutoencoder<Double>(configuration)
    var x = Matrix<Double>(rows: 3, columns: 9)
    for i in 0..<3 { for j in 0..<9 { x[i, j] = j == 0 ? 0 : j == 1 ? 1 : Double(9 * i + j) / 30 } }
    // An encoder that hands on one cell shows what was drawn.
    for j in 0..<9 {
      var θ = ParameterVector<Double>(model.layout)
      var weights = Matrix<Double>(rows: 9, columns: 2)
      weights[j, 0] = 1
      θ["encoder/posterior/weights"] = weights
      var draws = [[Double]](repeating: [], count: 3)
      for seed in 0..<600 {
        let q = try model.posterior(of: Rows(x), at: θ, noise: RandomStream(seed: UInt64(seed)), threads: 1)
        for i in 0..<3 { draws[i].append(q.means[i, 0]) }
      }
      for i in 0..<3 {
        #expect(draws[i].allSatisfy { $0 == 0 || $0 == 1 })
        let mean = MonteCarloMean(draws[i])
        #expect(mean.agrees(with: x[i, j]), "cell \(i), \(j): \(mean), \(x[i, j])")
      }
    }
    let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 2)
    let whole = try gradient(model, on: Rows(x), at: θ).0
    var parts = Bound.zero
    for i in [2, 0, 1] { parts += try gradient(model, on: Rows(x), rows: [i], at: θ).0 }
    #expect((whole.value - parts.value).magnitude < 1e-12 * whole.value.magnitude)
    #expect(try gradient(model, on: Rows(x), at: θ, noise: RandomStream(seed: 6)).0 != whole)
  }

  /// Rows' bounds add up to the ascent's, weights and all, in the order of the source.
  @Test func boundsOfRows() throws {
    let x = ToyRows.binary(70, columns: 6, seed: 3, missing: 40, weighted: true, as: Double.self)
    let model = try VariationalAutoencoder<Double>(
      AutoencoderConfiguration(columns: 6, latent: 2, hidden: [5], bound: .evidence(draws: 2)))
    let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 2)
    let ascent = GradientAscent(
      model, SGD(), learningRate: try ConstantRate(1), settings: try GradientSettings(batchSize: 30),
      using: RandomStream(seed: 1), threads: 2)
    let noise = RandomStream(seed: 12)
    let total = try ascent.bound(at: θ, of: x, noise: noise)
    let rows = try model.bounds(of: x, at: θ, noise: noise)
    let weights = x.inSourceOrder((0..<70).map { x.weight(of: $0) })
    let sum = zip(rows, weights).reduce(0) { $0 + $1.0 * $1.1 }
    #expect((sum - total.value).magnitude < 1e-10 * total.value.magnitude)
    #expect(rows == (try model.bounds(of: x, at: θ, noise: noise, threads: 1)))
    let evaluation = try model.evaluate(x, at: θ, draws: 50, noise: noise)
    #expect((evaluation.bound.value - total.value).magnitude < 1e-10 * total.value.magnitude)
    #expect(evaluation.bound.estimate == .monteCarlo(draws: 2) && evaluation.bound.count == x.totalWeight)
    #expect((evaluation.bound.latentKL - total.latentKL).magnitude < 1e-10 * total.latentKL)
    let divergences = evaluation.dimensions.reduce(0) { $0 + $1.divergence }
    #expect((divergences * x.totalWeight - total.latentKL).magnitude < 1e-9 * total.latentKL)
    #expect(evaluation.importance!.bound > evaluation.bound.perObservation)
    // The source's first row alone.
    let first = x.inSourceOrder(Array(0..<70))[0]
    #expect(
      rows[0] == (try model.bounds(of: x, at: θ, noise: noise))[0]
        && rows[x.sourceIndex(of: first)] == rows[0])
  }

  /// A model file gives back the same model; one of another kind, or with parts that do not belong together, is refused.
  @Test func files() throws {
    let x = ToyRows.binary(20, columns: 6, seed: 3, as: Float.self)
    for configuration in [
      AutoencoderConfiguration(columns: 6, latent: 2, hidden: [5, 4], posterior: .rankOne),
      AutoencoderConfiguration(
        columns: 6, latent: 2, hidden: [], likelihood: .gaussian(.fixed(0.25)),
        bound: .importance(draws: 2, gradient: .doublyReparametrized)),
      AutoencoderConfiguration(
        columns: 6, latent: 2, hidden: [3], posterior: .planar, prior: .mixture(components: 3),
        condition: [1, 4],
        convolution: AutoencoderConvolution(
          image: .init(height: 2, width: 2), channels: [3], kernel: 2, stride: 1)),
      AutoencoderConfiguration(
        columns: 6, latent: 2, hidden: [3], likelihood: .categorical(levels: [2, 2, 2, 2, 2, 5]),
        prior: .vamp(components: 2), divergence: .sampled),
    ] {
      let model = try Model(configuration)
      let θ = ToyRows.parameters(model.layout, seed: 3, as: Float.self)
      let description = FitDescription(
        model: "vae", inference: "gradient", components: 1, dimensions: 6, latent: 2, seed: 1,
        precision: Float.precisionName, observations: 20,
        bound: Bound(reconstruction: -80, latentKL: 2, count: 20, estimate: .monteCarlo(draws: 1)),
        iterations: 3, outcome: .budgetExhausted, freeParameters: model.layout.parameterCount)
      let fitted = FittedAutoencoder(model: model, parameters: θ, description: description)
      let bytes = try fitted.archive().encoded()
      let read = try FittedAutoencoder<Float>(from: Archive(decoding: bytes))
      #expect(read.configuration == configuration && read.parameters == θ && read.description == description)
      #expect(try read.model.bounds(of: x, at: read.parameters) == model.bounds(of: x, at: θ))
      let double = try FittedAutoencoder<Double>(from: Archive(decoding: bytes))
      #expect(double.parameters == θ.converted(to: Double.self))
      #expect(throws: FileError.self) { try FittedAutoencoder<Float>(from: Archive(kind: "gmm")) }
      var other = description
      other.latent = 3
      #expect(throws: FileError.self) {
        try FittedAutoencoder<Float>(
          from: FittedAutoencoder(model: model, parameters: θ, description: other).archive())
      }
    }
  }

  /// Data and configurations that make no model.
  @Test func refusals() throws {
    let model = try VariationalAutoencoder<Double>(
      AutoencoderConfiguration(columns: 2, latent: 1, hidden: []))
    func error(_ cells: [[Double]], _ model: VariationalAutoencoder<Double>) -> InferenceError? {
      do throws(InferenceError) {
        try model.validate(Rows(Matrix(cells)))
        return nil
      } catch { return error }
    }
    #expect(error([[0, 1], [.nan, 1]], model) == nil)
    #expect(error([[.nan, 1], [1, 0.5]], model) == .notBinary(row: 1, column: 1, value: 0.5))
    #expect(error([[1, 0, 1]], model) == .wrongWidth(expected: 2, actual: 3))
    #expect(error([], model) == .tooFewRows(rows: 0, needed: 1))
    let fresh = try VariationalAutoencoder<Double>(
      AutoencoderConfiguration(columns: 2, latent: 1, hidden: [], binarization: .stochastic))
    #expect(error([[0.5, 1]], fresh) == nil)
    #expect(
      error([[0.5, 1], [0.5, 1.5]], fresh)
        == .unsuitable(row: 1, column: 1, value: 1.5, requirement: "a probability, between 0 and 1"))
    let gaussian = try VariationalAutoencoder<Double>(
      AutoencoderConfiguration(columns: 2, latent: 1, hidden: [], likelihood: .gaussian(.shared)))
    #expect(error([[0.5, -.infinity]], gaussian) == .notFinite(quantity: "value", row: 0))
    let bad: [(inout AutoencoderConfiguration) -> Void] = [
      { $0.latent = 0 }, { $0.columns = 0 }, { $0.hidden = [3, 0] }, { $0.bound = .evidence(draws: 0) },
      { $0.likelihood = .gaussian(.fixed(0)) }, { $0.condition = [0, 1] }, { $0.condition = [1, 0] },
      { $0.condition = [2] }, { $0.likelihood = .categorical(levels: [2]) },
      { $0.likelihood = .categorical(levels: [2, 0]) }, { $0.likelihood = .discretizedLogistic(levels: 1) },
      { $0.prior = .mixture(components: 0) },
      {
        $0.prior = .mixture(components: 2)
        $0.divergence = .closed
      },
      {
        $0.posterior = .full
        $0.prior = .vamp(components: 2)
      },
      {
        $0.posterior = .planar
        $0.divergence = .closed
      },
      {
        $0.posterior = .planar
        $0.flowSteps = 0
      },
      {
        $0.posterior = .point
        $0.bound = .importance(draws: 2)
      }, { $0.convolution = AutoencoderConvolution(image: .init(height: 2, width: 2)) },
      { $0.convolution = AutoencoderConvolution(image: .init(height: 1, width: 2)) },
      {
        $0.likelihood = .gaussian(.shared); $0.binarization = .stochastic
      },
      {
        $0.secondLayer = AutoencoderSecondLayer(latent: 1)
        $0.bound = .importance(draws: 2, gradient: .doublyReparametrized)
      }, { $0.secondLayer = AutoencoderSecondLayer(latent: 0) },
      { $0.secondLayer = AutoencoderSecondLayer(latent: 1, hidden: [0]) },
      {
        $0.secondLayer = AutoencoderSecondLayer(latent: 1)
        $0.divergence = .closed
      },
      {
        $0.secondLayer = AutoencoderSecondLayer(latent: 1)
        $0.prior = .vamp(components: 2)
      },
      {
        $0.secondLayer = AutoencoderSecondLayer(latent: 1)
        $0.posterior = .point
      }, { $0.weightPrior = 0 }, { $0.weightPrior = .infinity },
    ]
    for change in bad {
      var configuration = AutoencoderConfiguration(columns: 2, latent: 1, hidden: [])
      change(&configuration)
      #expect(throws: InferenceError.self) { try Model(configuration) }
    }
    #expect(throws: InferenceError.self) {
      try VariationalAutoencoder<Double>(
        AutoencoderConfiguration(columns: 2, latent: 1, hidden: []), roundingParameters: true)
    }
    // Objectives that the bound does not fall into.
    let x = Rows(Matrix<Double>([[0, 1], [1, 1]]))
    let θ = ParameterVector<Double>(model.layout)
    let weighted = try VariationalAutoencoder<Double>(
      AutoencoderConfiguration(columns: 2, latent: 1, hidden: [], bound: .importance(draws: 2)))
    #expect(throws: InferenceError.self) {
      try gradient(weighted, on: x, at: θ, objective: ObjectiveWeights(latentKL: 0.5))
    }
    #expect(throws: InferenceError.self) {
      try gradient(model, on: x, at: θ, objective: ObjectiveWeights(joint: 0.5))
    }
    #expect(throws: InferenceError.self) {
      try gradient(model, on: x, at: θ, objective: ObjectiveWeights(masking: 0.5))
    }
    #expect(throws: InferenceError.self) { try model.sample(0, at: θ, using: RandomStream(seed: 1)) }
    #expect(throws: InferenceError.self) { try model.expectation(at: Matrix(rows: 1, columns: 2), θ) }
  }

  /// Shipped digits as probabilities.
  static func sample(_ name: String) throws -> Rows<Float> {
    let cells = try DataCatalogue().load(name, as: Float.self).values
    let scale: Float = cells.elements.max()! > 1 ? 255 : 1
    return Rows(Matrix(rows: cells.rows, columns: cells.columns, elements: cells.elements.map { $0 / scale }))
  }

  /// A step like the one before asks for no memory.
  @Test(arguments: [
    AutoencoderConfiguration(columns: 9, latent: 2, hidden: [8], binarization: .stochastic),
    AutoencoderConfiguration(
      columns: 9, latent: 2, hidden: [8, 7], activation: .softplus, likelihood: .gaussian(.shared),
      posterior: .rankOne, bound: .importance(draws: 5, gradient: .doublyReparametrized), condition: [3]),
    AutoencoderConfiguration(
      columns: 9, latent: 3, hidden: [8], likelihood: .continuousBernoulli, posterior: .full,
      prior: .mixture(components: 3)),
    AutoencoderConfiguration(
      columns: 9, latent: 3, hidden: [8], likelihood: .discretizedLogistic(levels: 4), posterior: .planar),
    AutoencoderConfiguration(
      columns: 9, latent: 3, hidden: [8], bound: .importance(draws: 5), binarization: .stochastic,
      secondLayer: AutoencoderSecondLayer(latent: 2, hidden: [6, 5])),
    AutoencoderConfiguration(
      columns: 9, latent: 3, hidden: [8], posterior: .full,
      bound: .importance(draws: 5, gradient: .doublyReparametrized), binarization: .stochastic),
    AutoencoderConfiguration(
      columns: 9, latent: 3, hidden: [8], posterior: .planar,
      bound: .importance(draws: 5, gradient: .doublyReparametrized), binarization: .stochastic),
  ]) func stepsAllocateNothing(configuration: AutoencoderConfiguration) throws {
    let x = Rows(
      Matrix<Float>(rows: 40, columns: 9, elements: (0..<360).map { Float($0 * 7 % 4) / 3 }))
    let model = try Model(configuration)
    let θ = ToyRows.parameters(model.layout, seed: 3, as: Float.self)
    var workspace = model.makeWorkspace()
    var g = [Float](repeating: 0, count: θ.count)
    let rows = Array(0..<40)[...]
    var counts: [Int] = []
    try g.withUnsafeMutableBufferPointer { g in
      try θ.withUnsafeElements { p in
        for step in 0..<5 {
          let before = latent_allocations()
          _ = try model.boundAndGradient(
            of: rows, in: x, at: ParameterPoint(values: p.baseAddress!),
            noise: RandomStream(seed: 1).substream(step), objective: .bound, workspace: &workspace,
            into: g.baseAddress!)
          counts.append(Int(latent_allocations() - before))
        }
      }
    }
    #expect(counts[0] > 0 || latent_allocations() < 0)
    #expect(counts[2...].allSatisfy { $0 == 0 }, "\(counts)")
  }

  /// A narrow prior pulls weights to 0 by η θ / (s² N) in a step, also those of a large matrix.
  @Test func priorOfLargeWeights() throws {
    var configuration = AutoencoderConfiguration(columns: 100, latent: 2, hidden: [200])
    configuration.weightPrior = 1e-3
    let model = try Model(configuration)
    let x = Rows(Matrix<Float>(rows: 20, columns: 100, elements: (0..<2000).map { Float($0 * 7 % 4 / 3) }))
    let η = 1e-7
    let ascent = GradientAscent(
      model, SGD(), learningRate: try ConstantRate(η), settings: try GradientSettings(batchSize: 20),
      using: RandomStream(seed: 1), threads: 2)
    let start = try model.initialParameters(for: x, using: RandomStream(seed: 1))
    var state = GradientAscent<Model, SGD>.State(parameters: start)
    _ = try ascent.step(&state, on: x)
    let large = model.layout.entries.filter { $0.name.hasPrefix("decoder/") && $0.count >= 1 << 14 }
    #expect(large.count == 1)
    let (before, after) = (
      start.withUnsafeElements { Array($0) }, state.parameters.withUnsafeElements { Array($0) }
    )
    for i in large.flatMap(\.reference.range) where before[i].magnitude > 0.01 {
      let expected = 1 - Float(η * 1e6 / 20)
      guard (after[i] / before[i] - expected).magnitude < 1e-4 else {
        Issue.record("\(before[i]) became \(after[i])")
        return
      }
    }
  }

  /// A learning rate without reason ends with the last good parameters.
  @Test func divergence() throws {
    let x = ToyRows.real(60, columns: 6, seed: 3, as: Float.self)
    let model = try Model(
      AutoencoderConfiguration(columns: 6, latent: 2, hidden: [5], likelihood: .gaussian(.network)))
    let ascent = GradientAscent(
      model, SGD(), learningRate: try ConstantRate(1e6), settings: try GradientSettings(batchSize: 20),
      using: RandomStream(seed: 1), threads: 2)
    let start = try model.initialParameters(for: x, using: RandomStream(seed: 1))
    var state = GradientAscent<Model, SGD>.State(parameters: start)
    #expect {
      for _ in 0..<50 { _ = try ascent.step(&state, on: x) }
    } throws: {
      if case .diverged = $0 as? InferenceError { true } else { false }
    }
    #expect(state.parameters.isFinite)
  }

  /// Digits: better than independent pixels, and more so on the rows that were fitted; draws, reconstructions and moments are sound.
  @Test func digits() async throws {
    let (x, held) = (try Self.sample("mnist-sample"), try Self.sample("mnist-sample-test"))
    let model = try Model(
      AutoencoderConfiguration(columns: x.columns, latent: 5, hidden: [64], binarization: .stochastic))
    let start = try model.initialParameters(for: x, using: RandomStream(seed: 3))
    let ascent = GradientAscent(
      model, try Adam(), learningRate: try ConstantRate(3e-3), settings: try GradientSettings(batchSize: 50),
      using: RandomStream(seed: 1))
    let result = try await Fit(
      ascent, on: x, stopping: StoppingRule(tolerance: 0, maximumIterations: 15)
    ) { (_) throws(InferenceError) in .init(parameters: start) }.run()
    let θ = result.state.parameters
    // Independent pixels have about −206 nats an image; a mixture of ten digits about −170.
    let evaluation = try model.evaluate(held, at: θ, draws: 20)
    #expect(evaluation.bound.perObservation > -165, "\(evaluation.bound)")
    #expect(evaluation.activeUnits >= 4)
    #expect(evaluation.importance!.bound > evaluation.bound.perObservation)
    #expect(result.bound.perObservation > evaluation.bound.perObservation)
    let mean = try model.reconstruction(of: held, at: θ)
    let drawn = try model.reconstruction(of: held, at: θ, draws: 8)
    func error(_ y: Matrix<Float>) -> Double {
      zip(y.elements, held.values.elements).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
    }
    #expect(mean.rows == held.rows && mean.elements.allSatisfy { $0 >= 0 && $0 <= 1 })
    #expect(error(mean) < 0.75 * error(Matrix(rows: held.rows, columns: held.columns, repeating: 0)))
    #expect(error(drawn) < 1.2 * error(mean))
    let sample = try model.sample(30, at: θ, using: RandomStream(seed: 4), threads: 2)
    #expect(sample.observations.elements.allSatisfy { $0 == 0 || $0 == 1 })
    #expect(sample.latents.rows == 30 && sample.expectations.columns == x.columns)
    let fewer = try model.sample(7, at: θ, using: RandomStream(seed: 4), threads: 1)
    #expect(fewer.observations == sample.observations[rows: 0..<7])
    let again = try model.expectation(at: sample.latents, θ)
    #expect(again == sample.expectations)
  }
}
