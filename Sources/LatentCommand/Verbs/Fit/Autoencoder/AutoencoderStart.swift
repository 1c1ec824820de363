import Latent

/// Where the parameters of an auto-encoder begin.
enum AutoencoderStart<Scalar: LatentScalar & TensorElement>: Sendable {
  /// At random weights.
  case random
  /// At those of a model file.
  case parameters(ParameterVector<Scalar>)

  /// - Throws: `TrainingError.initialModel` for a file of another architecture; `FileError` for one that cannot be read.
  static func read(
    _ path: String?, for model: VariationalAutoencoder<Scalar>, labels: AutoencoderLabels?,
    isStandardized: Bool
  ) throws -> AutoencoderStart {
    guard let path else { return .random }
    let fitted = try FittedAutoencoder<Scalar>(from: archive(at: path))
    let wasStandardized = fitted.description.standardization != nil
    guard fitted.model.layout == model.layout, wasStandardized == isStandardized,
      fitted.configuration.condition == model.configuration.condition
    else {
      throw TrainingError.initialModel(
        path: path, found: words(fitted.configuration, fitted.labels, isStandardized: wasStandardized),
        needed: words(model.configuration, labels, isStandardized: isStandardized))
    }
    guard fitted.labels?.levels == labels?.levels else {
      throw TrainingError.initialLabels(
        path: path, found: fitted.labels?.levels ?? [], needed: labels?.levels ?? [])
    }
    return .parameters(fitted.parameters)
  }

  private static func words(
    _ configuration: AutoencoderConfiguration, _ labels: AutoencoderLabels?, isStandardized: Bool
  ) -> String {
    let columns = configuration.condition.dropLast(labels?.levels.count ?? 0).map { "\($0 + 1)" }
    let given = [
      labels?.name,
      columns.isEmpty
        ? nil : "column\(columns.count == 1 ? "" : "s") \(Wording.list(Array(columns), most: 4))",
    ].compactMap(\.self)
    return AutoencoderWords.title(configuration)
      + (given.isEmpty ? "" : " given \(Wording.choice(given, "and"))")
      + (isStandardized ? ", standardized" : "")
  }

  private static func archive(at path: String) throws -> Archive {
    do {
      return try Archive(readingFrom: path)
    } catch FileError.notFound {
      throw UsageError.badValue(
        option: "--init", value: Wording.quoted(path), requirement: "an existing model file")
    }
  }

  /// The parameters of a start.
  func parameters(
    of model: VariationalAutoencoder<Scalar>, for rows: Rows<Scalar>, isRegression: Bool,
    using stream: RandomStream
  ) throws(InferenceError) -> ParameterVector<Scalar> {
    if case .parameters(let parameters) = self { return parameters }
    var parameters = try model.initialParameters(for: rows, using: stream)
    if isRegression { parameters.leaveOutLatent(of: model.configuration) }
    return parameters
  }
}

extension VariationalAutoencoder {
  /// The parameters that a fit can change: without z not those that would give it, nor what would be made of it.
  var freeParameters: Int {
    guard configuration.isRegression, let first = layout["decoder/0/weights"] else {
      return layout.parameterCount
    }
    let encoder = layout.entries.filter { $0.name.hasPrefix("encoder/") }.reduce(0) { $0 + $1.count }
    return layout.parameterCount - encoder - configuration.latent * first.shape[1]
  }
}

extension ParameterVector {
  /// Makes z nothing, for good: where both what the encoder gives and what the decoder makes of it are 0, so are the derivatives of both,
  /// and no step of gradients leads away. What is left is the decoder as a regression on the condition.
  fileprivate mutating func leaveOutLatent(of configuration: AutoencoderConfiguration) {
    for name in ["encoder/posterior/weights", "encoder/posterior/bias"] {
      self[name] = Matrix(rows: self[name].rows, columns: self[name].columns)
    }
    var weights = self["decoder/0/weights"]
    for row in 0..<configuration.latent {
      for column in 0..<weights.columns { weights[row, column] = 0 }
    }
    self["decoder/0/weights"] = weights
  }
}
