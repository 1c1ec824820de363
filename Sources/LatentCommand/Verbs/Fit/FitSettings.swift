import Latent

/// What defines a run: equal settings and equal data give the same steps, bit for bit.
struct FitSettings: Codable, Equatable, Sendable {
  var model: String
  var inference: String
  var components: Int
  var covariance: CovarianceStructure
  var prior: PriorChoice
  var precision: Precision
  var restarts: Int
  /// `kmeans++`, `random`, or a path.
  var start: String
  var seed: UInt64
  var columns: [String]?
  var standardize: Bool
  var binarize: Binarization?
  var holdout: Double?

  static let namedStarts = ["kmeans++", "random"]

  /// The path of a start from a file.
  var startFile: String? { Self.namedStarts.contains(start) ? nil : start }
}

extension FitCommand {
  /// The settings that the options give, or, on resuming, those of the checkpoint.
  ///
  /// - Throws: `UsageError` where an explicit option differs from the checkpoint.
  func settings(resuming recorded: FitSettings?) throws -> FitSettings {
    guard let recorded else { return try settings() }
    guard model == recorded.model else { throw conflict("MODEL", model, recorded.model) }
    try agree("--inference", mixture.inference, recorded.inference)
    try agree("--components", mixture.components, recorded.components)
    try agree("--covariance", mixture.covariance?.rawValue, recorded.covariance.rawValue)
    try agree("--prior", mixture.prior?.rawValue, recorded.prior.rawValue)
    try agree("--precision", precision.given?.rawValue, recorded.precision.rawValue)
    try agree("--restarts", mixture.restarts, recorded.restarts)
    try agree("--init", mixture.start, recorded.start)
    try agree("--seed", seed.given, recorded.seed)
    try agree(
      "--columns", data.columns?.names.joined(separator: ","), recorded.columns?.joined(separator: ","))
    try agree("--standardize", mixture.standardize ? "on" : nil, recorded.standardize ? "on" : "off")
    try agree("--binarize", data.binarize, recorded.binarize)
    try agree("--holdout", mixture.holdout, recorded.holdout)
    return recorded
  }

  private func settings() throws -> FitSettings {
    guard let components = mixture.components else {
      throw UsageError.missing(option: "--components", reason: "a mixture needs to know how many it has")
    }
    let start = mixture.start ?? FitSettings.namedStarts[0]
    let restarts = mixture.restarts ?? 1
    if restarts > 1, !FitSettings.namedStarts.contains(start) {
      throw UsageError.conflict(
        option: "--restarts", other: "--init FILE", reason: "every start would be the same")
    }
    return FitSettings(
      model: model, inference: mixture.inference ?? Vocabulary.inferences[0], components: components,
      covariance: mixture.covariance ?? .full, prior: mixture.prior ?? .niw, precision: precision.value,
      restarts: restarts, start: start, seed: seed.value, columns: data.columns?.names,
      standardize: mixture.standardize, binarize: data.binarize, holdout: mixture.holdout)
  }

  private func agree<Value: Equatable>(_ option: String, _ given: Value?, _ recorded: Value?) throws {
    guard let given, given != recorded else { return }
    throw conflict(option, "\(given)", recorded.map { "\($0)" } ?? "absent")
  }

  private func conflict(_ option: String, _ given: String, _ recorded: String) -> UsageError {
    .resumeConflict(path: ascent.resume ?? "", option: option, given: given, recorded: recorded)
  }
}
