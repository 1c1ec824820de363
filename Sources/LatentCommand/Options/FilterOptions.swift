import ArgumentParser
import Latent

/// What deep filters have beside other models of networks.
struct FilterOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "For dvbf: the base matrices that transitions are mixtures of; 1 for a linear system (default: "
        + "\(FilterSettings.defaultMatrices)).", valueName: "M"))
  var matrices: Int?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The units of the hidden layers of the networks that give q; `none` for linear maps (default: "
        + "\(FilterSettings.defaultHidden)). --hidden is for the model's own, of first states and decoder.",
      valueName: "128"))
  var recognition: LayerSizes?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "The units of the hidden layers of the transition: of dvbf those that choose among matrices (default: none), of dkf "
        + "those that give the next state (default: \(FilterSettings.defaultHidden)).", valueName: "64"))
  var transitionHidden: LayerSizes?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "The frames that tell the first state (default: \(FilterSettings.defaultFirstFrames)).", valueName: "K")
  )
  var firstFrames: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Tell q all frames to come, summed up by a recurrent network of so many units: a smoother, not a filter.",
      valueName: "units"))
  var smoothing: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Minibatches in all, over which learning rate, annealing and masks have their course (default: "
        + "\(FilterSettings.defaultUpdates)).", valueName: "count"))
  var updates: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "How often, in the first half, q is replaced by its prior, so that states must be predicted (default: "
        + "\(NumberText.plain(FilterSettings.defaultMasking)); 0 for dkf).", valueName: "share"))
  var masking: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Begin anew, up to so many times, where halfway the bound is more than 1.77 nats a frame below perfect "
        + "reconstruction or the squared error of a cell above 0.0005, which tells pendulums whose velocity was found "
        + "(default: \(FilterSettings.defaultAttempts) for dvbf on the set pendulum, otherwise 1: no such check).",
      valueName: "count"))
  var attempts: Int?

  /// Whether each option is given, by its name.
  var given: [(name: String, isGiven: Bool)] {
    [
      ("--matrices", matrices != nil), ("--recognition", recognition != nil),
      ("--transition-hidden", transitionHidden != nil), ("--first-frames", firstFrames != nil),
      ("--smoothing", smoothing != nil), ("--updates", updates != nil), ("--masking", masking != nil),
      ("--attempts", attempts != nil),
    ]
  }

  func validate() throws {
    if let matrices { try UsageError.check("--matrices", matrices, in: 1...Self.widest) }
    if let firstFrames { try UsageError.check("--first-frames", firstFrames, in: 1...Self.widest) }
    if let smoothing { try UsageError.check("--smoothing", smoothing, in: 1...Self.widest) }
    if let updates { try UsageError.check("--updates", updates, in: 10...1_000_000_000) }
    if let attempts { try UsageError.check("--attempts", attempts, in: 1...1000) }
    if let masking, !(masking >= 0 && masking <= 1) {
      throw UsageError.badValue(
        option: "--masking", value: NumberText.plain(masking), requirement: "from 0 to 1")
    }
  }

  private static let widest = 1_000_000
}
