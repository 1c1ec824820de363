import Latent

/// What a comparison found, as JSON and in words.
struct SelectReport {
  let command: SelectCommand
  let inference: String
  let comparison: Comparison
  let observations: Int
  let heldOut: Int
  /// The starts of each candidate.
  let restarts: Int

  var json: JSONValue {
    var entries: [(String, JSONValue)] = [
      ("model", .string(command.model)), ("inference", .string(inference)),
      ("criterion", .string(comparison.criterion.rawValue)), ("observations", .integer(observations)),
      ("heldOut", .integer(heldOut)), ("restarts", .integer(restarts)),
      ("candidates", .array(comparison.candidates.map(json))),
      ("best", .optional(comparison.best) { json($0) }), ("reason", .string(comparison.reason)),
      ("seed", .unsigned(command.seed.value)), ("threads", .integer(command.threads.value)),
    ]
    if let output = command.output { entries.append(("file", .string(output))) }
    return .object(entries)
  }

  private func json(_ candidate: Candidate) -> JSONValue {
    func number(_ value: Double?) -> JSONValue { .optional(value) { .number($0) } }
    let hasFit = candidate.failure == nil
    var entries: [(String, JSONValue)] = [
      ("components", .optional(isSequences ? nil : candidate.settings.components) { .integer($0) }),
      ("covariance", .optional(candidate.settings.covariance) { .string($0.rawValue) }),
      ("latent", .optional(candidate.settings.latent) { .integer($0) }),
      ("error", .optional(candidate.failure) { .string($0) }),
      ("freeParameters", .optional(hasFit ? candidate.freeParameters : nil) { .integer($0) }),
      ("bound", number(hasFit ? candidate.bound : nil)),
      ("logLikelihood", number(candidate.criteria?.logLikelihood)),
      ("bic", number(candidate.criteria?.bic)), ("aic", number(candidate.criteria?.aic)),
      ("icl", number(candidate.criteria?.icl)),
      ("finalComponents", .optional(hasFit && !isSequences ? candidate.components : nil) { .integer($0) }),
      (
        "effectiveComponents",
        .optional(hasFit && !isSequences ? candidate.effectiveComponents : nil) { .integer($0) }
      ),
      ("iterations", .integer(candidate.iterations)), ("seconds", .number(candidate.seconds)),
      ("outcome", .optional(candidate.outcome) { .string($0.rawValue) }),
    ]
    if let heldOut = candidate.heldOut {
      entries.append(
        (
          "holdout",
          .object([
            ("rows", .integer(heldOut.count)), ("mean", .number(heldOut.mean)),
            ("standardError", heldOut.errorJSON),
          ])
        ))
    }
    if candidate.settings.model == "hmm" {
      entries.insert(("states", .integer(candidate.settings.components)), at: 1)
    }
    if isVariational, hasFit {
      entries.append(("boundWithPermutations", .number(candidate.bound + candidate.logLabellings)))
    }
    return .object(entries)
  }

  private var isVariational: Bool { inference != "em" }
  private var isSequences: Bool { Vocabulary.sequenceModels.contains(command.model) }

  var text: String {
    let labels = isVariational && comparison.candidates.contains { $0.logLabellings > 0 }
    let header =
      ["model", "parameters"]
      + (isVariational ? ["bound"] + (labels ? ["+ ln K!"] : []) : ["ln p(x | θ)", "BIC", "AIC", "ICL"])
      + (heldOut > 0 ? ["held out", "±"] : []) + [""]
    let best = comparison.order.first
    let rows = comparison.candidates.enumerated().map { i, c -> [String] in
      if let failure = c.failure {
        return [c.name, "", "failed"] + Array(repeating: "", count: header.count - 4) + [failure]
      }
      var values: [Double?] = [c.bound] + (labels ? [c.bound + c.logLabellings] : [])
      if !isVariational {
        values = [c.criteria?.logLikelihood, c.criteria?.bic, c.criteria?.aic, c.criteria?.icl]
      }
      let held =
        c.heldOut.map {
          [NumberText.fixed($0.mean, 4), $0.count > 1 ? NumberText.fixed($0.standardError, 4) : ""]
        } ?? []
      let notes = (i == best ? ["best"] : []) + (c.isUnfinished ? ["not converged"] : [])
      return [c.name, NumberText.count(c.freeParameters)]
        + values.map { $0.map { $0.isFinite ? NumberText.fixed($0, 2) : "" } ?? "" } + held + [
          notes.joined(separator: ", ")
        ]
    }
    let table = NumberText.table([header] + rows, indentation: "", leading: [0, header.count - 1])
    return table + "\n" + comparison.reason + (command.output.map { "\nThe comparison is in \($0)." } ?? "")
  }
}
