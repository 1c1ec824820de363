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
  /// The model file whose observations the fit goes on from.
  var from: String?

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
  /// How the data are cut; nil where every step visits all of them.
  var batches: BatchSettings?
}

enum Acceleration: String, ExpressibleByArgument, CaseIterable, Codable, Sendable {
  case none, anderson
}

extension FitCommand {
  /// The settings that the options give, or, on resuming, those of the checkpoint.
  ///
  /// - Throws: `UsageError` where an explicit option differs from the checkpoint.
  func settings(resuming recorded: FitSettings?) throws -> FitSettings {
    guard let recorded else {
      let settings = try settings()
      try checkBudget(settings.climb)
      return settings
    }
    try checkBudget(recorded.climb)
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
    try agree("--sparse", modelOptions.sparse, settings.sparse)
    try agree("--precision", precision.given?.rawValue, recorded.precision.rawValue)
    try agree("--restarts", repeats.given, recorded.restarts)
    try agree("--init", start.start, recorded.start)
    try agree("--acceleration", climb.acceleration?.rawValue, recorded.climb.acceleration.rawValue)
    try agree("--race", climb.race ? "on" : nil, recorded.climb.race ? "on" : "off")
    let batches = recorded.climb.batches
    try agree("--batch", climb.batches.batch, batches?.rows)
    try agree("--memoized", climb.batches.memoized ? "on" : nil, batches?.isMemoized == true ? "on" : "off")
    try agree("--forgetting", climb.batches.forgetting, batches?.forgetting)
    try agree("--delay", climb.batches.delay, batches?.delay)
    try agree("--from", update.from, recorded.from)
    try agree("--seed", seed.given, recorded.seed)
    try agree(
      "--columns", data.columns?.names.joined(separator: ","), recorded.columns?.joined(separator: ","))
    try agree("--weights", weights.value, recorded.weights)
    try agree("--standardize", repeats.standardize ? "on" : nil, recorded.standardize ? "on" : "off")
    try agree("--binarize", data.binarize, recorded.binarize)
    try agree("--holdout", repeats.holdout, recorded.holdout)
    return recorded
  }

  private func settings() throws -> FitSettings {
    if let from = update.from { return try settings(from: from) }
    let begin = start.start ?? FitSettings.namedStarts[0]
    let restarts = repeats.restarts
    if restarts > 1, !FitSettings.namedStarts.contains(begin) {
      throw UsageError.conflict(
        option: "--restarts", other: "--init FILE", reason: "every start would be the same")
    }
    if climb.race, restarts == 1 { throw UsageError.needs(option: "--race", other: "--restarts R") }
    let model = try modelOptions.settings(model: model)
    return FitSettings(
      model: model, climb: try climb.settings(inference: model.inference), precision: precision.value,
      restarts: restarts, start: begin, seed: seed.value, columns: data.columns?.names,
      weights: weights.value,
      standardize: repeats.standardize, binarize: data.binarize, holdout: repeats.holdout)
  }

  /// Those of a fit that goes on from a model file: what defines the model is in the file.
  private func settings(from path: String) throws -> FitSettings {
    let found = try ModelInput(path: path).description
    func conflict(_ option: String, _ reason: String) -> UsageError {
      .conflict(option: option, other: "--from", reason: reason)
    }
    func agree<Value: Equatable>(_ option: String, _ given: Value?, _ recorded: Value?) throws {
      guard let given, given != recorded else { return }
      throw UsageError.otherModel(
        path: path, option: option, given: "\(given)", recorded: recorded.map { "\($0)" } ?? "absent")
    }
    try agree("MODEL", model, found.model)
    try agree("--components", modelOptions.components, found.components)
    try agree("--latent", modelOptions.latent, found.latent)
    try agree("--covariance", modelOptions.covariance?.rawValue, found.covariance?.rawValue)
    try agree("--prior", modelOptions.prior, found.prior)
    for (option, value) in [
      ("--concentration", modelOptions.concentration), ("--mean-precision", modelOptions.meanPrecision),
      ("--degrees-of-freedom", modelOptions.degreesOfFreedom), ("--scale", modelOptions.scale),
    ] where value != nil { throw conflict(option, "the prior is in the file") }
    let inference = modelOptions.inference ?? found.inference
    // The two are one model, climbed in two ways.
    if (inference == "em") != (found.inference == "em") {
      try agree("--inference", inference, found.inference)
    }
    if start.start != nil { throw conflict("--init", "the fit starts where the file's ended") }
    for (option, isGiven) in [("--restarts", repeats.restarts > 1), ("--race", climb.race)] where isGiven {
      throw conflict(option, "every start would be the same")
    }
    if modelOptions.sparse != nil {
      throw conflict("--sparse", "the rows seen before may belong to every component")
    }
    if repeats.standardize, found.standardization == nil {
      throw conflict("--standardize", "the file's columns were taken as they are")
    }
    return FitSettings(
      model: ModelSettings(
        model: found.model, inference: inference, components: found.components, covariance: found.covariance,
        latent: found.latent, prior: found.prior), climb: try climb.settings(inference: inference),
      precision: precision.value, restarts: 1, start: FitSettings.namedStarts[0], seed: seed.value,
      columns: data.columns?.names, weights: weights.value, standardize: false, binarize: data.binarize,
      holdout: repeats.holdout, from: path)
  }

  private func checkBudget(_ climb: ClimbSettings) throws {
    guard ascent.passes != nil, climb.batches == nil else { return }
    throw UsageError.needs(option: "--passes", other: "--batch N or --inference svi")
  }

  /// Refuses an option that contradicts what a checkpoint says of it.
  func agree<Value: Equatable>(_ option: String, _ given: Value?, _ recorded: Value?) throws {
    guard let given, given != recorded else { return }
    throw conflict(option, "\(given)", recorded.map { "\($0)" } ?? "absent")
  }

  /// Refuses options that other models have a use for, and MODEL has none.
  func refuse(_ options: [(name: String, isGiven: Bool)]) throws {
    for (option, isGiven) in options where isGiven {
      throw UsageError.noMeaning(
        option: option, model: model,
        inference: Vocabulary.networkModels.contains(model)
          ? AutoencoderSettings.inferenceWords : modelOptions.inference ?? Vocabulary.inferences[0])
    }
  }

  private func conflict(_ option: String, _ given: String, _ recorded: String) -> UsageError {
    .resumeConflict(path: ascent.resume ?? "", option: option, given: given, recorded: recorded)
  }
}
