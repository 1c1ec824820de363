import ArgumentParser
import Latent

/// How a model of networks finds missing cells, which it has no closed form for.
struct ImputationOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "How z is found: by draws from q(z | x) of the observed cells, weighted towards p(z | x), or by a Markov chain that "
        + "fills the row and looks at it again (default: posterior; chain for ae).",
      valueName: "posterior|chain"))
  var method: Method?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "The steps of a chain (default: \(Self.defaultSteps)).", valueName: "T"))
  var steps: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "The draws from q(z | x), of each row (default: \(Self.defaultProposals)).", valueName: "S"))
  var proposals: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "The steps by which q(z | x) is first refined for each row, as an encoder that met no holes is far off (default: "
        + "\(Self.defaultRefinements)).", valueName: "R"))
  var refinements: Int?

  enum Method: String, ExpressibleByArgument, CaseIterable, Sendable { case posterior, chain }

  static let defaultSteps = 100
  static let defaultProposals = 200
  static let defaultRefinements = 100

  /// Whether each option is given, by its name.
  var given: [(String, Bool)] {
    [
      ("--method", method != nil), ("--steps", steps != nil), ("--proposals", proposals != nil),
      ("--refinements", refinements != nil),
    ]
  }

  func validate() throws {
    if let steps { try UsageError.check("--steps", steps, in: 1...) }
    if let proposals { try UsageError.check("--proposals", proposals, in: 1...GradientOptions.mostDraws) }
    if let refinements { try UsageError.check("--refinements", refinements, in: 0...) }
  }

  /// - Throws: `UsageError` for an option of the other method, and for one that a point has not.
  func method(
    for configuration: AutoencoderConfiguration, _ model: String
  ) throws -> AutoencoderImputation {
    if configuration.isPoint, method == .posterior {
      throw UsageError.badValue(
        option: "--method", value: "posterior", requirement: "chain for \(model), whose z is a point")
    }
    switch method ?? (configuration.isPoint ? .chain : .posterior) {
    case .chain:
      for (option, isGiven) in [("--proposals", proposals != nil), ("--refinements", refinements != nil)]
      where isGiven {
        throw UsageError.needs(option: option, other: "--method posterior")
      }
      return .chain(steps: steps ?? Self.defaultSteps)
    case .posterior:
      if steps != nil { throw UsageError.needs(option: "--steps", other: "--method chain") }
      return .posterior(
        proposals: proposals ?? Self.defaultProposals, refinements: refinements ?? Self.defaultRefinements)
    }
  }
}
