import Latent

/// A sequence that a model makes up, beside the first of the data.
extension SequenceTimeSections {
  private static var mostDrawnFrames: Int { 40 }
  private static var mostTableFrames: Int { 30 }
  private static var mostBits: Int { 20 }

  private var drawnHeading: String {
    rows == nil ? "A sequence that it makes up" : "A sequence that it makes up, beside the data"
  }

  /// Said where the made-up sequence has controls.
  private var controlled: String {
    (view.description.controls ?? 0) > 0 ? " It has the controls of the first sequence." : ""
  }

  var draws: Page.Section? {
    guard let whole = view.drawn else { return nil }
    // As long as what it stands beside.
    let length = min(whole.rows, max(rows?.lengths.first ?? whole.rows, 2))
    let drawn = whole.selecting(rows: Array(0..<length))
    if let image = view.description.image {
      let frames = min(drawn.rows, Self.mostDrawnFrames, mostFilmFrames)
      var film = FilmStrip(
        imageHeight: image.height, imageWidth: image.width,
        [.init("drawn", drawn.selecting(rows: Array(0..<frames)))])
      film.range = ReportImages(view.description, samples: [rows?.frames])?.range ?? 0...1
      return Page.Section(
        "A sequence that it makes up",
        [.film(film, caption: controlled.isEmpty ? "" : String(controlled.dropFirst()))])
    }
    switch view.cells {
    case .numbers: break
    case .bits: return Page.Section(drawnHeading, bits(drawn) + alike(whole))
    case .categories: return Page.Section(drawnHeading, categories(drawn) + alike(whole))
    }
    let panels = columns.prefix(3).map { j -> Figure.Panel in
      var layers: [Figure.Layer] = []
      if let rows, let T = rows.lengths.first {
        let shown = min(T, drawn.rows)
        layers.append(
          Figure.Layer.line(
            x: (0..<shown).map { Double($0 + 1) }, y: (0..<shown).map { rows.frames[$0, j] }, name: "data"
          ).styled(colour: .muted))
      }
      layers.append(.line(x: (0..<drawn.rows).map { Double($0 + 1) }, y: drawn.column(j), name: "drawn"))
      return Figure.Panel(view.names[j], x: .init("frame", whole: true), y: "", layers)
    }
    var figure = Figure("", Array(panels))
    figure.columns = 1
    figure.panelSize = .init(width: 720, height: 220)
    return Page.Section(
      drawnHeading,
      [
        .figure(
          figure,
          caption:
            "It need not follow the data, but should look alike: as rough, as wide, as quick.\(controlled)")
      ])
  }

  /// Zeros and ones as two maps, a line a column.
  private func bits(_ drawn: Matrix<Double>) -> [Page.Block] {
    let shown = Array(0..<min(view.description.dimensions, Self.mostBits))
    func panel(_ title: String, _ frames: Matrix<Double>) -> Figure.Panel {
      Figure.Panel(
        title, x: .init("frame", whole: true),
        y: .init("", scale: .categories(shown.reversed().map { view.names[$0] })),
        [
          .heatMap(
            frames.selecting(columns: shown).transposed(), x: 0.5...Double(frames.rows) + 0.5,
            scale: .init(.sequential, range: 0...1))
        ])
    }
    var panels = [panel("Drawn", drawn)]
    if let rows, let T = rows.lengths.first {
      panels.insert(panel("Data", rows.frames.selecting(rows: Array(0..<min(T, drawn.rows)))), at: 0)
    }
    var figure = Figure("", panels)
    figure.columns = 1
    figure.panelSize = .init(width: 720, height: Double(90 + 18 * shown.count))
    let cut = view.description.dimensions > shown.count ? " The first \(shown.count) columns." : ""
    return [
      .figure(
        figure,
        caption:
          "Frame by frame which columns are 1. The sequence need not follow the data, but should look alike.\(cut)"
      )
    ]
  }

  /// The first frames as a table, with those of the data beside them.
  private func categories(_ drawn: Matrix<Double>) -> [Page.Block] {
    let data = rows.map { $0.frames.selecting(rows: Array(0..<min($0.lengths.first ?? 0, drawn.rows))) }
    func cell(_ values: Matrix<Double>, _ t: Int, _ j: Int) -> String {
      guard t < values.rows, values[t, j].isFinite, let names = view.description.levels?[j],
        names.indices.contains(Int(values[t, j]))
      else { return "–" }
      return ReportText.name(names[Int(values[t, j])])
    }
    let titles: [Page.Table.Column] =
      [.number("Frame")]
      + columns.flatMap { j -> [Page.Table.Column] in
        (data == nil ? [] : [.init("\(view.names[j]), data")]) + [.init("\(view.names[j]), drawn")]
      }
    let table = (0..<min(drawn.rows, Self.mostTableFrames)).map { t in
      ["\(t + 1)"] + columns.flatMap { j in (data.map { [cell($0, t, j)] } ?? []) + [cell(drawn, t, j)] }
    }
    return [
      .table(
        Page.Table(
          titles, table,
          caption:
            "The first \(table.count) frames. They need not follow the data, but should look alike: as many of each, as long."
        ))
    ]
  }

  /// How often each value occurs, in the data and in the draw.
  private func alike(_ drawn: Matrix<Double>) -> [Page.Block] {
    guard let rows else { return [] }
    return Page.Block.optional(
      ColumnComparison(
        names: view.names, levels: view.description.levels, data: rows.frames, draws: drawn,
        isBits: view.cells == .bits
      ).block)
  }
}
