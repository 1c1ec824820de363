import ArgumentParser
import Latent

/// How a bound is climbed along its gradient.
struct GradientOptions: ParsableArguments {
  @Option(name: .long, help: "What makes steps of gradients (default: adam).")
  var optimizer: OptimizerChoice?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "The length of steps; may be changed on resuming (default: \(OptimizerChoice.defaultRates); the highest, "
        + "\(NumberText.plain(FilterSettings.defaultRate)), for dvbf and dkf).",
      valueName: "rate"))
  var learningRate: Double?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "How the rate falls: not at all, along half a cosine to 0 over all passes, or by 10^(−1/7) after 1, then 3, 9, 27, … passes (default: constant).",
      valueName: "constant|cosine|iwae"))
  var schedule: RateSchedule?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Shorten the mean gradient of a minibatch to this norm; may be changed on resuming.", valueName: "norm")
  )
  var clip: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Climb, and report, the importance-weighted bound of so many draws a row (default: the evidence lower bound).",
      valueName: "k"))
  var importance: Int?

  @Flag(
    name: .long,
    help:
      "Estimate the gradient of that bound by its draws alone, doubly reparametrised (needs --importance).")
  var doublyReparametrized = false

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "The weight of KL(q ‖ p) in what is climbed; the bound shown stays the true one (default: 1).",
      valueName: "β"))
  var beta: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Nats of each latent dimension's KL that cost nothing in what is climbed (default: 0).",
      valueName: "nats"))
  var freeBits: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp("Passes over which β rises from 0 (default: 0).", valueName: "passes"))
  var warmUp: Int?

  @Option(
    name: .long,
    help: ArgumentHelp(
      "Data whose bound is shown after each pass, and reported; never used for the fit.", valueName: "data"))
  var test: String?

  /// Whether each option is given, by its name.
  var given: [(name: String, isGiven: Bool)] {
    [
      ("--optimizer", optimizer != nil), ("--learning-rate", learningRate != nil),
      ("--schedule", schedule != nil), ("--clip", clip != nil), ("--importance", importance != nil),
      ("--doubly-reparametrized", doublyReparametrized),
      ("--beta", beta != nil), ("--free-bits", freeBits != nil), ("--warm-up", warmUp != nil),
      ("--test", test != nil),
    ]
  }

  func validate() throws {
    if let learningRate { try UsageError.check("--learning-rate", learningRate, isAtLeastZero: false) }
    if let clip { try UsageError.check("--clip", clip, isAtLeastZero: false) }
    if let importance { try UsageError.check("--importance", importance, in: 1...Self.mostDraws) }
    if let beta { try UsageError.check("--beta", beta, isAtLeastZero: true) }
    if let freeBits { try UsageError.check("--free-bits", freeBits, isAtLeastZero: false) }
    if let warmUp { try UsageError.check("--warm-up", warmUp, in: 1...1_000_000_000) }
  }

  static let mostDraws = 100_000
}

/// The optimisers by name.
enum OptimizerChoice: String, ExpressibleByArgument, CaseIterable, Codable, Sendable {
  case adam, adamw, adagrad, adadelta, rmsprop, momentum, sgd

  /// η where no option says it.
  var defaultRate: Double {
    switch self {
    case .adam, .adamw, .rmsprop: 1e-3
    case .adagrad: 0.01
    case .adadelta: 1
    case .momentum, .sgd: 1e-3
    }
  }

  static var defaultRates: String {
    "\(NumberText.plain(OptimizerChoice.adam.defaultRate)); \(NumberText.plain(OptimizerChoice.adagrad.defaultRate)) for "
      + "adagrad, \(NumberText.plain(OptimizerChoice.adadelta.defaultRate)) for adadelta"
  }

  func rule() throws(InferenceError) -> AnyOptimizer {
    switch self {
    case .adam: AnyOptimizer(try Adam())
    case .adamw: AnyOptimizer(try AdamW(Adam()))
    case .adagrad: AnyOptimizer(try Adagrad())
    case .adadelta: AnyOptimizer(try Adadelta())
    case .rmsprop: AnyOptimizer(try RMSprop())
    case .momentum: AnyOptimizer(try Momentum())
    case .sgd: AnyOptimizer(SGD())
    }
  }
}

/// One of the optimisers, chosen at run time. It is asked once for thousands of elements.
struct AnyOptimizer: Optimizer {
  private let rule: any Optimizer

  init(_ rule: any Optimizer) { self.rule = rule }

  var momentCount: Int { rule.momentCount }

  func update(_ elements: OptimizerElements<Float>) { rule.update(elements) }
  func update(_ elements: OptimizerElements<Double>) { rule.update(elements) }
}

/// How the learning rate falls.
enum RateSchedule: String, ExpressibleByArgument, CaseIterable, Codable, Sendable {
  case constant, cosine, iwae

  /// - Parameter steps: minibatches in all passes.
  func schedule(rate: Double, steps: Int) throws(InferenceError) -> any LearningRateSchedule {
    switch self {
    case .constant: try ConstantRate(rate)
    case .cosine: try CosineRate(peak: rate, steps: steps)
    case .iwae: try PiecewiseRate.importanceWeighted(initial: rate)
    }
  }
}
