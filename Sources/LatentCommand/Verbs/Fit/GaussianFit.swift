import Foundation
import Latent

/// One fit of a Gaussian mixture, from prepared data to the report.
struct GaussianFit<Scalar: LatentScalar>: Sendable {
  typealias Ascent = CoordinateAscent<GaussianMixture<Scalar>>

  let settings: FitSettings
  let data: FitData<Scalar>
  let ascent: AscentOptions
  let threads: Int
  let console: Console
  let model: GaussianMixture<Scalar>
  private let progress: FitProgress<Ascent.State>
  private let start: FitStart
  /// Nil when nothing is kept on the disk.
  private let configuration: CheckpointConfiguration?

  /// - Throws: `UsageError` when a checkpoint belongs to other data; `InferenceError` of the prior.
  init(
    settings: FitSettings, data: FitData<Scalar>, ascent: AscentOptions, threads: Int, console: Console,
    checkpoint: GaussianCheckpoint<Scalar>?
  ) throws {
    self.settings = settings
    self.data = data
    self.ascent = ascent
    self.threads = threads
    self.console = console
    try Self.checkMemory(settings, columns: data.values.columns)
    let needsFingerprint = checkpoint != nil || ascent.checkpoint != nil
    let configuration =
      needsFingerprint ? CheckpointConfiguration(settings: settings, data: data.fingerprint) : nil
    if let checkpoint, let configuration {
      try checkpoint.configuration.check(configuration.data, path: ascent.resume ?? "")
    }
    self.configuration = configuration
    progress = checkpoint?.progress ?? FitProgress()

    var prior = checkpoint?.prior
    if checkpoint == nil, settings.prior == .niw {
      prior = try .scaled(
        to: data.values, components: settings.components, covariance: settings.covariance,
        sharesUnits: data.image != nil, threads: threads)
    }
    model = try GaussianMixture(
      components: settings.components, dimensions: data.values.columns, covariance: settings.covariance,
      prior: prior)
    // A start from a file is in the checkpoint already.
    start =
      checkpoint != nil && settings.startFile != nil
      ? .mixture(.kMeans) : try FitStart.read(settings, data: data, console: console, threads: threads)
  }

  /// Fits, reports, and writes the model file.
  func run(writingTo output: String?) async throws {
    console.note(header)
    let task = Task.detached { try await climb() }
    let signals = InterruptSignals {
      console.alert("latent: stopping after this step; once more to stop at once.")
      task.cancel()
    }
    let (result, secondsPerIteration): (FitResult<Ascent.State>, Double?)
    do {
      (result, secondsPerIteration) = try await task.value
    } catch is CancellationError {
      signals.end()
      if console.isJSON {
        try console.result(
          JSONValue.object([("model", .string(settings.model)), ("outcome", .string("cancelled"))]).text)
      }
      console.alert("latent: interrupted before the first step.")
      throw ExitStatus(code: ExitStatus.interrupted)
    } catch let error as InferenceError {
      throw FitFailure(error: error, restarts: settings.restarts, columnNames: data.columnNames)
    }
    signals.end()
    let isInterrupted = result.outcome == .cancelled
    let fitted = fitted(result)
    if let output, !isInterrupted { try fitted.archive().write(to: output) }
    let report = try FitReport(
      self, fitted: fitted, result: result, secondsPerIteration: secondsPerIteration,
      output: isInterrupted ? nil : output)
    try console.result(report.json, orText: report.text)
    guard isInterrupted else { return }
    console.alert(resumption)
    throw ExitStatus(code: ExitStatus.interrupted)
  }

  // MARK: The ascent

  private func climb() async throws -> (FitResult<Ascent.State>, secondsPerIteration: Double?) {
    let stream = RandomStream(seed: settings.seed)
    let rows = Rows(data.values)
    let fit = Fit(
      CoordinateAscent(model, threads: threads), on: rows, stopping: ascent.stopping,
      restarts: settings.restarts, resuming: progress
    ) { (restart) throws(InferenceError) in
      if case .parameters(let θ) = start { return .init(parameters: θ) }
      return .init(
        parameters: try model.initialParameters(
          for: rows, start: start.mixtureStart, sharesUnits: data.image != nil,
          using: stream.substream(restart),
          threads: threads))
    }
    var keeper = CheckpointKeeper<Scalar>(
      path: ascent.checkpoint, every: ascent.every ?? AscentOptions.defaultEvery,
      configuration: configuration,
      prior: model.emission.prior)
    var display = FitDisplay(console: console, stopping: ascent.stopping, restarts: settings.restarts)
    defer { display.end() }
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
      try keeper?.didStep(to: step.progress, outcome: step.outcome)
    }
    try keeper?.finish()
    let result = try iterator.progress.result(
      of: settings.restarts, interruptedAs: Task.isCancelled ? .cancelled : .budgetExhausted)
    return (result, steps > 0 ? seconds / Double(steps) : nil)
  }

  private func fitted(_ result: FitResult<Ascent.State>) -> FittedGaussianMixture {
    FittedGaussianMixture(
      parameters: result.state.parameters, prior: model.emission.prior,
      description: .init(
        components: model.components, dimensions: model.dimensions, covariance: model.emission.covariance,
        prior: settings.prior.rawValue, columnNames: data.columnNames, image: data.image,
        standardization: data.standardization, binarization: settings.binarize?.description,
        seed: settings.seed, precision: settings.precision.rawValue, observations: data.values.rows,
        bound: result.bound, iterations: result.trace.count, outcome: result.outcome,
        freeParameters: model.freeParameters))
  }

  // MARK: Words

  private var header: String {
    let prior = settings.prior == .niw ? "weak Normal-inverse-Wishart prior" : "no prior"
    let held = data.heldOut.map { ", \(NumberText.count($0.rows, "row")) held out" } ?? ""
    var resumed = ascent.resume.map { "\nGoing on from \($0)." } ?? ""
    let ended = progress.runs.count { $0.outcome == .budgetExhausted }
    if ended > 0 { resumed += " Starts that had used up their budget stay as they are: \(ended)." }
    return "Gaussian mixture of \(NumberText.count(model.components, "component")) "
      + "(\(model.emission.covariance.rawValue) covariance, \(prior)) fitted to \(data.source), "
      + "\(NumberText.count(data.values.rows)) × \(NumberText.count(data.values.columns))\(held)\n"
      + "EM, \(settings.precision.rawValue) precision, \(NumberText.count(threads, "thread")), seed \(settings.seed)"
      + resumed
  }

  private var resumption: String {
    guard let checkpoint = ascent.checkpoint else {
      let kept = ascent.resume.map { "\($0) is as it was" } ?? "nothing was saved"
      return "latent: interrupted; \(kept). With --checkpoint FILE a fit keeps how far it came."
    }
    return "latent: interrupted. To go on:\n  \(CommandLineText.resuming(from: checkpoint))"
  }

  /// Refuses sizes that cannot be held before they are reserved.
  private static func checkMemory(_ settings: FitSettings, columns: Int) throws {
    let (K, D) = (Double(settings.components), Double(columns))
    // The parameters, the statistics of two lanes, and the factors; the prior's scale and its factor.
    let matrices = settings.covariance == .full ? 4 * K + 4 : 8
    let vectors = 8 * K
    let needed = 8 * (matrices * D * D + vectors * D)
    let available = Double(Memory.physical)
    guard needed <= available else {
      throw PreparationError.tooLargeForMemory(
        components: settings.components, columns: columns, needed: needed, available: available)
    }
  }
}
