import Latent

/// What a fit found, as JSON and in words.
struct FitReport<Kind: ModelKind> {
  private let fit: MixtureFit<Kind>
  private let result: FitOutcome<MixtureParameters<Kind.Family.Parameters>>
  private let fitted: FittedMixture<Kind.Family>
  private let agreement: Agreement?
  private let holdout: SampleMean?
  private let output: String?

  init(
    _ fit: MixtureFit<Kind>, fitted: FittedMixture<Kind.Family>,
    result: FitOutcome<MixtureParameters<Kind.Family.Parameters>>, output: String?
  ) throws {
    self.fit = fit
    self.fitted = fitted
    self.result = result
    self.output = output
    agreement = try fit.data.labels.map { labels in
      let q = try fit.model.posterior(of: fit.data.rows, at: fitted.parameters, threads: fit.threads)
      return Agreement(of: q.responsibilities.likeliestComponents(), with: labels)
    }
    holdout = try fit.data.heldOut.map { rows in
      do throws(InferenceError) {
        return SampleMean(
          try Kind.logDensity(of: rows, under: fitted, threads: fit.threads),
          weights: rows.weightsInSourceOrder)
      } catch {
        throw fit.data.failure(error, remedies: fit.remedies, isHeldOut: true)
      }
    }
  }

  private static var mostFindings: Int { 5 }

  /// Expected rows of each component.
  private var sizes: [Double] {
    fitted.model.expectedCounts(at: fitted.parameters, total: result.bound.count)
  }

  private var effectiveComponents: Int {
    fitted.model.effectiveComponents(
      at: fitted.parameters, total: result.bound.count, row: fit.data.rows.weightOfOneRow)
  }

  private var relevance: FactorRelevance? { Kind.relevance(fitted.parameters.emission) }

  // MARK: JSON

  var json: JSONValue {
    let bound = result.bound
    var entries: [(String, JSONValue)] = [
      ("model", .string(fit.settings.model.model)),
      ("inference", .string(fit.settings.model.inference)),
      ("observations", .integer(fit.observations)),
      ("dimensions", .integer(fit.data.rows.columns)),
      ("bound", .number(bound.value)),
      ("boundPerObservation", .number(bound.perObservation)),
      (
        "terms",
        .object([
          ("reconstruction", .number(bound.reconstruction)), ("latentKL", .number(bound.latentKL)),
          ("parameterKL", .number(bound.parameterKL)),
        ])
      ),
      ("estimate", .string(bound.estimate == .exact ? "exact" : "monteCarlo")),
      (fitted.description.evidenceKey, .number(bound.evidence)),
      ("iterations", .integer(result.trace.count)),
      ("outcome", .string(result.outcome.rawValue)),
      ("seconds", .number(result.seconds)),
      ("secondsPerIteration", .number(result.secondsPerIteration)),
      ("seed", .unsigned(fit.settings.seed)),
      ("threads", .integer(fit.threads)),
      ("precision", .string(fit.settings.precision.rawValue)),
      ("components", .integer(fitted.parameters.components)),
      ("effectiveComponents", .integer(effectiveComponents)),
      ("freeParameters", .integer(fitted.description.freeParameters)),
      ("prior", .string(fitted.description.prior)),
      ("weights", .numbers(fitted.parameters.weights)),
      ("restarts", .array(result.runs.map(json))),
      ("trace", .numbers(result.trace.map(\.value))),
    ]
    if let covariance = fitted.description.covariance {
      entries.append(("covariance", .string(covariance.rawValue)))
    }
    if let batches = fit.batchCount {
      entries += [
        ("passes", .number(Double(result.trace.count) / Double(batches))),
        ("steps", .integer(result.trace.count)), ("stepsPerSecond", .number(1 / result.secondsPerIteration)),
        ("batch", .optional(fit.settings.climb.batches) { .integer($0.rows) }),
        (
          "traceEstimate",
          .string(result.trace.allSatisfy { $0.estimate == .exact } ? "exact" : "monteCarlo")
        ),
      ]
    }
    if fit.earlier != nil { entries.append(("newObservations", .integer(fit.data.observations))) }
    if let latent = fitted.description.latent { entries.append(("latent", .integer(latent))) }
    if fit.data.missingCells > 0 { entries.append(("missingCells", .integer(fit.data.missingCells))) }
    if let holdout {
      entries.append(
        (
          "holdout",
          .object([
            ("rows", .integer(holdout.count)), ("mean", .number(holdout.mean)),
            ("standardError", .number(holdout.standardError)),
          ])
        ))
    }
    if let agreement { entries.append(("agreement", agreement.json)) }
    if let relevance { entries.append(("relevantFactors", relevance.json)) }
    let findings = fitted.description.findings
    entries.append(
      (
        "findings",
        .array(findings.map { $0.json(columnNames: fit.data.columnNames, remedies: fit.remedies) })
      ))
    if let output { entries.append(("file", .string(output))) }
    if let page = fit.live?.result { entries.append(("report", .string(page))) }
    return .object(entries)
  }

