import ArgumentParser
import Latent

struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate", abstract: "How well a fitted model does on data, in nats an observation.",
    discussion: """
      Models whose likelihood is known give ln p(x). Auto-encoders give the evidence lower bound with its terms, and the \
      importance-weighted bound of --draws draws a row, which nears ln p(x) as these grow; which latent dimensions are \
      used; and what to try where few are.

      latent evaluate digits.latent mnist-sample-test --draws 500

      Of sequences with ground truth (--truth, or a simulated set), also how much of each of its columns the smoothed \
      latent variables tell: R² by least squares. Of deep filters, what a draw of them tells.

      -o writes the values of every row.
      """)

  @OptionGroup var options: AppliedModelOptions
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Draws a row of the importance-weighted bound, for models without a known likelihood (default: "
        + "\(AutoencoderEvaluateJob.defaultDraws); \(FilterEvaluateJob.defaultDraws) for dvbf and dkf).",
      valueName: "k"))
  var draws: Int?

  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Refine q(z | x) for each of the first so many rows, and tell what the encoder's answers cost against it.",
      valueName: "rows"))
  var amortizationGap: Int?

  func validate() throws {
    if let amortizationGap { try UsageError.check("--amortization-gap", amortizationGap, in: 1...) }

    if let draws { try UsageError.check("--draws", draws, in: 1...GradientOptions.mostDraws) }
  }

  func run() async throws {
    let input = try options.open()
    guard !input.isAutoencoder else {
      return try await AutoencoderEvaluateJob(command: self, input: input).run()
    }
    guard !input.isFilter else {
      return try input.visitFilter(
        precision: options.precision.given, FilterEvaluateJob(command: self, input: input))
    }
    try input.refuse([("--draws", draws != nil), ("--amortization-gap", amortizationGap != nil)])
    guard !input.isSequenceModel else {
      return try await input.visitSequences(
        precision: options.precision.value, SequenceEvaluateJob(options: options, input: input))
    }
    try await input.visit(precision: options.precision.value, EvaluateJob(command: self, input: input))
  }
}

/// The work of `evaluate` for a model whose likelihood is known.
private struct EvaluateJob: KindVisitor {
  let command: EvaluateCommand
  let input: ModelInput

  func visit<Kind: ModelKind>(_: Kind.Type) async throws {
    let options = command.options
    let densities = try options.logDensities(Kind.self, input)
    let mean = SampleMean(densities.values.elements)
    if options.output != nil { try options.write(densities) }
    try options.console.result(json(mean), orText: text(mean))
  }

  private func json(_ mean: SampleMean) -> JSONValue {
    var entries: [(String, JSONValue)] = [
      ("model", .string(input.description.model)), ("rows", .integer(mean.count)),
      ("quantity", .string("logDensity")), ("estimate", .string("exact")),
      // ln p(x) is known, so no bound is needed and none is better.
      ("bound", .number(mean.mean)), ("importanceBound", .number(mean.mean)), ("draws", .integer(0)),
      ("standardError", .number(mean.standardError)), ("seed", .unsigned(command.options.seed.value)),
    ]
    if let output = command.options.output { entries.append(("file", .string(output))) }
    return .object(entries)
  }

  private func text(_ mean: SampleMean) -> String {
    "log density \(NumberText.fixed(mean.mean, 6)) ± \(NumberText.fixed(mean.standardError, 6)) nats an observation "
      + "(\(NumberText.count(mean.count, "row")))"
      + (command.options.output.map { "\nThe values of all rows are in \($0)." } ?? "")
  }
}
