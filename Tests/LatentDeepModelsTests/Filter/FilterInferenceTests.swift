import LatentData
import LatentDeepModels
import LatentEvidence
import LatentFiles
import LatentModels
import LatentNetworks
import LatentNumerics
import LatentTestSupport
import Testing

/// Rollouts, files, training and what is refused.
@Suite struct FilterInferenceTests {
  /// With one base and no noise a rollout is a linear recursion.
  @Test func rollouts() throws {
    let model = try DeepFilter<Double>(
      ToySequences.configuration {
        $0.transition = .locallyLinear(bases: 1)
        $0.controlScales = [2]
        $0.hidden = []
      })
    let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 4)
    let x = ToySequences.real(lengths: [9, 7], columns: 3, controls: 1, seed: 7)
    let (G, H) = (3, 5)
    let ahead = try model.rollout(of: x, given: G, horizon: H, at: θ)
    #expect(ahead.states.rows == 2 * H && ahead.expectations.rows == 2 * H)
    let q = try model.posterior(of: x, at: θ)
    let (V, W, d) = (θ["transition/bases"], θ["decoder/0/weights"], θ["decoder/0/bias"])
    for n in 0..<2 {
      let frames = x.frameRange(of: n)
      var z = q.states.row(frames.lowerBound + G - 1)
      for t in 0..<H {
        let u = x.controls![frames.lowerBound + G - 1 + t, 0] / 2
        z = (0..<2).map { l in z[0] * V[0, l] + z[1] * V[1, l] + u * V[2, l] }
        for l in 0..<2 { #expect((ahead.states[n * H + t, l] - z[l]).magnitude < 1e-10) }
        for j in 0..<3 {
          let y = z[0] * W[0, j] + z[1] * W[1, j] + d[0, j]
          #expect((ahead.expectations[n * H + t, j] - y).magnitude < 1e-10)
        }
      }
    }
    // What lies behind the given frames does not matter; draws belong to their sequence.
    var frames = x.frames
    for i in [3, 4, 12, 15] { frames[i, 0] += 5 }
    let changed = try SequenceBatch(frames, lengths: [9, 7], controls: x.controls)
    #expect(try model.rollout(of: changed, given: G, horizon: H, at: θ) == ahead)
    let noise = RandomStream(seed: 3)
    let drawn = try model.rollout(of: x, given: G, horizon: H, at: θ, noise: noise, threads: 2)
    #expect(drawn != ahead)
    #expect(try model.rollout(of: x, given: G, horizon: H, at: θ, noise: noise, threads: 1) == drawn)
    for (given, horizon) in [(1, 2), (8, 1), (3, 6), (3, 0)] {
      #expect(throws: InferenceError.self) {
        try model.rollout(of: x, given: given, horizon: horizon, at: θ)
      }
    }
  }

  @Test func refusals() throws {
    let model = try DeepFilter<Double>(ToySequences.configuration())
    let θ: ParameterVector<Double> = ToyRows.parameters(model.layout, seed: 4)
    for x in [
      ToySequences.real(lengths: [3], columns: 3, controls: 0, seed: 1),
      ToySequences.real(lengths: [3], columns: 3, controls: 2, seed: 1),
      ToySequences.real(lengths: [3], columns: 4, controls: 1, seed: 1),
    ] { #expect(throws: InferenceError.self) { try model.posterior(of: x, at: θ) } }
    for change: (inout DeepFilterConfiguration) -> Void in [
      { $0.latent = 0 }, { $0.columns = 0 }, { $0.initialFrames = 0 }, { $0.controls = -1 },
      { $0.hidden = [0] }, { $0.future = 0 }, { $0.controlScales = [1, 1] }, { $0.controlScales = [0] },
      { $0.transition = .locallyLinear(bases: 0) }, { $0.transition = .gaussian(hidden: [0]) },
      { $0.transition = .locallyLinear(bases: 2, weights: .variational(deviation: 0)) },
      { $0.likelihood = .gaussian(.fixed(0)) },
    ] {
      #expect(throws: InferenceError.self) { try DeepFilter<Double>(ToySequences.configuration(change)) }
    }
    let x = ToySequences.real(lengths: [3, 2], columns: 3, controls: 1, seed: 1)
    #expect(throws: InferenceError.self) {
      try gradient(model, on: x, at: θ, objective: ObjectiveWeights(freeBits: .init(nats: 1)))
    }
    // One frame is a sequence.
    let one = ToySequences.real(lengths: [1], columns: 3, controls: 1, seed: 1)
    #expect(try model.posterior(of: one, at: θ).bounds[0].isFinite)
  }

  @Test func regression() throws {
    var random = RandomStream(seed: 2)
    var z = Matrix<Float>(rows: 400, columns: 3)
    var y = Matrix<Double>(rows: 400, columns: 3)
    for i in 0..<400 {
      // The last direction does not vary.
      (z[i, 0], z[i, 1], z[i, 2]) = (Float(random.normal()), Float(3 + random.normal()), 2)
      y[i, 0] = 2 * Double(z[i, 0]) - Double(z[i, 1]) + 5
      y[i, 1] = random.normal()
      y[i, 2] = Double(z[i, 0]) + random.normal()
    }
    let fit = try LatentRegression(of: y, on: z)
    let R = fit.determination(of: y, on: z)
    #expect((R[0] - 1).magnitude < 1e-9 && R[1] >= 0 && R[1] < 0.03 && (R[2] - 0.5).magnitude < 0.12, "\(R)")
    #expect((fit.coefficients[0, 0] - 2).magnitude < 1e-6 && (fit.coefficients[1, 0] + 1).magnitude < 1e-6)
    #expect(throws: InferenceError.self) {
      try LatentRegression(of: y.selecting(rows: 0..<4), on: z.selecting(rows: 0..<4))
    }
  }

  /// The same bits at any number of threads and after an interruption, through starts that fail their check.
  @Test(arguments: ToySequences.configurations.prefix(5)) func contract(
    configuration: DeepFilterConfiguration
  )
    async throws
  {
    let model = try DeepFilter<Float>(configuration)
    let x = ToySequences.real(
      lengths: Array(repeating: 4, count: 40) + [2, 6], columns: 3, controls: configuration.controls, seed: 2,
      missing: 9, as: Float.self)
    var wanted = try FilterRecipe(updates: 24, batchSize: 14)
    wanted.check = FilterCheck(update: 6, largestGap: 0, largestError: 0, attempts: 3)
    let recipe = wanted
    @Sendable func ascent(_ threads: Int) -> FilterAscent<Float> {
      try! FilterAscent(model, recipe: recipe, using: RandomStream(seed: 1), threads: threads)
    }
    let result = try await checkSteps(
      "filter", on: x, restarts: 2, stopping: StoppingRule(tolerance: 0, maximumIterations: 14),
      ascent: ascent
    ) { (restart) throws(InferenceError) in try ascent(1).start(for: x, restart: restart) }
    #expect(result.state.attempt == 2 && result.state.isChecked && result.state.updates == 24)
    #expect(result.outcome == .converged)
  }

  /// A pendulum: a start that is good goes on, and the bound rises.
  @Test func pendulum() async throws {
    let table: SequenceTable<Float> = Pendulum().sequences(60, frames: 8, using: RandomStream(seed: 1))
    let x = try SequenceBatch(table.frames, lengths: table.lengths, controls: table.controls)
    let scales = DeepFilterConfiguration.scales(of: x)
    #expect(scales.count == 1 && scales[0] > 9.5 && scales[0] <= 10)
    let model = try DeepFilter<Float>(
      DeepFilterConfiguration(columns: 256, controls: 1, controlScales: scales))
    var recipe = try FilterRecipe(updates: 240, batchSize: 20)
    recipe.check = FilterCheck(update: 120, largestGap: 1e3, largestError: 1)
    let ascent = try FilterAscent(model, recipe: recipe, using: RandomStream(seed: 1))
    let start = try ascent.start(for: x)
    let before = try model.evaluate(x, at: start.parameters, noise: RandomStream(seed: 2))
    let result = try await Fit(ascent, on: x) { (_) throws(InferenceError) in start }.run()
    let after = try model.evaluate(x, at: result.state.parameters, noise: RandomStream(seed: 2))
    #expect(result.state.attempt == 0 && result.state.updates == 240)
    #expect(after.bound.value > before.bound.value + 60 * 5, "\(before), \(after)")
    #expect(after.squaredError < before.squaredError)
    #expect((model.configuration.perfectReconstruction! * 15 - 1094.5).magnitude < 0.1)
  }

  @Test(arguments: ToySequences.configurations) func files(configuration: DeepFilterConfiguration) throws {
    let model = try DeepFilter<Float>(configuration)
    let θ = ToyRows.parameters(model.layout, seed: 3, as: Float.self)
    let description = FitDescription(
      model: configuration.kind, inference: "gradient", components: 1, dimensions: 3, latent: 2, seed: 1,
      precision: Float.precisionName, observations: 20,
      bound: Bound(reconstruction: -80, latentKL: 2, count: 20, estimate: .monteCarlo(draws: 1)),
      iterations: 3, outcome: .converged, freeParameters: model.layout.parameterCount, frames: 60,
      controls: configuration.controls)
    let fitted = FittedFilter(
      model: model, parameters: θ, description: description, recipe: try FilterRecipe())
    let bytes = try fitted.archive().encoded()
    let read = try FittedFilter<Float>(from: Archive(decoding: bytes))
    #expect(read.configuration == configuration && read.parameters == θ && read.description == description)
    #expect(read.recipe == fitted.recipe)
    #expect(
      try FittedFilter<Double>(from: Archive(decoding: bytes)).parameters == θ.converted(to: Double.self))
    #expect(throws: FileError.self) { try FittedFilter<Float>(from: Archive(kind: "vae")) }
    var other = description
    other.latent = 3
    #expect(throws: FileError.self) {
      try FittedFilter<Float>(
        from: FittedFilter(model: model, parameters: θ, description: other).archive())
    }
  }
}
