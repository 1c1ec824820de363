import ArgumentParser
import Latent

struct ScoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "score", abstract: "The log density ln p(x) of every row under a fitted model, in nats.",
    discussion: "Columns are matched with the model's by name where DATA has a header.")

  @Argument(help: "A model file.") var file: String
  @Argument(help: "A file, `-`, or the name of a data set.") var data: String
  @Option(name: [.customShort("o"), .customLong("output")], help: "Where to write (.csv, .tsv, .npy).")
  var output: String?
  @OptionGroup(title: "Data") var dataOptions: DataOptions
  @OptionGroup(title: "Run") var seed: SeedOption
  @OptionGroup(title: "Run") var threads: ThreadsOption
  @OptionGroup(title: "Run") var precision: PrecisionOption
  @OptionGroup(title: "Run") var report: ReportOptions

  func run() async throws {
    if let output {
      try OutputPath.check(
        output, option: "-o", against: [(data, "the data"), (file, "the model")], endings: TableOutput.endings
      )
    }
    let input = try ModelInput(path: file)
    try await input.visit(precision: precision.value, ScoreJob(command: self, input: input))
  }
}

/// The work of `score` for one kind of model.
private struct ScoreJob: KindVisitor {
  let command: ScoreCommand
  let input: ModelInput

  func visit<Kind: ModelKind>(_: Kind.Type) async throws {
    let (report, output, seed) = (command.report, command.output, command.seed)
    let console = Console(report)
    let fitted: FittedMixture<Kind.Family> = try input.fitted()
    let table = try input.table(
      DataSource(command.data, console: console, threads: command.threads.value),
      options: command.dataOptions, seed: seed.value, as: Kind.Scalar.self)
    let density = try Kind.logDensity(
      of: Rows(table.values), under: fitted, threads: command.threads.value)
    let mean = SampleMean(density)

    if output != nil || !report.json {
      let result = Table(
        source: table.source, values: Matrix(rows: density.count, columns: 1, elements: density),
        columnNames: ["logDensity"])
      try TableOutput.write(result, to: output)
    }
    if report.json { try console.result(json(mean).text) }
    console.note(
      "mean log density \(NumberText.fixed(mean.mean, 6)) ± \(NumberText.fixed(mean.standardError, 6)) nats "
        + "(\(NumberText.count(mean.count, "row"))), seed \(seed.value)\(output.map { ", written to \($0)" } ?? "")"
    )
  }

  private func json(_ mean: SampleMean) -> JSONValue {
    .object([
      ("mean", .number(mean.mean)), ("standardError", .number(mean.standardError)),
      ("rows", .integer(mean.count)), ("quantity", .string("logDensity")),
      ("seed", .unsigned(command.seed.value)),
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
    let squares = values.indices.reduce(0) {
      $0 + weight($1) * (values[$1] - mean) * (values[$1] - mean)
    }
    count = values.count
    self.mean = mean
    standardError = n > 1 ? (squares / (n - 1) / n).squareRoot() : 0
  }
}

extension Rows {
  /// The weight of each row, in the order of the source; nil where every row counts once.
  var weightsInSourceOrder: [Double]? {
    weights.map { weights in inSourceOrder(weights.withUnsafeElements { Array($0) }) }
  }
}
