import ArgumentParser
import Latent

struct InfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "What is in a model file or checkpoint.")

  @Argument(help: "A model file or checkpoint.") var file: String
  @OptionGroup var report: ReportOptions

  /// Means are shown up to this many columns.
  private static let widestMeans = 10

  func run() throws {
    let archive = try Archive(readingFrom: file)
    let text: String
    switch archive.kind {
    case GaussianCheckpoint<Double>.kind:
      let configuration = try CheckpointConfiguration(from: archive)
      switch configuration.settings.precision {
      case .double: text = try describe(GaussianCheckpoint<Double>(from: archive))
      case .single: text = try describe(GaussianCheckpoint<Float>(from: archive))
      }
    default: text = try describe(FittedGaussianMixture(from: archive))
    }
    try StandardOutput.write(text + "\n")
  }

  // MARK: Models

  private func describe(_ model: FittedGaussianMixture) -> String {
    let d = model.description
    let showsMeans = d.dimensions <= Self.widestMeans
    if report.json {
      var entries: [(String, JSONValue)] = [
        ("kind", .string("model")), ("model", .string(FittedGaussianMixture.kind)),
        ("components", .integer(d.components)), ("dimensions", .integer(d.dimensions)),
        ("covariance", .string(d.covariance.rawValue)), ("prior", .string(d.prior)),
        ("columnNames", .optional(d.columnNames) { .strings($0) }),
        (
          "image",
          .optional(d.image) { .object([("height", .integer($0.height)), ("width", .integer($0.width))]) }
        ),
        (
          "standardization",
          .optional(d.standardization) {
            .object([("means", .numbers($0.means)), ("scales", .numbers($0.scales))])
          }
        ),
        ("binarize", .optional(d.binarization) { .string($0) }), ("seed", .unsigned(d.seed)),
        ("precision", .string(d.precision)), ("observations", .integer(d.observations)),
        ("bound", .number(d.bound.value)), ("logLikelihood", .number(d.bound.evidence)),
        ("iterations", .integer(d.iterations)), ("outcome", .string(d.outcome.rawValue)),
        ("freeParameters", .integer(d.freeParameters)), ("weights", .numbers(model.parameters.weights)),
      ]
      if showsMeans { entries.append(("means", means(model.parameters))) }
      return JSONValue.object(entries).text
    }
    var rows = [
      ["model", "Gaussian mixture (gmm)"],
      ["components", NumberText.count(d.components)],
      ["columns", NumberText.count(d.dimensions) + (d.columnNames.map { ": \(Wording.list($0))" } ?? "")],
      ["covariance", d.covariance.rawValue],
      ["prior", d.prior],
      ["free parameters", NumberText.count(d.freeParameters)],
      ["fitted to", NumberText.count(d.observations, "row")],
      ["bound", "\(d.bound.value) nats"],
      ["log likelihood", "\(d.bound.evidence) nats"],
      ["outcome", "\(d.outcome.rawValue) after \(NumberText.count(d.iterations, "iteration"))"],
      ["seed", "\(d.seed)"],
      ["precision", d.precision],
    ]
    if let image = d.image { rows.append(["images", "\(image.height) × \(image.width)"]) }
    if d.standardization != nil { rows.append(["standardized", "yes; applied to new data as well"]) }
    if let binarization = d.binarization { rows.append(["binarized", binarization]) }
    return NumberText.table(rows, indentation: "", leading: [0, 1]) + "\n\n"
      + components(model.parameters, names: showsMeans ? d.columnNames : nil, showsMeans: showsMeans)
  }

  private func means(_ θ: GaussianMixtureParameters) -> JSONValue {
    .array((0..<θ.components).map { .numbers(θ.means.row($0)) })
  }

  private func components(
    _ θ: GaussianMixtureParameters, names: [String]?, showsMeans: Bool
  ) -> String {
    var header = ["component", "weight"]
    if showsMeans { header += (0..<θ.dimensions).map { "mean \(names?[$0] ?? "\($0 + 1)")" } }
    let rows = (0..<θ.components).map { k in
      ["\(k + 1)", NumberText.short(θ.weights[k])]
        + (showsMeans ? θ.means.row(k).map(NumberText.short) : [])
    }
    return NumberText.table([header] + rows, indentation: "")
  }

  // MARK: Checkpoints

  private func describe<Scalar: LatentScalar>(_ checkpoint: GaussianCheckpoint<Scalar>) -> String {
    let (settings, data) = (checkpoint.configuration.settings, checkpoint.configuration.data)
    let progress = checkpoint.progress
    if report.json {
      return JSONValue.object([
        ("kind", .string("checkpoint")), ("model", .string(settings.model)),
        ("components", .integer(settings.components)), ("dimensions", .integer(data.columns)),
        ("covariance", .string(settings.covariance.rawValue)), ("prior", .string(settings.prior.rawValue)),
        ("precision", .string(settings.precision.rawValue)), ("seed", .unsigned(settings.seed)),
        ("rows", .integer(data.rows)), ("restarts", .integer(settings.restarts)),
        ("restartsEnded", .integer(progress.runs.count)), ("iteration", .integer(progress.trace.count)),
        ("bound", .optional(progress.trace.last) { .number($0.value) }),
        ("bestBound", .optional(progress.best?.trace.last) { .number($0.value) }),
        ("seconds", .number(progress.seconds)),
      ]).text
    }
    var rows = [
      ["checkpoint of", "a Gaussian mixture (gmm)"],
      ["components", NumberText.count(settings.components)],
      ["covariance", settings.covariance.rawValue],
      ["prior", settings.prior.rawValue],
      ["data", "\(NumberText.count(data.rows)) × \(NumberText.count(data.columns))"],
      ["seed", "\(settings.seed)"],
      ["precision", settings.precision.rawValue],
      ["starts", "\(progress.runs.count) of \(settings.restarts) ended"],
      ["computed", NumberText.duration(progress.seconds)],
    ]
    if let last = progress.trace.last {
      rows.append(["under way", "iteration \(progress.trace.count), bound \(last.value) nats"])
    }
    if let best = progress.best, let last = best.trace.last {
      rows.append(["best so far", "start \(best.restart + 1), bound \(last.value) nats"])
    }
    return NumberText.table(rows, indentation: "", leading: [0, 1])
      + "\n\n`latent fit \(settings.model) DATA --resume \(CommandLineText.quoted(file))` goes on."
  }
}
