import ArgumentParser
import Latent

struct InfoCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "What is in a model file or checkpoint.")

  @Argument(help: "A model file or checkpoint.") var file: String
  @OptionGroup var report: ReportOptions

  func run() async throws {
    let archive = try Archive(readingFrom: file)
    if archive.kind == TrainingConfiguration.kind {
      try TrainingInfo(command: self, archive: archive).show()
    } else if archive.kind == FittedAutoencoder<Double>.kind {
      try AutoencoderInfo(command: self, input: ModelInput(path: file)).show()
    } else if archive.kind == FilterConfiguration.kind {
      try FilterCheckpointInfo(command: self, archive: archive).show()
    } else if FittedFilter<Double>.kinds.contains(archive.kind) {
      try FilterInfo(command: self, input: ModelInput(path: file)).show()
    } else if archive.kind == SequenceConfiguration.kind {
      try SequenceCheckpointInfo(command: self, archive: archive).show()
    } else if archive.kind == CheckpointConfiguration.kind {
      try CheckpointInfo(command: self, archive: archive).show()
    } else {
      let input = try ModelInput(path: file)
      guard !input.isSequenceModel else {
        return try await input.visitSequences(
          precision: .double, SequenceInfo(command: self, input: input))
      }
      try await input.visit(precision: .double, ModelInfo(command: self, input: input))
    }
  }
}

/// The work of `info` for a model file.
private struct ModelInfo: KindVisitor {
  let command: InfoCommand
  let input: ModelInput

  /// Centres are shown up to this many columns.
  private static let widestCentres = 10
  /// Categories are shown of up to this many columns.
  private static let mostColumns = 20

  func visit<Kind: ModelKind>(_: Kind.Type) async throws {
    let fitted: FittedMixture<Kind.Family> = try input.fitted()
    let centres = Kind.centres(fitted.parameters.emission)
    let shown = input.description.dimensions <= Self.widestCentres ? centres : nil
    let weights = fitted.parameters.weights
    let remedies = Remedies(Kind.self, input.description)
    let relevance = Kind.relevance(fitted.parameters.emission)
    try StandardOutput.write(
      (command.report.json
        ? json(weights, shown, relevance, remedies).text : text(weights, shown, relevance, remedies)) + "\n")
  }

  private func json(
    _ weights: [Double], _ centres: Matrix<Double>?, _ relevance: FactorRelevance?, _ remedies: Remedies
  ) -> JSONValue {
    let d = input.description
    var entries: [(String, JSONValue)] = [
      ("kind", .string("model")), ("model", .string(d.model)), ("inference", .string(d.inference)),
      ("components", .integer(d.components)), ("dimensions", .integer(d.dimensions)),
      ("covariance", .optional(d.covariance) { .string($0.rawValue) }),
      ("latent", .optional(d.latent) { .integer($0) }), ("prior", .string(d.prior)),
      ("columnNames", .optional(d.columnNames) { .strings($0) }),
      ("levels", .optional(d.levels) { .array($0.map { .strings($0) }) }),
      ("image", d.imageJSON), ("standardization", d.standardizationJSON),
      ("binarize", .optional(d.binarization) { .string($0) }), ("seed", .unsigned(d.seed)),
      ("precision", .string(d.precision)), ("observations", .integer(d.observations)),
      ("missingCells", .integer(d.missingCells)), ("bound", .number(d.bound.value)),
      (d.evidenceKey, .number(d.bound.evidence)), ("iterations", .integer(d.iterations)),
      ("outcome", .string(d.outcome.rawValue)), ("freeParameters", .integer(d.freeParameters)),
      ("weights", .numbers(weights)),
      ("findings", .array(d.findings.map { $0.json(columnNames: d.columnNames, remedies: remedies) })),
    ]
    if let relevance { entries.append(("relevantFactors", relevance.json)) }
    if let centres {
      entries.append(("means", .array((0..<centres.rows).map { .numbers(centres.row($0)) })))
    }
    return .object(entries)
  }

  private func text(
    _ weights: [Double], _ centres: Matrix<Double>?, _ relevance: FactorRelevance?, _ remedies: Remedies
  ) -> String {
    let d = input.description
    var rows = [
      ["model", "\(Vocabulary.title(ofModel: d.model)) (\(d.model))"],
      ["inference", Vocabulary.title(ofInference: d.inference)],
      ["components", NumberText.count(d.components)],
      ["columns", NumberText.count(d.dimensions) + (d.columnNames.map { ": \(Wording.list($0))" } ?? "")],
    ]
    if let covariance = d.covariance { rows.append(["covariance", covariance.rawValue]) }
    if let latent = d.latent { rows.append(["factors", NumberText.count(latent)]) }
    if let relevance { rows.append(["factors that matter", relevance.words]) }
    rows += [
      ["prior", d.prior],
      ["free parameters", NumberText.count(d.freeParameters)],
      ["fitted to", NumberText.count(d.observations, "row")],
    ]
    if d.missingCells > 0 { rows.append(["missing cells", NumberText.count(d.missingCells)]) }
    rows += [
      ["bound", "\(d.bound.value) nats"],
      [d.evidenceName, "\(d.bound.evidence) nats"],
      ["outcome", "\(d.outcome.rawValue) after \(NumberText.count(d.iterations, "iteration"))"],
      ["seed", "\(d.seed)"],
      ["precision", d.precision],
    ]
    if let image = d.image { rows.append(["images", "\(image.height) × \(image.width)"]) }
    if d.standardization != nil { rows.append(["standardized", "yes; applied to new data as well"]) }
    if let binarization = d.binarization { rows.append(["binarized", binarization]) }
    if let levels = d.levels {
      for (j, names) in levels.enumerated().prefix(Self.mostColumns) {
        rows.append(["levels of \(d.columnNames?[j] ?? "\(j + 1)")", Wording.list(names, most: 10)])
      }
    }
    let findings = d.findings.map { "\n" + $0.words(columnNames: d.columnNames, remedies: remedies) }
      .joined()
    return NumberText.table(rows, indentation: "", leading: [0, 1]) + "\n\n"
      + components(weights, centres, names: d.columnNames)
      + (findings.isEmpty ? "" : "\n" + findings)
  }

