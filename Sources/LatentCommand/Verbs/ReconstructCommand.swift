import ArgumentParser
import Latent

struct ReconstructCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "reconstruct",
    abstract: "E[x | z], with z from the posterior of every row: what a model keeps of it.",
    discussion: """
      A model of images is also drawn: -o FILE.png has the rows, and below each its reconstruction; of sequences, strips of them.

      latent reconstruct digits.latent mnist-sample-test -o pairs.png

      --between shows what lies between rows: means at places along the line from one z to the next.

      latent reconstruct vae.latent mnist-sample-test --between 1,2,3 --steps 12 -o between.png
      """)

  @OptionGroup var options: AppliedModelOptions
  @Option(
    name: [.customShort("n"), .customLong("count")], parsing: .unconditional,
    help: ArgumentHelp(
      "The first so many rows alone (default: all; \(ReconstructionPicture.defaultCount) for a picture).",
      valueName: "count"))
  var count: Int?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "For models of networks: in the place of rows, the way from one to the next of these, by number from 1.",
      valueName: "a,b"))
  var between: LayerSizes?
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "The places from one row to the next, both ends included (default: \(Self.defaultSteps)).",
      valueName: "count"))
  var steps: Int?

  static let defaultSteps = 10
  private static let mostSteps = 10_000

  func validate() throws {
    if let between {
      guard between.sizes.count > 1 else {
        throw UsageError.badValue(
          option: "--between", value: between.description, requirement: "the numbers of two rows or more")
      }
      if count != nil {
        throw UsageError.conflict(
          option: "-n", other: "--between", reason: "both say which rows are shown")
      }
    }
    if let steps {
      try UsageError.check("--steps", steps, in: 2...Self.mostSteps)
      guard between != nil else { throw UsageError.needs(option: "--steps", other: "--between a,b") }
    }
    if let count { try UsageError.check("-n", count, in: 1...) }
  }

  func run() async throws {
    let input = try options.open(endings: TableOutput.endings + [".png"])
    if let output = options.output, isPicture, input.description.image == nil {
      throw UsageError.notAnImageModel(path: options.file, output: output)
    }
    guard !input.isFilter else {
      try input.refuse([("--between", between != nil)])
      return try input.visitFilter(
        precision: options.precision.given, FilterReconstructJob(command: self, input: input))
    }
    guard !input.isSequenceModel else {
      throw UsageError.noVerb(
        "reconstruct", model: input.description.model,
        reason: "`latent posterior` has its latent variables, `latent impute` what is missing")
    }
    guard !input.isAutoencoder else {
      return try await AutoencoderReconstructJob(command: self, input: input).run()
    }
    try input.refuse([("--between", between != nil)])
    try await input.visit(precision: options.precision.value, ReconstructJob(command: self, input: input))
  }

  var isPicture: Bool { options.output?.lowercased().hasSuffix(".png") ?? false }

  /// The rows that are asked for.
  func table<Scalar: LatentScalar>(_ input: ModelInput, as _: Scalar.Type) throws -> Table<Scalar> {
    var table: Table<Scalar> = try options.table(input)
    let count = count ?? (isPicture && between == nil ? ReconstructionPicture.defaultCount : table.rows)
    guard count < table.rows else { return table }
    table.values = table.values.selecting(rows: Array(0..<count))
    table.labels = table.labels.map { Array($0[..<count]) }
    return table
  }

  /// Writes reconstructions, in the units of the data, as a table or a picture.
  func finish(_ reconstruction: Matrix<Double>, of table: Table<some LatentScalar>, _ input: ModelInput)
    throws
  {
    let description = input.description
    func inUnitsOfData(_ values: Matrix<Double>) -> Matrix<Double> {
      description.standardization.map { $0.removed(from: values) } ?? values
    }
    let values = inUnitsOfData(reconstruction)
    let original = inUnitsOfData(table.values.converted(to: Double.self))
    if let output = options.output, let image = description.image, isPicture {
      try ReconstructionPicture(shape: image).image(original, values).writePNG(to: output)
    } else {
      try options.write(
        Table(
          source: table.source, values: values, columnNames: table.columnNames ?? description.columnNames,
          levels: description.levels))
    }
    try tell(original, values, input)
  }

  /// Says how far reconstructions are from what was observed, both in the units of the data.
  func tell(_ original: Matrix<Double>, _ values: Matrix<Double>, _ input: ModelInput) throws {
    let description = input.description
    let error =
      description.levels == nil
      ? Self.mean(original, values) { ($0 - $1) * ($0 - $1) }
      : Self.mean(original, values) { $0 == $1 ? 0 : 1 }
    if options.report.json {
      var entries: [(String, JSONValue)] = [
        ("rows", .integer(values.rows)), ("columns", .integer(values.columns)),
        (description.levels == nil ? "meanSquaredError" : "shareOfCellsWrong", .number(error)),
        ("seed", .unsigned(options.seed.value)),
      ]
      if let output = options.output { entries.append(("file", .string(output))) }
      try options.console.result(JSONValue.object(entries).text)
    }
    options.console.note(
      "\(NumberText.count(values.rows, "row")) reconstructed, "
        + (description.levels == nil
          ? "mean squared error \(NumberText.short(error)) a cell"
          : "\(NumberText.fixed(100 * error, 1)) % of the cells as another category")
        + options.ending)
  }

  /// Writes what lies between rows.
  ///
  /// - Parameter steps: the places of a stretch, a line of a picture.
  func finish(between rows: Matrix<Double>, steps: Int, _ input: ModelInput) throws {
    let description = input.description
    let values = description.standardization.map { $0.removed(from: rows) } ?? rows
    if let output = options.output, let image = description.image, isPicture {
      var grid = ImageGrid(imageHeight: image.height, imageWidth: image.width)
      grid.columns = steps
      try grid.image(of: values).writePNG(to: output)
    } else {
      try options.write(
        Table(
          source: options.data, values: values, columnNames: description.columnNames,
          levels: description.levels))
    }
    if options.report.json {
      var entries: [(String, JSONValue)] = [
        ("rows", .integer(values.rows)), ("columns", .integer(values.columns)), ("steps", .integer(steps)),
        ("seed", .unsigned(options.seed.value)),
      ]
      if let output = options.output { entries.append(("file", .string(output))) }
      try options.console.result(JSONValue.object(entries).text)
    }
    options.console.note(
      "\(NumberText.count(steps, "place")) on \(NumberText.count(values.rows / steps, "way")) from row to row"
        + options.ending)
  }

  /// The mean loss over the cells that are observed.
  private static func mean(
    _ a: Matrix<Double>, _ b: Matrix<Double>, _ loss: (Double, Double) -> Double
  ) -> Double {
    var (sum, count) = (0.0, 0)
    a.withUnsafeElements { a in
      b.withUnsafeElements { b in
        for i in 0..<a.count where !a[i].isNaN {
          sum += loss(a[i], b[i])
          count += 1
        }
      }
    }
    return count > 0 ? sum / Double(count) : 0
  }
}

