import Foundation
import Latent

extension SelectCommand {
  /// Compares models of sequences.
  func selectSequences(_ inference: String, _ criterion: Criterion) async throws {
    guard inference == "em" || model == "hmm" else { throw UsageError.noInference(inference, model: model) }
    func refuse(_ options: [(String, Bool)]) throws {
      for (option, isGiven) in options where isGiven {
        throw UsageError.noMeaning(option: option, model: model, inference: inference)
      }
    }
    try refuse([("--weights", weights.value != nil), ("--components", components != nil)])
    guard criterion != .icl else {
      throw UsageError.conflict(
        option: "--criterion icl", other: model,
        reason: "it is about clusters of rows, and not of frames in order")
    }
    if model == "hmm" {
      guard states != nil else {
        throw UsageError.missing(option: "--states", reason: "give a range such as 1...6")
      }
      try refuse([("--latent", latent != nil), ("--controls", sequences.controls != nil)])
    } else {
      guard latent != nil else {
        throw UsageError.missing(option: "--latent", reason: "give a range such as 1...4")
      }
      try refuse([("--states", states != nil), ("--emissions", emissions != nil)])
    }
    let restarts = repeats.given ?? (model == "lds" ? 1 : repeats.restarts)
    let settings = try candidates(inference).map { candidate in
      SequenceSettings(
        model: candidate, emissions: emissions ?? .gaussian, precision: precision.value, restarts: restarts,
        start: model == "lds" && restarts > 1 ? "random" : SequenceSettings.namedStarts(of: model)[0],
        seed: seed.value, columns: data.columns?.names, sequence: sequences.sequence,
        controls: sequences.controls, truth: sequences.truth?.names ?? [], image: sequences.image?.size,
        standardize: repeats.standardize,
        binarize: data.binarize,
        holdout: repeats.holdout ?? (criterion == .heldout ? SelectDefaults.holdout : nil))
    }
    try await SequenceKinds.visit(
      model: model, inference: inference, emissions: emissions ?? .gaussian, precision: precision.value,
      SequenceSelectJob(command: self, inference: inference, criterion: criterion, settings: settings))
  }
}

/// The work of `select` for one kind of model of sequences. In criteria an observation is a frame.
private struct SequenceSelectJob: SequenceVisitor {
  let command: SelectCommand
  let inference: String
  let criterion: Criterion
  let settings: [SequenceSettings]

  @_semantics("optimize.sil.specialize.generic.never")
  func visit<Kind: SequenceKind>(_: Kind.Type) async throws {
    let console = Console(command.report)
    var settings = try settings.map { try Kind.completed($0) }
    guard let first = settings.first else { return }
    let source = DataSource(command.source, console: console, threads: command.threads.value)
    let (table, levels): (SequenceTable<Kind.Scalar>, [[String]]?) = try source.sequences(
      first.choice(isCategorical: Kind.cells == .categories))
    let data = try SequenceData(
      table, levels: levels, first, hasControls: first.model.model == "lds", console: console)
    console.note(
      "\(NumberText.count(settings.count, "model")) of \(data.source), "
        + "\(NumberText.count(data.sequences.count, "sequence")) of "
        + "\(NumberText.count(data.sequences.frameCount, "frame")) in all, compared by \(criterion.title), "
        + "\(NumberText.count(first.restarts, "start")) each, seed \(first.seed)")
    let ascent = AscentSettings(
      tolerance: command.stopping.tolerance, maxIterations: command.stopping.maxIterations)
    var results: [Candidate] = []
    for i in settings.indices {
      settings[i].model.levels = levels
      do {
        let fit = try SequenceFit<Kind>(
          settings: settings[i], data: data, ascent: ascent, threads: command.threads.value, console: .silent)
        let result = try await fit.climb()
        results.append(try Candidate(fit, result))
      } catch let error as InferenceError {
        // Data that no candidate can take end the comparison; a collapse ends a candidate.
        guard error.exitStatus == ExitStatus.inferenceFailed else { throw data.failure(error, settings[i]) }
        results.append(
          Candidate(settings: settings[i].model, failure: error.reason(columnNames: data.columnNames)))
      }
      if let last = results.last { console.note("  \(last.name): \(last.summary(by: criterion))") }
    }
    let comparison = Comparison(
      candidates: results, criterion: criterion, maxIterations: command.stopping.maxIterations)
    if let output = command.output { try write(comparison, to: output, source: data.source) }
    let report = SelectReport(
      command: command, inference: inference, comparison: comparison, observations: data.sequences.count,
      heldOut: data.heldOut?.count ?? 0)
    try console.result(report.json, orText: report.text)
    if comparison.best == nil {
      console.alert("latent: no candidate could be fitted.")
      throw ExitStatus(code: ExitStatus.inferenceFailed)
    }
  }

  private func write(_ comparison: Comparison, to path: String, source: String) throws {
    let lowered = path.lowercased()
    if lowered.hasSuffix(".png") || lowered.hasSuffix(".svg") {
      try SelectPlot(comparison: comparison, model: command.model, source: source).write(to: path)
    } else {
      try AtomicFile.write(
        text: comparison.table(separator: lowered.hasSuffix(".tsv") ? "\t" : ","), to: path)
    }
  }
}

extension Candidate {
  /// One that could not be fitted.
  init(settings: ModelSettings, failure: String) {
    self.settings = settings
    components = settings.components
    self.failure = failure
  }

  /// A model of sequences, fitted.
  init<Kind: SequenceKind>(
    _ fit: SequenceFit<Kind>, _ result: FitOutcome<Kind.Model.Parameters>
  ) throws(InferenceError) {
    let fitted = fit.fitted(result)
    settings = fit.settings.model
    components = settings.components
    effectiveComponents = components
    bound = result.bound.value
    outcome = result.outcome
    iterations = result.runs.reduce(0) { $0 + $1.iterations }
    seconds = result.seconds
    freeParameters = fitted.description.freeParameters
    if fitted.description.hasExactPosterior {
      // Frames have no clusters of their own, and so no ICL.
      criteria = InformationCriteria(
        logLikelihood: result.bound.evidence, freeParameters: freeParameters,
        observations: Double(fit.data.sequences.frameCount), entropy: .nan)
    } else {
      logLabellings = (1...components).reduce(0) { $0 + log(Double($1)) }
    }
    heldOut = try fit.data.heldOut.map { x throws(InferenceError) in
      SampleMean(try Kind.logDensity(of: x, under: fitted, threads: fit.threads))
    }
  }
}
