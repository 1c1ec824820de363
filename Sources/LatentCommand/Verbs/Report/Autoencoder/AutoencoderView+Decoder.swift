import Latent

// L latent dimensions.

/// What makes an image of a place inside the page: the decoder's own layers, or images made beforehand.
extension AutoencoderView {
  /// A network of more weights makes the page too large: it holds two bytes of each, and a third more as text.
  private static var mostWeights: Int { 1_000_000 }
  /// How far a grid of images made beforehand reaches at least.
  private static var leastReach: Double { 3 }
  /// Categories that can be chosen.
  private static var mostChoices: Int { 200 }

  /// From the least of the means to the largest with some room, and ±3 at least.
  static func reach(of means: Matrix<Double>?, _ l: Int) -> ClosedRange<Double> {
    let values = (means?.column(l) ?? []).filter(\.isFinite)
    let (low, high) = (
      min(values.min() ?? 0, -leastReach), max(values.max() ?? 0, leastReach)
    )
    let room = 0.03 * (high - low)
    return values.isEmpty ? low...high : low - room...high + room
  }

  /// How much each dimension tells: its KL, or where there is none the variance of its means.
  static func importance(
    _ c: AutoencoderConfiguration, found: [AutoencoderDiagnosis.Dimension]?, means: Matrix<Double>?
  ) -> [Double] {
    let L = means?.columns ?? c.latentDimensions
    if let found, found.count == L, !c.isPoint { return found.map(\.divergence) }
    guard let means else { return Array(repeating: 0, count: L) }
    return (0..<L).map { l in
      let z = means.column(l)
      let mean = z.reduce(0, +) / Double(max(z.count, 1))
      return z.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
  }

  /// The biases of the first layer by category: all that a category changes.
  static func choices<Scalar: LatentScalar & TensorElement>(
    _ fitted: FittedAutoencoder<Scalar>
  ) -> ImageDecoder.Choices? {
    let (c, θ) = (fitted.configuration, fitted.parameters)
    guard let labels = fitted.labels, (2...mostChoices).contains(labels.levels.count),
      !c.decoderWidths.isEmpty, θ.layout["decoder/0/weights"] != nil, θ.layout["decoder/0/bias"] != nil
    else { return nil }
    let W = θ["decoder/0/weights"].converted(to: Double.self)
    let b = θ["decoder/0/bias"].converted(to: Double.self).elements
    guard W.rows == c.latent + labels.levels.count else { return nil }
    return ImageDecoder.Choices(
      ReportText.name(labels.name), names: labels.levels.map(ReportText.name),
      biases: Matrix(
        rows: labels.levels.count, columns: b.count,
        elements: labels.levels.indices.flatMap { level in b.indices.map { b[$0] + W[c.latent + level, $0] } }
      ))
  }

  /// The decoder's dense layers from z to the means of a row in the units of the data.
  ///
  /// - Parameter level: the category that is given; nil where none is.
  /// - Returns: nil for decoders that are more than dense layers, or too large.
  static func layers<Scalar: LatentScalar & TensorElement>(
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
