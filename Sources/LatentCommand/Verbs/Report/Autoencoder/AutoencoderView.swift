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
  /// The category that manifold, line and decoder are given.
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
  /// A network of more weights makes the page too large: it holds two bytes of each, and a third more as text.
  private static let mostWeights = 1_000_000

  /// - Throws: `InferenceError` of the draws.
  init<Scalar: LatentScalar & TensorElement>(
    _ fitted: FittedAutoencoder<Scalar>, settings: ReportSettings
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
    if canDecode, c.latent > 1 {
      if let layers = Self.layers(fitted, given: isOfLabels ? 0 : nil) {
        decoder = .network(layers)
      } else if c.latent == 2 {
        let side = 24
        let reach = 3.0
        let places = (0..<side).map { -reach + 2 * reach * Double($0) / Double(side - 1) }
        let z = Matrix<Double>(
          rows: side * side, columns: 2,
          elements: (0..<side).flatMap { line in places.flatMap { [$0, places[side - 1 - line]] } })
        decoder = try decoded(z).map { .grid($0, columns: side, x: -reach...reach, y: -reach...reach) }
      } else {
        decoder = nil
      }
    } else {
      decoder = nil
    }
  }

  /// The decoder's dense layers from z to the means of a row in the units of the data.
  ///
  /// - Parameter level: the category that is given; nil where none is.
  /// - Returns: nil for decoders that are more than dense layers, or too large.
  private static func layers<Scalar: LatentScalar & TensorElement>(
    _ fitted: FittedAutoencoder<Scalar>, given level: Int?
  ) -> [ImageDecoder.Layer]? {
    let (c, θ, L) = (fitted.configuration, fitted.parameters, fitted.configuration.latent)
    let last: ImageDecoder.Activation
    switch c.likelihood {
    case .bernoulli: last = .sigmoid
    case .gaussian(let variance) where variance != .network: last = .identity
    default: return nil
    }
    guard c.convolution == nil, let inner = ImageDecoder.Activation(rawValue: c.activation.rawValue) else {
      return nil
    }
    let count = c.decoderWidths.count + 1
    var (layers, weights): ([ImageDecoder.Layer], Int) = ([], 0)
    for i in 0..<count {
      guard θ.layout["decoder/\(i)/weights"] != nil, θ.layout["decoder/\(i)/bias"] != nil else { return nil }
      var W = θ["decoder/\(i)/weights"].converted(to: Double.self)
      var b = θ["decoder/\(i)/bias"].converted(to: Double.self).elements
      if i == 0, W.rows > L {
        // The rows of a category that is given add to the bias.
        guard let level, L + level < W.rows else { return nil }
        for j in b.indices { b[j] += W[L + level, j] }
        W = W[rows: 0..<L]
      }
      if i == count - 1, let s = fitted.description.standardization {
        guard last == .identity else { return nil }
        for j in b.indices {
          b[j] = b[j] * s.scales[j] + s.means[j]
          for r in 0..<W.rows { W[r, j] *= s.scales[j] }
        }
      }
      weights += W.count
      guard weights <= mostWeights else { return nil }
      layers.append(.init(weights: W, bias: b, activation: i == count - 1 ? last : inner))
    }
    return layers
  }
}

/// Rows of the data under an auto-encoder, in plain numbers and the units of the data.
struct AutoencoderRowsView: Sendable {
  let words: String
  let source: String
  let isFitted: Bool
  let numbers: [Int]
  /// `[N, D]`; NaN for a missing cell.
  let values: Matrix<Double>
  let weights: [Double]?
  let labels: [String]?
  /// Means and deviations of q(z | x), `[N, L]`; nil for a regression, which has no z.
  let means: Matrix<Double>?
  let deviations: Matrix<Double>?
  /// `[N, D]`.
  let reconstruction: Matrix<Double>
  /// The bound of every row, or what the model has in its place.
  let bounds: [Double]
  let evaluation: AutoencoderEvaluation
  /// The importance-weighted bound, of the first rows alone.
  let importance: AutoencoderEvaluation.Importance?
  let importanceRows: Int

  var score: SampleMean { SampleMean(bounds, weights: weights) }

  private static let mostImportanceRows = 500
  private static let draws = 50

  init<Scalar: LatentScalar & TensorElement>(
    _ fitted: FittedAutoencoder<Scalar>, _ rows: ReportRows<Scalar>, settings: ReportSettings
  ) throws(InferenceError) {
    let (x, model, θ, d) = (rows.rows, fitted.model, fitted.parameters, fitted.description)
    let (noise, threads) = (RandomStream(seed: settings.seed), settings.threads)
    words = rows.words
    source = rows.source
    isFitted = rows.isFitted
    numbers = rows.numbers
    weights = x.weightsInSourceOrder
    labels = rows.labels
    // The columns of the data are the first.
    let own = Array(0..<d.dimensions)
    func inUnitsOfData(_ all: Matrix<Scalar>) -> Matrix<Double> {
      let values = all.selecting(columns: own).converted(to: Double.self)
      return d.standardization?.removed(from: values) ?? values
    }
    values = inUnitsOfData(x.inSourceOrder(x.values))
    reconstruction = inUnitsOfData(
      try model.reconstruction(of: x, at: θ, noise: noise, threads: threads))
    bounds = try model.bounds(of: x, at: θ, noise: noise, threads: threads)
    evaluation = try model.evaluate(x, at: θ, draws: 0, noise: noise, threads: threads)
    if fitted.configuration.isRegression {
      (means, deviations) = (nil, nil)
    } else {
      let q = try model.posterior(of: x, at: θ, noise: noise, threads: threads)
      (means, deviations) = (q.means, q.deviations)
    }
    if fitted.configuration.isPoint {
      (importance, importanceRows) = (nil, 0)
    } else {
      let places = ReportText.evenly(Self.mostImportanceRows, of: x.rows)
      let ordered = x.inSourceOrder(x.values)
      let some = Rows(
        ordered.selecting(rows: places), weights: x.weightsInSourceOrder.map { w in places.map { w[$0] } })
      importance = try model.evaluate(some, at: θ, draws: Self.draws, noise: noise, threads: threads)
        .importance
      importanceRows = places.count
    }
  }
}