  private func components(_ weights: [Double], _ centres: Matrix<Double>?, names: [String]?) -> String {
    var header = ["component", "weight"]
    if let centres { header += (0..<centres.columns).map { "mean \(names?[$0] ?? "\($0 + 1)")" } }
    let rows = weights.indices.map { k in
      ["\(k + 1)", NumberText.short(weights[k])] + (centres?.row(k).map(NumberText.short) ?? [])
    }
    return NumberText.table([header] + rows, indentation: "")
  }
}

/// The work of `info` for a checkpoint, whatever climbs.
private struct CheckpointInfo {
  let command: InfoCommand
  let archive: Archive

  /// The state of an ascent, unread.
  private struct AnyState: Archivable {
    func write(to archive: inout Archive, at path: String) {}
    init(from archive: Archive, at path: String) {}
  }

  func show() throws {
    let checkpoint = try FitCheckpoint<AnyState>(from: archive)
    let (settings, data) = (checkpoint.configuration.settings, checkpoint.configuration.data)
    let progress = checkpoint.progress
    let text =
      command.report.json
      ? json(settings, data, progress).text : text(settings, data, progress)
    try StandardOutput.write(text + "\n")
  }

  private func json<State>(
    _ settings: FitSettings, _ data: DataFingerprint, _ progress: FitProgress<State>
  ) -> JSONValue {
    .object([
      ("kind", .string("checkpoint")), ("model", .string(settings.model.model)),
      ("inference", .string(settings.model.inference)),
      ("components", .integer(settings.model.components)), ("dimensions", .integer(data.columns)),
      ("covariance", .optional(settings.model.covariance) { .string($0.rawValue) }),
      ("prior", .optional(settings.model.prior) { .string($0) }),
      ("precision", .string(settings.precision.rawValue)), ("seed", .unsigned(settings.seed)),
      ("rows", .integer(data.rows)), ("restarts", .integer(settings.restarts)),
      ("restartsEnded", .integer(progress.runs.count)), ("iteration", .integer(progress.trace.count)),
      ("bound", .optional(progress.trace.last) { .number($0.value) }),
      ("bestBound", .optional(progress.best?.trace.last) { .number($0.value) }),
      ("seconds", .number(progress.seconds)),
      ("batch", .optional(settings.climb.batches) { .integer($0.rows) }),
      ("memoized", .optional(settings.climb.batches) { .bool($0.isMemoized) }),
    ])
  }

  private func text<State>(
    _ settings: FitSettings, _ data: DataFingerprint, _ progress: FitProgress<State>
  ) -> String {
    let model = settings.model
    var rows = [
      ["checkpoint of", "\(Vocabulary.title(ofModel: model.model)) (\(model.model))"],
      ["inference", Vocabulary.title(ofInference: model.inference)],
      ["components", NumberText.count(model.components)],
    ]
    if let covariance = model.covariance { rows.append(["covariance", covariance.rawValue]) }
    if let latent = model.latent { rows.append(["factors", NumberText.count(latent)]) }
    rows += [
      ["prior", model.prior ?? "none"],
      ["data", "\(NumberText.count(data.rows)) × \(NumberText.count(data.columns))"],
      ["seed", "\(settings.seed)"],
      ["precision", settings.precision.rawValue],
      ["starts", "\(progress.runs.count) of \(settings.restarts) ended"],
      ["computed", NumberText.duration(progress.seconds)],
    ]
    if let batches = settings.climb.batches {
      let words = batches.isMemoized ? ", their statistics kept" : ""
      rows.append(["batches", "of up to \(NumberText.count(batches.rows, "row"))\(words)"])
    }
    if let last = progress.trace.last {
      rows.append(["under way", "iteration \(progress.trace.count), bound \(last.value) nats"])
    }
    if let best = progress.best, let last = best.trace.last {
      rows.append(["best so far", "start \(best.restart + 1), bound \(last.value) nats"])
    }
    return NumberText.table(rows, indentation: "", leading: [0, 1])
      + "\n\n`latent fit \(model.model) DATA --resume \(CommandLineText.quoted(command.file))` goes on."
  }
}
