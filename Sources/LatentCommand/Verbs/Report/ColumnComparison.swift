import Latent

/// Each column's values, in the data and in draws from a model.
struct ColumnComparison {
  let names: [String]
  let levels: [[String]]?
  /// `[N, D]` each.
  let data: Matrix<Double>
  /// Of the rows of data; nil where each counts once.
  var weights: [Double]? = nil
  let draws: Matrix<Double>
  /// Whether cells are 0 or 1.
  let isBits: Bool
  /// Whether draws may lie anywhere.
  var hasHeavyTails = false

  private static let mostColumns = 6
  private static let mostLevels = 30

  /// nil where nothing can be drawn.
  var block: Page.Block? {
    let D = min(data.columns, Self.mostColumns)
    let panels = (0..<D).compactMap { levels != nil || isBits ? categories($0) : numbers($0) }
    guard !panels.isEmpty else { return nil }
    let isCut =
      levels == nil && !isBits && hasHeavyTails && (0..<D).contains { compared($0)?.isCut ?? false }
    let cut =
      (data.columns > D ? " The first \(D) columns are shown." : "") + (isCut ? ComparedRange.remark : "")
    return .figure(
      Figure("", panels),
      caption: "Column by column: how often each value occurs in the data, and in draws from the model.\(cut)"
    )
  }

  private func compared(_ j: Int) -> ComparedRange? {
    ComparedRange(data: data.column(j), draws: draws.column(j), hasHeavyTails: hasHeavyTails)
  }

  private func numbers(_ j: Int) -> Figure.Panel? {
    let draws = draws.column(j).filter(\.isFinite)
    guard let range = compared(j)?.range,
      let first = Histogram(data.column(j), in: range, weights: weights, most: 30)
    else { return nil }
    let (low, high) = (range.lowerBound, range.upperBound)
    // Draws in the bins of the data.
    var counts = [Double](repeating: 0, count: first.middles.count)
    for value in draws where range.contains(value) {
      counts[min(Int((value - low) / (high - low) * Double(counts.count)), counts.count - 1)] += 1
    }
    let total = Double(max(draws.count, 1))
    return Figure.Panel(
      names[j], x: "", y: "share",
      [
        first.bars(name: "data", asSharesOf: finiteWeight(j)).styled(opacity: 0.7),
        .line(x: first.middles, y: counts.map { $0 / total }, name: "draws"),
      ])
  }

  /// The weight of the rows in which the column is known.
  private func finiteWeight(_ j: Int) -> Double {
    (0..<data.rows).reduce(0) { data[$1, j].isFinite ? $0 + (weights?[$1] ?? 1) : $0 }
  }

  private func categories(_ j: Int) -> Figure.Panel? {
    let names = levels?[j] ?? ["0", "1"]
    guard names.count <= Self.mostLevels else { return nil }
    func shares(_ values: [Double], _ weights: [Double]? = nil) -> [Double] {
      var counts = [Double](repeating: 0, count: names.count)
      for (n, value) in values.enumerated() where value.isFinite && counts.indices.contains(Int(value)) {
        counts[Int(value)] += weights?[n] ?? 1
      }
      let total = counts.reduce(0, +)
      return total > 0 ? counts.map { $0 / total } : counts
    }
    let x = names.indices.map(Double.init)
    return Figure.Panel(
      self.names[j], x: .init("", scale: .categories(names.map(ReportText.name))), y: "share",
      [
        Figure.Layer.bars(x: x, heights: shares(data.column(j), weights), width: 0.6, name: "data").styled(
          opacity: 0.7),
        .points(x: x, y: shares(draws.column(j)), name: "draws"),
      ])
  }
}
