import Latent

// D columns, L factors.

/// The hidden numbers of a factor model: what each does to the columns, how much they account for, and where the rows lie.
struct FactorSections {
  let view: MixtureView
  let rows: MixtureRowsView?
  let settings: ReportSettings

  private static let mostFactors = 12
  private static let mostBars = 40
  private static let mostNamed = 25
  private static let mostComponents = 6

  var section: Page.Section? {
    guard view.hasFactors else { return nil }
    return Page.Section("The hidden numbers", ifAny: blocks)
  }

  /// Whether all columns are in one unit, as those of probabilistic PCA are by its one noise: then their variances add up.
  static func isPooled(_ view: MixtureView) -> Bool { view.description.model == "ppca" }

  /// The share of the variance that factors account for, in all and by column. With one noise for all columns it is
  /// Σ W² / (Σ W² + Σ Ψ) in the units of the fit; otherwise, where columns have units of their own, the mean over columns.
  static func explained(_ view: MixtureView, component k: Int) -> (share: Double, byColumn: [Double]) {
    let (W, Ψ) = (view.look.loadings[k], view.look.noise[k])
    let signal = (0..<W.rows).map { j in (0..<W.columns).reduce(0) { $0 + W[j, $1] * W[j, $1] } }
    let byColumn = signal.indices.map { j in
      signal[j] + Ψ[j] > 0 ? signal[j] / (signal[j] + Ψ[j]) : 0
    }
    guard isPooled(view) else {
      return (byColumn.reduce(0, +) / Double(max(byColumn.count, 1)), byColumn)
    }
    let scales = view.description.standardization?.scales
    var (explained, all) = (0.0, 0.0)
    for j in signal.indices {
      let unit = scales.map { $0[j] * $0[j] } ?? 1
      explained += signal[j] / unit
      all += (signal[j] + Ψ[j]) / unit
    }
    return (all > 0 ? explained / all : 0, byColumn)
  }

  private var blocks: [Page.Block] {
    let isSingle = view.components == 1
    var blocks: [Page.Block] = [
      .paragraph(
        "A row is a mean, plus each hidden number (factor) times its loadings, plus noise. A loading is what a column changes by when "
          + "the factor grows by one of its standard deviations."
          + (isSingle ? "" : " Each component has factors of its own."))
    ]
    let order = isSingle ? [0] : Array(view.order.prefix(Self.mostComponents))
    if let relevance = view.relevance {
      blocks.append(
        .paragraph(
          "Inference kept \(relevance.relevant.count) of \(relevance.factors) factors; the loadings of the others have shrunk to nothing."
        ))
    }
    for k in order {
      blocks += Page.Block.optional(loadingFigure(k))
    }
    blocks += Page.Block.optional(shares(order))
    blocks += latentFigures
    return blocks
  }

  private func heading(_ k: Int) -> String { view.components == 1 ? "" : "\(view.name(k)): " }

  private func loadingFigure(_ k: Int) -> Page.Block? {
    let W = view.look.loadings[k]
    let (D, L) = (W.rows, min(W.columns, Self.mostFactors))
    guard D > 0, L > 0 else { return nil }
    if let images = ReportImages(view.description, samples: []) {
      let rows = W.transposed().selecting(rows: Array(0..<L))
      let most = rows.elements.map(\.magnitude).max() ?? 0
      return images.grid(rows, range: most > 0 ? -most...most : -1...1).map {
        .image(
          $0,
          caption:
            "\(heading(k))The loadings of each factor as an image: white where pixels brighten with it, black where they darken.",
          alternativeText: "\(L) images of loadings")
      }
    }
    let names = view.names
    if D <= Self.mostBars {
      // By column's deviation, so that bars of columns in different units compare.
      let deviations = (0..<D).map { view.deviation(k, $0) ?? 1 }
      let x = (0..<D).map(Double.init)
      let axis: Figure.Axis =
        D <= Self.mostNamed ? .init("", scale: .categories(names)) : .init("column", whole: true)
      let panels = (0..<L).map { l in
        Figure.Panel(
          "Factor \(l + 1)", x: axis, y: .init("loading / deviation", range: -1.05...1.05),
          [
            .bars(
              x: D <= Self.mostNamed ? x : x.map { $0 + 1 },
              heights: (0..<D).map { deviations[$0] > 0 ? W[$0, l] / deviations[$0] : 0 })
          ])
      }
      return .figure(
        Figure("", panels),
        caption:
          "\(heading(k))How each factor goes along with each column: its loading over the column's standard deviation, a correlation between −1 and 1."
      )
    }
    let figure = Figure(
      "",
      [
        Figure.Panel(
          x: .init("column", whole: true),
          y: .init("", scale: .categories((0..<L).reversed().map { "factor \($0 + 1)" })),
          [
            .heatMap(
              W.transposed().selecting(rows: Array(0..<L)), x: 0.5...Double(D) + 0.5,
              scale: .init(.diverging, title: "loading"))
          ])
      ])
    return .figure(figure, caption: "\(heading(k))The loadings of each factor, column by column.")
  }

  /// How much of each column the factors account for.
  private func shares(_ order: [Int]) -> Page.Block? {
    let D = view.description.dimensions
    let names = view.names
    let all = order.map { Self.explained(view, component: $0) }
    guard let first = all.first else { return nil }
    if view.components == 1, D <= Self.mostBars, view.description.image == nil {
      let deviation = view.look.noise[0].map { max($0, 0).squareRoot() }
      return .table(
        Page.Table(
          ["Column", .number("Explained by the factors"), .number("Left as noise (deviation)")],
          (0..<D).map {
            [names[$0], ReportText.percent(first.byColumn[$0]), ReportText.number(deviation[$0])]
          },
          caption: "How much of each column's variance the hidden numbers account for"))
    }
    guard view.components > 1 else { return nil }
    return .table(
      Page.Table(
        ["Component", .number("Weight"), .number("Explained by its factors")],
        zip(order, all).map {
          [view.name($0), ReportText.percent(view.weights[$0]), ReportText.percent($1.share)]
        },
        caption:
          "How much of the variance within each component its factors account for, averaged over columns"))
  }

  /// Where the rows lie among the hidden numbers.
  private var latentFigures: [Page.Block] {
    guard let rows, let z = rows.factors else { return [] }
    return LatentScatter(
      means: z, labels: rows.labels, labelName: settings.labelName, weights: rows.weights,
      importance: (0..<z.columns).map { l in
        let W = view.look.loadings[0]
        return l < W.columns ? W.column(l).reduce(0) { $0 + $1 * $1 } : 0
      }
    ).blocks
  }
}
