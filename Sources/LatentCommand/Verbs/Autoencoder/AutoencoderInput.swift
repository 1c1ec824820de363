import Latent

/// Work that is the same for auto-encoders of either precision.
protocol AutoencoderVisitor {
  func visit<Scalar: LatentScalar & TensorElement>(_ fitted: FittedAutoencoder<Scalar>) throws
}

extension ModelInput {
  var isAutoencoder: Bool { archive.kind == FittedAutoencoder<Float>.kind }

  /// What a model file says of its fit, whatever the model.
  static func description(of archive: Archive) throws(FileError) -> FitDescription {
    let kinds = [FittedAutoencoder<Float>.kind] + FittedFilter<Float>.kinds
    guard kinds.contains(archive.kind) else { return try archive.decodedConfiguration() }
    let whole: DescribedPart = try archive.decodedConfiguration()
    return whole.description
  }

  /// What a model file's model is given: columns of the data, and categories.
  static func condition(of archive: Archive) throws(FileError) -> ([Int], AutoencoderLabels?) {
    let part: DescriptionPart = try archive.decodedConfiguration()
    return (part.autoencoder.condition.filter { $0 < part.description.dimensions }, part.labels)
  }

  private struct DescribedPart: Codable {
    let description: FitDescription
  }

  private struct DescriptionPart: Codable {
    let description: FitDescription
    let autoencoder: AutoencoderConfiguration
    let labels: AutoencoderLabels?
  }

  /// Does the work with the model in the precision asked for, or that of its fit.
  func visitAutoencoder(precision: Precision?, _ visitor: some AutoencoderVisitor) throws {
    switch precision ?? Precision(rawValue: description.precision) ?? .double {
    case .double: try visitor.visit(FittedAutoencoder<Double>(from: archive))
    case .single: try visitor.visit(FittedAutoencoder<Float>(from: archive))
    case .bf16:
      throw UsageError.badValue(
        option: "--precision", value: "bf16", requirement: "double or single where nothing is trained")
    }
  }

  /// Refuses a verb that is about z where there is none.
  func refuseRegression(_ configuration: AutoencoderConfiguration, _ verb: String) throws {
    guard !configuration.isRegression else { throw TrainingError.noLatent(path: path, verb: verb) }
  }

  /// Refuses an option that auto-encoders have no use for.
  func refuse(_ options: [(String, Bool)]) throws {
    for (option, isGiven) in options where isGiven {
      throw UsageError.noMeaning(
        option: option, model: description.model,
        inference: isAutoencoder || isFilter ? AutoencoderSettings.inferenceWords : description.inference)
    }
  }
}
