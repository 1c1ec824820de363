import Latent

/// What was found about a mixture, for a reader who does not know the terms: why it matters and what to try. Several findings of one kind
/// are told as one.
struct MixtureFindings {
  let findings: [MixtureFinding]
  let columnNames: [String]?
  let remedies: Remedies
  /// Whether rows are taken apart by factors: then a narrow column is one without noise, whatever its variance.
  let hasFactors: Bool
  let components: Int
  let freeParameters: Int

  /// So many of one kind are told one by one.
  private static let mostOfOneKind = 3
  /// So many components are named.
  private static let mostNamed = 10
  /// Rows so few may be outliers; more only lack for the number of parameters.
  static let mostOutliers = 20.0

  init(
    _ findings: [MixtureFinding], columnNames: [String]?, remedies: Remedies, hasFactors: Bool,
    components: Int, freeParameters: Int
  ) {
    self.findings = findings
    self.columnNames = columnNames
    self.remedies = remedies
    self.hasFactors = hasFactors
    self.components = components
    self.freeParameters = freeParameters
  }

  var onPage: [Page.Finding] {
    ["empty", "duplicates", "narrow", "small"].flatMap { kind -> [Page.Finding] in
      let own = findings.filter { $0.kind == kind }
      return own.count > Self.mostOfOneKind ? [together(own)] : own.map(one)
    }
  }

  /// The parameters of a component, about.
  private var parameters: String {
    NumberText.count(max(freeParameters / max(components, 1), 1), "parameter")
  }

  private func one(_ finding: MixtureFinding) -> Page.Finding {
    switch finding {
    case .empty(let k, let count):
      return Page.Finding(
        .note, "Component \(k + 1) is empty (\(NumberText.expectedRows(count))).",
        why: "It describes nothing: the others do without it.", whatToTry: ["Fewer --components"])
    case .duplicates(let a, let b, let similarity):
      return Page.Finding(
        .warning,
        "Components \(a + 1) and \(b + 1) hold the same rows (similarity \(NumberText.fixed(similarity, 3))).",
        why: Self.whyDuplicates, whatToTry: Self.againstDuplicates)
    case .narrow(let k, let column, let variance, let count, let rows):
      let share = "\(NumberText.short(variance)) × the data's variance"
      guard !hasFactors else {
        return Page.Finding(
          .warning,
          "\(components > 1 ? "In component \(k + 1) almost" : "Almost") no noise is left in \(name(of: column)) (\(share)).",
          why: Self.whyNoNoise, whatToTry: remedies.againstVanishingNoise)
      }
      return Page.Finding(
        .warning,
        "Component \(k + 1) is nearly flat along \(name(of: column)): \(share), \(NumberText.expectedRows(count)).",
        why: Self.whyNarrow,
        whatToTry: Self.look(rows) + [remedies.againstNarrowness].compactMap(\.self))
    case .small(let k, let count, let rows):
      return Page.Finding(
        .note, "Component \(k + 1) has \(NumberText.expectedRows(count)) for about \(parameters).",
        why: Self.whySmall(count),
        whatToTry: (count < Self.mostOutliers ? Self.look(rows) : []) + ["Fewer --components"])
    }
  }

  /// Findings of one kind as one.
  private func together(_ all: [MixtureFinding]) -> Page.Finding {
    func list(_ texts: [String]) -> String { Wording.list(texts, most: Self.mostNamed) }
    let count = NumberText.count(all.count)
    switch all[0] {
    case .empty:
      let names = all.compactMap { if case .empty(let k, _) = $0 { "\(k + 1)" } else { nil } }
      return Page.Finding(
        .note, "\(count) components are empty: \(list(names)).",
        why: "They describe nothing: the others do without them.", whatToTry: ["Fewer --components"])
    case .duplicates:
      let names = all.compactMap {
        if case .duplicates(let a, let b, _) = $0 { "\(a + 1) and \(b + 1)" } else { nil }
      }
      return Page.Finding(
        .warning, "\(count) pairs of components hold the same rows: \(list(names)).",
        why: Self.whyDuplicates, whatToTry: Self.againstDuplicates)
    case .narrow:
      let names = all.compactMap {
        if case .narrow(let k, let j, _, _, _) = $0 { "\(k + 1) (\(name(of: j)))" } else { nil }
      }
      return Page.Finding(
        .warning,
        "\(count) components \(hasFactors ? "have almost no noise left in a column" : "are nearly flat along a column"): \(list(names)).",
        why: hasFactors ? Self.whyNoNoise : Self.whyNarrow,
        whatToTry: hasFactors
          ? remedies.againstVanishingNoise : [remedies.againstNarrowness].compactMap(\.self))
    case .small:
      let sizes = all.compactMap { if case .small(_, let count, _) = $0 { count } else { nil } }
      let names = all.compactMap {
        if case .small(let k, let count, _) = $0 {
          "\(k + 1) (\(ReportText.rows(count.rounded())))"
        } else {
          nil
        }
      }
      return Page.Finding(
        .note, "\(count) components have few rows for about \(parameters) each: \(list(names)).",
        why: Self.whySmall(sizes.max() ?? 0), whatToTry: ["Fewer --components"])
    }
  }

  private func name(of column: Int) -> String {
    Wording.column(
      column + 1, columnNames.flatMap { column < $0.count ? ReportText.name($0[column]) : nil })
  }

  private static let whyDuplicates = "They are one group told twice, and should not be read as two."
  private static let againstDuplicates = ["Fewer --components", "More --restarts"]
  private static let whyNarrow =
    "It may have fitted repeated or rounded values, which raises the bound and tells nothing."
  private static let whyNoNoise =
    "The factors give this column back almost exactly: it is far larger than the others in its unit, or follows from other columns."

  private static func whySmall(_ count: Double) -> String {
    count < mostOutliers
      ? "Its parameters rest on few rows, perhaps outliers."
      : "With fewer rows than parameters, much of what it looks like is chance or its prior."
  }

  private static func look(_ rows: [Int]) -> [String] {
    rows.isEmpty
      ? []
      : ["Look at \(rows.count == 1 ? "row" : "rows") \(Wording.list(rows.map { "\($0 + 1)" }, most: 10))"]
  }
}
