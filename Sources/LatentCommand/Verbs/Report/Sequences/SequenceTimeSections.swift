import Foundation
import Latent

/// Pictures along time: what the model makes of one sequence, how it would go on, and one that it makes up.
struct SequenceTimeSections {
  let view: SequenceView
  let rows: SequenceRowsView?

  private static let mostFrames = 200
  /// Pixels of a film in all its frames, for the size of the page; but so many frames in any case.
  private static let mostFilmPixels = 500_000
  private static let fewestFilmFrames = 20
  private static let mostColumns = 4
  private static let mostDimensions = 6
  /// What 90 % of a Gaussian lies within, in deviations.
  private static let ninety = 1.6449

  /// The columns shown.
  var columns: [Int] { Array(0..<min(view.description.dimensions, Self.mostColumns)) }
  private var isImages: Bool { view.description.image != nil }

  // MARK: One sequence

  var latents: Page.Section? {
    guard let rows, let T = rows.lengths.first, T > 1 else { return nil }
    let shown = min(T, Self.mostFrames)
    let t = (1...shown).map(Double.init)
    let cut = shown < T ? ", its first \(shown) frames" : ""
    let axis = Figure.Axis("frame", whole: true)
    var panels: [Figure.Panel] = []
    if !isImages, view.cells == .numbers {
      panels += columns.prefix(2).map { j in
        Figure.Panel(
          view.names[j], x: axis, y: "",
          [.line(x: t, y: (0..<shown).map { rows.frames[$0, j] }).styled(colour: .muted)])
      }
    }
    let caption: String
    if let path = rows.path {
      let K = rows.filtered.columns
      let names = (0..<K).map { "\($0 + 1)" }
      let γ = rows.filtered[rows: 0..<shown].transposed()
      panels.append(
        Figure.Panel(
          "Filtered states and the most likely path", x: axis,
          y: .init("state", scale: .categories(names.reversed())),
          [
            .heatMap(
              γ, x: 0.5...Double(shown) + 0.5, scale: .init(.sequential, title: "probability", range: 0...1)),
            Figure.Layer.points(x: t, y: (0..<shown).map { Double(K - 1 - path[$0]) }).styled(
              colour: .exact(PixelColour(red: 230, green: 0, blue: 120)), symbol: .circle,
              size: shown > 100 ? 2.5 : 4),
          ]))
      caption =
        "Sequence \(rows.names[0])\(cut): how probable each state is given the frames up to each (colour), and the most likely path given all (dots)."
    } else {
      let L = rows.filtered.columns / 2
      let filtered = view.isFilter ? "mean ± 2 deviations" : "filtered, ± 2 deviations"
      panels += (0..<min(L, Self.mostDimensions)).map { l in
        let means = (0..<shown).map { rows.filtered[$0, l] }
        let spread = (0..<shown).map { 2 * rows.filtered[$0, L + l] }
        let smoothed = Figure.Layer.line(x: t, y: (0..<shown).map { rows.smoothed[$0, l] }, name: "smoothed")
        return Figure.Panel(
          ReportText.latent(l), x: axis, y: "",
          [
            .band(x: t, low: zip(means, spread).map(-), high: zip(means, spread).map(+), name: filtered),
            Figure.Layer.line(x: t, y: means, name: filtered),
          ] + (view.isFilter ? [] : [smoothed]))
      }
      caption =
        view.isFilter
        ? "Sequence \(rows.names[0])\(cut): the hidden numbers that q finds, over paths drawn from it."
        : "Sequence \(rows.names[0])\(cut): the hidden numbers given the frames up to each, and given the whole sequence."
    }
    var figure = Figure("", panels)
    figure.columns = 1
    figure.panelSize = .init(width: 720, height: panels.count > 2 ? 200 : 260)
    return Page.Section("The hidden variables of one sequence", [.figure(figure, caption: caption)])
  }

  // MARK: How it goes on

