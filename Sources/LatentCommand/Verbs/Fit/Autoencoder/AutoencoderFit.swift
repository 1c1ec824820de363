import Latent

/// One training of an auto-encoder, from prepared data to the report.
struct AutoencoderFit<Scalar: LatentScalar & TensorElement>: Sendable {
  typealias Model = VariationalAutoencoder<Scalar>
  typealias Climber = GradientAscent<Model, AnyOptimizer>

  let settings: AutoencoderSettings
  let shape: AutoencoderShape
  let data: FitData<Scalar>
  /// What the bound is shown of after each pass: the test data, or the rows held out.
  let test: AutoencoderTest<Scalar>?
  let ascent: AscentSettings
  let passes: Int
  let threads: Int
  let console: Console
  let model: Model
  let configuration: TrainingConfiguration?
  let checkpoint: Archive?
  /// The page that is rewritten while the networks are trained; nil without --report.
  var live: LiveReport?
  /// Where the rows' categories are from, which their colours in the page stand for.
  var labelName: String?
  private let start: AutoencoderStart<Scalar>

  /// Substreams of the seed for the first parameters, the ascent and the test; below zero, apart from those of mixtures.
  private static var startSubstream: Int { -5 }
  private static var ascentSubstream: Int { -6 }
  static var testSubstream: Int { -7 }

  /// - Throws: `UsageError` when a checkpoint belongs to other data; `TrainingError`; `InferenceError` of the settings.
  init(
    settings: AutoencoderSettings, shape: AutoencoderShape, data: FitData<Scalar>,
    test: AutoencoderTest<Scalar>?,
    ascent: AscentSettings, threads: Int, console: Console, checkpoint: Archive?
  ) throws {
    self.settings = settings
    self.shape = shape
    self.data = data
    self.test = test
    self.ascent = ascent
    self.threads = threads
    self.console = console
    self.checkpoint = checkpoint
    passes = try ascent.passes ?? settings.defaultPasses()
    let networks = try settings.configuration(for: shape)
    var configuration: TrainingConfiguration?
    if checkpoint != nil || ascent.checkpoint != nil {
      var settings = settings
      settings.networks = networks
      configuration = TrainingConfiguration(settings: settings, data: data.fingerprint)
    }
    if let checkpoint, let configuration {
      try TrainingConfiguration(from: checkpoint).data.check(configuration.data, path: ascent.resume ?? "")
    }
    self.configuration = configuration
    do throws(InferenceError) {
      model = try Model(networks, roundingParameters: settings.precision == .bf16)
      try model.validate(data.rows)
    } catch {
      throw FitFailure(
        error: error.renumbered(data.rowNumbers?.fitted), columnNames: data.columnNames, source: data.source)
    }
    try Self.checkMemory(model.layout.count)
    // A checkpoint is past the start.
    start = try .read(
      checkpoint == nil ? settings.start : nil, for: model, labels: shape.labels,
      isStandardized: data.standardization != nil)
    if let test {
      do throws(InferenceError) {
        try model.validate(test.rows)
      } catch {
        throw FitFailure(
          error: error.renumbered(test.rowNumbers), columnNames: data.columnNames, source: test.source)
      }
    }
  }

  /// Refuses networks that cannot be held before they are made: the parameters, those of the last good step, of a checkpoint and of the
  /// best, the optimiser's two vectors, the gradients of two lanes.
  private static func checkMemory(_ parameters: Int) throws {
    let needed = 10 * Double(parameters) * Double(MemoryLayout<Scalar>.stride)
    let available = Double(Memory.physical)
    guard needed <= available else {
      throw TrainingError.tooLarge(parameters: parameters, needed: needed, available: available)
    }
  }

  /// Rows of a minibatch.
  var batch: Int { settings.batch }
  var stepsPerPass: Int { (data.rows.rows - 1) / batch + 1 }
  /// Minibatches in all passes.
  private var steps: Int {
    let (steps, overflow) = passes.multipliedReportingOverflow(by: stepsPerPass)
    return overflow ? .max : steps
  }
  var seed: RandomStream { RandomStream(seed: settings.seed) }

