import ArgumentParser
import Latent

/// What a verb that fits does where an option is not given.
protocol VerbDefaults: Sendable {
  static var restarts: Int { get }
  static var tolerance: Double { get }
  static var maxIterations: Int { get }
  /// What the help adds about `--restarts`, `--holdout` and `--max-iterations`.
  static var restartsNote: String { get }
  static var holdoutNote: String { get }
  static var maxIterationsNote: String { get }
  static var toleranceNote: String { get }
}

/// One model, fitted with care.
enum FitDefaults: VerbDefaults {
  static let restarts = 1
  static let tolerance = 1e-8
  static let maxIterations = 1000
  static let restartsNote = "; the best bound is kept"
  static let holdoutNote = ""
  static let maxIterationsNote = "; by batches see --passes"
  static let toleranceNote = "; for vae 0, which takes all passes"
}

/// Many models, as well as it takes to tell them apart.
enum SelectDefaults: VerbDefaults {
  static let restarts = 3
  static let tolerance = 1e-6
  static let maxIterations = 500
  static let holdout = 0.2
  static let restartsNote = " of each candidate"
  static let holdoutNote = " (default: \(holdout) for --criterion heldout)"
  static let maxIterationsNote = ""
  static let toleranceNote = ""
}

/// How often a model is fitted, and to what of the rows.
struct RepeatOptions<Defaults: VerbDefaults>: ParsableArguments {
  @Option(
    name: .customLong("restarts"), parsing: .unconditional,
    help: ArgumentHelp(
      "The number of starts\(Defaults.restartsNote) (default: \(Defaults.restarts)).", valueName: "R"))
  var given: Int?

  @Flag(
    name: .long,
    help: "Shift and scale every column to mean 0 and variance 1; a model file keeps by how much.")
  var standardize = false

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "A share of the rows kept from the fit, and scored after it\(Defaults.holdoutNote).",
      valueName: "fraction"))
  var holdout: Double?

  var restarts: Int { given ?? Defaults.restarts }

  func validate() throws {
    if let given { try UsageError.check("--restarts", given, in: 1...) }
    if let holdout, !(holdout > 0 && holdout < 1) {
      throw UsageError.badValue(
        option: "--holdout", value: NumberText.plain(holdout), requirement: "between 0 and 1")
    }
  }
}

/// When an ascent stops.
struct StoppingOptions<Defaults: VerbDefaults>: ParsableArguments {
  @Option(
    name: .customLong("tolerance"), parsing: .unconditional,
    help: ArgumentHelp(
      "What the bound may still lack of its limit (default: \(Defaults.tolerance)\(Defaults.toleranceNote)).",
      valueName: "nats an observation"))
  var givenTolerance: Double?

  @Option(
    name: .customLong("max-iterations"), parsing: .unconditional,
    help: ArgumentHelp(
      "The most steps of one start (default: \(Defaults.maxIterations)\(Defaults.maxIterationsNote)).",
      valueName: "count"))
  var given: Int?

  var tolerance: Double { givenTolerance ?? Defaults.tolerance }

  var maxIterations: Int { given ?? Defaults.maxIterations }

  func validate() throws {
    try UsageError.check("--tolerance", tolerance, isAtLeastZero: true)
    if let given { try UsageError.check("--max-iterations", given, in: 1...) }
  }
}
