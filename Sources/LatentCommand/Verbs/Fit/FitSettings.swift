import ArgumentParser
import Latent

/// What defines a run: equal settings and equal data give the same steps, bit for bit.
struct FitSettings: Codable, Equatable, Sendable {
  var model: ModelSettings
  var climb: ClimbSettings
  var precision: Precision
  var restarts: Int
  /// `kmeans++`, `random`, or a path.
  var start: String
  var seed: UInt64
  var columns: [String]?
  /// The column of weights.
  var weights: String?
  var standardize: Bool
  var binarize: Binarization?
  var holdout: Double?

  static let namedStarts = ["kmeans++", "random"]

  /// What of the data is read.
  func choice(labels: String?, isCategorical: Bool) -> DataChoice {
    DataChoice(columns: columns, labels: labels, weights: weights, isCategorical: isCategorical)
  }

  /// The path of a start from a file.
  var startFile: String? { Self.namedStarts.contains(start) ? nil : start }
}

/// How the bound is climbed.
struct ClimbSettings: Codable, Equatable, Sendable {
  var acceleration: Acceleration = .none
  /// Whether starts race, poor ones being stopped early.
  var race = false
}

enum Acceleration: String, ExpressibleByArgument, CaseIterable, Codable, Sendable {
  case none, anderson
}

extension FitCommand {
  /// The settings that the options give, or, on resuming, those of the checkpoint.
  ///
  /// - Throws: `UsageError` where an explicit option differs from the checkpoint.
  func settings(resuming recorded: FitSettings?) throws -> FitSettings {
    guard let recorded else { return try settings() }
    guard model == recorded.model.model else { throw conflict("MODEL", model, recorded.model.model) }
    let settings = recorded.model
    try agree("--inference", modelOptions.inference, settings.inference)
    try agree("--components", modelOptions.components, settings.components)
    try agree("--latent", modelOptions.latent, settings.latent)
    try agree("--covariance", modelOptions.covariance?.rawValue, settings.covariance?.rawValue)
    try agree("--prior", modelOptions.prior, settings.prior)
    try agree("--concentration", modelOptions.concentration, settings.concentration)
    try agree("--mean-precision", modelOptions.meanPrecision, settings.meanPrecision)
    try agree("--degrees-of-freedom", modelOptions.degreesOfFreedom, settings.degreesOfFreedom)
    try agree("--scale", modelOptions.scale, settings.scale)
    try agree("--precision", precision.given?.rawValue, recorded.precision.rawValue)
    try agree("--restarts", start.restarts, recorded.restarts)
    try agree("--init", start.start, recorded.start)
    try agree("--acceleration", climb.acceleration?.rawValue, recorded.climb.acceleration.rawValue)
    try agree("--race", climb.race ? "on" : nil, recorded.climb.race ? "on" : "off")
    try agree("--seed", seed.given, recorded.seed)
    try agree(
      "--columns", data.columns?.names.joined(separator: ","), recorded.columns?.joined(separator: ","))
    try agree("--weights", weights.value, recorded.weights)
    try agree("--standardize", start.standardize ? "on" : nil, recorded.standardize ? "on" : "off")
    try agree("--binarize", data.binarize, recorded.binarize)
    try agree("--holdout", start.holdout, recorded.holdout)
    return recorded
  }

  private func settings() throws -> FitSettings {
    let begin = start.start ?? FitSettings.namedStarts[0]
    let restarts = start.restarts ?? 1
    if restarts > 1, !FitSettings.namedStarts.contains(begin) {
      throw UsageError.conflict(
        option: "--restarts", other: "--init FILE", reason: "every start would be the same")
    }
    if climb.race, restarts == 1 { throw UsageError.needs(option: "--race", other: "--restarts R") }
    return FitSettings(
      model: try modelOptions.settings(model: model), climb: climb.settings, precision: precision.value,
      restarts: restarts, start: begin, seed: seed.value, columns: data.columns?.names,
      weights: weights.value,
      standardize: start.standardize, binarize: data.binarize, holdout: start.holdout)
  }

  private func agree<Value: Equatable>(_ option: String, _ given: Value?, _ recorded: Value?) throws {
    guard let given, given != recorded else { return }
    throw conflict(option, "\(given)", recorded.map { "\($0)" } ?? "absent")
  }

  private func conflict(_ option: String, _ given: String, _ recorded: String) -> UsageError {
    .resumeConflict(path: ascent.resume ?? "", option: option, given: given, recorded: recorded)
  }
}
