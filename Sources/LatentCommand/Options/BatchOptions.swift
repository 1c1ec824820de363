import ArgumentParser
import Latent

/// How the bound is climbed batch by batch.
struct BatchOptions: ParsableArguments {
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Step on batches of so many rows: online EM, or stochastic variational inference. A file is then read batch by "
        + "batch and never held as a whole (default for --inference svi: \(BatchSettings.defaultRows)). For vae, the rows "
        + "of a minibatch (default: \(AutoencoderSettings.defaultBatch)); for dvbf and dkf, the "
        + "sequences (default: \(FilterSettings.defaultBatch)).",
      valueName: "rows"))
  var batch: Int?

  @Flag(
    name: .long,
    help: "Keep the statistics of every batch: each step's bound is exact, and never falls (needs --batch).")
  var memoized = false

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "κ of the weight (t + τ)^−κ that step t gives to its batch, above 0.5 and up to 1 (default: "
        + "\(NumberText.plain(StepSchedule.standard.forgetting))).", valueName: "κ"))
  var forgetting: Double?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "τ of that weight: the larger, the less the first batches weigh (default: "
        + "\(NumberText.plain(StepSchedule.standard.delay))).", valueName: "τ"))
  var delay: Double?

  func validate() throws {
    if let batch { try UsageError.check("--batch", batch, in: 1...) }
    if let delay { try UsageError.check("--delay", delay, isAtLeastZero: true) }
    if let forgetting, !(forgetting > 0.5 && forgetting <= 1) {
      throw UsageError.badValue(
        option: "--forgetting", value: NumberText.plain(forgetting), requirement: "above 0.5 and up to 1")
    }
  }

  /// The option that asks for batches, for messages.
  var name: String { batch == nil ? "--inference svi" : "--batch" }

  /// - Returns: nil where every step visits all the data.
  func settings(inference: String) throws -> BatchSettings? {
    let isStochastic = inference == "svi"
    if memoized, isStochastic {
      throw UsageError.conflict(
        option: "--memoized", other: "--inference svi", reason: "svi forgets; give --inference vb")
    }
    for (option, isGiven) in [("--forgetting", forgetting != nil), ("--delay", delay != nil)] where isGiven {
      if memoized {
        throw UsageError.conflict(
          option: option, other: "--memoized", reason: "steps that remember all batches have no step size")
      }
      guard batch != nil || isStochastic else {
        throw UsageError.needs(option: option, other: "--batch N or --inference svi")
      }
    }
    guard batch != nil || isStochastic else {
      if memoized { throw UsageError.needs(option: "--memoized", other: "--batch N") }
      return nil
    }
    return BatchSettings(
      rows: batch ?? BatchSettings.defaultRows, isMemoized: memoized,
      forgetting: forgetting ?? StepSchedule.standard.forgetting, delay: delay ?? StepSchedule.standard.delay)
  }
}

/// How a fit goes through the data batch by batch.
struct BatchSettings: Codable, Equatable, Sendable {
  /// The rows of a batch.
  var rows: Int
  /// Whether the statistics of all batches are kept.
  var isMemoized: Bool
  /// κ and τ of the step sizes, where they are not.
  var forgetting: Double
  var delay: Double

  static let defaultRows = 1000
  static let defaultPasses = 10
  static let defaultMemoizedPasses = 100

  /// The passes of one start, where no option says how many.
  var passes: Int { isMemoized ? Self.defaultMemoizedPasses : Self.defaultPasses }

  func schedule() throws(InferenceError) -> StepSchedule {
    try StepSchedule(delay: delay, forgetting: forgetting)
  }
}

/// What a fit goes on from, and what it leaves for the next.
struct UpdateOptions: ParsableArguments {
  @Option(
    name: .long,
    help: ArgumentHelp(
      "Go on from this model with the rows of DATA: it has then seen both. The file must keep statistics.",
      valueName: "file"))
  var from: String?

  @Flag(
    name: .long,
    help: "Keep the statistics of the rows in the model file, for --from (always with --batch and --from).")
  var keepStatistics = false
}
