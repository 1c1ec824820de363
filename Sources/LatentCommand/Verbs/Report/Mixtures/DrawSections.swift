import Latent

/// Rows that the model makes up, beside rows of the data: what it has not learned shows.
struct DrawSections {
  let view: MixtureView
  let rows: MixtureRowsView?
  let plane: ReportPlane?

  private static let images = 50

  var section: Page.Section? {
    Page.Section(
      rows == nil ? "Rows that it makes up" : "Rows that it makes up, beside the data", ifAny: blocks)
  }

  private var blocks: [Page.Block] {
    if let images = ReportImages(view.description, samples: [rows?.values, view.centres]) {
      return pictures(images)
    }
    return Page.Block.optional(planes) + Page.Block.optional(columns)
  }

  private func pictures(_ images: ReportImages) -> [Page.Block] {
    let drawn = view.draws.selecting(rows: Array(0..<min(Self.images, view.draws.rows)))
    var blocks: [Page.Block] = []
    if let rows {
      let some = ReportText.evenly(Self.images, of: rows.values.rows)
      blocks += images.block(
        rows.values.selecting(rows: some), caption: "Images of the data.",
        alternativeText: "\(some.count) images of the data")
    }
    return blocks
      + images.block(
        drawn,
        caption:
          "Images that the model makes up. Where they differ from the data is what it has not learned.",
        alternativeText: "\(drawn.rows) images drawn from the model")
  }

  private var planes: Page.Block? {
    guard let plane, let rows else { return nil }
    let count = min(rows.values.rows, view.draws.rows)
    let shown = ReportText.evenly(count, of: rows.values.rows)
    let data = plane.points(
      rows.values.selecting(rows: shown), components: shown.map { rows.likeliest[$0] }, of: view)
    let draws = plane.points(
      view.draws.selecting(rows: Array(0..<count)),
      components: view.drawn.map { min($0, view.components - 1) }, of: view)
    func range(_ j: Int) -> (shown: ClosedRange<Double>, isCut: Bool)? {
      ComparedRange(
        data: rows.values.column(j), draws: (0..<count).map { view.draws[$0, j] },
        hasHeavyTails: view.look.degreesOfFreedom != nil
      )?.withMargin
    }
    let ranges = (range(plane.x), range(plane.y))
    let (x, y) = (
      Figure.Axis(plane.names.x, range: ranges.0?.shown), Figure.Axis(plane.names.y, range: ranges.1?.shown)
    )
    let isCut = ranges.0?.isCut ?? false || ranges.1?.isCut ?? false
    return .figure(
      Figure(
        "", [Figure.Panel("Data", x: x, y: y, data), Figure.Panel("Draws from the model", x: x, y: y, draws)]),
      caption:
        "\(NumberText.count(count)) rows of the data and as many draws. Where they differ is what the model has not learned."
        + (isCut ? ComparedRange.remark : "")
    )
  }

  private var columns: Page.Block? {
    guard let rows else { return nil }
    return ColumnComparison(
      names: view.names, levels: view.description.levels, data: rows.values, weights: rows.weights,
      draws: view.draws, isBits: view.cells == .bits, hasHeavyTails: view.look.degreesOfFreedom != nil
    ).block
  }
}
