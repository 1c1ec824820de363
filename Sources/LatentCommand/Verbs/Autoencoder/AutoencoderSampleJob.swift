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
    try input.visitAutoencoder(precision: command.precision.given, self)
  }

  func visit<Scalar: LatentScalar & TensorElement>(_ fitted: FittedAutoencoder<Scalar>) throws {
    let description = input.description
    let threads = command.threads.value
    var values: Matrix<Double>
    let words: String
    if command.manifold {
      let side = command.count ?? Self.defaultSide
      try UsageError.check("-n", side, in: 1...Self.mostSide)
      values = try fitted.model.expectation(
        at: Self.plane(side: side), fitted.parameters, threads: threads
      ).converted(to: Double.self)
      words = "the manifold at \(side) × \(side) places"
    } else {
      let count = command.count ?? SampleCommand.defaultCount
      try command.checkSize(columns: description.dimensions, scalar: MemoryLayout<Scalar>.stride)
      let draws = try fitted.model.sample(
        count, at: fitted.parameters, using: RandomStream(seed: command.seed.value), threads: threads)
      values = (command.means ? draws.expectations : draws.observations).converted(to: Double.self)
      words = NumberText.count(count, command.means ? "mean" : "draw")
    }
    if let standardization = description.standardization { values = standardization.removed(from: values) }
    let console = Console(command.report)
    if let output = command.output, let image = description.image, command.isPicture {
      var grid = ImageGrid(imageHeight: image.height, imageWidth: image.width)
      if command.manifold { grid.gutter = 0 }
      try grid.image(of: values).writePNG(to: output)
    } else if command.output != nil || !command.report.json {
      try TableOutput.write(
        Table(source: command.file, values: values, columnNames: description.columnNames),
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
