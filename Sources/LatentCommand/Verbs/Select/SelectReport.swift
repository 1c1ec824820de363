import Latent

/// What a comparison found, as JSON and in words.
struct SelectReport {
  let command: SelectCommand
  let inference: String
  let comparison: Comparison
  let observations: Int
  let heldOut: Int

  var json: JSONValue {
    var entries: [(String, JSONValue)] = [
      ("model", .string(command.model)), ("inference", .string(inference)),
      ("criterion", .string(comparison.criterion.rawValue)), ("observations", .integer(observations)),
      ("heldOut", .integer(heldOut)), ("restarts", .integer(command.restarts)),
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
      ("components", .integer(candidate.settings.components)),
      ("covariance", .optional(candidate.settings.covariance) { .string($0.rawValue) }),
      ("latent", .optional(candidate.settings.latent) { .integer($0) }),
      ("error", .optional(candidate.failure) { .string($0) }),
      ("freeParameters", .optional(candidate.criteria?.freeParameters) { .integer($0) }),
      ("bound", number(hasFit ? candidate.bound : nil)),
      ("logLikelihood", number(candidate.criteria?.logLikelihood)),
      ("bic", number(candidate.criteria?.bic)), ("aic", number(candidate.criteria?.aic)),
      ("icl", number(candidate.criteria?.icl)),
      ("effectiveComponents", .integer(candidate.effectiveComponents)),
      ("iterations", .integer(candidate.iterations)), ("seconds", .number(candidate.seconds)),
      ("outcome", .optional(candidate.outcome) { .string($0.rawValue) }),
    ]
    if let heldOut = candidate.heldOut {
      entries.append(
        (
          "holdout",
          .object([
            ("rows", .integer(heldOut.count)), ("mean", .number(heldOut.mean)),
            ("standardError", .number(heldOut.standardError)),
          ])
        ))
    }
    if inference == "vb", hasFit {
      entries.append(("boundWithPermutations", .number(candidate.bound + candidate.logPermutations)))
    }
    return .object(entries)
  }

  var text: String {
    let isBound = comparison.criterion == .bound
    let header =
      ["model", "parameters", "ln p(x | θ)"] + (isBound ? ["bound", "+ ln K!"] : ["BIC", "AIC", "ICL"])
      + (heldOut > 0 ? ["held out", "±"] : []) + [""]
    let best = comparison.best?.name
    let rows = comparison.candidates.map { c -> [String] in
      guard c.failure == nil, let criteria = c.criteria else {
        return [c.name, "", "failed"] + Array(repeating: "", count: header.count - 4)
          + [c.failure ?? ""]
      }
      let values =
        isBound
        ? [c.bound, c.bound + c.logPermutations] : [criteria.bic, criteria.aic, criteria.icl]
      let held =
        c.heldOut.map { [NumberText.fixed($0.mean, 4), NumberText.fixed($0.standardError, 4)] } ?? []
      return [c.name, NumberText.count(criteria.freeParameters), NumberText.fixed(criteria.logLikelihood, 2)]
        + values.map { NumberText.fixed($0, 2) } + held + [c.name == best ? "best" : ""]
    }
    let table = NumberText.table([header] + rows, indentation: "", leading: [0, header.count - 1])
    return table + "\n" + comparison.reason + (command.output.map { "\nThe comparison is in \($0)." } ?? "")
  }
}
