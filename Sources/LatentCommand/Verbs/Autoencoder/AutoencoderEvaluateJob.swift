import Latent

/// The work of `evaluate` for an auto-encoder.
struct AutoencoderEvaluateJob: AutoencoderVisitor {
  let command: EvaluateCommand
  let input: ModelInput

  static let defaultDraws = 100
  /// Dimensions that the words show one by one.
  private static let mostDimensions = 50

  func run() async throws {
    try input.visitAutoencoder(precision: command.options.precision.given, self)
  }

  func visit<Scalar: LatentScalar & TensorElement>(_ fitted: FittedAutoencoder<Scalar>) throws {
    let options = command.options
    let (seed, threads) = (RandomStream(seed: options.seed.value), options.threads.value)
    let isPoint = fitted.configuration.isPoint
    if isPoint {
      try input.refuse([
        ("--draws", command.draws != nil), ("--amortization-gap", command.amortizationGap != nil),
      ])
    }
    let draws = isPoint ? 0 : command.draws ?? Self.defaultDraws
    let table: Table<Scalar> = try options.table(input)
    let evaluation = try options.applied(to: table, input) { rows throws(InferenceError) in
      try fitted.model.evaluate(
        rows, at: fitted.parameters, draws: draws, noise: seed, threads: threads)
    }
    let gap = try command.amortizationGap.map { count in
      try options.applied(to: first(count, of: table), input) { rows throws(InferenceError) in
        try fitted.model.amortizationGap(of: rows, at: fitted.parameters, noise: seed, threads: threads)
      }
    }
    if options.output != nil {
      // The noise is that of the evaluation, so these values add up to it.
      let (bounds, importance) = try options.applied(to: table, input) { rows throws(InferenceError) in
        (
          try fitted.model.bounds(of: rows, at: fitted.parameters, noise: seed, threads: threads),
          isPoint
            ? nil
            : try fitted.model.importanceLogLikelihood(
              of: rows, at: fitted.parameters, draws: draws, noise: seed, threads: threads)
        )
      }
      let columns = [bounds] + (importance.map { [$0.logLikelihoods, $0.effectiveSampleSizes] } ?? [])
      let names =
        [AutoencoderWords.quantity(fitted.configuration)]
        + (isPoint ? [] : ["importanceBound", "effectiveSampleSize"])
      try options.write(
        Table(
          source: table.source,
          values: Matrix(
            besideEachOther: columns.map { Matrix(rows: $0.count, columns: 1, elements: $0) }),
          columnNames: names))
    }
    let remedies = NetworkRemedies(
      configuration: fitted.configuration, isStandardized: input.description.standardization != nil)
    try options.console.result(
      json(evaluation, gap, fitted, remedies), orText: text(evaluation, gap, fitted.configuration, remedies))
  }

  private func first<Scalar>(_ count: Int, of table: Table<Scalar>) -> Table<Scalar> {
    guard count < table.rows else { return table }
    var some = table
    some.values = table.values.selecting(rows: Array(0..<count))
    some.labels = table.labels.map { Array($0[..<count]) }
    return some
  }

