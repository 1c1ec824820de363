import Latent

/// What defines a fit to sequences: equal settings and equal data give the same steps, bit for bit.
struct SequenceSettings: RunSettings {
  /// `components` are the states of `hmm`, `latent` the latent dimensions of `lds`.
  var model: ModelSettings
  var emissions: EmissionChoice
  var precision: Precision
  var restarts: Int
  /// A named start, or a path.
  var start: String
  /// Whether starts race, poor ones being stopped early.
  var race = false
  var seed: UInt64
  var columns: [String]?
  var sequence: String?
  var controls: String?
  var truth: [String]
  var image: FitDescription.ImageSize?
  var standardize: Bool
  var binarize: Binarization?
  var holdout: Double?

  static var checkpointKind: String { "sequence-checkpoint" }

  var isProper: Bool {
    model.components > 0 && model.latent.map { $0 > 0 } ?? true && restarts > 0
      && holdout.map { $0 > 0 && $0 < 1 } ?? true
  }

  /// What of the data is read.
  func choice(isCategorical: Bool) -> SequenceChoice {
    SequenceChoice(
      columns: columns, sequence: sequence, controls: controls, truth: truth, image: image,
      isCategorical: isCategorical)
  }

  /// Where a model starts: clusters for states, principal axes for a state space.
  static func namedStarts(of model: String) -> [String] {
    model == "lds" ? ["principal-axes", "random"] : FitSettings.namedStarts
  }

  /// The path of a start from a file.
  var startFile: String? { Self.namedStarts(of: model.model).contains(start) ? nil : start }
}

typealias SequenceConfiguration = RunConfiguration<SequenceSettings>

extension FitCommand {
  /// The settings that the options give, or, on resuming, those of the checkpoint.
  func sequenceSettings(resuming recorded: SequenceSettings?) throws -> SequenceSettings {
    try refuseOptionsOfOthers()
    if let recorded { return try agreed(with: recorded) }
    let inference = modelOptions.inference ?? "em"
    guard inference != "svi" else { throw UsageError.noInference(inference, model: model) }
    var settings = ModelSettings(
      model: model, inference: inference, components: 1, covariance: modelOptions.covariance,
      prior: modelOptions.prior, concentration: modelOptions.concentration,
      meanPrecision: modelOptions.meanPrecision, degreesOfFreedom: modelOptions.degreesOfFreedom,
      scale: modelOptions.scale)
    func refuse(_ option: String, _ isGiven: Bool) throws {
      guard isGiven else { return }
      throw UsageError.noMeaning(option: option, model: model, inference: inference)
    }
    if model == "hmm" {
      guard let states = sequences.states else {
        throw UsageError.missing(
          option: "--states", reason: "a hidden Markov model needs to know how many states it has")
      }
      settings.components = states
      try refuse("--latent", modelOptions.latentSizes != nil)
      try refuse("--controls", sequences.data.controls != nil)
    } else {
      try refuse("--states", sequences.states != nil)
      try refuse("--emissions", sequences.emissions != nil)
      guard let sizes = modelOptions.latentSizes?.sizes, sizes.count == 1 else {
        throw UsageError.missing(
          option: "--latent", reason: "a state space needs to know how many dimensions it has")
      }
      settings.latent = sizes[0]
    }
    let names = SequenceSettings.namedStarts(of: model)
    let begin = start.start ?? names[0]
    if repeats.restarts > 1, !names.contains(begin) {
      throw UsageError.conflict(
        option: "--restarts", other: "--init FILE", reason: "every start would be the same")
    }
    if repeats.restarts > 1, model == "lds", begin == names[0] {
      throw UsageError.needs(option: "--restarts", other: "--init random for lds")
    }
    if climb.race, repeats.restarts == 1 { throw UsageError.needs(option: "--race", other: "--restarts R") }
    return SequenceSettings(
      model: settings, emissions: sequences.emissions ?? .gaussian, precision: precision.value,
      restarts: repeats.restarts, start: begin, race: climb.race, seed: seed.value,
      columns: data.columns?.names, sequence: sequences.data.sequence, controls: sequences.data.controls,
      truth: sequences.data.truth?.names ?? [], image: sequences.data.image?.size,
      standardize: repeats.standardize, binarize: data.binarize,
      holdout: repeats.holdout)
  }

  /// Refuses what other models alone have a use for.
  private func refuseOptionsOfOthers() throws {
    let own: [(String, Bool)] = [
      ("--components", modelOptions.components != nil), ("--sparse", modelOptions.sparse != nil),
      ("--labels", labels.value != nil), ("--weights", weights.value != nil),
      ("--acceleration", climb.acceleration != nil), ("--batch", climb.batches.batch != nil),
      ("--memoized", climb.batches.memoized), ("--forgetting", climb.batches.forgetting != nil),
      ("--delay", climb.batches.delay != nil), ("--passes", ascent.passes != nil),
      ("--from", update.from != nil), ("--keep-statistics", update.keepStatistics),
    ]
    for (option, isGiven) in own + network.given + gradient.given + condition.given + filter.given
    where isGiven {
      throw UsageError.noMeaning(option: option, model: model, inference: modelOptions.inference ?? "em")
    }
  }

  /// The settings of a checkpoint, which no option may contradict.
  private func agreed(with recorded: SequenceSettings) throws -> SequenceSettings {
    let found = recorded.model
    try agree("MODEL", model, found.model)
    try agree("--inference", modelOptions.inference, found.inference)
    try agree("--states", sequences.states, found.model == "hmm" ? found.components : nil)
    try agree("--latent", modelOptions.latent, found.latent)
    try agree(
      "--emissions", sequences.emissions?.rawValue,
      found.model == "hmm" ? recorded.emissions.rawValue : nil)
    try agree("--covariance", modelOptions.covariance?.rawValue, found.covariance?.rawValue)
    try agree("--prior", modelOptions.prior, found.prior)
    try agree("--concentration", modelOptions.concentration, found.concentration)
    try agree("--mean-precision", modelOptions.meanPrecision, found.meanPrecision)
    try agree("--degrees-of-freedom", modelOptions.degreesOfFreedom, found.degreesOfFreedom)
    try agree("--scale", modelOptions.scale, found.scale)
    try agree("--precision", precision.given?.rawValue, recorded.precision.rawValue)
    try agree("--restarts", repeats.given, recorded.restarts)
    try agree("--init", start.start, recorded.start)
    try agree("--race", climb.race ? "on" : nil, recorded.race ? "on" : "off")
    try agree("--seed", seed.given, recorded.seed)
    try agree(
      "--columns", data.columns?.names.joined(separator: ","), recorded.columns?.joined(separator: ","))
    try agree("--sequence", sequences.data.sequence, recorded.sequence)
    try agree("--controls", sequences.data.controls, recorded.controls)
    try agree(
      "--truth", sequences.data.truth?.names.joined(separator: ","),
      recorded.truth.isEmpty ? nil : recorded.truth.joined(separator: ","))
    try agree("--image", sequences.data.image, recorded.image.map { FrameSize($0) })
    try agree("--standardize", repeats.standardize ? "on" : nil, recorded.standardize ? "on" : "off")
    try agree("--binarize", data.binarize, recorded.binarize)
    try agree("--holdout", repeats.holdout, recorded.holdout)
    return recorded
  }
}
