import ArgumentParser
import Latent

/// What `score`, `posterior`, `reconstruct`, `evaluate` and `impute` have in common: a model file, data, and where the answer goes.
struct AppliedModelOptions: ParsableArguments {
  @Argument(help: "A model file.") var file: String
  @Argument(help: "A file, `-`, or the name of a data set.") var data: String
  @Option(name: [.customShort("o"), .customLong("output")], help: "Where to write (.csv, .tsv, .npy).")
  var output: String?
  @OptionGroup(title: "Data") var dataOptions: DataOptions
  @Option(
    name: .long,
    help: ArgumentHelp(
      "For cvae: the column of DATA with the categories that are given, or a file of them (default: as in the fit).",
      valueName: "column"))
  var condition: String?
  @OptionGroup(title: "Data") var sequenceOptions: SequenceDataOptions
  @OptionGroup(title: "Run") var seed: SeedOption
  @OptionGroup(title: "Run") var threads: ThreadsOption
  @OptionGroup(title: "Run") var precision: PrecisionOption
  @OptionGroup(title: "Run") var report: ReportOptions

  var console: Console { Console(report) }

  /// The model, once it is clear that the answer can be written.
  ///
  /// - Parameter endings: of outputs that can be written.
  func open(endings: [String] = TableOutput.endings) throws -> ModelInput {
    if let output {
      try OutputPath.check(
        output, option: "-o", against: [(data, "the data"), (file, "the model")], endings: endings)
    }
    var input = try ModelInput(path: file)
    if let condition { try input.readLabels(from: condition) }
    try input.refuse(
      input.isSequenceModel || input.isFilter
        ? [("--controls", sequenceOptions.controls != nil && input.description.controls == nil)]
        : sequenceOptions.given)
    if let image = sequenceOptions.image { try input.show(frames: image.size) }
    return input
  }

  /// The data in the shape that the model knows.
  func table<Scalar: LatentScalar>(
    _ input: ModelInput, labels: String? = nil, as _: Scalar.Type = Scalar.self
  ) throws -> Table<Scalar> {
    try input.table(
      DataSource(data, console: console, threads: threads.value), options: dataOptions, labels: labels,
      seed: seed.value, as: Scalar.self)
  }

  /// Does what the rows of a table are for; errors name its file, rows and columns.
  func applied<Scalar, Answer>(
    to table: Table<Scalar>, _ input: ModelInput,
    _ body: (Rows<Scalar>) throws(InferenceError) -> Answer
  ) throws -> Answer {
    let values = try input.givenBeside(table)
    do throws(InferenceError) {
      return try body(Rows(values))
    } catch {
      throw FitFailure(
        error: error, columnNames: table.columnNames ?? input.description.columnNames, source: table.source)
    }
  }

  /// ln p(x) of every row, a table of one column.
  func logDensities<Kind: ModelKind>(_: Kind.Type, _ input: ModelInput) throws -> Table<Double> {
    let fitted: FittedMixture<Kind.Family> = try input.fitted()
    let table = try table(input, as: Kind.Scalar.self)
    let density = try applied(to: table, input) { rows throws(InferenceError) in
      try Kind.logDensity(of: rows, under: fitted, threads: threads.value)
    }
    return Table(
      source: table.source, values: Matrix(rows: density.count, columns: 1, elements: density),
      columnNames: ["logDensity"])
  }

  /// Writes a table where one is asked for: everywhere but where standard output is for JSON.
  func write<Scalar: LatentScalar>(_ table: Table<Scalar>) throws {
    if output != nil || !report.json { try TableOutput.write(table, to: output, console: console) }
  }

  /// `, seed 0, written to FILE`: the end of a note.
  var ending: String { ", seed \(seed.value)" + (output.map { ", written to \($0)" } ?? "") }
}
