import Latent

/// The work of `info` for a model of sequences.
struct SequenceInfo: SequenceVisitor {
  let command: InfoCommand
  let input: ModelInput

  /// Matrices are shown up to this many rows and columns.
  private static let widest = 12

  func visit<Kind: SequenceKind>(_: Kind.Type) async throws {
    let details = Kind.details(try Kind.read(input.archive))
    let text = command.report.json ? json(details).text : words(details)
    try StandardOutput.write(text + "\n")
  }

  private var emissions: EmissionChoice? { EmissionChoice(archiveKind: input.archive.kind) }

  private func json(_ details: [(name: String, values: Matrix<Double>)]) -> JSONValue {
    let d = input.description
    var entries: [(String, JSONValue)] = [
      ("kind", .string("model")), ("model", .string(d.model)), ("inference", .string(d.inference)),
      ("states", .optional(emissions == nil ? nil : d.components) { .integer($0) }),
      ("emissions", .optional(emissions) { .string($0.rawValue) }),
      ("latent", .optional(d.latent) { .integer($0) }), ("dimensions", .integer(d.dimensions)),
      ("controls", .integer(d.controls ?? 0)),
      ("covariance", .optional(d.covariance) { .string($0.rawValue) }), ("prior", .string(d.prior)),
      ("columnNames", .optional(d.columnNames) { .strings($0) }),
      ("controlNames", .optional(d.controlNames) { .strings($0) }),
      ("levels", .optional(d.levels) { .array($0.map { .strings($0) }) }),
      ("seed", .unsigned(d.seed)), ("precision", .string(d.precision)),
      ("observations", .integer(d.observations)), ("frames", .optional(d.frames) { .integer($0) }),
      ("missingCells", .integer(d.missingCells)), ("bound", .number(d.bound.value)),
      (d.evidenceKey, .number(d.bound.evidence)), ("iterations", .integer(d.iterations)),
      ("outcome", .string(d.outcome.rawValue)), ("freeParameters", .integer(d.freeParameters)),
    ]
    for (name, values) in details where max(values.rows, values.columns) <= Self.widest {
      entries.append(
        (
          name,
          values.rows == 1
            ? .numbers(values.row(0)) : .array((0..<values.rows).map { .numbers(values.row($0)) })
        ))
    }
    return .object(entries)
  }

  private func words(_ details: [(name: String, values: Matrix<Double>)]) -> String {
    let d = input.description
    var rows = [
      ["model", "\(Vocabulary.title(ofModel: d.model)) (\(d.model))"],
      ["inference", Vocabulary.title(ofInference: d.inference)],
    ]
    if let emissions {
      rows += [["states", NumberText.count(d.components)], ["emissions", emissions.rawValue]]
    }
    if let latent = d.latent { rows.append(["latent dimensions", NumberText.count(latent)]) }
    rows.append(
      ["columns", NumberText.count(d.dimensions) + (d.columnNames.map { ": \(Wording.list($0))" } ?? "")])
    if let controls = d.controls {
      rows.append(
        ["controls", NumberText.count(controls) + (d.controlNames.map { ": \(Wording.list($0))" } ?? "")])
    }
    if let covariance = d.covariance { rows.append(["covariance", covariance.rawValue]) }
    rows += [
      ["prior", d.prior], ["free parameters", NumberText.count(d.freeParameters)],
      [
        "fitted to",
        "\(NumberText.count(d.observations, "sequence")) of \(NumberText.count(d.frames ?? 0, "frame")) in all",
      ],
    ]
    if d.missingCells > 0 { rows.append(["missing cells", NumberText.count(d.missingCells)]) }
    rows += [
      ["bound", "\(d.bound.value) nats"], [d.evidenceName, "\(d.bound.evidence) nats"],
      ["outcome", "\(d.outcome.rawValue) after \(NumberText.count(d.iterations, "iteration"))"],
      ["seed", "\(d.seed)"], ["precision", d.precision],
    ]
    if d.standardization != nil { rows.append(["standardized", "yes; applied to new data as well"]) }
    let matrices = details.filter { max($0.values.rows, $0.values.columns) <= Self.widest }.map {
      (name, values) in
      let rows = (0..<values.rows).map { values.row($0).map(NumberText.short) }
      return "\n\n\(name)\n" + NumberText.table(rows, leading: [])
    }
    return NumberText.table(rows, indentation: "", leading: [0, 1]) + matrices.joined()
  }
}

/// What `info` says of a checkpoint of a fit to sequences.
struct SequenceCheckpointInfo {
  let command: InfoCommand
  let archive: Archive

  func show() throws {
    let found = try SequenceConfiguration(from: archive)
    let (settings, data) = (found.settings, found.data)
    let model = settings.model
    let size = model.model == "hmm" ? ("states", model.components) : ("latent", model.latent ?? 1)
    guard !command.report.json else {
      return try StandardOutput.write(
        JSONValue.object([
          ("kind", .string("checkpoint")), ("model", .string(model.model)),
          ("inference", .string(model.inference)), (size.0, .integer(size.1)),
          ("dimensions", .integer(data.columns)), ("prior", .optional(model.prior) { .string($0) }),
          ("precision", .string(settings.precision.rawValue)), ("seed", .unsigned(settings.seed)),
          ("frames", .integer(data.rows)), ("restarts", .integer(settings.restarts)),
        ]).text + "\n")
    }
    let rows = [
      ["checkpoint of", "\(Vocabulary.title(ofModel: model.model)) (\(model.model))"],
      ["inference", Vocabulary.title(ofInference: model.inference)],
      [size.0, NumberText.count(size.1)], ["prior", model.prior ?? "none"],
      ["data", "\(NumberText.count(data.rows, "frame")) × \(NumberText.count(data.columns))"],
      ["seed", "\(settings.seed)"], ["precision", settings.precision.rawValue],
    ]
    try StandardOutput.write(
      NumberText.table(rows, indentation: "", leading: [0, 1])
        + "\n\n`latent fit \(model.model) DATA --resume \(CommandLineText.quoted(command.file))` goes on.\n")
  }
}
