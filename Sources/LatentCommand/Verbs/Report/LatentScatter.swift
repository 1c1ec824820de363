import Latent

/// Posterior means of latent variables: their spread in one dimension, a plane in two, a space that can be turned in more.
struct LatentScatter {
  /// `[N, L]`.
  let means: Matrix<Double>
  let labels: [String]?
  let labelName: String?
  var weights: [Double]? = nil
  /// Whether labels are what the networks are given.
  var isCondition = false
  /// How much each dimension matters; the plane is of the two that matter most.
  let importance: [Double]

  private static let mostPoints = 2000
  /// Labels beyond these are not told apart by colour.
  private static let mostLabels = 12

  /// The dimensions from the one that matters most.
  var order: [Int] { ReportText.descending(importance) }

  var blocks: [Page.Block] {
    guard means.rows > 1, means.columns > 0 else { return [] }
    guard means.columns > 1 else { return Page.Block.optional(line) }
    var blocks = Page.Block.optional(plane)
    if means.columns > 2 { blocks += Page.Block.optional(space) }
    return blocks
  }

  private var groups: (indices: [Int], names: [String])? {
    LabelGroups(labels, most: Self.mostLabels).map { ($0.indices, $0.names) }
  }

  private var labelWords: String {
    "\(labelName.map(ReportText.name) ?? "label"), which \(isCondition ? "the networks are given" : "the fit has not seen")"
  }

  /// A histogram of all rows, and one of each label below, on the same axis.
  private var line: Page.Block? {
    let values = means.column(0)
    guard let all = Histogram(values, weights: weights) else { return nil }
    let least = all.middles[0] - all.width / 2
    let most = max(all.middles[all.middles.count - 1] + all.width / 2, least + all.width)
    var panels = [
      Figure.Panel(
        groups == nil ? "" : "All rows", x: .init("z₁", range: least...most), y: "rows",
        [all.bars().styled(opacity: 0.8)])
    ]
    if let groups {
      panels += groups.names.enumerated().compactMap { g, name -> Figure.Panel? in
        let own = values.indices.filter { groups.indices[$0] == g }
        return Histogram(
          own.map { values[$0] }, in: least...most, weights: weights.map { w in own.map { w[$0] } }
        ).map {
          Figure.Panel(
            name, x: .init("z₁", range: least...most), y: "rows",
            [$0.bars().styled(colour: .series(g), opacity: 0.8)])
        }
      }
    }
    var figure = Figure("", panels)
    if panels.count > 1 { figure.panelSize = .init(width: 320, height: 180) }
    return .figure(
      figure,
      caption: "Where the rows lie along the hidden number: means of its posterior"
        + (groups == nil ? "." : ", of all rows and by \(labelWords)."))
  }

  private var plane: Page.Block? {
    let (a, b) = (min(order[0], order[1]), max(order[0], order[1]))
    let shown = ReportText.evenly(Self.mostPoints, of: means.rows)
    let size = shown.count > 400 ? 3.5 : 5.0
    var layers: [Figure.Layer] = []
    if let groups {
      for (g, name) in groups.names.enumerated() {
        let own = shown.filter { groups.indices[$0] == g }
        guard !own.isEmpty else { continue }
        layers.append(
          Figure.Layer.points(x: own.map { means[$0, a] }, y: own.map { means[$0, b] }, name: name)
            .styled(size: size, opacity: 0.65))
      }
    } else {
      layers = [
        Figure.Layer.points(x: shown.map { means[$0, a] }, y: shown.map { means[$0, b] })
          .styled(size: size, opacity: 0.5)
      ]
    }
    let by =
      groups == nil
      ? "" : ", coloured by \(labelWords)"
    return .figure(
      Figure(
        "",
        [
          Figure.Panel(
            x: .init(ReportText.latent(a)), y: .init(ReportText.latent(b)), hasEqualUnits: true, layers)
        ]),
      caption:
        "Where \(NumberText.count(shown.count, "row")) lie in \(means.columns == 2 ? "the plane of the hidden numbers" : "the two dimensions that matter most")\(by)."
    )
  }

  private var space: Page.Block? {
    let axes = order.prefix(3).sorted()
    let shown = ReportText.evenly(Self.mostPoints, of: means.rows)
    let points = means.selecting(rows: shown).selecting(columns: axes)
    var colourings: [PointCloud.Colouring] = []
    if let groups {
      colourings.append(
        .categories(
          labelName.map(ReportText.name) ?? "label", shown.map { groups.indices[$0] }, names: groups.names))
    }
    if means.columns > 3 {
      let fourth = order[3]
      colourings.append(.scale(ReportText.latent(fourth), shown.map { means[$0, fourth] }))
    }
    let cloud = PointCloud(
      "The latent space", points: points, axisNames: axes.map { ReportText.latent($0) },
      colourings: colourings)
    return .cloud(
      cloud, caption: "The three dimensions that matter most. Drag, or use the arrow keys, to turn.")
  }
}

/// Labels as few groups.
struct LabelGroups {
  /// The group of each row.
  let indices: [Int]
  let names: [String]
  /// How many labels the last group has, where it is of several; otherwise 0.
  let others: Int

  /// The most frequent labels by their order, and the others together, whose name says how many they are.
  ///
  /// - Returns: nil without labels, or where all are one.
  init?(_ labels: [String]?, most: Int) {
    guard let labels else { return nil }
    let counts = labels.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
    guard counts.count > 1 else { return nil }
    let frequent = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(
      counts.count > most ? most - 1 : most
    ).map(\.key)
    let sorted = frequent.sorted { a, b in
      guard let x = Double(a), let y = Double(b) else { return a < b }
      return (x, a) < (y, b)
    }
    let places = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1, $0) })
    indices = labels.map { places[$0] ?? sorted.count }
    others = counts.count - sorted.count
    names =
      sorted.map { $0.isEmpty ? "(none)" : ReportText.name($0) }
      + (others > 0 ? ["\(NumberText.count(others)) others"] : [])
  }
}
