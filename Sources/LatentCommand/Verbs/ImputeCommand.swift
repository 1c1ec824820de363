import ArgumentParser
import Latent

struct ImputeCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "impute",
    abstract: "Fills missing cells with what a fitted model expects, given the others.",
    discussion: """
      Each missing number becomes its conditional mean, each missing category the most likely one. For every column a \
      second one, NAME_sd, holds standard deviations (for a category, the root of the chance of being wrong): 0 where \
      the cell was observed.

      latent impute iris.latent holes.csv -o filled.csv

      --draws M writes M tables of random draws instead, one below the other, with a column `draw` before them: analyse \
      each and pool the answers to carry the uncertainty on.
      """)

  @Argument(help: "A model file.") var file: String
  @Argument(help: "A file, `-`, or the name of a data set.") var data: String
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("The number of multiple imputations.", valueName: "M"))
  var draws: Int?
  @Option(name: [.customShort("o"), .customLong("output")], help: "Where to write (.csv, .tsv, .npy).")
  var output: String?
  @OptionGroup(title: "Data") var dataOptions: DataOptions
  @OptionGroup(title: "Run") var seed: SeedOption
  @OptionGroup(title: "Run") var threads: ThreadsOption
  @OptionGroup(title: "Run") var precision: PrecisionOption
  @OptionGroup(title: "Run") var report: ReportOptions

  func validate() throws {
    if let draws { try UsageError.check("--draws", draws, in: 1...) }
  }

  func run() async throws {
    if let output {
      try OutputPath.check(
        output, option: "-o", against: [(data, "the data"), (file, "the model")], endings: TableOutput.endings
      )
    }
    let input = try ModelInput(path: file)
    try await input.visit(precision: precision.value, ImputeJob(command: self, input: input))
  }
}

/// The work of `impute` for one kind of model.
private struct ImputeJob: KindVisitor {
  let command: ImputeCommand
  let input: ModelInput

  func visit<Kind: ModelKind>(_: Kind.Type) async throws {
    let (output, seed, threads) = (command.output, command.seed.value, command.threads.value)
    let console = Console(command.report)
    let fitted: FittedMixture<Kind.Family> = try input.fitted()
    let table = try input.table(
      DataSource(command.data, console: console, threads: threads), options: command.dataOptions, seed: seed,
      as: Kind.Scalar.self)
    if let levels = input.description.levels, (output ?? "").lowercased().hasSuffix(".npy") {
      console.note(
        "Categories are written as the numbers of \(NumberText.count(levels.count, "list")) of levels.")
    }
    let rows = Rows(table.values)
    let names = columnNames(table)
    let result: Table<Kind.Scalar>
    if let draws = command.draws {
      try checkSize(rows: table.rows, columns: table.columns, draws: draws)
      let tables = try fitted.model.imputations(
        rows, at: fitted.parameters, draws: draws, using: RandomStream(seed: seed), threads: threads)
      result = stacked(tables.map(inUnitsOfData), names: names, source: table.source)
    } else {
      let (values, deviations) = try fitted.model.imputed(rows, at: fitted.parameters, threads: threads)
      result = besideDeviations(
        inUnitsOfData(values), scaled(deviations), names: names, source: table.source)
    }
    if output != nil || !command.report.json {
      try write(result)
    }
    let count = table.missingCount
    if command.report.json {
      var entries: [(String, JSONValue)] = [
        ("rows", .integer(table.rows)), ("columns", .integer(table.columns)), ("imputed", .integer(count)),
        ("draws", .optional(command.draws) { .integer($0) }), ("seed", .unsigned(seed)),
      ]
      if let output { entries.append(("file", .string(output))) }
      try console.result(JSONValue.object(entries).text)
    }
    console.note(
      "\(NumberText.count(count, "cell")) of \(NumberText.count(table.rows * table.columns)) imputed"
        + (command.draws.map { ", \(NumberText.count($0, "draw")) each" } ?? "") + ", seed \(seed)"
        + (output.map { ", written to \($0)" } ?? ""))
  }

