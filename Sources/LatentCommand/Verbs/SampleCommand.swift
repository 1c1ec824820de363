import ArgumentParser
import Latent

struct SampleCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "sample", abstract: "Draws from a fitted model, in the units of its data.",
    discussion: """
      A model of images is also drawn as a grid: -o FILE.png.

      latent sample vae.latent -n 100 --means -o digits.png
      latent sample plane.latent --manifold -o manifold.png
      latent sample given.latent --condition 3,8 -n 10 --means -o threes-and-eights.png

      Of a conditional model, -n rows are drawn for each condition, one after the other; a picture has a line for each, and \
      where columns are given these come first.
      """)

  @Argument(help: "A model file.") var file: String
  @Option(
    name: [.customShort("n"), .customLong("count")], parsing: .unconditional,
    help: ArgumentHelp(
      "The number of draws (default: \(Self.defaultCount)); with --manifold the places along a side (default: "
        + "\(AutoencoderSampleJob.defaultSide)).", valueName: "count"))
  var count: Int?
  @Option(name: [.customShort("o"), .customLong("output")], help: "Where to write (.csv, .tsv, .npy, .png).")
  var output: String?
  @Flag(
    name: .long,
    help:
      "For vae, dvbf and dkf: the mean of p(x | z) in the place of a draw from it, as pictures of digits are mostly shown."
  )
  var means = false
  @Flag(
    name: .long,
    help:
      "For vae with two latent dimensions: the means at a grid of places, each of which stands for as much of p(z)."
  )
  var manifold = false
  @Option(
    name: .long,
    help: ArgumentHelp(
      "For cvae: what is given: categories, or `all` of them; or where columns are given, data whose rows have these.",
      valueName: "a,b|all|data"))
  var condition: String?
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "With --condition DATA, the first so many rows (default: all; \(SampleCondition<Float>.defaultLines) for a picture).",
      valueName: "count"))
  var rows: Int?
  @Option(
    name: .long,
    help: ArgumentHelp(
      "For a picture: a model of the same condition, fitted with --posterior none, whose mean ends each line.",
      valueName: "file"))
  var contrast: String?
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "For models of sequences: the frames of each (default: \(SimulatedSet.frames), or as many as there are controls).",
      valueName: "T"))
  var frames: Int?
  @Option(
    name: .long,
    help: ArgumentHelp(
      "For lds, dvbf and dkf with controls: a table of them with a row a frame, for every sequence, or an array [N, T, U].",
      valueName: "file"))
  var controls: String?
  @OptionGroup(title: "Run") var seed: SeedOption
  @OptionGroup(title: "Run") var threads: ThreadsOption
  @OptionGroup(title: "Run") var precision: PrecisionOption
  @OptionGroup(title: "Run") var report: ReportOptions

  static let defaultCount = 10

  func validate() throws {
    if let count { try UsageError.check("-n", count, in: 1...) }
    if let frames { try UsageError.check("--frames", frames, in: 1...SimulatedSet.mostFrames) }
    if let rows {
      try UsageError.check("--rows", rows, in: 1...)
      guard condition != nil else { throw UsageError.needs(option: "--rows", other: "--condition DATA") }
    }
    if manifold, means {
      throw UsageError.conflict(
        option: "--means", other: "--manifold", reason: "a manifold shows means anyway")
    }
  }

  var isPicture: Bool { output?.lowercased().hasSuffix(".png") ?? false }

  func run() async throws {
    if let output {
      try OutputPath.check(
        output, option: "-o",
        against: [(file, "the model")]
          + [(condition, "the condition"), (contrast, "the model beside it"), (controls, "the controls")]
          .compactMap { path, name in path.map { ($0, name) } },
        endings: TableOutput.endings + [".png"])
    }
    let input = try ModelInput(path: file)
    if !input.isSequenceModel, !input.isFilter {
      try input.refuse([("--frames", frames != nil), ("--controls", controls != nil)])
    }
    guard !input.isAutoencoder else {
      return try AutoencoderSampleJob(command: self, input: input).run()
    }
    guard !input.isFilter else {
      try input.refuse([
        ("--manifold", manifold), ("--condition", condition != nil), ("--contrast", contrast != nil),
      ])
      return try input.visitFilter(
        precision: precision.given, FilterSampleJob(command: self, input: input))
    }
    try input.refuse([
      ("--means", means), ("--manifold", manifold), ("--condition", condition != nil),
      ("--contrast", contrast != nil),
    ])
    guard !input.isSequenceModel else {
      return try await input.visitSequences(
        precision: precision.value, SequenceSampleJob(command: self, input: input))
    }
    try await input.visit(precision: precision.value, SampleJob(command: self, input: input))
  }
}

/// The work of `sample` for one kind of model.
private struct SampleJob: KindVisitor {
  let command: SampleCommand
  let input: ModelInput

  func visit<Kind: ModelKind>(_: Kind.Type) async throws {
    let (report, output, seed) = (command.report, command.output, command.seed)
    let (file, count) = (command.file, command.count ?? SampleCommand.defaultCount)
    let console = Console(report)
    let description = input.description
    if let output, command.isPicture, description.image == nil {
      throw UsageError.notAnImageModel(path: file, output: output)
    }
    try command.checkSize(columns: description.dimensions, scalar: MemoryLayout<Kind.Scalar>.stride)
    let fitted: FittedMixture<Kind.Family> = try input.fitted()
    var values = try fitted.model.sample(
      count, at: fitted.parameters, using: RandomStream(seed: seed.value), threads: command.threads.value
    ).values
    if let standardization = description.standardization { values = standardization.removed(from: values) }

    if let output, let image = description.image, command.isPicture {
      try ImageGrid(imageHeight: image.height, imageWidth: image.width).image(of: values).writePNG(to: output)
    } else if output != nil || !report.json {
      try TableOutput.write(
        Table(
          source: file, values: values, columnNames: description.columnNames, levels: description.levels),
        to: output, console: console)
    }
    if report.json { try console.result(command.json(values, description).text) }
    console.note(
      "\(NumberText.count(count, "draw")), seed \(seed.value)\(output.map { ", written to \($0)" } ?? "")")
  }
}

extension SampleCommand {
  func json<Scalar: LatentScalar>(
    _ values: Matrix<Scalar>, _ description: FitDescription
  ) -> JSONValue {
    var entries: [(String, JSONValue)] = [
      ("rows", .integer(values.rows)), ("columns", .integer(values.columns)),
      ("seed", .unsigned(seed.value)),
    ]
    if let names = description.columnNames { entries.append(("columnNames", .strings(names))) }
    if let output {
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

  /// Refuses draws that the memory does not hold.
  func checkSize(columns: Int, scalar: Int) throws {
    let count = count ?? Self.defaultCount
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
