import Foundation
import Latent

/// The work of `select` for one kind of model: fits every candidate and compares them.
struct SelectJob: KindVisitor {
  let command: SelectCommand
  let inference: String
  let criterion: Criterion
  let candidates: [ModelSettings]

  /// Not specialised, as in `fit`: the loops over rows are in the libraries.
  @_semantics("optimize.sil.specialize.generic.never")
  func visit<Kind: ModelKind>(_: Kind.Type) async throws {
    let console = Console(command.report)
    var candidates = try candidates.map { try Kind.completed($0) }
    // The rows must do for the smallest; a larger candidate fails alone.
    guard let smallest = candidates.min(by: { $0.components < $1.components }) else { return }
    let settings = FitSettings(
      model: smallest, climb: ClimbSettings(),
      precision: command.precision.value, restarts: command.repeats.restarts,
      start: FitSettings.namedStarts[0],
      seed: command.seed.value, columns: command.data.columns?.names, weights: command.weights.value,
      standardize: command.repeats.standardize, binarize: command.data.binarize,
      holdout: command.repeats.holdout ?? (criterion == .heldout ? SelectDefaults.holdout : nil))
    try Kind.check(standardize: settings.standardize, binarize: settings.binarize, of: settings.model)
    let table: Table<Kind.Scalar> = try DataSource(
      command.source, console: console, threads: command.threads.value
    ).table(settings.choice(labels: nil, isCategorical: Kind.isCategorical))
    let data = try FitData(table, settings)
    for i in candidates.indices { candidates[i].levels = data.levels }
    console.note(
      "\(NumberText.count(candidates.count, "model")) of \(data.source), "
        + "\(NumberText.count(data.rows.rows)) × \(NumberText.count(data.rows.columns)), compared by "
        + "\(criterion.title), \(NumberText.count(settings.restarts, "start")) each, seed \(settings.seed)")

    let results: [Candidate]
    do {
      results = try await fitAll(candidates, Kind.self, data, settings, console)
    } catch let error as InferenceError {
      throw data.failure(error, remedies: MixtureFit<Kind>.remedies(settings))
    }
    let comparison = Comparison(
      candidates: results, criterion: criterion, maxIterations: command.stopping.maxIterations)
    if let output = command.output { try write(comparison, to: output, source: data.source) }
    let report = SelectReport(
      command: command, inference: inference, comparison: comparison, observations: data.rows.rows,
      heldOut: data.heldOut?.rows ?? 0, restarts: command.repeats.restarts)
    try console.result(report.json, orText: report.text)
    if comparison.best == nil {
      console.alert("latent: no candidate could be fitted.")
      throw ExitStatus(code: ExitStatus.inferenceFailed)
    }
  }

  /// Fits the candidates side by side; the results do not depend on how many run at once.
  @_semantics("optimize.sil.specialize.generic.never")
  private func fitAll<Kind: ModelKind>(
    _ candidates: [ModelSettings], _: Kind.Type, _ data: FitData<Kind.Scalar>, _ settings: FitSettings,
    _ console: Console
  ) async throws -> [Candidate] {
    let ascent = AscentSettings(
      tolerance: command.stopping.tolerance, maxIterations: command.stopping.maxIterations)
    // Where candidates are fewer than threads, some of them work inside each fit.
    let side = min(command.threads.value, candidates.count)
    let inner = max(command.threads.value / side, 1)
    return try await withThrowingTaskGroup(of: (Int, Candidate).self) { group in
      var results = [Candidate?](repeating: nil, count: candidates.count)
      var next = 0
      func start() {
        guard next < candidates.count else { return }
        let (index, candidate) = (next, candidates[next])
        next += 1
        group.addTask {
          (
            index,
            try await Candidate(
              fitting: candidate, Kind.self, to: data, run: settings, ascent: ascent, threads: inner)
          )
        }
      }
      for _ in 0..<side { start() }
      while let (index, result) = try await group.next() {
        results[index] = result
        console.note("  \(result.name): \(result.summary(by: criterion))")
        start()
      }
      return results.compactMap(\.self)
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
