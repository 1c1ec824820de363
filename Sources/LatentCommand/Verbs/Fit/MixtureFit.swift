import Foundation
import Latent

/// One fit of a mixture, from prepared data to the report.
struct MixtureFit<Kind: ModelKind>: Sendable {
  typealias Parameters = MixtureParameters<Kind.Family.Parameters>

  let settings: FitSettings
  let data: FitData<Kind.Scalar>
  let ascent: AscentOptions
  let threads: Int
  let console: Console
  let model: Mixture<Kind.Family>
  private let checkpoint: Archive?
  private let start: FitStart<Kind>
  /// Nil when nothing is kept on the disk.
  private let configuration: CheckpointConfiguration?

  /// - Throws: `UsageError` when a checkpoint belongs to other data; `InferenceError` of the prior.
  init(
    settings: FitSettings, data: FitData<Kind.Scalar>, ascent: AscentOptions, threads: Int, console: Console,
    checkpoint: Archive?
  ) throws {
    self.settings = settings
    self.data = data
    self.ascent = ascent
    self.threads = threads
    self.console = console
    self.checkpoint = checkpoint
    try Self.checkMemory(settings.model, columns: data.rows.columns)
    let needsFingerprint = checkpoint != nil || ascent.checkpoint != nil
    let configuration =
      needsFingerprint ? CheckpointConfiguration(settings: settings, data: data.fingerprint) : nil
    if let checkpoint, let configuration {
      try CheckpointConfiguration(from: checkpoint).check(configuration.data, path: ascent.resume ?? "")
    }
    self.configuration = configuration
    model = try Kind.model(
      settings.model, for: data.rows, sharesUnits: data.image != nil, threads: threads)
    // A start from a file is in the checkpoint already.
    start =
      checkpoint != nil && settings.startFile != nil
      ? .mixture(.kMeans) : try FitStart.read(settings, data: data, console: console, threads: threads)
  }

  /// Fits, reports, and writes the model file.
  func run(writingTo output: String?) async throws {
    let task = Task.detached { try await climb() }
    let signals = InterruptSignals {
      console.alert("latent: stopping after this step; once more to stop at once.")
      task.cancel()
    }
    let result: FitOutcome<Parameters>
    do {
      result = try await task.value
    } catch is CancellationError {
      signals.end()
      if console.isJSON {
        try console.result(
          JSONValue.object([("model", .string(settings.model.model)), ("outcome", .string("cancelled"))]).text
        )
      }
      console.alert("latent: interrupted before the first step.")
      throw ExitStatus(code: ExitStatus.interrupted)
    } catch let error as InferenceError {
      throw FitFailure(error: error, restarts: settings.restarts, columnNames: data.columnNames)
    }
    signals.end()
    let isInterrupted = result.outcome == .cancelled
    let fitted = try fitted(result)
    if let output, !isInterrupted { try fitted.archive().write(to: output) }
    let report = try FitReport(self, fitted: fitted, result: result, output: isInterrupted ? nil : output)
    try console.result(report.json, orText: report.text)
    guard isInterrupted else { return }
    console.alert(resumption)
    throw ExitStatus(code: ExitStatus.interrupted)
  }

  // MARK: The ascent

  private func climb() async throws -> FitOutcome<Parameters> {
    try await Kind.visitAscent(settings, model: model, threads: threads, Climber(fit: self))
  }

  private struct Climber: AscentVisitor {
    typealias Family = Kind.Family
    let fit: MixtureFit

    func visit<A: Ascent>(_ ascent: A) async throws -> FitOutcome<Parameters>
    where A.Observations == Rows<Kind.Scalar>, A.State: StartingState<Parameters> & Archivable {
      let fit = fit
      return try await fit.climb(ascent, on: fit.data.rows) { (restart) throws(InferenceError) in
        A.State(parameters: try fit.initialParameters(restart))
      }
    }
  }

  private func initialParameters(_ restart: Int) throws(InferenceError) -> Parameters {
    switch start {
    case .parameters(let θ): θ
    case .mixture(let start):
      try model.initialParameters(
        for: data.rows, start: start, sharesUnits: data.image != nil,
        using: RandomStream(seed: settings.seed).substream(restart), threads: threads)
    }
  }

  private func climb<A: Ascent>(
    _ climber: A, on observations: A.Observations,
    start: @escaping @Sendable (Int) throws(InferenceError) -> A.State
  ) async throws -> FitOutcome<Parameters> where A.State: Archivable & ModelState<Parameters> {
    let recorded = try checkpoint.map { archive throws(FileError) in
      try FitCheckpoint<A.State>(
        from: archive, accepting: { model.emission.accepts($0.parameters.emission) })
    }
    let progress = recorded?.progress ?? FitProgress()
    console.note(header(of: progress))
    let fit = Fit(
      climber, on: observations, stopping: ascent.stopping, restarts: settings.restarts,
      race: settings.climb.race ? RestartRace(threads: threads) : nil, resuming: progress, start: start)
    var keeper = CheckpointKeeper<A.State>(
      path: ascent.checkpoint, every: ascent.every ?? AscentOptions.defaultEvery,
      configuration: configuration)
    var display = FitDisplay(console: console, stopping: ascent.stopping, restarts: settings.restarts)
    defer { display.end() }
    var watch = FitWatch(console: console, columnNames: data.columnNames)
    var (seconds, steps) = (0.0, 0)
    var iterator = fit.makeAsyncIterator()
    while true {
      keeper?.willStep(from: iterator.progress)
      guard let step = try await iterator.next() else { break }
      if step.iteration > 1 {
        seconds += step.seconds
        steps += 1
      }
      display.show(
        .init(
          restart: step.restart, iteration: step.iteration, bound: step.bound, gain: step.gain,
          seconds: step.seconds, totalSeconds: step.progress.seconds, isLast: step.outcome != nil))
      if let state = step.progress.state {
        watch.look(at: state.parameters, bound: step.bound, restart: step.restart, iteration: step.iteration)
      }
      try keeper?.didStep(to: step.progress, outcome: step.outcome)
    }
    try keeper?.finish()
    let result = try iterator.progress.result(
      of: settings.restarts, interruptedAs: Task.isCancelled ? .cancelled : .budgetExhausted)
    return FitOutcome(result, secondsPerIteration: steps > 0 ? seconds / Double(steps) : nil)
  }

