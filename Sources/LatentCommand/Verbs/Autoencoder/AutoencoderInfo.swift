import Latent

/// The work of `info` for an auto-encoder.
struct AutoencoderInfo {
  let command: InfoCommand
  let input: ModelInput

  func show() throws {
    let fitted = try FittedAutoencoder<Double>(from: input.archive)
    try StandardOutput.write((command.report.json ? json(fitted).text : text(fitted)) + "\n")
  }

  private func json(_ fitted: FittedAutoencoder<Double>) -> JSONValue {
    let (d, c) = (fitted.description, fitted.configuration)
    return .object([
      ("kind", .string("model")), ("model", .string(d.model)), ("inference", .string(d.inference)),
      ("dimensions", .integer(d.dimensions)), ("latent", .integer(c.isRegression ? 0 : c.latentDimensions)),
      ("hidden", .array(c.hidden.map { .integer($0) })),
      ("decoderHidden", .array(c.decoderWidths.map { .integer($0) })),
      ("activation", .string(c.activation.rawValue)),
      ("likelihood", .string(AutoencoderWords.likelihood(c.likelihood))),
      ("channels", .optional(c.convolution) { .array($0.channels.map { .integer($0) }) }),
      ("posterior", .string(c.isPoint ? PosteriorChoice.none.rawValue : c.posterior.rawValue)),
      ("prior", .string(d.prior)),
      (
        "latentLayers",
        .optional(c.secondLayer) { .array([c.latent, $0.latent].map { .integer($0) }) }
      ),
      ("weightPrior", .optional(c.weightPrior) { .number($0) }),
      ("activeUnits", .optional(fitted.diagnosis) { .integer($0.activeUnits) }),
      ("findings", .array((fitted.diagnosis?.findings ?? []).map { $0.json(remedies(fitted)) })),
      (
        "condition",
        .optional(c.condition.isEmpty ? nil : c) { AutoencoderWords.condition($0, fitted.labels) }
      ),
      ("importance", .optional(AutoencoderWords.importanceDraws(c.bound)) { .integer($0) }),
      ("columnNames", .optional(d.columnNames) { .strings($0) }),
      ("levels", .optional(d.levels) { .array($0.map { .strings($0) }) }),
      ("image", d.imageJSON), ("standardization", d.standardizationJSON),
      ("binarize", .optional(d.binarization) { .string($0) }), ("seed", .unsigned(d.seed)),
      ("precision", .string(d.precision)), ("observations", .integer(d.observations)),
      ("missingCells", .integer(d.missingCells)), ("bound", .number(d.bound.value)),
      ("terms", AutoencoderWords.terms(d.bound)), ("passes", .integer(d.iterations)),
      ("outcome", .string(d.outcome.rawValue)), ("freeParameters", .integer(d.freeParameters)),
      ("parameters", fitted.model.layout.json),
    ])
  }

  private func remedies(_ fitted: FittedAutoencoder<Double>) -> NetworkRemedies {
    NetworkRemedies(
      configuration: fitted.configuration, isStandardized: fitted.description.standardization != nil)
  }

  /// The networks and the families that they give.
  private func networks(_ c: AutoencoderConfiguration) -> [[String]] {
    let columns = c.columns - c.condition.count
    let convolutions = c.convolution.map { ", after \(AutoencoderWords.convolutions($0))" } ?? ""
    let mirrored = c.convolution.map { ", before \(AutoencoderWords.convolutions($0)) in reverse" } ?? ""
    let given = c.condition.count
    let decoder = AutoencoderWords.widths(
      (c.isRegression ? 0 : c.latent) + given, c.decoderWidths, columns)
    var rows: [[String]] = []
    if !c.isRegression {
      rows += [
        [
          "latent",
          c.secondLayer.map { "\(c.latent) and \(NumberText.count($0.latent, "dimension")), in two layers" }
            ?? NumberText.count(c.latent, "dimension"),
        ],
        ["encoder", AutoencoderWords.widths(columns + given, c.hidden, c.latent) + convolutions],
      ]
    }
    rows += [
      [c.isRegression ? "network" : "decoder", decoder + mirrored], ["activation", c.activation.rawValue],
      ["likelihood", AutoencoderWords.likelihood(c.likelihood)],
    ]
    if !c.isPoint {
      rows += [["posterior", c.posterior.rawValue], ["prior", AutoencoderWords.prior(c.prior)]]
    }
    if let second = c.secondLayer {
      rows += [
        ["second encoder", AutoencoderWords.widths(c.latent, second.hidden, second.latent)],
        ["second decoder", AutoencoderWords.widths(second.latent, second.decoderWidths, c.latent)],
      ]
    }
    if let deviation = c.weightPrior {
      rows.append(["prior on weights", "normal, of deviation \(NumberText.short(deviation))"])
    }
    return rows
  }

