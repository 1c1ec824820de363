import Latent

/// Candidates, the best of them, and why.
struct Comparison: Sendable {
  let candidates: [Candidate]
  let criterion: Criterion
  /// The most steps that a start of a candidate was given.
  let maxIterations: Int

  /// The places of the candidates that have a value, best first; of equal ones the one with fewer parameters.
  var order: [Int] {
    let sign = criterion.smallerIsBetter ? 1.0 : -1.0
    return candidates.indices.filter { candidates[$0].value(of: criterion) != nil }.sorted { i, j in
      let (a, b) = (candidates[i], candidates[j])
      let (x, y) = (sign * (a.value(of: criterion) ?? 0), sign * (b.value(of: criterion) ?? 0))
      return x < y || (x == y && (a.freeParameters, i) < (b.freeParameters, j))
    }
  }

  var best: Candidate? { order.first.map { candidates[$0] } }

  /// Which candidate to take, how sure that is, and what speaks against it.
  var reason: String {
    let unfinished = candidates.filter(\.isUnfinished)
    guard !unfinished.isEmpty else { return choice }
    return choice + " Not converged after \(NumberText.count(maxIterations, "step")): "
      + Wording.list(unfinished.map { "(\($0.name))" })
      + "; with more --max-iterations the order may be another."
  }

  private var choice: String {
    let ranking = order.map { candidates[$0] }
    guard let best = ranking.first, let value = best.value(of: criterion) else {
      return "No candidate could be fitted."
    }
    let head = "Take \(best.name): "
    guard ranking.count > 1, let next = ranking[1].value(of: criterion) else {
      return head + "there is no other candidate to compare with."
    }
    let other = ranking[1]
    switch criterion {
    case .bic, .icl, .aic:
      let gap = next - value
      return head
        + "it has the smallest \(criterion.title), \(NumberText.fixed(value, 2)). Next comes \(other.name), "
        + "\(NumberText.fixed(gap, 2)) above it"
        + (criterion == .bic ? ": \(Self.strength(ofGap: gap))." : ".")
    case .bound:
      let gap = next.distance(to: value)
      return head + "its bound on ln p(x) is the highest, \(NumberText.fixed(value, 2)) nats. Next comes "
        + "\(other.name), \(NumberText.fixed(gap, 2)) nats below: \(Self.strength(ofGap: 2 * gap))."
    case .heldout:
      return head + heldOutReason(best, ranking)
    }
  }

  /// The smallest candidate within one standard error of the best is as good as it.
  private func heldOutReason(_ best: Candidate, _ ranking: [Candidate]) -> String {
    guard let mean = best.heldOut else { return "" }
    let what = Vocabulary.sequenceModels.contains(best.settings.model) ? "sequences" : "rows"
    let text = "\(what) it has not seen have the highest mean log density, \(mean.words(4)) nats"
    let simplest = ranking.filter { ($0.heldOut?.mean ?? -.infinity) >= mean.mean - mean.standardError }
      .min { $0.freeParameters < $1.freeParameters }
    guard let simplest, simplest.freeParameters < best.freeParameters else { return text + "." }
    return text
      + "; \(simplest.name), with \(NumberText.count(simplest.freeParameters, "parameter")) against "
      + "\(NumberText.count(best.freeParameters)), lies within one standard error of it."
  }

  /// Kass & Raftery's (1995) words for a difference on the scale of twice the log of a Bayes factor, which differences of
  /// BIC are about, and those of bounds stand for; AIC and ICL are on no such scale.
  private static func strength(ofGap gap: Double) -> String {
    switch gap {
    case ..<2: "not worth more than a bare mention"
    case ..<6: "positive evidence"
    case ..<10: "strong evidence"
    default: "very strong evidence"
    }
  }

  /// The comparison as text with a header, one line a candidate.
  func table(separator: String) -> String {
    let header = [
      "components", "covariance", "latent", "freeParameters", "bound", "logLikelihood", "bic", "aic", "icl",
      "heldOutMean", "heldOutStandardError", "finalComponents", "effectiveComponents", "iterations",
      "outcome",
    ]
    let rows = candidates.map { c -> [String] in
      func number(_ value: Double?) -> String { value.map { $0.isFinite ? "\($0)" : "" } ?? "" }
      return [
        c.isSequences ? "" : "\(c.settings.components)", c.settings.covariance?.rawValue ?? "",
        c.settings.latent.map { "\($0)" } ?? "", c.failure == nil ? "\(c.freeParameters)" : "",
        number(c.bound), number(c.criteria?.logLikelihood), number(c.criteria?.bic), number(c.criteria?.aic),
        number(c.criteria?.icl), number(c.heldOut?.mean), number(c.heldOut?.standardError),
        c.failure == nil && !c.isSequences ? "\(c.components)" : "",
        c.failure == nil && !c.isSequences ? "\(c.effectiveComponents)" : "",
        "\(c.iterations)", c.failure == nil ? c.outcome?.rawValue ?? "" : "failed",
      ]
    }
    return ([header] + rows).map { $0.joined(separator: separator) + "\n" }.joined()
  }
}
