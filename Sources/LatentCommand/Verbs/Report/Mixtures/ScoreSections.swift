import Foundation
import Latent

/// How probable rows of the data are, and which are the least.
struct ScoreSections {
  let view: MixtureView
  let rows: MixtureRowsView?

  private static let mostWorst = 10
  private static let mostWorstImages = 20

  var score: Page.Section? {
    guard let rows else { return nil }
    let mean = rows.score
    var words =
      "A row of \(ReportText.name(rows.source)) has the log probability ln p(x) = \(ReportText.nats(mean)) nats on average (\(mean.error == nil ? "" : "± one standard error; ")\(rows.words))."
    if rows.isFitted {
      words += " These rows were fitted, so rows that were not are likely to fare a little worse."
    } else if view.description.bound.count > 0 {
      let d = view.description
      words +=
        " Rows of the fit: \(ReportText.nats(d.bound.evidence / d.bound.count))"
        + (d.hasExactPosterior ? "." : ", a bound from below.")
      if rows.impossible == nil,
        mean.isLikelyOfTheFit(
          d.bound.evidence / d.bound.count, d, observations: rows.total, isExact: d.hasExactPosterior)
      {
        words += HeldOutScore.ifFitted("row")
      }
    }
    if let scales = view.description.standardization?.scales {
      let shift = scales.reduce(0) { $0 + log($1) }
      words +=
        " Densities are of standardised columns; in the units of the data a complete row has "
        + "\(ReportText.nats(abs(shift))) nats \(shift > 0 ? "less" : "more")."
    }
    if let impossible = rows.impossible {
      let count = impossible.numbers.count
      words +=
        " \(NumberText.count(count, "row")) \(count == 1 ? "has" : "have") density 0 and \(count == 1 ? "is" : "are") left out of this "
        + "mean, which would be −∞."
    }
    var blocks: [Page.Block] = [.paragraph(words)]
    if let histogram = Histogram(rows.logDensity, weights: rows.weights), rows.logDensity.count > 1 {
      blocks.append(
        .figure(
          Figure(
            "",
            [
              Figure.Panel(
                x: "ln p(x), nats", y: "rows",
                [
                  histogram.bars().styled(opacity: 0.8),
                  .verticalRule(at: mean.mean, label: "mean"),
                ])
            ]),
          caption:
            "How the rows' log probabilities are spread. A long tail to the left is of rows that the model hardly knows."
        ))
    }
    return Page.Section("How well it explains the rows", blocks)
  }

  // MARK: The worst

  var worst: Page.Section? {
    guard let rows, rows.logDensity.count > 1 || rows.impossible != nil else { return nil }
    let order = rows.logDensity.indices.sorted {
      (rows.logDensity[$0], $0) < (rows.logDensity[$1], $1)
    }
    let table = RowTable(view: view, rows: rows)
    let places = Array(order.prefix(Self.mostWorst))
    var blocks: [Page.Block] = [
      .paragraph(
        "The rows with the lowest ln p(x). Look at them first: they are mistakes in the data, rare kinds of rows, or what the "
          + "model leaves out.")
    ]
    if let impossible = rows.impossible {
      blocks.append(
        .paragraph(
          "Those of density 0 cannot come from this model at all: a value that the fit has never seen in this column."
        ))
      if let images = ReportImages(view.description, samples: [impossible.values]) {
        blocks += images.block(
          impossible.values.selecting(
            rows: Array(0..<min(impossible.values.rows, Self.mostWorstImages))),
          caption: "Images of density 0.", alternativeText: "Images of density 0")
      }
    }
    if let images = ReportImages(view.description, samples: [rows.values, rows.reconstruction]) {
      let some = Array(order.prefix(Self.mostWorstImages))
      if let reconstruction = rows.reconstruction,
        let picture = images.pairs(
          rows.values.selecting(rows: some), reconstruction.selecting(rows: some))
      {
        blocks.append(
          .image(
            picture,
            caption:
              "The images explained worst, the worst first, and below each what the model makes of it.",
            alternativeText: "\(some.count) images above their reconstructions"))
      }
      return Page.Section("What it explains worst", blocks)
    }
    let isTelling = view.look.covariance != nil && view.centres != nil
    blocks.append(
      .table(
        table.table(
          of: places, caption: "Rows of the lowest log probability",
          remark: isTelling ? ("Farthest off", { n in farthest(n) }) : nil, mostImpossible: Self.mostWorst)))
    return Page.Section("What it explains worst", blocks)
  }

  /// The column in which a row is most deviations away from the centre of its component.
  private func farthest(_ n: Int) -> String {
    guard let rows, let centres = view.centres else { return "" }
    let k = rows.likeliest[n]
    var worst: (column: Int, distance: Double)?
    for j in 0..<view.description.dimensions where rows.values[n, j].isFinite {
      guard let deviation = view.deviation(k, j), deviation > 0 else { continue }
      let distance = (rows.values[n, j] - centres[k, j]) / deviation
      if distance.magnitude > (worst?.distance.magnitude ?? 0) { worst = (j, distance) }
    }
    return worst.map {
      "\(view.names[$0.column]), \(ReportText.signed(NumberText.fixed($0.distance, 1))) \(view.look.degreesOfFreedom == nil ? "deviations" : "scales")"
    } ?? ""
  }
}