  private func fitted(_ result: FitOutcome<Parameters>) throws -> FittedMixture<Kind.Family> {
    FittedMixture(
      model: model, parameters: result.parameters,
      description: FitDescription(
        model: settings.model.model, inference: settings.model.inference,
        components: result.parameters.components, dimensions: model.dimensions,
        covariance: settings.model.covariance, latent: settings.model.latent,
        prior: settings.model.prior ?? "none", columnNames: data.columnNames, levels: settings.model.levels,
        image: data.image, standardization: data.standardization,
        binarization: settings.binarize?.description, seed: settings.seed,
        precision: settings.precision.rawValue, observations: data.rows.rows,
        missingCells: data.missingCells, bound: result.bound, iterations: result.trace.count,
        outcome: result.outcome, freeParameters: model.freeParameters,
        findings: try model.findings(in: data.rows, at: result.parameters, threads: threads)))
  }

  // MARK: Words

  private func header<State>(of progress: FitProgress<State>) -> String {
    let held = data.heldOut.map { ", \(NumberText.count($0.rows, "row")) held out" } ?? ""
    let missing =
      data.missingCells > 0 ? ", \(NumberText.count(data.missingCells, "missing cell"))" : ""
    var resumed = ascent.resume.map { "\nGoing on from \($0)." } ?? ""
    let ended = progress.runs.count { $0.outcome == .budgetExhausted }
    if ended > 0 { resumed += " Starts that had used up their budget stay as they are: \(ended)." }
    return "\(Kind.title(settings.model)) fitted to \(data.source), "
      + "\(NumberText.count(data.rows.rows)) × \(NumberText.count(data.rows.columns))\(missing)\(held)\n"
      + "\(Vocabulary.title(ofInference: settings.model.inference)), \(settings.precision.rawValue) precision, "
      + "\(NumberText.count(threads, "thread")), seed \(settings.seed)" + resumed
  }

  private var resumption: String {
    guard let checkpoint = ascent.checkpoint else {
      let kept = ascent.resume.map { "\($0) is as it was" } ?? "nothing was saved"
      return "latent: interrupted; \(kept). With --checkpoint FILE a fit keeps how far it came."
    }
    return "latent: interrupted. To go on:\n  \(CommandLineText.resuming(from: checkpoint))"
  }

  /// Refuses sizes that cannot be held before they are reserved.
  private static func checkMemory(_ settings: ModelSettings, columns: Int) throws {
    let (K, D) = (Double(settings.components), Double(columns))
    // The parameters, the statistics of two lanes, and the factors; the prior's scale and its factor.
    let matrices = settings.covariance.map { $0 == .full ? 4 * K + 4 : 8 } ?? 0
    let vectors = 8 * K * Double(1 + (settings.latent ?? 0))
    let needed = 8 * (matrices * D * D + vectors * D)
    let available = Double(Memory.physical)
    guard needed <= available else {
      throw PreparationError.tooLargeForMemory(
        components: settings.components, columns: columns, needed: needed, available: available)
    }
  }
}

/// What a fit found, whatever the ascent.
struct FitOutcome<Parameters: Sendable>: Sendable {
  /// Those of the best start.
  let parameters: Parameters
  let trace: [Bound]
  let best: Int
  let runs: [Run]
  let outcome: Outcome
  let seconds: Double
  let secondsPerIteration: Double

  struct Run: Sendable {
    let restart: Int
    let iterations: Int
    let bound: Double?
    let outcome: Outcome?
    let error: InferenceError?
  }

  /// - Parameter secondsPerIteration: the mean over steps after the first of each start; nil without any.
  init<State: ModelState<Parameters>>(_ result: FitResult<State>, secondsPerIteration: Double?) {
    parameters = result.state.parameters
    trace = result.trace
    bound = result.best.bound
    best = result.best.restart
    runs = result.runs.map {
      Run(
        restart: $0.restart, iterations: $0.iterations, bound: $0.bound, outcome: $0.outcome, error: $0.error)
    }
    outcome = result.outcome
    seconds = result.seconds
    self.secondsPerIteration = secondsPerIteration ?? result.seconds / Double(max(result.iterations, 1))
  }

  /// The bound at the parameters: the last of the trace, or a better one where steps only estimate it.
  let bound: Bound
}