  /// Trains, reports, and writes the model file.
  func run(writingTo output: String?) async throws {
    let recorded = try checkpoint.map { archive throws(FileError) in
      try FitProgress<Climber.State>(from: archive, at: "fit")
    }
    let progress = recorded ?? FitProgress()
    console.note(header)
    try checkTest()
    let training = try training()
    let work = InterruptibleFit.training(settings.model, console, live)
    let result = try await work.result(
      orWithout: resumption,
      failure: { failure($0) }
    ) { [live, title = AutoencoderWords.title(model.configuration), header] in
      live?.begin(title: title, words: header)
      return try await training.run(resuming: progress)
    }
    let isInterrupted = result.outcome == .cancelled
    let fitted = try fitted(result)
    if let output, !isInterrupted { try fitted.archive().write(to: output) }
    live?.finish { try self.report(fitted, test: result.testTrace, diverged: result.divergence) }
    if let divergence = result.divergence {
      throw TrainingError.diverged(
        cause: divergence.explanation(columnNames: data.columnNames, remedies: nil), pass: result.trace.count,
        model: output,
        resumption: ascent.checkpoint.map {
          CommandLineText.resuming(from: $0, without: ["--learning-rate"])
            + " --learning-rate \(NumberText.plain(settings.learningRate / 4))"
        })
    }
    let report = try AutoencoderReport(
      self, fitted: fitted, result: result, output: isInterrupted ? nil : output)
    try console.result(report.json, orText: report.text)
    try work.end(result.outcome, resumption: resumption)
  }

  /// Test data whose bound has no value at the first parameters have none later: it is said before a pass is spent.
  private func checkTest() throws {
    guard let test else { return }
    let first: ParameterVector<Scalar>
    do throws(InferenceError) {
      first = try start.parameters(
        of: model, for: data.rows, isRegression: settings.isRegression,
        using: seed.substream(Self.startSubstream))
    } catch {
      throw failure(error)
    }
    do throws(InferenceError) {
      _ = try test.bound(of: model, at: first, threads: threads)
    } catch .notFinite(let quantity, let row) {
      throw TrainingError.notFinite(
        source: test.source, quantity: quantity, row: row.map { test.rowNumbers?[$0] ?? $0 },
        isStandardized: data.standardization != nil)
    } catch {
      throw FitFailure(error: error, columnNames: data.columnNames, source: test.source)
    }
  }

  private func training() throws(InferenceError) -> Training<Climber> {
    let weights = ObjectiveWeights(
      latentKL: settings.beta, freeBits: settings.freeBits.map { .init(nats: $0) })
    let climber = Climber(
      model, try settings.optimizer.rule(),
      learningRate: try settings.schedule.schedule(
        rate: settings.learningRate, steps: steps),
      objective: try ObjectiveSchedule(weights, warmUp: settings.warmUp * stepsPerPass),
      settings: try GradientSettings(batchSize: batch, clippingNorm: settings.clip),
      using: seed.substream(Self.ascentSubstream), threads: threads)
    let (model, rows, threads) = (model, data.rows, threads)
    let (first, start, isRegression) = (seed.substream(Self.startSubstream), start, settings.isRegression)
    var testBound: (@Sendable (ParameterVector<Scalar>) throws(InferenceError) -> Double)?
    if let test {
      testBound = { (parameters) throws(InferenceError) in
        try test.bound(of: model, at: parameters, threads: threads).mean
      }
    }
    var checkpoints: (@Sendable (FitProgress<Climber.State>) throws -> Archive)?
    if let configuration { checkpoints = { progress in try configuration.archive(of: progress) } }
    return Training<Climber>(
      climber: climber, observations: rows,
      start: { (restart) throws(InferenceError) in
        // The first start is that of a fit with no others.
        Climber.State(
          parameters: try start.parameters(
            of: model, for: rows, isRegression: isRegression,
            using: restart == 0 ? first : first.substream(-restart)))
      },
      restarts: settings.restarts,
      quantity: quantity,
      ascent: ascent, passes: passes, stepsPerPass: stepsPerPass, console: console,
      checkpoint: checkpoints,
      testBound: testBound, warnings: warnings(), observe: observer)
  }

