import Latent

// L latent dimensions.

/// The latent space: what each dimension carries, where the rows lie, and what the decoder makes of every place.
struct AutoencoderLatentSections {
  let view: AutoencoderView
  let rows: AutoencoderRowsView?
  let settings: ReportSettings
  /// Whether the plane can be explored; otherwise pictures alone.
  var showsExplorer = true

  private static let mostPoints = 1500
  /// Pixels of the rows that belong to points, for the size of the page; but so many rows in any case.
  private static let mostPixels = 1_200_000
  private static let fewestOriginals = 100
  private static let mostBars = 60
  private static let mostLabels = 12

  private var dimensionsFound: [AutoencoderDiagnosis.Dimension]? {
    (rows?.evaluation.diagnosis ?? view.diagnosis)?.dimensions
  }

  /// How much each dimension tells.
  private var importance: [Double] {
    AutoencoderView.importance(view.configuration, found: dimensionsFound, means: rows?.means)
  }

  // MARK: Dimensions

  var dimensions: Page.Section? {
    guard !view.isPoint, let found = dimensionsFound, !found.isEmpty else { return nil }
    let order = ReportText.descending(found.map(\.divergence))
    let shown = Array(order.prefix(Self.mostBars))
    var blocks: [Page.Block] = [
      .paragraph(
        "What each hidden number tells of a row, in nats (its KL): 0 for one that carries nothing, 0.69 for the answer to a yes-or-no "
          + "question. A number is in use where its posterior mean varies over the rows by more than 0.01.")
    ]
    if found.count > 2 {
      blocks.append(
        .figure(
          Figure(
            "",
            [
              Figure.Panel(
                x: .init("latent dimension", scale: .categories(shown.map { ReportText.latent($0) })),
                y: .init("KL, nats a row"),
                [
                  Figure.Layer.bars(
                    x: shown.indices.map(Double.init), heights: shown.map { max(found[$0].divergence, 0) },
                    width: 0.7
                  ).styled(opacity: 0.85)
                ])
            ]), caption: "The latent dimensions by what they tell."))
    }
    blocks.append(
      .table(
        Page.Table(
          [
            "Dimension", .number("KL, nats"), .number("Variance of means"), .number("Mean deviation"),
            "In use",
          ],
          shown.map { l in
            let dimension = found[l]
            return [
              ReportText.latent(l), NumberText.fixed(dimension.divergence, 3),
              NumberText.fixed(dimension.varianceOfMeans, 3),
              NumberText.fixed(dimension.deviation, 3), dimension.isActive ? "yes" : "no",
            ]
          },
          caption: "What the latent dimensions carry"
            + (order.count > shown.count ? ", the first \(shown.count) of \(order.count)" : ""))))
    if let layers = rows?.evaluation.layerDivergences, layers.count > 1 {
      blocks.append(
        .paragraph(
          "By layer: \(ReportText.nats(layers[0])) nats next to the data, \(ReportText.nats(layers[1])) behind."
        ))
    }
    return Page.Section("What the hidden numbers carry", blocks)
  }

  // MARK: Places

  var scatter: Page.Section? {
    guard let rows, let means = rows.means else { return nil }
    return Page.Section(
      "Where the rows lie",
      ifAny: LatentScatter(
        means: means, labels: rows.labels, labelName: settings.labelName, weights: rows.weights,
        isCondition: view.labels != nil, importance: importance
      ).blocks)
  }

  // MARK: What is made of every place

  var explorer: Page.Section? {
    var blocks: [Page.Block] = []
    let given =
      view.givenLevel.map { " Given \(ReportText.name(view.labels?.name ?? "")) = \(ReportText.name($0))." }
      ?? ""
    let images = ReportImages(view.description, samples: [rows?.values, view.manifold, view.line])
    if showsExplorer, let plane {
      blocks.append(.plane(plane, caption: planeWords(plane) + (plane.decoder.choices == nil ? given : "")))
    }
    if let images, let manifold = view.manifold {
      blocks += images.block(
        manifold, columns: AutoencoderView.side, gutter: 0,
        caption:
          "The plane of the two hidden numbers at \(AutoencoderView.side) × \(AutoencoderView.side) places, each of which stands for an equal share of p(z): z₁ grows to the right, z₂ upwards.\(given)",
        alternativeText: "Decoded images on a grid of equal shares of the prior")
    }
    if let images, let line = view.line {
      blocks += images.block(
        line, columns: line.rows, gutter: 0,
        caption: "What the hidden number does, from low to high, at places of equal shares of p(z).\(given)",
        alternativeText: "Decoded images along the latent dimension")
    }
    return Page.Section("The latent space", ifAny: blocks)
  }

