import Foundation
import Latent

/// One fit to sequences, from prepared data to the report.
struct SequenceFit<Kind: SequenceKind>: Sendable {
  typealias Parameters = Kind.Model.Parameters
  typealias State = CoordinateAscent<Kind.Model>.State

  let settings: SequenceSettings
  let data: SequenceData<Kind.Scalar>
  let ascent: AscentSettings
  let threads: Int
  let console: Console
  let model: Kind.Model
  let checkpoint: Archive?
  /// Nil when nothing is kept on the disk.
  let configuration: SequenceConfiguration?
  /// The page that is rewritten while the fit runs; nil without --report.
  var live: LiveReport?
  /// The parameters of a model file to start from.
  private let given: Parameters?

  /// - Throws: `UsageError` when a checkpoint belongs to other data; `InferenceError` of the prior.
  init(
    settings: SequenceSettings, data: SequenceData<Kind.Scalar>, ascent: AscentSettings, threads: Int,
    console: Console, checkpoint: Archive? = nil
  ) throws {
    self.settings = settings
    self.data = data
    self.ascent = ascent
    self.threads = threads
    self.console = console
    self.checkpoint = checkpoint
    configuration =
      checkpoint != nil || ascent.checkpoint != nil
      ? SequenceConfiguration(settings: settings, data: data.fingerprint) : nil
    if let checkpoint, let configuration {
      try SequenceConfiguration(from: checkpoint).data.check(configuration.data, path: ascent.resume ?? "")
    }
    model = try Kind.model(
      settings, for: data.sequences, sharesUnits: data.image != nil, threads: threads)
    // A start from a file is in the checkpoint already.
    if let path = settings.startFile, checkpoint == nil {
      guard DataSource.isFile(path) else {
        throw UsageError.badValue(
          option: "--init", value: Wording.quoted(path),
          requirement: Wording.choice(
            SequenceSettings.namedStarts(of: settings.model.model) + ["an existing model file"]))
      }
      let fitted = try Kind.read(Archive(readingFrom: path))
      guard Kind.accepts(fitted.parameters, model),
        (fitted.description.standardization != nil) == settings.standardize,
        fitted.description.levels == data.levels
      else { throw SequenceUseError.initialModel(path: path) }
      given = fitted.parameters
    } else {
      given = nil
    }
  }

  /// Fits, reports, and writes the model file.
  func run(writingTo output: String?) async throws {
    let work = InterruptibleFit.steps(settings.model.model, console, live)
    let result = try await work.result(
      orWithout: "latent: interrupted before the first step.",
      failure: { data.failure($0, settings, restarts: settings.restarts) }
    ) { try await climb() }
    let isInterrupted = result.outcome == .cancelled
    let fitted = fitted(result)
    if let output, !isInterrupted { try Kind.archive(fitted).write(to: output) }
    live?.finish { try self.report(fitted) }
    let report = try SequenceReport(
      self, fitted: fitted, result: result, output: isInterrupted ? nil : output)
    try console.result(report.json, orText: report.text)
    try work.end(result.outcome, resumption: resumption)
  }

  func fitted(_ result: FitOutcome<Parameters>) -> Kind.Fitted {
    Kind.Fitted(
      model: model, parameters: result.parameters,
      description: description(
        bound: result.bound, iterations: result.trace.count, outcome: result.outcome, history: result.history)
    )
  }

  /// What a model file says of the fit.
  func description(bound: Bound, iterations: Int, outcome: Outcome, history: FitHistory?) -> FitDescription {
    FitDescription(
      model: settings.model.model, inference: settings.model.inference,
      components: settings.model.components, dimensions: data.sequences.columns,
      covariance: settings.model.covariance, latent: settings.model.latent,
      prior: settings.model.prior ?? "none", columnNames: data.columnNames, levels: data.levels,
      image: data.image, standardization: data.standardization,
      binarization: settings.binarize?.description, seed: settings.seed,
      precision: settings.precision.rawValue, observations: data.sequences.count,
      missingCells: data.missingCells, bound: bound,
      hasExactPosterior: !Kind.isVariational(model), iterations: iterations,
      outcome: outcome, freeParameters: Kind.freeParameters(model),
      frames: data.sequences.frameCount,
      controls: data.sequences.controlColumns > 0 ? data.sequences.controlColumns : nil,
      controlNames: data.sequences.controlColumns > 0 ? data.controlNames : nil, history: history)
  }

  /// Climbs, showing how far it is and keeping checkpoints.
  func climb() async throws -> FitOutcome<Parameters> {
    var progress = FitProgress<State>()
    if let checkpoint {
      progress = try FitProgress<State>(from: checkpoint, at: "fit")
      let states = [progress.state, progress.best?.state].compactMap(\.self)
      guard states.allSatisfy({ Kind.accepts($0.parameters, model) }),
        progress.runs.count <= settings.restarts
      else { throw FileError.corrupt(path: checkpoint.path, .configuration) }
    }
    console.note(header(of: progress))
    live?.begin(title: Kind.title(settings), words: header(of: progress))
    let stopping = ascent.stopping(by: nil, count: 1)
    let fit = Fit(
      CoordinateAscent(model, threads: threads), on: data.sequences, stopping: stopping,
      restarts: settings.restarts, race: settings.race ? RestartRace(threads: threads) : nil,
      resuming: progress
    ) { (restart) throws(InferenceError) in
      if let given { return State(parameters: given) }
      return State(
        parameters: try Kind.initialParameters(
          of: model, for: data.sequences, settings, sharesUnits: data.image != nil,
          using: RandomStream(seed: settings.seed).substream(restart), threads: threads))
    }
    let configuration = configuration
    var keeper = configuration.flatMap { configuration in
      CheckpointKeeper<State>(path: ascent.checkpoint, every: ascent.every) { progress, path in
        try configuration.archive(of: progress).write(to: path)
      }
    }
    var display = FitDisplay(console: console, stopping: stopping, restarts: settings.restarts)
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
      live?.step(.init(step.progress, restart: step.restart, of: settings.restarts, observation: "sequence"))
      {
        guard let state = step.progress.state else { return [] }
        return try reportSections(at: state.parameters, bound: step.bound, iterations: step.iteration)
      }
      try keeper?.didStep(to: step.progress, outcome: step.outcome)
    }
    try keeper?.finish()
    let result = try iterator.result(interruptedAs: Task.isCancelled ? .cancelled : .budgetExhausted)
    return FitOutcome(result, secondsPerIteration: steps > 0 ? seconds / Double(steps) : nil)
  }

  private func header(of progress: FitProgress<State>) -> String {
    let x = data.sequences
    let held = data.heldOut.map { ", \(NumberText.count($0.count, "sequence")) held out" } ?? ""
    let missing =
      data.missingCells > 0 ? ", \(NumberText.count(data.missingCells, "missing cell"))" : ""
    let controls = x.controlColumns > 0 ? ", \(NumberText.count(x.controlColumns, "control"))" : ""
    let resumed = ascent.resume.map { "\nGoing on from \($0)." } ?? ""
    return "\(Kind.title(settings)) fitted to \(data.source), \(NumberText.count(x.count, "sequence")) of "
      + "\(NumberText.count(x.frameCount, "frame")) in all × \(NumberText.count(x.columns))\(controls)\(missing)\(held)\n"
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
}