  private func text(_ fitted: FittedAutoencoder<Double>) -> String {
    let (d, c) = (fitted.description, fitted.configuration)
    // What a model without a distribution of z has is no bound, and a prior of weights no part of it.
    let value = c.isPoint ? d.bound.reconstruction : d.bound.value
    var rows = [
      [
        "model",
        "\(c.isRegression ? "Regression on a condition" : Vocabulary.title(ofModel: d.model)) (\(d.model))",
      ],
      ["inference", Vocabulary.title(ofInference: d.inference)],
      ["columns", NumberText.count(d.dimensions) + (d.columnNames.map { ": \(Wording.list($0))" } ?? "")],
    ]
    if !c.condition.isEmpty { rows.append(["given", AutoencoderWords.conditionWords(c, fitted.labels)]) }
    rows += networks(c)
    rows += [
      ["free parameters", NumberText.count(d.freeParameters)],
      ["fitted to", NumberText.count(d.observations, "row")],
    ]
    if d.missingCells > 0 { rows.append(["missing cells", NumberText.count(d.missingCells)]) }
    rows += [
      [
        AutoencoderWords.quantityName(c),
        "\(value) nats, \(NumberText.fixed(value / (d.bound.count > 0 ? d.bound.count : 1), 4)) an observation",
      ],
      ["outcome", "\(d.outcome.rawValue) after \(NumberText.count(d.iterations, "pass", plural: "passes"))"],
      ["seed", "\(d.seed)"],
      ["precision", d.precision],
    ]
    if let image = d.image { rows.append(["images", "\(image.height) × \(image.width)"]) }
    if d.standardization != nil { rows.append(["standardized", "yes; applied to new data as well"]) }
    if let binarization = d.binarization { rows.append(["binarized", binarization]) }
    if let labels = fitted.labels { rows.append(["categories", Wording.list(labels.levels, most: 20)]) }
    let tensors = fitted.model.layout.entries.map { entry in
      [entry.name, entry.shape.map(String.init).joined(separator: " × ")]
    }
    return NumberText.table(rows, indentation: "", leading: [0, 1])
      + (fitted.diagnosis.map { "\n\n\($0.words(remedies(fitted)))" } ?? "") + "\n\n"
      + NumberText.table([["parameters", "shape"]] + tensors, indentation: "", leading: [0, 1])
  }
}

/// The work of `info` for the checkpoint of an auto-encoder.
struct TrainingInfo {
  let command: InfoCommand
  let archive: Archive

  /// The state of an ascent, unread.
  private struct AnyState: Archivable {
    func write(to archive: inout Archive, at path: String) {}
    init(from archive: Archive, at path: String) {}
  }

  func show() throws {
    let configuration = try TrainingConfiguration(from: archive)
    let progress = try FitProgress<AnyState>(from: archive, at: "fit")
    try StandardOutput.write(
      (command.report.json ? json(configuration, progress).text : text(configuration, progress)) + "\n")
  }

  private func json<State>(_ found: TrainingConfiguration, _ progress: FitProgress<State>) -> JSONValue {
    let settings = found.settings
    return .object([
      ("kind", .string("checkpoint")), ("model", .string(settings.model)),
      ("inference", .string(AutoencoderSettings.inference)), ("dimensions", .integer(found.data.columns)),
      ("latent", .integer(settings.latent)), ("hidden", .array(settings.hidden.map { .integer($0) })),
      ("optimizer", .string(settings.optimizer.rawValue)), ("learningRate", .number(settings.learningRate)),
      ("batch", .integer(settings.batch)), ("precision", .string(settings.precision.rawValue)),
      ("seed", .unsigned(settings.seed)), ("rows", .integer(found.data.rows)),
      ("iteration", .integer(Self.passes(progress))),
      ("bound", .optional(Self.last(progress)) { .number($0.value) }), ("seconds", .number(progress.seconds)),
    ])
  }

  private func text<State>(_ found: TrainingConfiguration, _ progress: FitProgress<State>) -> String {
    let settings = found.settings
    var rows = [
      ["checkpoint of", settings.networks.map(AutoencoderWords.title) ?? settings.model],
      [
        "inference",
        "\(Vocabulary.title(ofInference: AutoencoderSettings.inference)), \(settings.optimizer.rawValue)",
      ],
      ["learning rate", NumberText.plain(settings.learningRate)],
      ["minibatch", NumberText.count(settings.batch, "row")],
      ["data", "\(NumberText.count(found.data.rows)) × \(NumberText.count(found.data.columns))"],
      ["seed", "\(settings.seed)"],
      ["precision", settings.precision.rawValue],
      ["computed", NumberText.duration(progress.seconds)],
    ]
    if let last = Self.last(progress) {
      rows.append([
        "so far",
        "\(NumberText.count(Self.passes(progress), "pass", plural: "passes")), bound an observation "
          + NumberText.fixed(last.perObservation, 4),
      ])
    }
    return NumberText.table(rows, indentation: "", leading: [0, 1])
      + "\n\n`latent fit \(settings.model) DATA --resume \(CommandLineText.quoted(command.file))` goes on."
  }

  /// Of the ascent under way, or of the one that ended.
  private static func last<State>(_ progress: FitProgress<State>) -> Bound? {
    progress.trace.last ?? progress.best?.bound
  }

  private static func passes<State>(_ progress: FitProgress<State>) -> Int {
    progress.trace.isEmpty ? progress.best?.trace.count ?? 0 : progress.trace.count
  }
}