  private func planeWords(_ plane: PlaneExplorer) -> String {
    let move =
      view.decoderPlane == nil
      ? "Move over the plane: the image is what the decoder makes of that place."
      : "Move over the plane: the image is blended from places decoded beforehand"
        + ((rows?.means?.columns ?? 2) > 2
          ? ", of the two dimensions that tell most, the others at zero." : ".")
    let count = plane.originals?.rows ?? 0
    guard count > 0 else { return move }
    let all =
      count < plane.points.rows
      ? "what is kept of its row; \(NumberText.count(count)) of them show the row itself"
      : "its row and what is kept of it"
    return move + " Choose a point to see \(all)."
      + (plane.decoder.choices.map { " The decoder is given the \(ReportText.name($0.title)) chosen." } ?? "")
  }

  private var plane: PlaneExplorer? {
    guard let decoder = view.decoder, let image = view.description.image else { return nil }
    let L = decoder.dimensions
    var (points, originals): (Matrix<Double>, Matrix<Double>?) = (Matrix(rows: 0, columns: L), nil)
    var reconstructions: Matrix<Double>?
    var groups: (indices: [Int], names: [String])?
    var numbers: [Int]?
    if let rows, var means = rows.means, rows.values.rows > 0 {
      let levels = view.labels?.levels ?? []
      // Rows of the category that the decoder is given, where it is given but one.
      let isOne = view.givenLevel != nil && decoder.choices == nil
      let own = isOne ? means.indicesOfRows { rows.labels?[$0] == view.givenLevel } : Array(0..<means.rows)
      if let (a, b) = view.decoderPlane { means = means.selecting(columns: [a, b]) }
      let perPoint = view.description.dimensions * (view.decoderPlane == nil ? 1 : 2)
      let complete = max(Self.fewestOriginals, Self.mostPixels / max(perPoint, 1))
      // What was decoded beforehand does not tell what is kept of a row, so that points show nothing without it.
      let most = view.decoderPlane == nil ? Self.mostPoints : min(Self.mostPoints, complete)
      let shown = ReportText.evenly(most, of: own.count).map { own[$0] }
      // Those that have their row come first.
      let first = Set(ReportText.evenly(complete, of: shown.count))
      let order =
        shown.indices.filter { first.contains($0) }.map { shown[$0] }
        + shown.indices.filter { !first.contains($0) }.map { shown[$0] }
      points = means.selecting(rows: order)
      numbers = order.map { rows.numbers[$0] + 1 }
      originals = rows.values.selecting(rows: Array(order.prefix(first.count)))
      if view.decoderPlane != nil { reconstructions = rows.reconstruction.selecting(rows: order) }
      if decoder.choices != nil, let labels = rows.labels {
        let places = Dictionary(uniqueKeysWithValues: levels.enumerated().map { ($1, $0) })
        groups = (order.map { places[labels[$0]] ?? 0 }, levels.map(ReportText.name))
      } else if view.givenLevel == nil, let all = LabelGroups(rows.labels, most: Self.mostLabels) {
        groups = (order.map { all.indices[$0] }, all.names)
      }
    }
    let samples = ReportImages(view.description, samples: [rows?.values, view.manifold])
    var explorer = PlaneExplorer(
      "The latent plane", decoder: decoder, imageHeight: image.height, imageWidth: image.width,
      points: points,
      originals: originals, labels: groups?.indices, labelNames: groups?.names ?? [])
    explorer.range = samples?.range ?? 0...1
    explorer.reconstructions = reconstructions?.converted(to: Float.self)
    explorer.rowNumbers = numbers
    if let (a, b) = view.decoderPlane {
      explorer.dimensionNames = [a, b].map(ReportText.latent)
    } else if importance.count > 2 {
      let order = ReportText.descending(importance)
      explorer.firstDimensions = (min(order[0], order[1]), max(order[0], order[1]))
    }
    return explorer
  }
}

extension Matrix {
  fileprivate func indicesOfRows(_ isWanted: (Int) -> Bool) -> [Int] { (0..<rows).filter(isWanted) }
}
