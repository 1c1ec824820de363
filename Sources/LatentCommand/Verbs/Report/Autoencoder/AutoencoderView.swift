import Latent

// N rows, D columns, L latent dimensions.

/// A fitted auto-encoder in plain numbers and the units of its data.
struct AutoencoderView: Sendable {
  let description: FitDescription
  let configuration: AutoencoderConfiguration
  let labels: AutoencoderLabels?
  let diagnosis: AutoencoderDiagnosis?
  let remedies: NetworkRemedies
  /// What the decoder makes of draws from p(z), `[n, D]`; nil where there is nothing to draw from.
  let draws: Matrix<Double>?
  /// Rows of `draws` for each category that is given; nil where none is.
  let drawsEach: Int?
  /// Means at a grid of equal shares of p(z), line by line from the top, `[side², D]`; nil for other models than those of two
  /// dimensions.
  let manifold: Matrix<Double>?
  /// Means along the only dimension, from low to high.
  let line: Matrix<Double>?
  /// What makes an image of z inside the page; nil where the page would be too large.
  let decoder: ImageDecoder?
  /// The two dimensions of z that a decoder of images made beforehand goes through; nil for a network.
  let decoderPlane: (x: Int, y: Int)?
  /// The category that manifold and line are given, and a decoder that has no choice of them.
  let givenLevel: String?

  var names: [String] { ReportText.columns(description) }
  /// What a row's value is called.
  var quantity: String { AutoencoderWords.quantityName(configuration) }
  var isPoint: Bool { configuration.isPoint }

  static let side = 20
  private static let mostDraws = 400
  private static let drawn = 50
  private static let drawnEach = 10
  private static let mostLevels = 12
  private static let lineSteps = 20
  /// Of a grid of images made beforehand.
  private static let gridSide = 24

  /// - Parameter rows: whose places the pictures of the latent space cover.
  /// - Throws: `InferenceError` of the draws.
  init<Scalar: LatentScalar & TensorElement>(
    _ fitted: FittedAutoencoder<Scalar>, rows: AutoencoderRowsView? = nil, settings: ReportSettings
  ) throws(InferenceError) {
    let (d, c, model, θ) = (fitted.description, fitted.configuration, fitted.model, fitted.parameters)
    description = d
    configuration = c
    labels = fitted.labels
    diagnosis = fitted.diagnosis
    remedies = NetworkRemedies(configuration: c, isStandardized: d.standardization != nil)
    let s = d.standardization
    func whole(_ rows: Matrix<Scalar>) -> Matrix<Double>? {
      guard rows.columns == d.dimensions else { return nil }
      let values = rows.converted(to: Double.self)
      return s?.removed(from: values) ?? values
    }
    // Categories are given one at a time; where columns are given there is nothing to stand for them.
    let levels = fitted.labels?.levels ?? []
    let isPlain = c.condition.isEmpty
    let isOfLabels = !isPlain && c.condition.count == levels.count
    func row(_ level: Int) -> Matrix<Scalar> {
      Matrix(rows: 1, columns: levels.count, elements: levels.indices.map { $0 == level ? 1 : 0 })
    }
    let given: Matrix<Scalar>? = isOfLabels ? row(0) : nil
    givenLevel = isOfLabels ? levels[0] : nil

    if isPlain, !c.isPoint {
      let count = d.image == nil ? Self.mostDraws : Self.drawn
      // Networks that have broken down draw what is no number: there is then nothing to show.
      let sample = try? model.sample(count, at: θ, using: settings.draws, threads: settings.threads)
      draws = sample.flatMap { whole(d.image == nil ? $0.observations : $0.expectations) }
      drawsEach = nil
    } else if isOfLabels {
      let each = c.isRegression ? 1 : Self.drawnEach
      var all: [Double] = []
      for level in levels.indices.prefix(Self.mostLevels) {
        let sample = try model.sample(
          each, at: θ, given: row(level), using: settings.draws, threads: settings.threads)
        all += whole(d.image == nil ? sample.observations : sample.expectations)?.elements ?? []
      }
      draws = all.isEmpty ? nil : Matrix(rows: all.count / d.dimensions, columns: d.dimensions, elements: all)
      drawsEach = each
    } else {
      draws = nil
      drawsEach = nil
    }

    let canDecode = (isPlain || isOfLabels) && !c.isRegression && c.secondLayer == nil && d.image != nil
    func decoded(_ z: Matrix<Double>) throws(InferenceError) -> Matrix<Double>? {
      whole(try model.expectation(at: z, θ, given: given, threads: settings.threads))
    }
    let isStandard = c.prior == .standard && !c.isPoint
    manifold =
      canDecode && c.latent == 2 && isStandard
      ? try decoded(AutoencoderSampleJob.plane(side: Self.side)) : nil
    if canDecode, c.latent == 1, isStandard {
      let steps = Self.lineSteps
      let z = Matrix<Double>(
        rows: steps, columns: 1,
        elements: (0..<steps).map { normalQuantile((Double($0) + 0.5) / Double(steps)) })
      line = try decoded(z)
    } else {
      line = nil
    }
    guard canDecode, c.latent > 1 else {
      (decoder, decoderPlane) = (nil, nil)
      return
    }
    if let layers = Self.layers(fitted, given: isOfLabels ? 0 : nil) {
      decoder = .network(layers, choices: isOfLabels ? Self.choices(fitted) : nil)
      decoderPlane = nil
      return
    }
    // Images made beforehand of the two dimensions that tell most, the others at zero, as far as the rows reach.
    let order = ReportText.descending(
      Self.importance(
        c, found: (rows?.evaluation.diagnosis ?? fitted.diagnosis)?.dimensions, means: rows?.means))
    let plane = c.latent == 2 ? (x: 0, y: 1) : (x: order[0], y: order[1])
    let side = Self.gridSide
    let (x, y) = (Self.reach(of: rows?.means, plane.x), Self.reach(of: rows?.means, plane.y))
    func place(_ range: ClosedRange<Double>, _ i: Int) -> Double {
      range.lowerBound + (range.upperBound - range.lowerBound) * Double(i) / Double(side - 1)
    }
    var z = Matrix<Double>(rows: side * side, columns: c.latent)
    for i in 0..<side {
      for j in 0..<side {
        z[i * side + j, plane.x] = place(x, j)
        z[i * side + j, plane.y] = place(y, side - 1 - i)
      }
    }
    decoder = try decoded(z).map { .grid($0, columns: side, x: x, y: y) }
    decoderPlane = plane
  }
}
