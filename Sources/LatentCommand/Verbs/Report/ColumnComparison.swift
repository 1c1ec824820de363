import Latent

/// Each column's values, in the data and in draws from a model.
struct ColumnComparison {
  let names: [String]
  let levels: [[String]]?
  /// `[N, D]` each.
  let data: Matrix<Double>
  let draws: Matrix<Double>
  /// Whether cells are 0 or 1.
  let isBits: Bool

  private static let mostColumns = 6
  private static let mostLevels = 30

  /// nil where nothing can be drawn.
  var block: Page.Block? {
    let D = min(data.columns, Self.mostColumns)
    let panels = (0..<D).compactMap { levels != nil || isBits ? categories($0) : numbers($0) }
    guard !panels.isEmpty else { return nil }
    let cut = data.columns > D ? " The first \(D) columns are shown." : ""
    return .figure(
      Figure("", panels),
      caption: "Column by column: how often each value occurs in the data, and in draws from the model.\(cut)"
    )
  }

  private func numbers(_ j: Int) -> Figure.Panel? {
    let (data, draws) = (data.column(j).filter(\.isFinite), draws.column(j).filter(\.isFinite))
    guard let low = (data + draws).min(), let high = (data + draws).max(), low < high, (high - low).isFinite,
      let first = Histogram(data, in: low...high, most: 30)
    else { return nil }
    // Draws in the bins of the data.
    var counts = [Double](repeating: 0, count: first.middles.count)
    for value in draws {
      counts[min(Int((value - low) / (high - low) * Double(counts.count)), counts.count - 1)] += 1
    }
    let total = Double(max(draws.count, 1))
    return Figure.Panel(
      names[j], x: "", y: "share",
      [
        first.bars(name: "data", asShares: true).styled(opacity: 0.7),
        .line(x: first.middles, y: counts.map { $0 / total }, name: "draws"),
      ])
  }

  private func categories(_ j: Int) -> Figure.Panel? {
    let names = levels?[j] ?? ["0", "1"]
    guard names.count <= Self.mostLevels else { return nil }
    func shares(_ values: [Double]) -> [Double] {
      var counts = [Double](repeating: 0, count: names.count)
      for value in values where value.isFinite && counts.indices.contains(Int(value)) {
        counts[Int(value)] += 1
      }
      let total = max(counts.reduce(0, +), 1)
      return counts.map { $0 / total }
    }
    let x = names.indices.map(Double.init)
    return Figure.Panel(
      self.names[j], x: .init("", scale: .categories(names.map(ReportText.name))), y: "share",
      [
        Figure.Layer.bars(x: x, heights: shares(data.column(j)), width: 0.6, name: "data").styled(
          opacity: 0.7),
        .points(x: x, y: shares(draws.column(j)), name: "draws"),
      ])
  }
}
