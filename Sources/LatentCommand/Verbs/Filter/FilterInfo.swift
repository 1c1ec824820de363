import Latent

/// The work of `info` for a deep filter.
struct FilterInfo {
  let command: InfoCommand
  let input: ModelInput

  func show() throws {
    let fitted = try FittedFilter<Double>(from: input.archive)
    try StandardOutput.write((command.report.json ? json(fitted).text : text(fitted)) + "\n")
  }

  private func json(_ fitted: FittedFilter<Double>) -> JSONValue {
    let (d, c) = (fitted.description, fitted.configuration)
    return .object([
      ("kind", .string("model")), ("model", .string(d.model)), ("inference", .string(d.inference)),
      ("dimensions", .integer(d.dimensions)), ("controls", .integer(c.controls)),
      ("latent", .integer(c.latent)), ("matrices", .optional(c.matrices) { .integer($0) }),
      ("hidden", .array(c.hidden.map { .integer($0) })),
      ("recognition", .array(c.recognition.map { .integer($0) })),
      ("firstFrames", .integer(c.initialFrames)), ("smoothing", .optional(c.future) { .integer($0) }),
      ("activation", .string(c.activation.rawValue)),
      ("likelihood", .string(AutoencoderWords.likelihood(c.likelihood))), ("prior", .string(d.prior)),
      ("columnNames", .optional(d.columnNames) { .strings($0) }),
      ("controlNames", .optional(d.controlNames) { .strings($0) }),
      ("controlScales", .numbers(c.controlScales)),
      ("image", d.imageJSON), ("standardization", d.standardizationJSON),
      ("binarize", .optional(d.binarization) { .string($0) }), ("seed", .unsigned(d.seed)),
      ("precision", .string(d.precision)), ("observations", .integer(d.observations)),
      ("frames", .optional(d.frames) { .integer($0) }), ("missingCells", .integer(d.missingCells)),
      ("bound", .number(d.bound.value)), ("terms", AutoencoderWords.terms(d.bound)),
      ("passes", .integer(d.iterations)), ("updates", .optional(fitted.recipe) { .integer($0.updates) }),
      ("outcome", .string(d.outcome.rawValue)), ("freeParameters", .integer(d.freeParameters)),
      ("parameters", fitted.model.layout.json),
    ])
  }

  private func text(_ fitted: FittedFilter<Double>) -> String {
    let (d, c) = (fitted.description, fitted.configuration)
    func units(_ widths: [Int]) -> String { LayerSizes(widths).description }
    var rows = [
      ["model", "\(Vocabulary.title(ofModel: d.model)) (\(d.model))"],
      ["inference", Vocabulary.title(ofInference: d.inference)],
      ["columns", NumberText.count(d.dimensions) + (d.columnNames.map { ": \(Wording.list($0))" } ?? "")],
    ]
    if c.controls > 0 {
      rows.append(
        ["controls", NumberText.count(c.controls) + (d.controlNames.map { ": \(Wording.list($0))" } ?? "")])
    }
    rows += [
      ["latent dimensions", NumberText.count(c.latent)], ["transition", FilterWords.transition(c)],
      ["hidden units", "decoder \(units(c.hidden)), recognition \(units(c.recognition))"],
      [
        "first state",
        c.future == nil
          ? "from \(NumberText.count(c.initialFrames, "frame"))" : "from all frames",
      ],
      [
        "q",
        c.future.map { "a smoother, the future summed up in \(NumberText.count($0, "unit"))" } ?? "a filter",
      ],
      ["activation", c.activation.rawValue], ["likelihood", AutoencoderWords.likelihood(c.likelihood)],
      ["free parameters", NumberText.count(d.freeParameters)],
      [
        "fitted to",
        "\(NumberText.count(d.observations, "sequence")) of \(NumberText.count(d.frames ?? 0, "frame")) in all",
      ],
    ]
    if d.missingCells > 0 { rows.append(["missing cells", NumberText.count(d.missingCells)]) }
    rows += [
      ["bound", "\(d.bound.value) nats, \(NumberText.fixed(d.bound.perObservation, 4)) a sequence"],
      ["outcome", "\(d.outcome.rawValue) after \(NumberText.count(d.iterations, "pass", plural: "passes"))"],
      ["seed", "\(d.seed)"], ["precision", d.precision],
    ]
    if let image = d.image { rows.append(["images", "\(image.height) × \(image.width)"]) }
    if d.standardization != nil { rows.append(["standardized", "yes; applied to new data as well"]) }
    if let binarization = d.binarization { rows.append(["binarized", binarization]) }
    let tensors = fitted.model.layout.entries.map { entry in
      [entry.name, entry.shape.map(String.init).joined(separator: " × ")]
    }
    return NumberText.table(rows, indentation: "", leading: [0, 1]) + "\n\n"
      + NumberText.table([["parameters", "shape"]] + tensors, indentation: "", leading: [0, 1])
  }
}

