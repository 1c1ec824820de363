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

  @OptionGroup var options: AppliedModelOptions
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("The number of multiple imputations.", valueName: "M"))
  var draws: Int?

  func validate() throws {
    if let draws { try UsageError.check("--draws", draws, in: 1...) }
  }

  func run() async throws {
    let input = try options.open()
    if input.isAutoencoder { throw TrainingError.noImputation(path: options.file) }
    try await input.visit(precision: options.precision.value, ImputeJob(command: self, input: input))
  }
}

/// The work of `impute` for one kind of model.
private struct ImputeJob: KindVisitor {
  let command: ImputeCommand
  let input: ModelInput

  func visit<Kind: ModelKind>(_: Kind.Type) async throws {
    let options = command.options
    let (seed, threads) = (options.seed.value, options.threads.value)
    let fitted: FittedMixture<Kind.Family> = try input.fitted()
    let table = try options.table(input, as: Kind.Scalar.self)
    if let draws = command.draws {
      try checkSize(rows: table.rows, columns: table.columns, draws: draws)
      let tables = try options.applied(to: table, input) { rows throws(InferenceError) in
        try fitted.model.emission.validate(rows)
        return try fitted.model.imputations(
          rows, at: fitted.parameters, draws: draws, using: RandomStream(seed: seed), threads: threads)
      }
      try options.write(stacked(tables.map(inUnitsOfData), of: table))
    } else {
      let (values, deviations) = try options.applied(to: table, input) { rows throws(InferenceError) in
        try fitted.model.emission.validate(rows)
        return try fitted.model.imputed(rows, at: fitted.parameters, threads: threads)
      }
      try options.write(besideDeviations(inUnitsOfData(values), scaled(deviations), of: table))
    }
    let count = table.missingCount
    if options.report.json {
      var entries: [(String, JSONValue)] = [
        ("rows", .integer(table.rows)), ("columns", .integer(table.columns)), ("imputed", .integer(count)),
        ("draws", .optional(command.draws) { .integer($0) }), ("seed", .unsigned(seed)),
      ]
      if let output = options.output { entries.append(("file", .string(output))) }
      try options.console.result(JSONValue.object(entries).text)
    }
    options.console.note(
      "\(NumberText.count(count, "cell")) of \(NumberText.count(table.rows * table.columns)) imputed"
        + (command.draws.map { ", \(NumberText.count($0, "draw")) each" } ?? "") + options.ending)
  }

  private func columnNames<Scalar>(_ table: Table<Scalar>) -> [String] {
    table.columnNames ?? input.description.columnNames ?? (1...table.columns).map { "x\($0)" }
  }

  private func inUnitsOfData<Scalar: LatentScalar>(_ values: Matrix<Scalar>) -> Matrix<Scalar> {
    input.description.standardization.map { $0.removed(from: values) } ?? values
  }

  private func scaled<Scalar: LatentScalar>(_ deviations: Matrix<Scalar>) -> Matrix<Scalar> {
    guard let scales = input.description.standardization?.scales else { return deviations }
    return Standardization(means: Array(repeating: 0, count: scales.count), scales: scales)
      .removed(from: deviations)
  }

  private func besideDeviations<Scalar: LatentScalar>(
    _ values: Matrix<Scalar>, _ deviations: Matrix<Scalar>, of table: Table<Scalar>
  ) -> Table<Scalar> {
    let (N, D) = (values.rows, values.columns)
    var names = columnNames(table)
    for name in names { names.append(Self.unused("\(name)_sd", in: names)) }
    let both = Matrix<Scalar>(rows: N, columns: 2 * D) { target in
      for n in 0..<N {
        for j in 0..<D {
          target.initializeElement(at: n * 2 * D + j, to: values[n, j])
          target.initializeElement(at: n * 2 * D + D + j, to: deviations[n, j])
        }
      }
    }
    return Table(
      source: table.source, values: both, columnNames: names,
      levels: input.description.levels.map { $0 + Array(repeating: [], count: D) })
  }

  private func stacked<Scalar: LatentScalar>(
    _ tables: [Matrix<Scalar>], of table: Table<Scalar>
  ) -> Table<Scalar> {
    let (N, D) = (table.rows, table.columns)
    let names = columnNames(table)
    let all = Matrix<Scalar>(rows: tables.count * N, columns: D + 1) { target in
      for (m, values) in tables.enumerated() {
        for n in 0..<N {
          let start = (m * N + n) * (D + 1)
          target.initializeElement(at: start, to: Scalar(m + 1))
          for j in 0..<D { target.initializeElement(at: start + 1 + j, to: values[n, j]) }
        }
      }
    }
    return Table(
      source: table.source, values: all, columnNames: [Self.unused("draw", in: names)] + names,
      levels: input.description.levels.map { [[]] + $0 })
  }

  /// The name, with a line under it as often as it takes to be no other's.
  private static func unused(_ name: String, in names: [String]) -> String {
    names.contains(name) ? unused("\(name)_", in: names) : name
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