  /// Keeps the page of --report.
  private var observer: (@Sendable (FitProgress<Climber.State>, Int, TestTrace) -> Void)? {
    guard let live else { return nil }
    return { progress, restart, tests in
      var moment = LiveReport.Moment(progress, restart: restart, of: settings.restarts)
      (moment.step, moment.test) = ("pass", tests)
      (moment.quantity, moment.hasLatentKL) = (quantity, settings.isVariational)
      live.step(moment) {
        guard let state = progress.state, let bound = progress.trace.last else { return [] }
        return try reportSections(at: state.parameters, bound: bound, passes: progress.trace.count)
      }
    }
  }

  /// What progress shows: a prior of weights is part of a bound, and of nothing else.
  private var quantity: String {
    let hasPrior = settings.weightPrior != nil && !settings.isVariational
    return hasPrior ? "objective" : AutoencoderWords.quantityName(model.configuration)
  }

  /// The model at the parameters found.
  private func fitted(_ result: Training<Climber>.Result) throws -> FittedAutoencoder<Scalar> {
    FittedAutoencoder(
      model: model, parameters: result.parameters,
      description: description(
        bound: result.bound, iterations: result.trace.count, outcome: result.outcome, history: result.history),
      labels: shape.labels,
      diagnosis: settings.isVariational ? try diagnosis(at: result.parameters, rows: Self.diagnosedRows) : nil
    )
  }

  /// What a model file says of the training.
  func description(bound: Bound, iterations: Int, outcome: Outcome, history: FitHistory?) -> FitDescription {
    FitDescription(
      model: settings.model, inference: AutoencoderSettings.inference, components: 1,
      dimensions: shape.columns, latent: model.configuration.latentDimensions,
      prior: settings.prior.rawValue,
      columnNames: data.columnNames, levels: shape.levels,
      image: data.image, standardization: data.standardization,
      binarization: settings.binarize?.description, seed: settings.seed,
      precision: Scalar.precisionName,
      observations: data.observations, missingCells: data.missingCells, bound: bound,
      iterations: iterations, outcome: outcome,
      freeParameters: model.freeParameters, history: history)
  }

  /// How the library begins to name a variance that has no maximum; the number of its column follows.
  private static var learnedVariance: String { "learned variance of column " }

  private func failure(_ error: InferenceError) -> any Error {
    if case .invalidParameter(let name, _, _) = error, name.hasPrefix(Self.learnedVariance),
      let column = Int(name.dropFirst(Self.learnedVariance.count))
    {
      return TrainingError.constantColumn(
        source: data.source, column: column, name: data.columnNames?[column - 1])
    }
    if case .notFinite(let quantity, let row) = error {
      return TrainingError.notFinite(
        source: data.source, quantity: quantity, row: row.map { data.rowNumbers?.fitted[$0] ?? $0 },
        isStandardized: data.standardization != nil)
    }
    return FitFailure(error: error, columnNames: data.columnNames, source: data.source)
  }
}

/// Rows whose bound tells how a model does on what it was not fitted to.
struct AutoencoderTest<Scalar: LatentScalar & TensorElement>: Sendable {
  let rows: Rows<Scalar>
  let source: String
  /// Where in the source the rows stand; nil where it has no others.
  var rowNumbers: [Int]? = nil
  let seed: UInt64

  /// The bound an observation, with noise that is the same every time.
  func bound(
    of model: VariationalAutoencoder<Scalar>, at parameters: ParameterVector<Scalar>, threads: Int
  ) throws(InferenceError) -> SampleMean {
    SampleMean(
      try model.bounds(
        of: rows, at: parameters,
        noise: RandomStream(seed: seed).substream(AutoencoderFit<Scalar>.testSubstream), threads: threads),
      weights: rows.weightsInSourceOrder)
  }
}
