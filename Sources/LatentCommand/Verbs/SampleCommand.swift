import ArgumentParser
import Latent

struct SampleCommand: ParsableCommand {
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

  func run() throws {
    switch precision.value {
    case .double: try draw(Double.self)
    case .single: try draw(Float.self)
    }
  }

  private var isPicture: Bool { output?.lowercased().hasSuffix(".png") ?? false }

  private func draw<Scalar: LatentScalar>(_: Scalar.Type) throws {
    let console = Console(report)
    if let output {
      try OutputPath.check(
        output, option: "-o", against: [(file, "the model")], endings: TableOutput.endings + [".png"])
    }
    let input = try ModelInput(path: file)
    let description = input.model.description
    if let output, isPicture, description.image == nil {
      throw UsageError.notAnImageModel(path: file, output: output)
    }
    try checkSize(columns: description.dimensions, scalar: MemoryLayout<Scalar>.stride)
    var values = try input.mixture(as: Scalar.self)
      .sample(
        count, at: input.model.parameters, using: RandomStream(seed: seed.value), threads: threads.value
      ).values
    if let standardization = description.standardization { values = standardization.removed(from: values) }

    if let output, let image = description.image, isPicture {
      try ImageGrid(imageHeight: image.height, imageWidth: image.width).image(of: values).writePNG(to: output)
    } else if output != nil || !report.json {
      try TableOutput.write(
        Table(source: file, values: values, columnNames: description.columnNames), to: output)
    }
    if report.json { try console.result(json(values, description).text) }
    console.note(
      "\(NumberText.count(count, "draw")), seed \(seed.value)\(output.map { ", written to \($0)" } ?? "")")
  }

  private func json<Scalar: LatentScalar>(
    _ values: Matrix<Scalar>, _ description: FittedGaussianMixture.Description
  ) -> JSONValue {
    var entries: [(String, JSONValue)] = [
      ("rows", .integer(values.rows)), ("columns", .integer(values.columns)), ("seed", .unsigned(seed.value)),
    ]
    if let names = description.columnNames { entries.append(("columnNames", .strings(names))) }
    if let output {
      entries.append(("file", .string(output)))
    } else {
      entries.append(
        ("values", .array((0..<values.rows).map { n in .numbers(values.row(n).map { Double($0) }) })))
    }
    return .object(entries)
  }

  private func checkSize(columns: Int, scalar: Int) throws {
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
