import Latent

/// Words that several verbs use of auto-encoders.
enum AutoencoderWords {
  /// p(z) in a word or two, and in full.
  static func prior(_ prior: AutoencoderPrior) -> String {
    switch prior {
    case .standard: "standard normal"
    case .mixture(let components): "mixture of \(NumberText.count(components, "Gaussian"))"
    case .vamp(let components): "posteriors of \(NumberText.count(components, "pseudo-input"))"
    }
  }

  /// `Variational auto-encoder 784–500–20 (tanh, Bernoulli likelihood, diagonal posterior)`.
  static func title(_ configuration: AutoencoderConfiguration) -> String {
    let columns = configuration.columns - configuration.condition.count
    let channels = configuration.convolution.map { ", \(convolutions($0))" } ?? ""
    let weights = configuration.weightPrior.map { ", prior on weights of deviation \(NumberText.short($0))" }
    let family =
      "\(configuration.activation.rawValue)\(channels), \(likelihood(configuration.likelihood))\(weights ?? "")"
    if configuration.isRegression {
      return
        "Regression \(widths(configuration.condition.count, configuration.decoderWidths, columns)) (\(family))"
    }
    var name = widths(columns, configuration.hidden, configuration.latent)
    if let second = configuration.secondLayer {
      name += " and " + widths(configuration.latent, second.hidden, second.latent)
    }
    guard configuration.posterior != .point else { return "Auto-encoder \(name) (\(family), deterministic)" }
    return (configuration.condition.isEmpty ? "V" : "Conditional v") + "ariational auto-encoder \(name) "
      + "(\(family), \(configuration.posterior.rawValue) posterior"
      + (configuration.prior == .standard ? "" : ", prior: \(prior(configuration.prior))")
      + "\(bound(configuration.bound)))"
  }

  /// `convolutions 16–32`.
  static func convolutions(_ convolution: AutoencoderConvolution) -> String {
    "convolutions \(convolution.channels.map(String.init).joined(separator: "–"))"
  }

  /// `784–500–20`.
  static func widths(_ first: Int, _ hidden: [Int], _ last: Int) -> String {
    ([first] + hidden + [last]).map(String.init).joined(separator: "–")
  }

  /// k of an importance-weighted bound.
  static func importanceDraws(_ bound: AutoencoderBound) -> Int? {
    guard case .importance(let draws, _) = bound else { return nil }
    return draws
  }

  static func likelihood(_ likelihood: AutoencoderLikelihood) -> String {
    switch likelihood {
    case .bernoulli: "Bernoulli likelihood"
    case .continuousBernoulli: "continuous Bernoulli likelihood"
    case .discretizedLogistic(let levels): "logistic likelihood of \(NumberText.count(levels, "level"))"
    case .categorical: "categorical likelihood"
    case .gaussian(.fixed(let variance)): "Gaussian likelihood of variance \(NumberText.short(variance))"
    case .gaussian(.shared): "Gaussian likelihood of one variance"
    case .gaussian(.columns): "Gaussian likelihood of a variance a column"
    case .gaussian(.network): "Gaussian likelihood of a variance a cell"
    }
  }

  private static func bound(_ bound: AutoencoderBound) -> String {
    importanceDraws(bound).map { ", importance-weighted bound of \(NumberText.count($0, "draw"))" } ?? ""
  }

  // MARK: What is climbed

  /// What a row's value is: a bound on ln p(x); ln p(x) itself given a condition; or how well a row comes back, which bounds nothing.
  static func quantity(_ configuration: AutoencoderConfiguration) -> String {
    if configuration.isRegression { return "logDensity" }
    return configuration.posterior == .point ? "reconstruction" : "bound"
  }

  static func quantityName(_ configuration: AutoencoderConfiguration) -> String {
    if configuration.isRegression { return "log density" }
    return configuration.posterior == .point ? "reconstruction" : "bound"
  }

  static func quantityMeaning(_ configuration: AutoencoderConfiguration) -> String {
    if configuration.isRegression { return "ln p(x | condition)" }
    return configuration.posterior == .point
      ? "ln p(x | z) at the encoder's z, no bound on ln p(x)" : "a bound on ln p(x)"
  }

  /// Nothing is drawn where z is a point and cells are what they are.
  static func estimate(_ configuration: AutoencoderConfiguration) -> String {
    configuration.posterior == .point && configuration.binarization == .none ? "exact" : "monteCarlo"
  }

  static func terms(_ bound: Bound, perObservation: Bool = false) -> JSONValue {
    let scale = perObservation ? 1 / (bound.count > 0 ? bound.count : 1) : 1
    return .object([
      ("reconstruction", .number(bound.reconstruction * scale)),
      ("latentKL", .number(bound.latentKL * scale)),
      ("parameterKL", .number(bound.parameterKL * scale)),
    ])
  }

  // MARK: What is given

  /// Columns by their numbers from 1, and the categories.
  static func condition(_ configuration: AutoencoderConfiguration, _ labels: AutoencoderLabels?) -> JSONValue
  {
    let given = configuration.condition.dropLast(labels?.levels.count ?? 0)
    return .object([
      ("columns", .array(given.map { .integer($0 + 1) })),
      ("labels", .optional(labels) { .string($0.name) }),
      ("levels", .optional(labels) { .strings($0.levels) }),
    ])
  }

  /// `label (10 categories) and 28 columns`.
  static func conditionWords(_ configuration: AutoencoderConfiguration, _ labels: AutoencoderLabels?)
    -> String
  {
    let given = configuration.condition.count - (labels?.levels.count ?? 0)
    let parts = [
      labels.map { "\($0.name) (\(NumberText.count($0.levels.count, "category", plural: "categories")))" },
      given > 0 ? NumberText.count(given, "column") : nil,
    ]
    return Wording.choice(parts.compactMap(\.self), "and")
  }
}

extension AutoencoderConfiguration {
  /// Whether there is no z, but a regression on the condition: a conditional model whose z is a point is made for that alone.
  var isRegression: Bool { posterior == .point && !condition.isEmpty }

  /// Whether z is deterministic.
  var isPoint: Bool { posterior == .point }
}
