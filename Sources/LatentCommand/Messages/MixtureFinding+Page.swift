import Latent

extension MixtureFinding {
  /// What was found, why it matters and what to try, for a reader who does not know the terms.
  func pageFinding(columnNames: [String]?, remedies: Remedies) -> Page.Finding {
    switch self {
    case .empty(let k, let count):
      return Page.Finding(
        .note, "Component \(k + 1) is empty (\(NumberText.expectedRows(count))).",
        why: "It describes nothing: the others do without it.", whatToTry: ["Fewer --components"])
    case .duplicates(let a, let b, let similarity):
      return Page.Finding(
        .warning,
        "Components \(a + 1) and \(b + 1) hold the same rows (similarity \(NumberText.fixed(similarity, 3))).",
        why: "They are one group told twice, and should not be read as two.",
        whatToTry: ["Fewer --components", "More --restarts"])
    case .narrow(let k, let column, let variance, let count, let rows):
      let name = columnNames.flatMap { column < $0.count ? ReportText.name($0[column]) : nil }
      return Page.Finding(
        .warning,
        "Component \(k + 1) is nearly flat along \(Wording.column(column + 1, name)): \(NumberText.short(variance)) × the "
          + "data's variance, \(NumberText.expectedRows(count)).",
        why: "It may have fitted repeated or rounded values, which raises the bound and tells nothing.",
        whatToTry: Self.look(rows) + [remedies.againstNarrowness].compactMap(\.self))
    case .small(let k, let count, let rows):
      return Page.Finding(
        .note, "Component \(k + 1) is small (\(NumberText.expectedRows(count))).",
        why: "Its parameters rest on few rows, perhaps outliers.",
        whatToTry: Self.look(rows) + ["Fewer --components"])
    }
  }

  private static func look(_ rows: [Int]) -> [String] {
    rows.isEmpty
      ? []
      : ["Look at \(rows.count == 1 ? "row" : "rows") \(Wording.list(rows.map { "\($0 + 1)" }, most: 10))"]
  }
}
