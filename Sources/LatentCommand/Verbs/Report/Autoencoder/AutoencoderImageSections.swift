import Latent

/// Rows beside what the networks make of them, and rows that they make up.
struct AutoencoderImageSections {
  let view: AutoencoderView
  let rows: AutoencoderRowsView?

  private static let pairs = 30
  private static let mostColumns = 9
  private static let mostPoints = 800

  // MARK: Reconstructions

  var reconstructions: Page.Section? {
    guard let rows, rows.values.rows > 0 else { return nil }
    if let images = ReportImages(view.description, samples: [rows.values]) {
      let some = ReportText.evenly(Self.pairs, of: rows.values.rows)
      guard
        let picture = images.pairs(
          rows.values.selecting(rows: some), rows.reconstruction.selecting(rows: some))
      else { return nil }
      return Page.Section(
        "What is kept of each image",
        [
          .image(
            picture, caption: "Images, and below each what the decoder makes of its hidden numbers.",
            alternativeText: "\(some.count) images above their reconstructions")
        ])
    }
    return view.description.levels == nil ? numbers(rows) : categories(rows)
  }

  /// Each column against what comes back.
  private func numbers(_ rows: AutoencoderRowsView) -> Page.Section? {
    let D = view.description.dimensions
    let shown = ReportText.evenly(Self.mostPoints, of: rows.values.rows)
    let columns = modelled.prefix(Self.mostColumns)
    let panels = columns.map { j in
      let own = shown.filter { rows.values[$0, j].isFinite && rows.reconstruction[$0, j].isFinite }
      let (data, made) = (own.map { rows.values[$0, j] }, own.map { rows.reconstruction[$0, j] })
      // Both axes alike, so that the diagonal is one.
      let range = ComparedRange(data: data, draws: made, hasHeavyTails: false)?.withMargin?.shown
      let diagonal = range.map { range in
        let ends = [range.lowerBound, range.upperBound]
        return Figure.Layer.line(x: ends, y: ends).styled(colour: .muted)
      }
      return Figure.Panel(
        view.names[j], x: .init("data", range: range), y: .init("reconstruction", range: range),
        [diagonal].compactMap(\.self) + [
          Figure.Layer.points(x: data, y: made).styled(size: 3.5, opacity: 0.5)
        ])
    }
    let explained = modelled.prefix(40).map { j -> [String] in
      [view.names[j], share(rows, j).map(ReportText.percent) ?? "does not vary"]
    }
    guard !panels.isEmpty else { return nil }
    return Page.Section(
      "What is kept of each row",
      [
        .figure(
          Figure("", panels),
          caption:
            "Each column's values against what the decoder makes of the hidden numbers; on the diagonal, the line, nothing is lost."
            + (D > columns.count ? " The first \(columns.count) columns." : "")),
        .table(
          Page.Table(
            ["Column", .number("Variance kept")], explained,
            caption: "How much of each column's variance comes back")),
      ])
  }

  /// Columns that are not given.
  private var modelled: [Int] {
    (0..<view.description.dimensions).filter { !view.configuration.condition.contains($0) }
  }

  /// 1 − Σ (x − x̂)² / Σ (x − x̄)²; nil for a column that does not vary.
  private func share(_ rows: AutoencoderRowsView, _ j: Int) -> Double? {
    let own = (0..<rows.values.rows).filter { rows.values[$0, j].isFinite }
    let mean = own.reduce(0) { $0 + rows.values[$1, j] } / Double(max(own.count, 1))
    let total = own.reduce(0) { $0 + (rows.values[$1, j] - mean) * (rows.values[$1, j] - mean) }
    let left = own.reduce(0) { sum, n in
      let d = rows.values[n, j] - rows.reconstruction[n, j]
      return sum + d * d
    }
    return total > 0 ? 1 - left / total : nil
  }

  private func categories(_ rows: AutoencoderRowsView) -> Page.Section? {
    let right = modelled.map { j -> [String] in
      let own = (0..<rows.values.rows).filter { rows.values[$0, j].isFinite }
      let hits = own.count { rows.values[$0, j] == rows.reconstruction[$0, j] }
      return [view.names[j], own.isEmpty ? "–" : ReportText.percent(Double(hits) / Double(own.count))]
    }
    return Page.Section(
      "What is kept of each row",
      [
        .table(
          Page.Table(
            ["Column", .number("Comes back right")], Array(right.prefix(40)),
            caption: "How often the most probable category that comes back is the row's own"))
      ])
  }

  // MARK: Draws

  var draws: Page.Section? {
    guard let draws = view.draws, draws.rows > 0 else { return nil }
    let heading = rows == nil ? "Rows that it makes up" : "Rows that it makes up, beside the data"
    if let images = ReportImages(view.description, samples: [rows?.values, draws]) {
      var blocks: [Page.Block] = []
      if let each = view.drawsEach, let labels = view.labels {
        let levels = labels.levels.prefix(draws.rows / each).map(ReportText.name)
        if let data = data(of: Array(labels.levels.prefix(draws.rows / each)), each, images.range.lowerBound)
        {
          blocks += images.block(
            data, columns: each,
            caption:
              "Images of the data, a line for each \(ReportText.name(labels.name)) in the order below.",
            alternativeText: "Images of the data for \(levels.count) categories")
        }
        blocks += images.block(
          draws, columns: each,
          caption:
            "Means of p(x | z) for z drawn from p(z), a line for each \(ReportText.name(labels.name)): \(Wording.list(Array(levels), most: 20)). Down each column z is the same.",
          alternativeText: "\(draws.rows) images drawn for \(levels.count) categories")
        return Page.Section(heading, ifAny: blocks)
      }
      if let rows {
        let some = ReportText.evenly(draws.rows, of: rows.values.rows)
        blocks += images.block(
          rows.values.selecting(rows: some), caption: "Images of the data.",
          alternativeText: "\(some.count) images of the data")
      }
      blocks += images.block(
        draws, caption: "Means of p(x | z) for z drawn from p(z): images that the model makes up.",
        alternativeText: "\(draws.rows) images drawn from the model")
      return Page.Section(heading, ifAny: blocks)
    }
    guard let rows, view.drawsEach == nil else { return nil }
    return Page.Section(heading, ifAny: Page.Block.optional(columns(rows, draws)))
  }

  /// Rows of each category, evenly spread; a line that is short ends in pictures of one shade.
  private func data(of levels: [String], _ each: Int, _ empty: Double) -> Matrix<Double>? {
    guard let rows, let labels = rows.labels else { return nil }
    let D = rows.values.columns
    let nothing = [Double](repeating: empty, count: D)
    let members = Dictionary(grouping: labels.indices) { labels[$0] }
    guard levels.contains(where: { members[$0] != nil }) else { return nil }
    var elements: [Double] = []
    for level in levels {
      let own = members[level] ?? []
      let some = ReportText.evenly(each, of: own.count).map { own[$0] }
      for i in 0..<each { elements += i < some.count ? rows.values.row(some[i]) : nothing }
    }
    return Matrix(rows: levels.count * each, columns: D, elements: elements)
  }

  private func columns(_ rows: AutoencoderRowsView, _ draws: Matrix<Double>) -> Page.Block? {
    ColumnComparison(
      names: view.names, levels: view.description.levels, data: rows.values, weights: rows.weights,
      draws: draws,
      isBits: view.configuration.likelihood == .bernoulli && view.description.image == nil
    ).block
  }
}
