import Latent

/// Warns while a fit runs of components that empty or collapse, once each.
struct FitWatch {
  let console: Console
  let columnNames: [String]?
  private var reported: Set<String> = []
  private var restart = -1

  init(console: Console, columnNames: [String]?) {
    self.console = console
    self.columnNames = columnNames
  }

  /// Looks at the parameters after the steps 4, 8, 16, ….
  ///
  /// - Parameters:
  ///   - bound: of all rows that the model has seen.
  ///   - row: what counts as one row (`Rows.weightOfOneRow`).
  mutating func look<Family>(
    at θ: Mixture<Family>.Parameters, of model: Mixture<Family>, bound: Bound, row: Double, restart: Int,
    iteration: Int
  ) {
    guard !console.isQuiet, iteration.nonzeroBitCount == 1, iteration > 2, θ.components > 1 else { return }
    if restart != self.restart {
      self.restart = restart
      reported = []
    }
    let counts = model.expectedCounts(at: θ, total: bound.count)
    for k in counts.indices where counts[k] < row {
      warn("empty \(k)", "component \(k + 1) holds less than one row after iteration \(iteration)")
    }
    guard θ.dimensions <= Self.widest, let narrowing = θ.emission as? any NarrowingParameters else { return }
    for (k, narrow) in narrowing.narrowestDirections(weights: θ.weights).enumerated()
    where narrow.relativeVariance < Self.narrow && counts[k] >= row {
      let name = columnNames.flatMap { narrow.column < $0.count ? $0[narrow.column] : nil }
      warn(
        "narrow \(k)",
        "component \(k + 1) narrows along \(Wording.column(narrow.column + 1, name)) after iteration \(iteration): "
          + "\(NumberText.short(narrow.relativeVariance)) × the data's variance")
    }
  }

  private mutating func warn(_ key: String, _ text: String) {
    guard reported.insert(key).inserted else { return }
    console.note("note: \(text)")
  }

  /// Shapes of more columns take too long to look at.
  private static var widest: Int { 64 }
  private static var narrow: Double { 1e-6 }
}
