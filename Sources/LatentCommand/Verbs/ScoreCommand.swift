import ArgumentParser
import Latent

struct ScoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "The log density ln p(x) of every row under a fitted model, in nats.",
    discussion: """
      Of an auto-encoder, whose ln p(x) is out of reach, the bound of it, in a column of that name.

      Of sequences, a number for each: ln p(x), by variational Bayes what it adds to the bound, of deep filters a bound.

      Columns are matched with the model's by name where DATA has a header.
      """)

  @OptionGroup var options: AppliedModelOptions

  func run() async throws {
    let input = try options.open()
    guard !input.isAutoencoder else {
      return try input.visitAutoencoder(
        precision: options.precision.given, AutoencoderScoreJob(options: options, input: input))
    }
    guard !input.isFilter else {
      return try input.visitFilter(
        precision: options.precision.given, FilterScoreJob(options: options, input: input))
    }
    guard !input.isSequenceModel else {
      return try await input.visitSequences(
        precision: options.precision.value, SequenceScoreJob(options: options, input: input))
    }
    try await input.visit(precision: options.precision.value, ScoreJob(command: self, input: input))
  }
}

/// The work of `score` for one kind of model.
private struct ScoreJob: KindVisitor {
  let command: ScoreCommand
  let input: ModelInput

  func visit<Kind: ModelKind>(_: Kind.Type) async throws {
    let options = command.options
    let densities = try options.logDensities(Kind.self, input)
    let mean = SampleMean(densities.values.elements)
    try options.write(densities)
    if options.report.json { try options.console.result(json(mean).text) }
    options.console.note(
      "mean log density \(NumberText.fixed(mean.mean, 6)) ± \(NumberText.fixed(mean.standardError, 6)) nats "
        + "(\(NumberText.count(mean.count, "row")))\(options.ending)")
  }

  private func json(_ mean: SampleMean) -> JSONValue {
    .object([
      ("mean", .number(mean.mean)), ("standardError", .number(mean.standardError)),
      ("rows", .integer(mean.count)), ("quantity", .string("logDensity")),
      ("seed", .unsigned(command.options.seed.value)),
    ])
  }
}

/// A mean over rows and its standard error.
struct SampleMean: Sendable {
  /// The number of rows.
  let count: Int
  let mean: Double
  /// 0 for rows that weigh no more than a single one.
  let standardError: Double

  /// - Parameter weights: a row of weight w counts as w rows; nil where each counts once, or where none counts.
  init(_ values: [Double], weights: [Double]? = nil) {
    let total = weights?.reduce(0, +) ?? 0
    let weights = total > 0 ? weights : nil
    func weight(_ i: Int) -> Double { weights?[i] ?? 1 }
    let n = total > 0 ? total : Double(values.count)
    let mean = values.indices.reduce(0) { $0 + weight($1) * values[$1] } / n
    let deviations = values.map { $0 - mean }
    // Squares of large numbers would be infinite. Division by a power of two rounds nothing.
    let largest = deviations.reduce(0) { max($0, $1.magnitude) }
    let unit = largest.isNormal ? largest.binade : 1
    let squares = deviations.indices.reduce(0) {
      $0 + weight($1) * (deviations[$1] / unit) * (deviations[$1] / unit)
    }
    count = values.count
    self.mean = mean
    standardError = n > 1 ? unit * (squares / (n - 1) / n).squareRoot() : 0
  }

  /// The standard error where there is one: of two rows or more, and a number.
  var error: Double? { count > 1 && standardError.isFinite ? standardError : nil }
}

extension SampleMean {
  /// The standard error; null of a single value, which tells none.
  var errorJSON: JSONValue { .optional(count > 1 ? standardError : nil) { .number($0) } }

  /// The mean with its standard error, where there is one.
  func words(_ digits: Int) -> String {
    NumberText.fixed(mean, digits) + (count > 1 ? " ± \(NumberText.fixed(standardError, digits))" : "")
  }
}

extension Rows {
  /// The weight of each row, in the order of the source; nil where every row counts once.
  var weightsInSourceOrder: [Double]? {
    weights.map { weights in inSourceOrder(weights.withUnsafeElements { Array($0) }) }
  }
}
