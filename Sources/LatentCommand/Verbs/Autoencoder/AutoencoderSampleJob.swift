import Latent

/// The work of `sample` for an auto-encoder: draws, or what the decoder makes of a grid of z.
struct AutoencoderSampleJob: AutoencoderVisitor {
  let command: SampleCommand
  let input: ModelInput

  /// The side of the grid of a manifold where no option says it.
  static let defaultSide = 20
  private static let mostSide = 1000

  func run() throws {
    if let output = command.output, command.isPicture, input.description.image == nil {
      throw UsageError.notAnImageModel(path: command.file, output: output)
    }
    if command.manifold, let latent = input.description.latent, latent != 2 {
      throw TrainingError.noManifold(path: command.file, latent: latent)
    }
    if command.contrast != nil, !command.isPicture {
      throw UsageError.needs(option: "--contrast", other: "-o FILE.png")
    }
    if command.contrast != nil, command.manifold {
      throw UsageError.conflict(
        option: "--contrast", other: "--manifold", reason: "a regression has no plane of z")
    }
    try input.visitAutoencoder(precision: command.precision.given, self)
  }

  func visit<Scalar: LatentScalar & TensorElement>(_ fitted: FittedAutoencoder<Scalar>) throws {
    if command.manifold, fitted.configuration.secondLayer != nil {
      throw TrainingError.noManifold(path: command.file, latent: 1)
    }
    guard !fitted.configuration.isPoint || fitted.configuration.isRegression else {
      throw TrainingError.noDraws(path: command.file)
    }
    let condition = try SampleCondition(command, fitted, input)
    if command.manifold { try showManifold(of: fitted, condition) } else { try draw(from: fitted, condition) }
  }

  private func draw<Scalar>(
    from fitted: FittedAutoencoder<Scalar>, _ condition: SampleCondition<Scalar>?
  ) throws {
    let count = command.count ?? SampleCommand.defaultCount
    let lines = condition?.given.rows ?? 1
    try command.checkSize(
      columns: input.description.dimensions * max(lines, 1), scalar: MemoryLayout<Scalar>.stride)
    let contrast = try contrast(with: fitted)
    var rows: [Matrix<Scalar>] = []
    for i in 0..<lines {
      // The i-th draw has the same z whatever is given.
      let draws = try fitted.model.sample(
        count, at: fitted.parameters, given: condition?.row(i), using: RandomStream(seed: command.seed.value),
        threads: command.threads.value)
      let drawn = command.means ? draws.expectations : draws.observations
      guard let condition else {
        rows.append(drawn)
        continue
      }
      if command.isPicture, let picture = condition.picture(i) { rows.append(picture) }
      rows.append(condition.whole(drawn, condition: i))
      guard let contrast else { continue }
      let z = Matrix<Double>(rows: 1, columns: contrast.configuration.latent)
      rows.append(
        condition.whole(
          try contrast.model.expectation(
            at: z, contrast.parameters, given: condition.row(i), threads: command.threads.value),
          condition: i))
    }
    let all = Matrix(
      rows: rows.reduce(0) { $0 + $1.rows }, columns: input.description.dimensions,
      elements: rows.flatMap(\.elements))
    // A line of the picture for each condition.
    let width = condition == nil ? nil : all.rows / max(lines, 1)
    try finish(
      all.converted(to: Double.self), width: width,
      words: NumberText.count(count, command.means ? "mean" : "draw")
        + (condition.map { " for \(lines > 1 ? "each of " : "")\($0.words)" } ?? ""))
  }

  /// The model without latent variables whose means stand beside the draws.
  private func contrast<Scalar>(
    with fitted: FittedAutoencoder<Scalar>
  ) throws -> FittedAutoencoder<Scalar>? {
    guard let path = command.contrast else { return nil }
    let other = try ModelInput(path: path)
    guard other.isAutoencoder else { throw TrainingError.noContrast(path: path, model: command.file) }
    let contrast = try FittedAutoencoder<Scalar>(from: other.archive)
    guard contrast.configuration.isRegression, contrast.labels?.levels == fitted.labels?.levels,
      contrast.configuration.condition == fitted.configuration.condition,
      contrast.configuration.columns == fitted.configuration.columns,
      contrast.description.standardization == fitted.description.standardization
    else { throw TrainingError.noContrast(path: path, model: command.file) }
    return contrast
  }

  private func showManifold<Scalar>(
    of fitted: FittedAutoencoder<Scalar>, _ condition: SampleCondition<Scalar>?
  ) throws {
    guard !fitted.configuration.isRegression else {
      throw TrainingError.noLatent(path: command.file, verb: "--manifold")
    }
    let side = command.count ?? Self.defaultSide
    try UsageError.check("-n", side, in: 1...Self.mostSide)
    if let condition, condition.given.rows != 1 {
      throw UsageError.badValue(
        option: "--condition", value: NumberText.count(condition.given.rows, "condition"),
        requirement: "one, with --manifold")
    }
    let values = try fitted.model.expectation(
      at: Self.plane(side: side), fitted.parameters, given: condition?.given, threads: command.threads.value)
    try finish(
      (condition?.whole(values, condition: 0) ?? values).converted(to: Double.self), width: side, gutter: 0,
      words: "the manifold at \(side) × \(side) places")
  }

  /// Writes rows in the units of the data, as a table or a picture.
  ///
  /// - Parameter width: the images side by side; nil for about as many as one below the other.
  private func finish(_ rows: Matrix<Double>, width: Int?, gutter: Int = 2, words: String) throws {
    let description = input.description
    let values = description.standardization.map { $0.removed(from: rows) } ?? rows
    let console = Console(command.report)
    if let output = command.output, let image = description.image, command.isPicture {
      var grid = ImageGrid(imageHeight: image.height, imageWidth: image.width)
      grid.gutter = gutter
      grid.columns = width
      grid.notFinite = ImputationPicture.missing
      try grid.image(of: values).writePNG(to: output)
    } else if command.output != nil || !command.report.json {
      try TableOutput.write(
        Table(
          source: command.file, values: values, columnNames: description.columnNames,
          levels: description.levels),
        to: command.output, console: console)
    }
    if command.report.json { try console.result(command.json(values, description).text) }
    console.note(
      "\(words), seed \(command.seed.value)\(command.output.map { ", written to \($0)" } ?? "")")
  }

  /// A grid of equal shares of 𝒩(0, I) in two dimensions: the quantiles of the middles of a grid on the unit square. The
  /// first coordinate grows to the right, the second upwards.
  ///
  /// - Source: Kingma & Welling (2014), figure 4.
  static func plane(side: Int) -> Matrix<Double> {
    let quantiles = (0..<side).map { normalQuantile((Double($0) + 0.5) / Double(side)) }
    return Matrix(
      rows: side * side, columns: 2,
      elements: (0..<side).flatMap { line in
        quantiles.flatMap { x in [x, quantiles[side - 1 - line]] }
      })
  }
}