  private func json<Scalar>(
    _ evaluation: AutoencoderEvaluation, _ gap: AmortizationGap?, _ fitted: FittedAutoencoder<Scalar>,
    _ remedies: NetworkRemedies
  ) -> JSONValue {
    let bound = evaluation.bound
    var entries: [(String, JSONValue)] = [
      ("model", .string(input.description.model)), ("rows", .integer(Int(bound.count))),
      ("quantity", .string(AutoencoderWords.quantity(fitted.configuration))),
      ("estimate", .string(AutoencoderWords.estimate(fitted.configuration))),
      ("bound", .number(bound.perObservation)),
      ("terms", AutoencoderWords.terms(bound, perObservation: true)),
      ("importanceBound", .optional(evaluation.importance) { .number($0.bound) }),
      ("draws", .integer(evaluation.importance?.draws ?? 0)),
      ("standardError", .number(evaluation.standardError)),
      ("importanceStandardError", .optional(evaluation.importance) { .number($0.standardError) }),
      (
        "medianEffectiveSampleSize",
        .optional(evaluation.importance) { .number($0.medianEffectiveSampleSize) }
      ),
    ]
    if !fitted.configuration.isPoint {
      entries += [
        ("activeUnits", .integer(evaluation.activeUnits)),
        ("latentKLByDimension", .numbers(evaluation.dimensions.map(\.divergence))),
        ("varianceOfMeans", .numbers(evaluation.dimensions.map(\.varianceOfMeans))),
        ("decoderUse", .optional(evaluation.diagnosis.decoderUse) { .number($0) }),
        ("findings", .array(evaluation.diagnosis.findings.map { $0.json(remedies) })),
      ]
    }
    if evaluation.layerDivergences.count > 1 {
      entries.append(("latentKLByLayer", .numbers(evaluation.layerDivergences)))
    }
    if let gap {
      entries.append(
        (
          "amortizationGap",
          .object([
            ("mean", .number(gap.mean)), ("standardError", .number(gap.standardError)),
            ("rows", .integer(gap.gaps.count)), ("steps", .integer(gap.steps)),
          ])
        ))
    }
    entries.append(("seed", .unsigned(command.options.seed.value)))
    if let output = command.options.output { entries.append(("file", .string(output))) }
    return .object(entries)
  }

  private func text(
    _ evaluation: AutoencoderEvaluation, _ gap: AmortizationGap?, _ configuration: AutoencoderConfiguration,
    _ remedies: NetworkRemedies
  ) -> String {
    let bound = evaluation.bound
    let ending = command.options.output.map { "\nThe values of all rows are in \($0)." } ?? ""
    guard !configuration.isPoint else {
      return "\(AutoencoderWords.quantityName(configuration)) \(NumberText.fixed(bound.perObservation, 4)) ± "
        + "\(NumberText.fixed(evaluation.standardError, 4)) nats an observation "
        + "(\(NumberText.count(Int(bound.count), "row"))): \(AutoencoderWords.quantityMeaning(configuration))\(ending)"
    }
    let N = bound.count > 0 ? bound.count : 1
    func nats(_ value: Double, _ error: Double) -> [String] {
      [NumberText.fixed(value, 4), "± \(NumberText.fixed(error, 4))"]
    }
    var rows = [
      ["bound"] + nats(bound.perObservation, evaluation.standardError)
        + ["nats an observation, \(NumberText.count(Int(bound.count), "row"))"],
      ["= reconstruction"] + nats(bound.reconstruction / N, evaluation.reconstructionStandardError)
        + ["E_q[ln p(x | z)]"],
      ["− latent KL"] + nats(bound.latentKL / N, evaluation.divergenceStandardError)
        + ["KL(q(z | x) ‖ p(z))"],
    ]
    if evaluation.layerDivergences.count > 1 {
      for (i, kl) in evaluation.layerDivergences.enumerated() {
        rows.append([
          "  of layer \(i + 1)", NumberText.fixed(kl, 4), "",
          i == 0 ? "next to the data, against p(z₁ | z₂)" : "",
        ])
      }
    }
    if let importance = evaluation.importance {
      rows.append(
        ["importance bound"] + nats(importance.bound, importance.standardError)
          + [
            "\(NumberText.count(importance.draws, "draw")) a row, as good as "
              + "\(NumberText.short(importance.medianEffectiveSampleSize)) from p(z | x) in half of the rows"
          ])
    }
    if let gap {
      rows.append(
        ["amortisation gap"] + nats(gap.mean, gap.standardError)
          + [
            "what a q of its own, refined in \(gap.steps) steps, is worth to a row "
              + "(\(NumberText.count(gap.gaps.count, "row")))"
          ])
    }
    let order = evaluation.dimensions.indices.sorted {
      evaluation.dimensions[$0].divergence > evaluation.dimensions[$1].divergence
    }
    let shown = order.prefix(Self.mostDimensions).map { l in
      "z\(l + 1) \(NumberText.fixed(evaluation.dimensions[l].divergence, 2))"
    }
    let lines = [
      NumberText.table(rows, indentation: "", leading: [0, 2, 3]),
      "KL by dimension: " + shown.joined(separator: ", ") + (order.count > shown.count ? ", …" : ""),
      evaluation.diagnosis.words(remedies),
    ]
    return lines.joined(separator: "\n") + ending
  }
}
