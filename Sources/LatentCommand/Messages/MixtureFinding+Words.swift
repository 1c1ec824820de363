import Latent

extension MixtureFinding {
  /// What was found, and what to do about it, in one or two sentences.
  func words(columnNames: [String]?, remedies: Remedies) -> String {
    switch self {
    case .empty(let k, let count):
      return
        "Component \(k + 1) is empty (\(NumberText.expectedRows(count))): fewer --components describe the data as well."
    case .duplicates(let a, let b, let similarity):
      return
        "Components \(a + 1) and \(b + 1) share their rows (similarity \(NumberText.fixed(similarity, 3))): "
        + "one of them would do. Try fewer --components, or more --restarts."
    case .narrow(let k, let column, let variance, let count, let rows):
      let name = columnNames.flatMap { column < $0.count ? $0[column] : nil }
      guard !remedies.hasFactors else {
        return "Component \(k + 1) has almost no noise left in \(Wording.column(column + 1, name)) "
          + "(\(NumberText.short(variance)) × the data's variance): its factors give this column back almost exactly."
          + (remedies.againstVanishingNoise.isEmpty
            ? "" : " Try \(Wording.choice(remedies.againstVanishingNoise)).")
      }
      return "Component \(k + 1) is very narrow along \(Wording.column(column + 1, name)) "
        + "(\(NumberText.short(variance)) × the data's variance, \(NumberText.expectedRows(count))\(Self.list(rows))): it may "
        + "have fitted repeated or rounded values. Look at these rows"
        + (remedies.againstNarrowness.map { ", or try \($0)." } ?? ".")
    case .small(let k, let count, let rows):
      guard count < MixtureFindings.mostOutliers else {
        return
          "Component \(k + 1) is small (\(NumberText.expectedRows(count))): it has far more parameters than rows. Try fewer --components."
      }
      return
        "Component \(k + 1) is small (\(NumberText.expectedRows(count))\(Self.list(rows))): its parameters rest on few "
        + "rows, perhaps outliers. Look at these rows, or try fewer --components."
    }
  }

  /// What kind of finding it is, for JSON.
  var kind: String {
    switch self {
    case .empty: "empty"
    case .duplicates: "duplicates"
    case .narrow: "narrow"
    case .small: "small"
    }
  }

  /// Whether it is about two components.
  var isOfPair: Bool {
    if case .duplicates = self { true } else { false }
  }

  func json(columnNames: [String]?, remedies: Remedies) -> JSONValue {
    var entries: [(String, JSONValue)] = [("kind", .string(kind))]
    switch self {
    case .empty(let k, let count):
      entries += [("component", .integer(k + 1)), ("count", .number(count))]
    case .duplicates(let a, let b, let similarity):
      entries += [
        ("components", .array([.integer(a + 1), .integer(b + 1)])), ("similarity", .number(similarity)),
      ]
    case .narrow(let k, let column, let variance, let count, let rows):
      entries += [
        ("component", .integer(k + 1)), ("column", .integer(column + 1)),
        ("relativeVariance", .number(variance)),
        ("count", .number(count)), ("rows", .array(rows.map { .integer($0 + 1) })),
      ]
    case .small(let k, let count, let rows):
      entries += [
        ("component", .integer(k + 1)), ("count", .number(count)),
        ("rows", .array(rows.map { .integer($0 + 1) })),
      ]
    }
    return .object(entries + [("advice", .string(words(columnNames: columnNames, remedies: remedies)))])
  }

  /// The same finding about rows of which `numbers` tells where they stand in the source; nil where they all do.
  func renumbered(_ numbers: [Int]?) -> MixtureFinding {
    guard let numbers else { return self }
    return switch self {
    case .empty, .duplicates: self
    case .narrow(let k, let column, let variance, let count, let rows):
      .narrow(
        component: k, column: column, relativeVariance: variance, count: count, rows: rows.map { numbers[$0] }
      )
    case .small(let k, let count, let rows):
      .small(component: k, count: count, rows: rows.map { numbers[$0] })
    }
  }

  private static func list(_ rows: [Int]) -> String {
    guard !rows.isEmpty else { return "" }
    return "; \(rows.count == 1 ? "row" : "rows") " + rows.map { "\($0 + 1)" }.joined(separator: ", ")
      + (rows.count == 10 ? ", …" : "")
  }
}
