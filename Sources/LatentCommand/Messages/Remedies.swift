import Latent

/// The options of `fit` that change how a model takes to its data: those that it has, so that advice names no other.
struct Remedies: Sendable {
  /// A prior in the place of none.
  private let prior: String?
  /// A structure of the covariances with fewer parameters.
  private let covariance: CovarianceStructure?
  private let isMixture: Bool
  private let hasSeveralFactors: Bool
  /// Whether rows are taken apart by factors.
  let hasFactors: Bool
  private let isSingle: Bool
  private let canStandardize: Bool

  init<Kind: ModelKind>(_: Kind.Type, _ settings: ModelSettings, standardized: Bool = false, single: Bool) {
    self.init(
      Kind.self, components: settings.components, covariance: settings.covariance, latent: settings.latent,
      prior: settings.prior, standardized: standardized, single: single)
  }

  init<Kind: ModelKind>(_: Kind.Type, _ description: FitDescription) {
    self.init(
      Kind.self, components: description.components, covariance: description.covariance,
      latent: description.latent, prior: description.prior,
      standardized: description.standardization != nil,
      single: description.precision == Precision.single.rawValue)
  }

  private init<Kind: ModelKind>(
    _: Kind.Type, components: Int, covariance: CovarianceStructure?, latent: Int?, prior: String?,
    standardized: Bool, single: Bool
  ) {
    self.prior = prior == "none" ? Kind.priors.first { $0 != "none" } : nil
    self.covariance =
      switch covariance {
      case .full: .tied
      case .tied: .diagonal
      case .diagonal: .spherical
      case .spherical, nil: nil
      }
    isMixture = components > 1
    hasSeveralFactors = (latent ?? 1) > 1
    hasFactors = latent != nil
    canStandardize = Kind.cells == .numbers && !standardized
    isSingle = single
  }

  /// For a component that loses its volume or its rows. `cause` tells whether a column is to blame.
  func againstCollapse(_ cause: InferenceError.Collapse.Cause) -> String {
    var options: [String] = []
    if let prior { options.append("--prior \(prior)") }
    if isMixture { options.append("fewer --components") }
    if hasSeveralFactors { options.append("fewer factors (--latent)") }
    if let covariance { options.append("--covariance \(covariance.rawValue)") }
    if isMixture { options.append("more --restarts") }
    if case .flat = cause, !isMixture { options.append("the data without this column (--columns)") }
    return options.isEmpty ? againstFewRows : "Try \(Wording.choice(options))."
  }

  /// For a factor model that leaves no noise in a column; empty where no option helps.
  var againstVanishingNoise: [String] {
    (canStandardize ? ["--standardize, where columns differ in their units"] : [])
      + (hasSeveralFactors ? ["fewer factors (--latent)"] : []) + (prior.map { ["--prior \($0)"] } ?? [])
  }

  /// For a component that has become narrow; nil where no option helps.
  var againstNarrowness: String? {
    var options: [String] = []
    if let prior { options.append("--prior \(prior)") }
    if isMixture { options.append("fewer --components") }
    if let covariance { options.append("--covariance \(covariance.rawValue)") }
    return options.isEmpty ? nil : Wording.choice(options)
  }

  /// For fewer rows than the model needs.
  var againstFewRows: String {
    switch (isMixture, hasSeveralFactors) {
    case (true, _): "Use fewer components, or more data."
    case (false, true): "Use fewer factors (--latent), or more data."
    default: "Use more data."
    }
  }

  /// For values that the arithmetic cannot take.
  var againstOverflow: String {
    var options: [String] = []
    if canStandardize { options.append("--standardize") }
    if isSingle { options.append("--precision double") }
    return options.isEmpty ? "Look at this row." : "Try \(Wording.choice(options))."
  }

  /// For a model larger than the memory.
  var againstSize: String {
    var options = ["fewer columns (--columns)"]
    if isMixture { options.insert("fewer components", at: 0) }
    if hasSeveralFactors { options.append("fewer factors (--latent)") }
    if let covariance { options.append("--covariance \(covariance.rawValue)") }
    return "Use \(Wording.choice(options))."
  }
}
