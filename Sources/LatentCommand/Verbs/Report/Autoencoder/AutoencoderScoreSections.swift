import Latent

/// How well rows come back, and the worst of them.
struct AutoencoderScoreSections {
  let view: AutoencoderView
  let rows: AutoencoderRowsView?

  private static let mostWorst = 10
  private static let mostWorstImages = 20
  private static let mostColumns = 8

  /// What is bounded, and what stands behind a bar.
  private var evidence: String { view.configuration.condition.isEmpty ? "ln p(x)" : "ln p(x | c)" }
  private var given: String { view.configuration.condition.isEmpty ? "" : ", c" }

  var score: Page.Section? {
    guard let rows else { return nil }
    let (evaluation, bound) = (rows.evaluation, rows.evaluation.bound)
    let N = bound.count > 0 ? bound.count : 1
    func row(_ name: String, _ value: Double, _ error: Double, _ meaning: String) -> [String] {
      let isKnown = rows.bounds.count > 1
      return [name, ReportText.nats(value), ReportText.plusMinus(isKnown ? error : nil, digits: 3), meaning]
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
        row("bound", bound.perObservation, evaluation.standardError, "below \(evidence)"),
        row(
          "= reconstruction", bound.reconstruction / N, evaluation.reconstructionStandardError,
          "how well rows come back, E_q[ln p(x | z\(given))]"),
        row(
          "− latent KL", bound.latentKL / N, evaluation.divergenceStandardError,
          "what the hidden numbers cost, KL(q(z | x\(given)) ‖ p(z))"),
      ]
      if let importance = rows.importance {
        // A bound of other rows is no comparison.
        let some = rows.importanceRows < rows.bounds.count
        if some {
          table.append(
            row(
              "bound of fewer", rows.importancePlain.mean, rows.importancePlain.standardError,
              "the same as the first line, of \(NumberText.count(rows.importanceRows, "row")) alone"))
        }
        table.append(
          row(
            "importance bound", importance.bound, importance.standardError,
            "nearer to \(evidence), \(importance.draws) draws a row, \(some ? "the same " : "")\(NumberText.count(rows.importanceRows, "row"))"
          ))
      }
    }
    var blocks: [Page.Block] = [
      .paragraph(
        "In nats a row\(rows.bounds.count > 1 ? ", ± one standard error" : ""); \(rows.words)."
          + (rows.isFitted ? " These rows were fitted." : perhapsFitted)),
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

  private var perhapsFitted: String {
    let (d, bound) = (view.description, view.description.bound)
    guard let rows, !rows.isFitted, bound.count > 0 else { return "" }
    let fit = view.isPoint ? bound.reconstruction / bound.count : bound.perObservation
    return rows.score.isLikelyOfTheFit(fit, d, observations: rows.total, isExact: false)
      ? HeldOutScore.ifFitted("row") : ""
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