/// The work of `reconstruct` for one kind of mixture.
private struct ReconstructJob: KindVisitor {
  let command: ReconstructCommand
  let input: ModelInput

  func visit<Kind: ModelKind>(_: Kind.Type) async throws {
    guard Kind.cells != .categories else {
      throw UsageError.noMeaning(
        option: "reconstruct", model: input.description.model, inference: input.description.inference)
    }
    let fitted: FittedMixture<Kind.Family> = try input.fitted()
    let table = try command.table(input, as: Kind.Scalar.self)
    let threads = command.options.threads.value
    let reconstruction = try command.options.applied(to: table, input) { rows throws(InferenceError) in
      try Kind.reconstruction(of: rows, under: fitted, threads: threads)
    }
    guard let reconstruction else {
      throw UsageError.noMeaning(
        option: "reconstruct", model: input.description.model, inference: input.description.inference)
    }
    try command.finish(reconstruction, of: table, input)
  }
}

/// Images above their reconstructions.
struct ReconstructionPicture {
  let shape: FitDescription.ImageSize

  static let defaultCount = 50
  private static let columns = 10

  func image(_ original: Matrix<Double>, _ values: Matrix<Double>) throws -> RasterImage {
    let N = original.rows
    let columns = min(Self.columns, N)
    // A line of images, then the line of their reconstructions; the last line is filled up with nothing.
    let lines = (N - 1) / columns + 1
    var order: [[Double]] = []
    for line in 0..<lines {
      let rows = (line * columns..<(line + 1) * columns)
      for matrix in [original, values] {
        order += rows.map { $0 < N ? matrix.row($0) : Array(repeating: 0, count: matrix.columns) }
      }
    }
    var grid = ImageGrid(imageHeight: shape.height, imageWidth: shape.width)
    grid.columns = columns
    return try grid.image(
      of: Matrix(rows: order.count, columns: original.columns, elements: order.flatMap { $0 }))
  }
}
