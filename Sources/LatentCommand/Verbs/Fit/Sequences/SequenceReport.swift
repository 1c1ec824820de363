import Latent

/// What a fit to sequences found, as JSON and in words.
struct SequenceReport<Kind: SequenceKind> {
  private let fit: SequenceFit<Kind>
  private let result: FitOutcome<Kind.Model.Parameters>
  private let fitted: Kind.Fitted
  private let holdout: SampleMean?
  private let output: String?

  init(
    _ fit: SequenceFit<Kind>, fitted: Kind.Fitted, result: FitOutcome<Kind.Model.Parameters>, output: String?
  ) throws {
    self.fit = fit
    self.fitted = fitted
    self.result = result
    self.output = output
    holdout = try fit.data.heldOut.map { sequences in
      do throws(InferenceError) {
        return SampleMean(try Kind.logDensity(of: sequences, under: fitted, threads: fit.threads))
      } catch {
        throw fit.data.failure(error, fit.settings, heldOut: true)
      }
    }
  }

  private var isHiddenMarkov: Bool { fit.settings.model.model == "hmm" }

  var json: JSONValue {
    let (bound, d, x) = (result.bound, fitted.description, fit.data.sequences)
    var entries: [(String, JSONValue)] = [
      ("model", .string(d.model)), ("inference", .string(d.inference)),
      ("observations", .integer(x.count)), ("frames", .integer(x.frameCount)),
      ("dimensions", .integer(x.columns)), ("bound", .number(bound.value)),
      ("boundPerObservation", .number(bound.perObservation)),
      ("boundPerFrame", .number(bound.value / Double(x.frameCount))),
      (
        "terms",
        .object([
          ("reconstruction", .number(bound.reconstruction)), ("latentKL", .number(bound.latentKL)),
          ("parameterKL", .number(bound.parameterKL)),
        ])
      ),
      ("estimate", .string(bound.estimate == .exact ? "exact" : "monteCarlo")),
      (d.evidenceKey, .number(bound.evidence)), ("iterations", .integer(result.trace.count)),
      ("outcome", .string(result.outcome.rawValue)), ("seconds", .number(result.seconds)),
      ("secondsPerIteration", .number(result.secondsPerIteration)),
      ("seed", .unsigned(fit.settings.seed)), ("threads", .integer(fit.threads)),
      ("precision", .string(fit.settings.precision.rawValue)),
    ]
    if isHiddenMarkov {
      entries += [
        ("states", .integer(d.components)), ("emissions", .string(fit.settings.emissions.rawValue)),
      ]
    } else {
      entries += [
        ("latent", .optional(d.latent) { .integer($0) }), ("controls", .integer(x.controlColumns)),
      ]
    }
    entries += [
      ("freeParameters", .integer(d.freeParameters)), ("prior", .string(d.prior)),
      ("restarts", .array(result.runs.map(json))), ("trace", .numbers(result.trace.map(\.value))),
    ]
    if let covariance = d.covariance { entries.append(("covariance", .string(covariance.rawValue))) }
    if d.missingCells > 0 { entries.append(("missingCells", .integer(d.missingCells))) }
    if let holdout {
      entries.append(
        (
          "holdout",
          .object([
            ("rows", .integer(holdout.count)), ("mean", .number(holdout.mean)),
            ("standardError", holdout.errorJSON),
          ])
        ))
    }
    if let output { entries.append(("file", .string(output))) }
    if let page = fit.live?.result { entries.append(("report", .string(page))) }
    return .object(entries)
  }

  private func json(_ run: FitOutcome<Kind.Model.Parameters>.Run) -> JSONValue {
    .object([
      ("restart", .integer(run.restart)), ("bound", .optional(run.bound) { .number($0) }),
      ("iterations", .integer(run.iterations)), ("outcome", .optional(run.outcome) { .string($0.rawValue) }),
      ("error", .optional(run.error) { .string($0.reason(columnNames: fit.data.columnNames)) }),
    ])
  }

  var text: String {
    let (bound, d) = (result.bound, fitted.description)
    func nats(_ value: Double) -> String { NumberText.fixed(value, 4) }
    let isVariational = Kind.isVariational(fit.model)
    var lines = [
      NumberText.table(
        [
          [
            "bound", nats(bound.value),
            "nats, \(NumberText.fixed(bound.perObservation, 6)) a sequence, "
              + "\(NumberText.fixed(bound.value / Double(fit.data.sequences.frameCount), 6)) a frame",
          ],
          ["= reconstruction", nats(bound.reconstruction), "E_q[ln p(x | z, θ)]"],
          ["− latent KL", nats(bound.latentKL), "KL(q(z) ‖ p(z | θ))"],
          [
            "− parameter KL", nats(bound.parameterKL),
            isVariational ? "KL(q(θ) ‖ p(θ))" : d.prior == "none" ? "no prior" : "−ln p(θ)",
          ],
          [
            d.evidenceName, nats(bound.evidence),
            isVariational ? "E_q[ln p(x | θ)] − KL(q(z) ‖ p(z))" : "ln p(x | θ)",
          ],
        ], indentation: "", leading: [0, 2]),
      "\(outcome) after \(NumberText.count(result.trace.count, "iteration")), "
        + "\(NumberText.duration(result.seconds)) in all, \(NumberText.duration(result.secondsPerIteration)) an iteration",
    ]
    if let holdout {
      lines.append(
        "held out: mean \(isVariational ? "bound" : "log density") \(holdout.words(6)) nats "
          + "(\(NumberText.count(holdout.count, "sequence")))"
      )
    }
    if result.runs.count > 1 || fit.settings.restarts > 1 { lines.append(restarts) }
    let page = (fit.live?.result).map { " The report is in \($0)." } ?? ""
    if let output {
      lines.append("The model is in \(output)." + page)
    } else {
      lines.append(
        result.outcome == .cancelled
          ? "No model file was written." + page : "The model was not saved: give -o FILE to keep it." + page)
    }
    return lines.joined(separator: "\n")
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
      let detail = run.error?.reason(columnNames: fit.data.columnNames) ?? run.outcome?.rawValue ?? ""
      return [
        "start \(run.restart + 1)", run.bound.map { NumberText.fixed($0, 4) } ?? "failed",
        "\(run.iterations) iterations", detail, run.restart == result.best ? "kept" : "",
      ]
    }
    return NumberText.table(rows, indentation: "", leading: [0, 3, 4])
  }
}