  private func columnNames<Scalar>(_ table: Table<Scalar>) -> [String] {
    table.columnNames ?? input.description.columnNames ?? (1...table.columns).map { "x\($0)" }
  }

  private func inUnitsOfData<Scalar: LatentScalar>(_ values: Matrix<Scalar>) -> Matrix<Scalar> {
    input.description.standardization.map { $0.removed(from: values) } ?? values
  }

  private func scaled<Scalar: LatentScalar>(_ deviations: Matrix<Scalar>) -> Matrix<Scalar> {
    guard let scales = input.description.standardization?.scales else { return deviations }
    var result = deviations
    let D = result.columns
    result.withUnsafeMutableElements { x in
      for i in 0..<x.count { x[i] *= Scalar(scales[i % D]) }
    }
    return result
  }

  private func besideDeviations<Scalar: LatentScalar>(
    _ values: Matrix<Scalar>, _ deviations: Matrix<Scalar>, names: [String], source: String
  ) -> Table<Scalar> {
    let (N, D) = (values.rows, values.columns)
    let both = Matrix<Scalar>(rows: N, columns: 2 * D) { target in
      for n in 0..<N {
        for j in 0..<D {
          target.initializeElement(at: n * 2 * D + j, to: values[n, j])
          target.initializeElement(at: n * 2 * D + D + j, to: deviations[n, j])
        }
      }
    }
    return Table(source: source, values: both, columnNames: names + names.map { "\($0)_sd" })
  }

  private func stacked<Scalar: LatentScalar>(
    _ tables: [Matrix<Scalar>], names: [String], source: String
  ) -> Table<Scalar> {
    let (N, D) = (tables.first?.rows ?? 0, names.count)
    let all = Matrix<Scalar>(rows: tables.count * N, columns: D + 1) { target in
      for (m, values) in tables.enumerated() {
        for n in 0..<N {
          let start = (m * N + n) * (D + 1)
          target.initializeElement(at: start, to: Scalar(m + 1))
          for j in 0..<D { target.initializeElement(at: start + 1 + j, to: values[n, j]) }
        }
      }
    }
    return Table(source: source, values: all, columnNames: ["draw"] + names)
  }

  /// Writes numbers; where columns are categories, their names.
  private func write<Scalar: LatentScalar>(_ table: Table<Scalar>) throws {
    let path = command.output
    guard let levels = input.description.levels, !(path ?? "").lowercased().hasSuffix(".npy") else {
      try TableOutput.write(table, to: path)
      return
    }
    let separator = (path ?? "").lowercased().hasSuffix(".tsv") ? "\t" : ","
    let first = command.draws == nil ? 0 : 1
    var text =
      (table.columnNames ?? []).map { CSVText.cell($0, separator: separator) }
      .joined(separator: separator) + "\n"
    for n in 0..<table.rows {
      text +=
        (0..<table.columns).map { j in
          let value = Double(table.values[n, j])
          guard j >= first, j - first < levels.count else { return NumberText.plain(value) }
          return CSVText.cell(levels[j - first][Int(value)], separator: separator)
        }.joined(separator: separator) + "\n"
    }
    if let path { try AtomicFile.write(text: text, to: path) } else { try StandardOutput.write(text) }
  }

  private func checkSize(rows: Int, columns: Int, draws: Int) throws {
    let cells = (Double(rows) * Double(columns + 1)) * Double(draws)
    let most = Double(Memory.physical) / 40
    guard cells <= most else {
      throw UsageError.badValue(
        option: "--draws", value: "\(draws)",
        requirement: "\(Int(most / (Double(rows) * Double(columns + 1)))) or less on this machine")
    }
  }
}

/// Text as a cell of a table.
enum CSVText {
  /// In quotes where a separator, a quote or a line's end would be misread.
  static func cell(_ text: String, separator: String) -> String {
    let needsQuotes = text.contains(separator) || text.contains("\"") || text.contains(where: \.isNewline)
    return needsQuotes
      ? "\"\(text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\""))\""
      : text
  }
}
