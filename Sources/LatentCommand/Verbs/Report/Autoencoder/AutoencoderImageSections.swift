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
      return Figure.Panel(
        view.names[j], x: "data", y: "reconstruction",
        [
          Figure.Layer.points(x: own.map { rows.values[$0, j] }, y: own.map { rows.reconstruction[$0, j] })
            .styled(
              size: 3.5, opacity: 0.5)
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
            "Each column's values against what the decoder makes of the hidden numbers; on the diagonal nothing is lost."
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

  private func columns(_ rows: AutoencoderRowsView, _ draws: Matrix<Double>) -> Page.Block? {
    ColumnComparison(
      names: view.names, levels: view.description.levels, data: rows.values, weights: rows.weights,
      draws: draws,
      isBits: view.configuration.likelihood == .bernoulli && view.description.image == nil
    ).block
  }
}

/// How well rows come back, and the worst of them.
struct AutoencoderScoreSections {
  let view: AutoencoderView
  let rows: AutoencoderRowsView?

  private static let mostWorst = 10
  private static let mostWorstImages = 20
  private static let mostColumns = 8

  var score: Page.Section? {
    guard let rows else { return nil }
    let (evaluation, bound) = (rows.evaluation, rows.evaluation.bound)
    let N = bound.count > 0 ? bound.count : 1
    func row(_ name: String, _ value: Double, _ error: Double, _ meaning: String) -> [String] {
      [name, ReportText.nats(value), "± \(NumberText.fixed(error, 3))", meaning]
    }
    var table: [[String]]
    if view.isPoint {
      table = [
        row(
          view.quantity, bound.reconstruction / N, evaluation.reconstructionStandardError,
          AutoencoderWords.quantityMeaning(view.configuration))
      ]
    } else {
      table = [
        row("bound", bound.perObservation, evaluation.standardError, "below ln p(x)"),
        row(
          "= reconstruction", bound.reconstruction / N, evaluation.reconstructionStandardError,
          "how well rows come back, E_q[ln p(x | z)]"),
        row(
          "− latent KL", bound.latentKL / N, evaluation.divergenceStandardError,
          "what the hidden numbers cost, KL(q(z | x) ‖ p(z))"),
      ]
      if let importance = rows.importance {
        table.append(
          row(
            "importance bound", importance.bound, importance.standardError,
            "nearer to ln p(x), \(importance.draws) draws a row, \(NumberText.count(rows.importanceRows, "row"))"
          ))
      }
    }
    var blocks: [Page.Block] = [
      .paragraph(
        "In nats a row, ± one standard error; \(rows.words)."
          + (rows.isFitted ? " These rows were fitted." : "")),
      .table(Page.Table(["Quantity", .number("Nats a row"), .number("Error"), "What it is"], table)),
    ]
    if let histogram = Histogram(rows.bounds, weights: rows.weights), rows.bounds.count > 1 {
      blocks.append(
        .figure(
          Figure(
            "",
            [
              Figure.Panel(
                x: .init("\(view.quantity), nats"), y: "rows",
                [histogram.bars().styled(opacity: 0.8), .verticalRule(at: rows.score.mean, label: "mean")])
            ]),
          caption:
            "How the rows' values are spread. A long tail to the left is of rows that the model hardly knows."
        ))
    }
    return Page.Section("How well it explains the rows", blocks)
  }

  var worst: Page.Section? {
    guard let rows, rows.bounds.count > 1 else { return nil }
    let order = rows.bounds.indices.sorted { (rows.bounds[$0], $0) < (rows.bounds[$1], $1) }
    var blocks: [Page.Block] = [
      .paragraph(
        "Look at these first: they are mistakes in the data, rare kinds of rows, or what the networks have not learned."
      )
    ]
    if let images = ReportImages(view.description, samples: [rows.values]) {
      let some = Array(order.prefix(Self.mostWorstImages))
      if let picture = images.pairs(
        rows.values.selecting(rows: some), rows.reconstruction.selecting(rows: some))
      {
        blocks.append(
          .image(
            picture,
            caption:
              "The images explained worst, the worst first, and below each what the decoder makes of it.",
            alternativeText: "\(some.count) images above their reconstructions"))
      }
    }
    let columns =
      view.description.image == nil ? Array(0..<min(view.description.dimensions, Self.mostColumns)) : []
    var titles: [Page.Table.Column] = [.number("Row"), .number(view.quantity)]
    if rows.labels != nil { titles.append("Label") }
    titles += columns.map { .number(view.names[$0]) }
    let cells = order.prefix(Self.mostWorst).map { n in
      var cells = ["\(rows.numbers[n] + 1)", ReportText.nats(rows.bounds[n])]
      if let labels = rows.labels { cells.append(ReportText.name(labels[n])) }
      return cells
        + columns.map { j in
          let value = rows.values[n, j]
          guard let levels = view.description.levels?[j], value.isFinite, levels.indices.contains(Int(value))
          else {
            return ReportText.number(value)
          }
          return ReportText.name(levels[Int(value)])
        }
    }
    blocks.append(.table(Page.Table(titles, Array(cells), caption: "The rows explained worst")))
    return Page.Section("What it explains worst", blocks)
  }
}
