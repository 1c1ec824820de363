import Latent

/// How probable the sequences are, and which are the least.
struct SequenceScoreSections {
  let view: SequenceView
  let rows: SequenceRowsView?

  private static let mostWorst = 10

  private func perhapsFitted(_ mean: SampleMean) -> String {
    let d = view.description
    guard let rows, d.bound.count > 0,
      rows.lengths.count < rows.total || rows.lengths.reduce(0, +) == d.frames
    else { return "" }
    return mean.isLikelyOfTheFit(
      d.bound.evidence / Double(max(d.observations, 1)), d, observations: rows.total,
      isExact: d.hasExactPosterior)
      ? HeldOutScore.ifFitted("sequence") : ""
  }

  var score: Page.Section? {
    guard let rows else { return nil }
    let mean = SampleMean(rows.logDensity)
    let quantity = view.description.inference == "em" ? "ln p(x)" : "a bound of ln p(x)"
    let perFrame = rows.logDensity.indices.map { rows.logDensity[$0] / Double(max(rows.lengths[$0], 1)) }
    var blocks: [Page.Block] = [
      .paragraph(
        "A sequence has \(quantity) = \(ReportText.nats(mean)) nats on average (\(mean.error == nil ? "" : "± one standard error; ")\(rows.words)), "
          + "\(ReportText.nats(rows.logDensity.reduce(0, +) / Double(max(rows.lengths.reduce(0, +), 1)))) a frame."
          + (rows.isFitted ? " These sequences were fitted." : perhapsFitted(mean)))
    ]
    guard rows.logDensity.count > 1 else { return Page.Section("How well it explains the sequences", blocks) }
    if let histogram = Histogram(perFrame) {
      blocks.append(
        .figure(
          Figure(
            "",
            [
              Figure.Panel(
                x: .init("\(quantity), nats a frame"), y: "sequences", [histogram.bars().styled(opacity: 0.8)]
              )
            ]),
          caption: "How the sequences' values are spread."))
    }
    let worst = perFrame.indices.sorted { (perFrame[$0], $0) < (perFrame[$1], $1) }.prefix(Self.mostWorst)
    blocks.append(
      .table(
        Page.Table(
          ["Sequence", .number("Frames"), .number("Nats"), .number("Nats a frame")],
          worst.map {
            [
              rows.names[$0], NumberText.count(rows.lengths[$0]), ReportText.nats(rows.logDensity[$0]),
              ReportText.nats(perFrame[$0]),
            ]
          }, caption: "The sequences explained worst: look at these first")))
    return Page.Section("How well it explains the sequences", blocks)
  }
}
