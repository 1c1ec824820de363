import Latent

/// What `impute` found, as a table or a picture and in words.
struct ImputationResult<Scalar: LatentScalar> {
  let command: ImputeCommand
  let input: ModelInput
  let hidden: HiddenTable<Scalar>
  /// The order in which rows are written, where it is not their own.
  var order: [Int]? = nil

  private var table: Table<Scalar> { hidden.table }

  /// Whether what is expected is wanted: for itself, for a picture, or against what was hidden.
  var needsExpectation: Bool { command.draws == nil || command.isPicture || hidden.truth != nil }

  /// - Parameters:
  ///   - expected: what cells are expected to be, and their deviations.
  ///   - draws: tables of draws.
  ///   - effectiveSize: how many draws from the posterior those of half of the rows are worth.
  func write(
    _ expected: (values: Matrix<Scalar>, deviations: Matrix<Scalar>)?, _ draws: [Matrix<Scalar>],
    effectiveSize: Double? = nil
  ) throws {
    let options = command.options
    if let output = options.output, let image = input.description.image, command.isPicture {
      var images = [table.values] + [expected?.values].compactMap(\.self) + draws
      if let truth = hidden.truth { images.append(truth) }
      try ImputationPicture(shape: image).image(
        images.map { inUnitsOfData($0).converted(to: Double.self) }
      ).writePNG(to: output)
    } else if command.draws != nil {
      try options.write(stacked(draws.map { inOrder(inUnitsOfData($0)) }))
    } else if let expected {
      try options.write(
        besideDeviations(inOrder(inUnitsOfData(expected.values)), inOrder(scaled(expected.deviations))))
    }
    let error = expected.flatMap { self.error(of: $0.values) }
    let count = table.missingCount
    if options.report.json {
      var entries: [(String, JSONValue)] = [
        ("rows", .integer(table.rows)), ("columns", .integer(table.columns)), ("imputed", .integer(count)),
        ("draws", .optional(command.draws) { .integer($0) }), ("seed", .unsigned(options.seed.value)),
      ]
      if let effectiveSize { entries.append(("medianEffectiveSampleSize", .number(effectiveSize))) }
      if let error { entries += [("hidden", .integer(error.count)), (error.key, .number(error.value))] }
      if let output = options.output { entries.append(("file", .string(output))) }
      try options.console.result(JSONValue.object(entries).text)
    }
    options.console.note(
      "\(NumberText.count(count, "cell")) of \(NumberText.count(table.rows * table.columns)) imputed"
        + (command.draws.map { ", \(NumberText.count($0, "draw")) each" } ?? "") + options.ending)
    if let error {
      options.console.note("\(NumberText.count(error.count, "cell")) hidden: \(error.words).")
    }
    if let effectiveSize, let proposals = command.method.proposals ?? defaultProposals,
      effectiveSize < Self.fewDraws
    {
      options.console.note(
        "In half of the rows with missing cells \(NumberText.count(proposals)) draws are worth "
          + "\(NumberText.short(effectiveSize)) from p(z | x): try more --refinements, more --proposals, or --method chain."
      )
    }
  }

  /// Fewer draws than these tell little of a mean.
  private static var fewDraws: Double { 5 }
  private var defaultProposals: Int? { input.isAutoencoder ? ImputationOptions.defaultProposals : nil }

  /// How far what was hidden is from what is expected, in the units of the data.
  private func error(of values: Matrix<Scalar>) -> (count: Int, value: Double, key: String, words: String)? {
    guard let truth = hidden.truth else { return nil }
    let isCategorical = input.description.levels != nil
    let inUnits = HiddenTable(
      table: Table(source: table.source, values: inUnitsOfData(table.values)), truth: inUnitsOfData(truth))
    guard
      let mean = inUnits.mean(
        inUnitsOfData(values), { isCategorical ? ($0 == $1 ? 0 : 1) : ($0 - $1) * ($0 - $1) })
    else { return nil }
    if isCategorical {
      return (
        mean.count, mean.value, "hiddenShareWrong",
        "\(NumberText.fixed(100 * mean.value, 1)) % are imputed as another category"
      )
    }
    let root = mean.value.squareRoot()
    return (
      mean.count, root, "hiddenRootMeanSquaredError",
      "root mean squared error of what is expected \(NumberText.short(root))"
    )
  }

  // MARK: Tables

  private var columnNames: [String] {
    table.columnNames ?? input.description.columnNames ?? (1...table.columns).map { "x\($0)" }
  }

  private func inUnitsOfData(_ values: Matrix<Scalar>) -> Matrix<Scalar> {
    input.description.standardization.map { $0.removed(from: values) } ?? values
  }

  private func inOrder(_ values: Matrix<Scalar>) -> Matrix<Scalar> {
    order.map { values.selecting(rows: $0) } ?? values
  }

  private func scaled(_ deviations: Matrix<Scalar>) -> Matrix<Scalar> {
    guard let scales = input.description.standardization?.scales else { return deviations }
    return Standardization(means: Array(repeating: 0, count: scales.count), scales: scales)
      .removed(from: deviations)
  }

  private func besideDeviations(_ values: Matrix<Scalar>, _ deviations: Matrix<Scalar>) -> Table<Scalar> {
    let (N, D) = (values.rows, values.columns)
    let names = ColumnNames.adding(columnNames.map { "\($0)_sd" }, to: columnNames)
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

  private func stacked(_ tables: [Matrix<Scalar>]) -> Table<Scalar> {
    let (N, D) = (table.rows, table.columns)
    let names = columnNames
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
      source: table.source, values: all, columnNames: ColumnNames.around(names, before: ["draw"]),
      levels: input.description.levels.map { [[]] + $0 })
  }

  /// Refuses draws that the memory does not hold.
  func checkSize() throws {
    guard let draws = command.draws else { return }
    let (rows, columns) = (table.rows, table.columns)
    let cells = (Double(rows) * Double(columns + 1)) * Double(draws)
    let most = Double(Memory.physical) / 40
    guard cells <= most else {
      throw UsageError.badValue(
        option: "--draws", value: "\(draws)",
        requirement: "\(Int(most / (Double(rows) * Double(columns + 1)))) or less on this machine")
    }
  }
}

/// Images with cells that are missing, beside what a model makes of them: a line for each row.
struct ImputationPicture {
  let shape: FitDescription.ImageSize

  static let defaultCount = 10
  /// The colour of missing pixels.
  static let missing = PixelColour(red: 60, green: 90, blue: 160)

  /// - Parameter versions: of all rows, from left to right.
  func image(_ versions: [Matrix<Double>]) throws -> RasterImage {
    let N = versions.first?.rows ?? 0
    var grid = ImageGrid(imageHeight: shape.height, imageWidth: shape.width)
    grid.columns = versions.count
    grid.notFinite = Self.missing
    return try grid.image(
      of: Matrix(
        rows: N * versions.count, columns: versions.first?.columns ?? 0,
        elements: (0..<N).flatMap { n in versions.flatMap { $0.row(n) } }))
  }
}