extension DeepFilterConfiguration {
  /// M; nil for a deep Kalman filter.
  var matrices: Int? {
    guard case .locallyLinear(let bases, _, _) = transition else { return nil }
    return bases
  }
}

extension DeepFilterConfiguration {
  /// About how many numbers a frame has on the tape of a sweep: states, units of hidden layers, and what the decoder says.
  var unitsPerFrame: Int {
    var widths = hidden + recognition + [2 * columns, 8 * latent, controls, future ?? 0]
    switch transition {
    case .gaussian(let hidden): widths += hidden
    case .locallyLinear(let bases, let mixing, _): widths += mixing + [bases, latent * latent]
    }
    return 2 * widths.reduce(0, +)
  }
}

/// What `info` says of the checkpoint of a deep filter.
struct FilterCheckpointInfo {
  let command: InfoCommand
  let archive: Archive

  /// The state of an ascent, unread.
  private struct AnyState: Archivable {
    func write(to archive: inout Archive, at path: String) {}
    init(from archive: Archive, at path: String) {}
  }

  func show() throws {
    let found = try FilterConfiguration(from: archive)
    let progress = try FitProgress<AnyState>(from: archive, at: "fit")
    let (settings, data) = (found.settings, found.data)
    let last = progress.trace.last ?? progress.best?.bound
    let passes = progress.trace.isEmpty ? progress.best?.trace.count ?? 0 : progress.trace.count
    guard !command.report.json else {
      return try StandardOutput.write(
        JSONValue.object([
          ("kind", .string("checkpoint")), ("model", .string(settings.model)),
          ("inference", .string(AutoencoderSettings.inference)), ("dimensions", .integer(data.columns)),
          ("latent", .integer(settings.latent)), ("matrices", .optional(settings.matrices) { .integer($0) }),
          ("hidden", .array(settings.hidden.map { .integer($0) })),
          ("learningRate", .number(settings.learningRate)), ("batch", .integer(settings.batch)),
          ("precision", .string(settings.precision.rawValue)), ("seed", .unsigned(settings.seed)),
          ("frames", .integer(data.rows)), ("iteration", .integer(passes)),
          ("bound", .optional(last) { .number($0.value) }), ("seconds", .number(progress.seconds)),
        ]).text + "\n")
    }
    var rows = [
      ["checkpoint of", "\(Vocabulary.title(ofModel: settings.model)) (\(settings.model))"],
      ["inference", Vocabulary.title(ofInference: AutoencoderSettings.inference)],
      ["latent dimensions", NumberText.count(settings.latent)],
      ["learning rate", NumberText.plain(settings.learningRate)],
      ["minibatch", NumberText.count(settings.batch, "sequence")],
      ["data", "\(NumberText.count(data.rows, "frame")) × \(NumberText.count(data.columns))"],
      ["seed", "\(settings.seed)"], ["precision", settings.precision.rawValue],
      ["computed", NumberText.duration(progress.seconds)],
    ]
    if let last {
      rows.append([
        "so far",
        "\(NumberText.count(passes, "pass", plural: "passes")), bound a sequence "
          + NumberText.fixed(last.perObservation, 4),
      ])
    }
    try StandardOutput.write(
      NumberText.table(rows, indentation: "", leading: [0, 1])
        + "\n\n`latent fit \(settings.model) DATA --resume \(CommandLineText.quoted(command.file))` goes on.\n"
    )
  }
}