  var forecasts: Page.Section? {
    guard let rows, let forecast = rows.forecast, let T = rows.lengths.first else { return nil }
    var blocks: [Page.Block] = []
    let H = forecast.means.rows
    if let film = film(rows, forecast) {
      let last = film.firstNumber + film.count - 1
      let cut = film.count < T ? " Frames \(film.firstNumber) to \(last) of \(NumberText.count(T))." : ""
      blocks.append(
        .film(
          film,
          caption:
            "Sequence \(rows.names[0]): what came, and what is predicted after the first \(forecast.given) frames, blind.\(cut)"
        ))
    } else if view.cells == .numbers {
      let first = max(0, forecast.given - Self.mostFrames)
      let shown = first..<min(T, forecast.given + H)
      let t = shown.map { Double($0 + 1) }
      let ahead = (0..<H).map { Double(forecast.given + $0 + 1) }
      let panels = columns.map { j in
        let means = (0..<H).map { forecast.means[$0, j] }
        var layers: [Figure.Layer] = []
        if let deviations = forecast.deviations {
          let spread = (0..<H).map { Self.ninety * deviations[$0, j] }
          layers.append(
            .band(
              x: ahead, low: zip(means, spread).map(-), high: zip(means, spread).map(+), name: "predicted"))
        }
        return Figure.Panel(
          view.names[j], x: .init("frame", whole: true), y: "",
          layers + [
            Figure.Layer.line(x: t, y: shown.map { rows.frames[$0, j] }, name: "data").styled(
              colour: .muted),
            .line(x: ahead, y: means, name: "predicted"),
            .verticalRule(at: Double(forecast.given) + 0.5, label: "given | predicted"),
          ])
      }
      var figure = Figure("", panels)
      figure.columns = 1
      figure.panelSize = .init(width: 720, height: 220)
      blocks.append(
        .figure(
          figure,
          caption:
            "Sequence \(rows.names[0]): what came, and what is predicted after the first \(forecast.given) frames, blind"
            + (forecast.deviations == nil
              ? "." : "; the band is ± 1.64 standard deviations, where 90 % of a Gaussian lie.")))
    }
    blocks += Page.Block.optional(errors(forecast))
    return Page.Section("How it goes on", ifAny: blocks)
  }

  /// Frames around the boundary between what is given and what is predicted.
  private func film(_ rows: SequenceRowsView, _ forecast: SequenceRowsView.Forecast) -> FilmStrip? {
    guard let image = view.description.image else { return nil }
    let (G, H, most) = (forecast.given, forecast.means.rows, mostFilmFrames)
    let ahead = min(H, max(most / 2, most - G))
    let first = max(0, G + ahead - most)
    let own = Array(first..<G + ahead)
    let observed = rows.frames.selecting(rows: own)
    let predicted = Matrix<Double>(
      rows: own.count, columns: observed.columns,
      elements: own.flatMap { $0 < G ? rows.frames.row($0) : forecast.means.row($0 - G) })
    var film = FilmStrip(
      imageHeight: image.height, imageWidth: image.width, given: G - first,
      [.init("observed", observed), .init("predicted", predicted)])
    film.firstNumber = first + 1
    film.range = ReportImages(view.description, samples: [observed])?.range ?? 0...1
    return film
  }

  var mostFilmFrames: Int {
    min(
      Self.mostFrames, max(Self.fewestFilmFrames, Self.mostFilmPixels / max(view.description.dimensions, 1)))
  }

  private func errors(_ forecast: SequenceRowsView.Forecast) -> Page.Block? {
    let (errors, copies) = (forecast.comparison.errors, forecast.comparison.copyErrors)
    let h = errors.indices.filter { errors[$0] != nil }
    guard h.count > 1 else { return nil }
    let x = h.map { Double($0 + 1) }
    let title = forecast.comparison.isCategorical ? "share wrong" : "root mean squared error"
    return .figure(
      Figure(
        "",
        [
          Figure.Panel(
            x: .init("frames ahead", whole: true), y: .init(title),
            [
              .line(x: x, y: h.map { errors[$0] ?? .nan }, name: "predicted"),
              .line(x: x, y: h.map { copies[$0] ?? .nan }, name: "repeating the last frame"),
            ])
        ]), caption: "How far predictions are from what came, by how far ahead they look.")
  }
}
