import Latent

/// One training of a deep filter, from prepared sequences to the report.
struct FilterFit<Scalar: LatentScalar & TensorElement>: Sendable {
  typealias Climber = FilterAscent<Scalar>

  let settings: FilterSettings
  let data: SequenceData<Scalar>
  /// What the bound is shown of after each pass: the test data, or the sequences held out.
  let test: FilterTest<Scalar>?
  let ascent: AscentSettings
  let threads: Int
  let console: Console
  let model: DeepFilter<Scalar>
  let recipe: FilterRecipe
  let configuration: FilterConfiguration?
  let checkpoint: Archive?
  /// The page that is rewritten while the networks are trained; nil without --report.
  var live: LiveReport?

  /// Substreams of the seed for the ascent and the test; below zero, apart from those of other models.
  private static var ascentSubstream: Int { -8 }
  static var testSubstream: Int { -9 }

  /// - Throws: `UsageError` when a checkpoint belongs to other data; `TrainingError`; `InferenceError` of the settings.
  init(
    settings: FilterSettings, data: SequenceData<Scalar>, test: FilterTest<Scalar>?, ascent: AscentSettings,
    threads: Int, console: Console, checkpoint: Archive?
  ) throws {
    self.settings = settings
    self.data = data
    self.test = test
    var ascent = ascent
    ascent.tolerance = 0
    self.ascent = ascent
    self.threads = threads
    self.console = console
    self.checkpoint = checkpoint
    let isKept = checkpoint != nil || ascent.checkpoint != nil
    let configuration =
      isKept ? FilterConfiguration(settings: settings, data: data.fingerprint) : nil
    if let checkpoint, let configuration {
      try FilterConfiguration(from: checkpoint).data.check(configuration.data, path: ascent.resume ?? "")
    }
    self.configuration = configuration
    do throws(InferenceError) {
      model = try DeepFilter(settings.configuration(for: data.sequences))
      recipe = try settings.recipe(stepsPerPass: (data.sequences.count - 1) / settings.batch + 1)
      try model.validate(data.sequences)
    } catch {
      throw data.failure(error, settings.dataSettings)
    }
    try Self.checkMemory(model.layout.count)
    guard let test else { return }
    do throws(InferenceError) {
      try model.validate(test.sequences)
    } catch {
      throw SequenceInferenceFailure(
        error: error, source: test.source, columnNames: data.columnNames, names: test.names)
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

  /// Minibatches of a pass, and the passes of a start.
  var stepsPerPass: Int { (data.sequences.count - 1) / settings.batch + 1 }
  var passes: Int { (recipe.updates - 1) / stepsPerPass + 1 }
  var seed: RandomStream { RandomStream(seed: settings.seed) }

  /// Trains, reports, and writes the model file.
  func run(writingTo output: String?) async throws {
    let recorded = try checkpoint.map { archive throws(FileError) in
      try FitProgress<Climber.State>(from: archive, at: "fit")
    }
    let progress = recorded ?? FitProgress()
    console.note(header)
    let training = try training()
    let work = InterruptibleFit.training(settings.model, console, live)
    let result = try await work.result(
      orWithout: resumption,
      failure: { data.failure($0, settings.dataSettings, restarts: settings.restarts) }
    ) { [live, title = FilterWords.title(model.configuration), header] in
      live?.begin(title: title, words: header)
      return try await training.run(resuming: progress)
    }
    let isInterrupted = result.outcome == .cancelled
    let fitted = fitted(result)
    if let output, !isInterrupted { try fitted.archive().write(to: output) }
    live?.finish { try self.report(fitted, test: result.testTrace, diverged: result.divergence) }
    if let divergence = result.divergence {
      throw TrainingError.diverged(
        cause: divergence.explanation(columnNames: data.columnNames, remedies: nil), pass: result.trace.count,
        model: output, resumption: nil)
    }
    let report = try FilterReport(
      self, fitted: fitted, result: result, output: isInterrupted ? nil : output)
    try console.result(report.json, orText: report.text)
    try work.end(result.outcome, resumption: resumption)
  }

  private func training() throws(InferenceError) -> Training<Climber> {
    let climber = try FilterAscent(
      // Sequences held out tell how good the fit is, so they have no say in it: starts are checked on those that are fitted.
      model, recipe: recipe, using: seed.substream(Self.ascentSubstream),
      threads: threads)
    let (model, sequences, threads) = (model, data.sequences, threads)
    var testBound: (@Sendable (ParameterVector<Scalar>) throws(InferenceError) -> Double)?
    if let test {
      testBound = { (parameters) throws(InferenceError) in
        try test.bounds(of: model, at: parameters, threads: threads).mean
      }
    }
    let attempts = settings.attempts
    var checkpoints: (@Sendable (FitProgress<Climber.State>) throws -> Archive)?
    if let configuration { checkpoints = { progress in try configuration.archive(of: progress) } }
    return Training<Climber>(
      climber: climber, observations: sequences,
      start: { (restart) throws(InferenceError) in try climber.start(for: sequences, restart: restart) },
      restarts: settings.restarts, ascent: ascent, passes: passes, stepsPerPass: stepsPerPass,
      console: console,
      checkpoint: checkpoints,
      testBound: testBound,
      warnings: { (_, state) throws(InferenceError) in
        guard state.attempt > 0 else { return [:] }
        return [
          "\(state.restart) \(state.attempt)":
            "the start did not find what frames do not show; begun anew, \(state.attempt + 1) of \(attempts)."
        ]
      }, attempts: attempts, observe: observer)
  }

  /// Keeps the page of --report.
  private var observer: (@Sendable (FitProgress<Climber.State>, Int, TestTrace) -> Void)? {
    guard let live else { return nil }
    return { progress, restart, tests in
      var moment = LiveReport.Moment(
        progress, restart: restart, of: settings.restarts, observation: "sequence")
      (moment.step, moment.test) = ("pass", tests)
      live.step(moment) {
        guard let state = progress.state, let bound = progress.trace.last else { return [] }
        return try reportSections(at: state.parameters, bound: bound, passes: progress.trace.count)
      }
    }
  }

  /// The model at the parameters found.
  private func fitted(_ result: Training<Climber>.Result) -> FittedFilter<Scalar> {
    FittedFilter(
      model: model, parameters: result.parameters,
      description: description(
        bound: result.bound, iterations: result.trace.count, outcome: result.outcome, history: result.history),
      recipe: recipe)
  }

  /// What a model file says of the training.
  func description(bound: Bound, iterations: Int, outcome: Outcome, history: FitHistory?) -> FitDescription {
    let x = data.sequences
    return FitDescription(
      model: settings.model, inference: AutoencoderSettings.inference, components: 1,
      dimensions: x.columns, latent: settings.latent,
      prior: settings.weightPrior == nil ? "none" : "normal", columnNames: data.columnNames,
      image: data.image, standardization: data.standardization,
      binarization: settings.binarize?.description, seed: settings.seed, precision: Scalar.precisionName,
      observations: x.count, missingCells: data.missingCells, bound: bound,
      iterations: iterations, outcome: outcome, freeParameters: model.layout.parameterCount,
      frames: x.frameCount, controls: x.controlColumns > 0 ? x.controlColumns : nil,
      controlNames: x.controlColumns > 0 ? data.controlNames : nil, history: history)
  }

  // MARK: Words

  private var header: String {
    let x = data.sequences
    let held =
      test.map { "; tested on \($0.source), \(NumberText.count($0.sequences.count, "sequence"))" } ?? ""
    let missing =
      data.missingCells > 0 ? ", \(NumberText.count(data.missingCells, "missing cell"))" : ""
    let controls = x.controlColumns > 0 ? ", \(NumberText.count(x.controlColumns, "control"))" : ""
    return "\(FilterWords.title(model.configuration)) fitted to \(data.source), "
      + "\(NumberText.count(x.count, "sequence")) of \(NumberText.count(x.frameCount, "frame")) in all × "
      + "\(NumberText.count(x.columns))\(controls)\(missing)\(held)\n"
      + "Gradient ascent: adam, learning rate \(NumberText.plain(settings.learningRate)), "
      + "\(NumberText.count(recipe.updates)) minibatches of up to \(settings.batch), "
      + "\(settings.precision.rawValue) precision, \(NumberText.count(threads, "thread")), seed \(settings.seed)"
      + (settings.restarts > 1 ? ", \(settings.restarts) starts" : "")
      + (ascent.resume.map { "\nGoing on from \($0)." } ?? "")
  }

  private var resumption: String {
    guard let checkpoint = ascent.checkpoint else {
      let kept = ascent.resume.map { "\($0) is as it was" } ?? "nothing was saved"
      return "latent: interrupted; \(kept). With --checkpoint FILE a fit keeps how far it came."
    }
    return "latent: interrupted. To go on:\n  \(CommandLineText.resuming(from: checkpoint))"
  }
}

/// Sequences whose bound tells how a filter does on what it was not fitted to.
struct FilterTest<Scalar: LatentScalar & TensorElement>: Sendable {
  let sequences: SequenceBatch<Scalar>
  let source: String
  let seed: UInt64
  /// What the source calls the sequences.
  var names: [String]? = nil

  /// The bound a sequence, with noise that is the same every time.
  func bounds(
    of model: DeepFilter<Scalar>, at parameters: ParameterVector<Scalar>, threads: Int
  ) throws(InferenceError) -> SampleMean {
    SampleMean(
      try model.posterior(
        of: sequences, at: parameters,
        noise: RandomStream(seed: seed).substream(FilterFit<Scalar>.testSubstream), threads: threads
      ).bounds)
  }
}
