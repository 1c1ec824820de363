import ArgumentParser
import Latent

struct SelectCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "select", abstract: "Compares models of different sizes and says which the data favour.",
    discussion: """
      latent select gmm faithful --components 1...6 --covariance full,tied --restarts 5 -o bic.png
      latent select hmm hmm-chain --states 1...6

      BIC, AIC and ICL: smaller is better. Held-out likelihood (rows kept from the fit, see --holdout) and the \
      variational bound (--inference vb): larger is better.
      """)

  @Argument(help: ArgumentHelp("A model, as for `fit`.", valueName: "model")) var model: String
  @Argument(help: ArgumentHelp("A file, `-`, or the name of a data set.", valueName: "data"))
  var source: String
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("The numbers of components.", valueName: "1...10"))
  var components: IntegerRange?
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("For hmm: the numbers of states.", valueName: "1...6"))
  var states: IntegerRange?
  @Option(name: .long, help: "For hmm: the density of a frame given its state (default: gaussian).")
  var emissions: EmissionChoice?
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "The numbers of latent factors, for ppca, fa and mfa, or dimensions, for lds.", valueName: "1...5"))
  var latent: IntegerRange?
  @Option(
    name: .long,
    help: ArgumentHelp("The covariance structures, or `all` (default: full).", valueName: "full,tied"))
  var covariance: NameList?
  @Option(name: .long, help: ArgumentHelp("The prior, as for `fit`.", valueName: "name"))
  var prior: String?
  @Option(name: .long, help: ArgumentHelp("The method of inference (default: em).", valueName: "em|vb"))
  var inference: String?
  @Option(name: .long, help: "What to compare by (default: bic; bound for --inference vb).")
  var criterion: Criterion?
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: "Where to write the comparison: a table (.csv, .tsv) or a plot (.png, .svg).")
  var output: String?
  @OptionGroup(title: "Ascent") var repeats: RepeatOptions<SelectDefaults>
  @OptionGroup(title: "Ascent") var stopping: StoppingOptions<SelectDefaults>
  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Data") var sequences: SequenceDataOptions
  @OptionGroup(title: "Data") var weights: WeightsOption
  @OptionGroup(title: "Run") var seed: SeedOption
  @OptionGroup(title: "Run") var threads: ThreadsOption
  @OptionGroup(title: "Run") var precision: PrecisionOption
  @OptionGroup(title: "Run") var report: ReportOptions

  func validate() throws {
    if let inference, !["em", "vb"].contains(inference) {
      throw UsageError.unknownInference(inference, available: ["em", "vb"])
    }
  }

  func run() async throws {
    try Vocabulary.check(selected: model)
    if let output {
      try OutputPath.check(
        output, option: "-o",
        against: [(source, "the data")] + sequences.files
          + (weights.value.map { [($0, "the weights")] } ?? []), endings: [".csv", ".tsv", ".png", ".svg"])
    }
    let method = inference ?? "em"
    let criterion = criterion ?? (method == "vb" ? .bound : .bic)
    guard (method == "vb") == (criterion == .bound) || criterion == .heldout else {
      throw UsageError.conflict(
        option: "--criterion \(criterion.rawValue)", other: "--inference \(method)",
        reason: method == "vb"
          ? "variational Bayes is compared by its bound or by heldout"
          : "only the bound of variational Bayes can be compared between sizes")
    }
    guard !Vocabulary.sequenceModels.contains(model) else {
      return try await selectSequences(method, criterion)
    }
    for (option, isGiven) in [("--states", states != nil), ("--emissions", emissions != nil)]
      + sequences.given where isGiven
    {
      throw UsageError.noMeaning(option: option, model: model, inference: method)
    }
    try await ModelKinds.visit(
      model: model, inference: method, precision: precision.value,
      SelectJob(command: self, inference: method, criterion: criterion, candidates: try candidates(method)))
  }

  /// The models to be compared, in the order they are shown.
  func candidates(_ inference: String) throws -> [ModelSettings] {
    let isMixture = !Vocabulary.singleComponentModels.contains(model) && model != "hmm"
    if isMixture, components == nil {
      throw UsageError.missing(option: "--components", reason: "give a range such as 1...10")
    }
    if !isMixture, let range = components?.range, range != 1...1 {
      throw UsageError.noMeaning(option: "--components", model: model, inference: inference)
    }
    var structures: [CovarianceStructure?] = [nil]
    if let covariance {
      structures =
        try covariance.names == ["all"]
        ? CovarianceStructure.allCases
        : covariance.names.map { name in
          guard let structure = CovarianceStructure(rawValue: name) else {
            throw UsageError.badValue(
              option: "--covariance", value: Wording.quoted(name),
              requirement: Wording.choice(CovarianceStructure.allCases.map(\.rawValue) + ["all"]))
          }
          return structure
        }
    }
    let sizes: [Int] = (model == "hmm" ? states : components).map { Array($0.range) } ?? [1]
    let factors: [Int?] = latent.map { $0.range.map { $0 } } ?? [nil]
    return structures.flatMap { structure in
      factors.flatMap { latent in
        sizes.map { K in
          ModelSettings(
            model: model, inference: inference, components: K, covariance: structure, latent: latent,
            prior: prior)
        }
      }
    }
  }
}

/// What models are compared by.
enum Criterion: String, ExpressibleByArgument, CaseIterable, Sendable {
  case bic, aic, icl, heldout, bound

  var title: String {
    switch self {
    case .bic: "BIC"
    case .aic: "AIC"
    case .icl: "ICL"
    case .heldout: "held-out log density, nats a row"
    case .bound: "variational bound, nats"
    }
  }

  /// The same for a model, of whose sequences each counts once.
  func title(of model: String) -> String {
    self == .heldout && Vocabulary.sequenceModels.contains(model)
      ? "held-out log density, nats a sequence" : title
  }

  var smallerIsBetter: Bool { self == .bic || self == .aic || self == .icl }
}

/// `a...b`, or one number.
struct IntegerRange: ExpressibleByArgument, Sendable {
  let range: ClosedRange<Int>

  init?(argument: String) {
    let parts = argument.split(separator: "...", omittingEmptySubsequences: false).map { Int($0) }
    switch parts.count {
    case 1:
      guard let one = parts[0], one > 0 else { return nil }
      range = one...one
    case 2:
      guard let low = parts[0], let high = parts[1], low > 0, low <= high, high - low < 1000 else {
        return nil
      }
      range = low...high
    default: return nil
    }
  }
}