  private func json(_ run: FitOutcome<MixtureParameters<Kind.Family.Parameters>>.Run) -> JSONValue {
    .object([
      ("restart", .integer(run.restart)), ("bound", .optional(run.bound) { .number($0) }),
      ("iterations", .integer(run.iterations)), ("outcome", .optional(run.outcome) { .string($0.rawValue) }),
      ("error", .optional(run.error) { .string($0.reason(columnNames: fit.data.columnNames)) }),
    ])
  }

  // MARK: Words

  var text: String {
    let bound = result.bound
    func nats(_ value: Double) -> String { NumberText.fixed(value, 4) }
    var lines = [
      NumberText.table(
        [
          ["bound", nats(bound.value), "nats, \(NumberText.fixed(bound.perObservation, 6)) an observation"],
          ["= reconstruction", nats(bound.reconstruction), "E_q[ln p(x | z, θ)]"],
          ["− latent KL", nats(bound.latentKL), "KL(q(z) ‖ p(z | θ))"],
          [
            "− parameter KL", nats(bound.parameterKL),
            parameterTerm,
          ],
          [fitted.description.evidenceName, nats(bound.evidence), evidenceTerm],
        ], indentation: "", leading: [0, 2]),
      "\(outcome) after \(NumberText.count(result.trace.count, "iteration"))\(passes), "
        + "\(NumberText.duration(result.seconds)) in all, \(NumberText.duration(result.secondsPerIteration)) an iteration",
      "components (expected rows): " + Wording.list(sizes.map { NumberText.fixed($0, 1) }, most: 50),
    ]
    if effectiveComponents < sizes.count {
      lines.append("\(effectiveComponents) of \(sizes.count) components hold a row or more")
    }
    if let relevance { lines.append("factors that matter: \(relevance.words)") }
    if let holdout {
      lines.append(
        "held out: mean log density \(NumberText.fixed(holdout.mean, 6)) ± "
          + "\(NumberText.fixed(holdout.standardError, 6)) nats (\(NumberText.count(holdout.count, "row")))")
    }
    if let agreement { lines.append(agreement.text) }
    lines += fitted.description.findings.prefix(Self.mostFindings).map {
      $0.words(columnNames: fit.data.columnNames, remedies: fit.remedies)
    }
    if fitted.description.findings.count > Self.mostFindings {
      lines.append("…; `latent info` shows all findings.")
    }
    if fit.earlier != nil, sizes.count > 1 {
      lines.append("whether components share rows was not looked at: the earlier rows are not at hand")
    }
    if result.runs.count > 1 || fit.settings.restarts > 1 { lines.append(restarts) }
    lines.append(ending)
    return lines.joined(separator: "\n")
  }

  private var passes: String {
    guard let batches = fit.batchCount else { return "" }
    let passes = Double(result.trace.count) / Double(batches)
    return " (\(NumberText.short(passes)) \(passes == 1 ? "pass" : "passes") over the data)"
  }

  private var parameterTerm: String {
    if fit.model.emission.isVariational { return "KL(q(θ) ‖ p(θ))" }
    return fitted.description.prior == "none" ? "no prior" : "−ln p(θ)"
  }

  private var evidenceTerm: String {
    if fitted.description.hasExactPosterior { return "ln p(x | θ)" }
    return fit.model.emission.isVariational ? "E_q[ln p(x | θ)] − KL(q(z) ‖ p(z))" : "below ln p(x | θ)"
  }

  private var outcome: String {
    switch result.outcome {
    case .converged: "converged"
    case .budgetExhausted: "stopped with the budget used up, not converged,"
    case .cancelled: "interrupted, not converged,"
    case .outpaced: "outpaced"
    }
  }

  private var restarts: String {
    let rows = result.runs.map { run in
      let marker = run.restart == result.best ? "kept" : ""
      let ending: String
      if let bound = run.bound {
        ending = NumberText.fixed(bound, 4)
      } else {
        ending = "failed"
      }
      let detail = run.error?.reason(columnNames: fit.data.columnNames) ?? run.outcome?.rawValue ?? ""
      return ["start \(run.restart + 1)", ending, "\(run.iterations) iterations", detail, marker]
    }
    return NumberText.table(rows, indentation: "", leading: [0, 3, 4])
  }

  private var ending: String {
    let page = (fit.live?.result).map { " The report is in \($0)." } ?? ""
    if let output { return "The model is in \(output)." + page }
    return result.outcome == .cancelled
      ? "No model file was written." + page : "The model was not saved: give -o FILE to keep it." + page
  }
}
