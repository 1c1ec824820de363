import ArgumentParser
import Latent

struct SampleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Draws from a fitted model, in the units of its data.",
    discussion: "A model of images is also drawn as a grid: -o FILE.png.")

  @Argument(help: "A model file.") var file: String
  @Option(
    name: [.customShort("n"), .customLong("count")], parsing: .unconditional,
    help: ArgumentHelp("The number of draws.", valueName: "count"))
  var count = 10
  @Option(name: [.customShort("o"), .customLong("output")], help: "Where to write (.csv, .tsv, .npy, .png).")
  var output: String?
  @OptionGroup(title: "Run") var seed: SeedOption
  @OptionGroup(title: "Run") var threads: ThreadsOption
  @OptionGroup(title: "Run") var precision: PrecisionOption
  @OptionGroup(title: "Run") var report: ReportOptions

  func validate() throws { try UsageError.check("-n", count, in: 1...) }

  func run() async throws {
    if let output {
      try OutputPath.check(
        output, option: "-o", against: [(file, "the model")], endings: TableOutput.endings + [".png"])
    }
    let input = try ModelInput(path: file)
    try await input.visit(precision: precision.value, SampleJob(command: self, input: input))
  }
}

/// The work of `sample` for one kind of model.
private struct SampleJob: KindVisitor {
  let command: SampleCommand
  let input: ModelInput

  private var isPicture: Bool { command.output?.lowercased().hasSuffix(".png") ?? false }

  func visit<Kind: ModelKind>(_: Kind.Type) async throws {
    let (report, output, seed) = (command.report, command.output, command.seed)
    let (file, count) = (command.file, command.count)
    let console = Console(report)
    let description = input.description
    if let output, isPicture, description.image == nil {
      throw UsageError.notAnImageModel(path: file, output: output)
    }
    try checkSize(columns: description.dimensions, scalar: MemoryLayout<Kind.Scalar>.stride)
    let fitted: FittedMixture<Kind.Family> = try input.fitted()
    var values = try fitted.model.sample(
      count, at: fitted.parameters, using: RandomStream(seed: seed.value), threads: command.threads.value
    ).values
    if let standardization = description.standardization { values = standardization.removed(from: values) }

    if let output, let image = description.image, isPicture {
      try ImageGrid(imageHeight: image.height, imageWidth: image.width).image(of: values).writePNG(to: output)
    } else if output != nil || !report.json {
      try TableOutput.write(
        Table(
          source: file, values: values, columnNames: description.columnNames, levels: description.levels),
        to: output, console: console)
    }
    if report.json { try console.result(json(values, description).text) }
    console.note(
      "\(NumberText.count(count, "draw")), seed \(seed.value)\(output.map { ", written to \($0)" } ?? "")")
  }

  private func json<Scalar: LatentScalar>(
    _ values: Matrix<Scalar>, _ description: FitDescription
  ) -> JSONValue {
    var entries: [(String, JSONValue)] = [
      ("rows", .integer(values.rows)), ("columns", .integer(values.columns)),
      ("seed", .unsigned(command.seed.value)),
    ]
    if let names = description.columnNames { entries.append(("columnNames", .strings(names))) }
    if let output = command.output {
      entries.append(("file", .string(output)))
    } else {
      let rows = (0..<values.rows).map { n in
        JSONValue.array(values.row(n).enumerated().map { cell($1, column: $0, description.levels) })
      }
      entries.append(("values", .array(rows)))
    }
    return .object(entries)
  }

  /// A number, or the category that it is the code of.
  private func cell<Scalar: LatentScalar>(_ value: Scalar, column: Int, _ levels: [[String]]?) -> JSONValue {
    levels.map { .string($0[column][Int(value)]) } ?? .number(Double(value))
  }

  private func checkSize(columns: Int, scalar: Int) throws {
    let count = command.count
    let (cells, overflow) = count.multipliedReportingOverflow(by: columns)
    // The values, and their digits.
    let most = Int(clamping: Memory.physical) / (scalar + 24)
    guard !overflow, cells <= most else {
      throw UsageError.badValue(
        option: "-n", value: "\(count)",
        requirement: "\(most / columns) or less on this machine, with \(NumberText.count(columns, "column"))")
    }
  }
}
