import Latent

/// What the data of an auto-encoder are, as far as its networks depend on it.
struct AutoencoderShape: Sendable {
  /// What messages call the data.
  var source: String
  /// D: the columns of the data.
  var columns: Int
  /// Those that are given, in ascending order.
  var given: [Int] = []
  var image: FitDescription.ImageSize?
  /// The categories of each column, where cells are categories.
  var levels: [[String]]?
  /// Categories that are given beside the columns.
  var labels: AutoencoderLabels?
}

extension AutoencoderSettings {
  /// The model of such data.
  ///
  /// - Throws: `ConditionError` for convolutions of what are no images; `UsageError` for more of them than an image has room for.
  func configuration(for shape: AutoencoderShape) throws -> AutoencoderConfiguration {
    let labels = shape.labels?.levels.count ?? 0
    return AutoencoderConfiguration(
      columns: shape.columns + labels, latent: latent,
      // Without z the encoder does nothing: the less of it the better.
      hidden: isRegression ? [] : hidden, decoderHidden: isRegression ? hidden.reversed() : nil,
      activation: activation,
      likelihood: likelihood.likelihood(
        variance, levels: levels, categories: (shape.levels ?? []).map(\.count)),
      posterior: posterior.family, prior: prior.prior(components: components),
      bound: importance.map {
        .importance(draws: $0, gradient: isDoublyReparametrized ? .doublyReparametrized : .reparametrized)
      } ?? .evidence(draws: 1),
      binarization: drawsAfresh ? .stochastic : .none,
      condition: shape.given + Array(shape.columns..<shape.columns + labels),
      convolution: try convolution(of: shape),
      secondLayer: secondLatent.map {
        AutoencoderSecondLayer(latent: $0, hidden: secondHidden ?? Self.defaultSecondHidden.sizes)
      }, weightPrior: weightPrior)
  }

  /// The convolutions of images, or of what is left of them.
  private func convolution(of shape: AutoencoderShape) throws -> AutoencoderConvolution? {
    guard let channels else { return nil }
    guard let image = shape.image else {
      throw ConditionError.noImages(source: shape.source, option: "--network convolutional")
    }
    let width = image.width - (condition?.pixels?.columns.count ?? 0)
    // Each halves both sides, down to one pixel.
    var (side, most) = (min(image.height, width), 0)
    while side >= 2 { (side, most) = (side / 2, most + 1) }
    guard channels.count <= most else {
      throw UsageError.badValue(
        option: "--channels", value: LayerSizes(channels).description,
        requirement: "up to \(NumberText.count(most, "layer")) for images of \(image.height) × \(width)")
    }
    return AutoencoderConvolution(
      image: FeatureShape(height: image.height, width: width), channels: channels)
  }
}
