import Foundation
import Latent

/// What the components are: their centres as a table, as images, in a plane, or their probabilities.
struct ComponentSections {
  let view: MixtureView
  let rows: MixtureRowsView?
  let plane: ReportPlane?
  /// Whether the plane is shown by the explorer.
  private var hasExplorer = false

  init(view: MixtureView, rows: MixtureRowsView?, plane: ReportPlane?) {
    self.view = view
    self.rows = rows
    self.plane = plane
  }

  private static let mostTableColumns = 10
  private static let mostComponents = 200
  private static let mostShadedColumns = 200
  private static let mostCategoryColumns = 20
  /// Components that have marks of their own in a figure.
  private static let mostMarks = 40
  /// How many rows a component shows; images, too, where there are many components.
  private static let exploredImages = 30
  private static let mostExploredImages = 1200
  private static let exploredRows = 8

  var section: Page.Section? {
    Page.Section(view.components > 1 ? "The components" : "The model", ifAny: blocks)
  }

  private var blocks: [Page.Block] {
    var blocks: [Page.Block] = []
    if view.components > 1 { blocks.append(.paragraph(introduction)) }
    var whole = self
    whole.hasExplorer = explorerFigure != nil && view.components > 1
    blocks += whole.shapes
    return blocks + Page.Block.optional(explorer)
  }

  /// What each component looks like.
  var shapes: [Page.Block] {
    centreImages + (hasExplorer ? [] : Page.Block.optional(planeFigure)) + Page.Block.optional(table)
      + Page.Block.optional(shades)
      + Page.Block.optional(categories)
  }

  private var introduction: String {
    let first =
      "Each component is one kind of \(view.description.image == nil ? "row" : "image"), with a weight: the share of the data that is of this kind. "
    switch view.cells {
    case .numbers: return first + "A row may belong to several by degrees, its responsibilities."
    case .bits: return first + "It is told by how probable a 1 is in each column."
    case .categories: return first + "It is told by how probable each category is in each column."
    }
  }

  private var shown: [Int] {
    guard view.noun == "component" else { return Array(0..<min(view.components, Self.mostComponents)) }
    return Array(
      view.order.filter { view.weights[$0] > 0 || view.components == 1 }.prefix(Self.mostComponents))
  }

  // MARK: Pictures

  private var centreImages: [Page.Block] {
    guard let centres = view.centres,
      let images = ReportImages(view.description, samples: [centres, rows?.values])
    else { return [] }
    let words = shown.map { "\(view.name($0)) (\(ReportText.percent(view.weights[$0])))" }
    return images.block(
      centres.selecting(rows: shown),
      caption: view.components > 1
        ? (view.noun == "component"
          ? "The mean of each component, the heaviest first, line by line: \(Wording.list(words, most: 20)).\(leftOut)"
          : "The mean of each \(view.noun), in their order.")
        : "The mean of the images.",
      alternativeText:
        "\(NumberText.count(shown.count, "mean image"))\(shown.count > 1 ? " in a grid" : "")"
        + (view.noun == "component" && shown.count > 1 ? ", by falling weight" : "")
    )
  }

  /// What is said of components that are not shown.
  private var leftOut: String {
    let used = view.weights.indices.count { view.weights[$0] > 0 }
    let empty = view.components - used
    return
      (used > shown.count
      ? " \(NumberText.count(used - shown.count, "lighter component")) are left out." : "")
      + (empty > 0 ? " \(NumberText.count(empty, "component")) hold nothing and are left out." : "")
  }

  private var planeFigure: Page.Block? {
    guard let plane, view.centres != nil else { return nil }
    var layers: [Figure.Layer] = []
    if let rows { layers += plane.points(rows.values, components: rows.likeliest, of: view) }
    layers += plane.ellipses(view)
    guard !layers.isEmpty else { return nil }
    let figure = Figure("", [Figure.Panel(x: plane.axes.x, y: plane.axes.y, layers)])
    return .figure(figure, caption: planeWords)
  }

  private var planeWords: String {
    let what = rows.map { "\($0.words), and ellipses" } ?? "Ellipses"
    let isChosen = plane?.isAsked ?? true || view.description.dimensions == 2
    guard view.components > 1 else {
      return (rows.map { "\($0.words), and the ellipse" } ?? "The ellipse")
        + " of \(view.reach), which holds \(view.reachShare)."
        + (isChosen ? "" : " --plane a,b chooses other columns.")
    }
    return "\(what) of \(view.reach) of each \(view.noun), which hold \(view.reachShare)."
      + (isChosen ? "" : " These two columns set them apart most; --plane a,b chooses others.")
  }

  // MARK: Numbers

  private var table: Page.Block? {
    let D = view.description.dimensions
    guard let centres = view.centres, D <= Self.mostTableColumns, view.description.image == nil else {
      return nil
    }
    let names = view.names
    let value = view.cells == .bits ? "P(1)" : "mean"
    var columns: [Page.Table.Column] = [
      .init(view.noun.prefix(1).uppercased() + view.noun.dropFirst()), .number(view.weightTitle),
    ]
    if view.hasSizes { columns.append(.number(view.noun == "component" ? "Rows" : "Frames")) }
    columns += names.map { .number(view.cells == .bits ? "\(value), \($0)" : $0) }
    if view.look.degreesOfFreedom != nil { columns.append(.number("Degrees of freedom")) }
    // One component is all of the data, and needs no name.
    let isOne = view.components == 1
    if isOne { columns.removeFirst(2) }
    let rows = shown.map { k in
      var cells = isOne ? [] : [view.name(k), ReportText.percent(view.weights[k])]
      if view.hasSizes { cells.append(ReportText.rows(view.sizes[k])) }
      cells += (0..<D).map { j in
        let mean = ReportText.number(centres[k, j])
        return view.deviation(k, j).map { "\(mean) ± \(ReportText.spread($0))" } ?? mean
      }
      if let ν = view.look.degreesOfFreedom { cells.append(ReportText.number(ν[k])) }
      return cells
    }
    let spread = view.look.degreesOfFreedom == nil ? "standard deviation" : "scale"
    return .table(
      Page.Table(
        columns, rows,
        caption: view.cells == .bits
          ? "How probable a 1 is in each column"
          : "Mean ± \(spread) of each column" + (isOne ? "" : ", by \(view.noun)"), namesRows: !isOne))
  }

  /// Centres of many columns as a map of colours: of numbers how far from the mean of all, in deviations of the mixture.
  private var shades: Page.Block? {
    let D = view.description.dimensions
    guard let centres = view.centres, D > Self.mostTableColumns, D <= Self.mostShadedColumns,
      view.description.image == nil, shown.count > 1
    else { return nil }
    var values = centres.selecting(rows: shown)
    let isBits = view.cells == .bits
    if !isBits {
      let w = shown.map { view.weights[$0] }
      let total = max(w.reduce(0, +), .leastNormalMagnitude)
      for j in 0..<D {
        let mean = w.indices.reduce(0) { $0 + w[$1] * values[$1, j] } / total
        let spread = w.indices.reduce(0) { sum, i in
          let d = values[i, j] - mean
          return sum + w[i] * (d * d + (view.look.covariance?(shown[i], j, j) ?? 0))
        }
        let deviation = (spread / total).squareRoot()
        for i in w.indices { values[i, j] = deviation > 0 ? (values[i, j] - mean) / deviation : 0 }
      }
    }
    let scale =
      isBits
      ? Figure.ColourScale(.sequential, title: "P(1)", range: 0...1)
      : Figure.ColourScale(.diverging, title: "deviations from the mean")
    let x: Figure.Axis =
      D <= 30 ? .init("", scale: .categories(view.names)) : .init("column", whole: true)
    let figure = Figure(
      "",
      [
        Figure.Panel(
          x: x, y: .init("", scale: .categories(shown.reversed().map { "\($0 + 1)" })),
          [
            D <= 30
              ? .heatMap(values, scale: scale) : .heatMap(values, x: 0.5...Double(D) + 0.5, scale: scale)
          ])
      ])
    return .figure(
      figure,
      caption: isBits
        ? "How probable a 1 is in each column, by component."
        : "The centre of each component, column by column: how many standard deviations of all the data it lies above (rust) or below (blue) the mean."
    )
  }

  private var categories: Page.Block? {
    guard let all = view.look.categories, let levels = view.description.levels else { return nil }
    let names = view.names
    let columns = Array(names.indices.prefix(Self.mostCategoryColumns))
    let rows = shown.map { k in
      [view.name(k), ReportText.percent(view.weights[k])]
        + columns.map { j in
          let p = all[k][j]
          return ReportText.descending(p).prefix(3).filter { p[$0] >= 0.005 }
            .map { "\(ReportText.name(levels[j][$0])) \(ReportText.percent(p[$0]))" }.joined(separator: ", ")
        }
    }
    let cut = names.count > columns.count ? ", the first \(columns.count) columns" : ""
    return .table(
      Page.Table(
        [.init(view.noun.prefix(1).uppercased() + view.noun.dropFirst()), .number(view.weightTitle)]
          + columns.map { .init(names[$0]) }, rows,
        caption: "The most probable categories of each column\(cut)"))
  }

  // MARK: Rows

  /// Choosing a component shows the rows that are most its own.
  private var explorer: Page.Block? {
    guard let rows, view.components > 1 else { return nil }
    let images = ReportImages(view.description, samples: [rows.values])
    // All of them in their order, as their marks in the figure are numbered; of images, or very many, as they are shown above.
    let listed = isNumbered && images == nil ? Array(0..<view.components) : shown
    let components = listed.map { k -> ComponentExplorer.Component in
      let members = rows.likeliest.indices.filter { rows.likeliest[$0] == k }
      // ln p(x | k) but for a constant: the certainty alone would put first those that lie far from all the others.
      let densities = members.map { (n: Int) -> Double in
        rows.logDensity[n] + log(rows.responsibilities[n, k])
      }
      let typical = ReportText.descending(densities).map { members[$0] }
      let weight = members.reduce(0) { $0 + rows.weight($1) }
      return ComponentExplorer.Component(
        view.name(k),
        note:
          "\(ReportText.percent(view.weights[k])) of the fit; \(ReportText.rows(weight)) of the rows here",
        place: place(k), own(k, typical, images))
    }
    guard components.contains(where: { !$0.blocks.isEmpty }) else { return nil }
    return .components(
      ComponentExplorer("Components and their rows", figure: explorerFigure, components),
      caption: "Choose a component to see the rows that are most its own."
        + (explorerFigure == nil ? "" : " \(planeWords)"))
  }

  private func place(_ k: Int) -> (x: Double, y: Double)? {
    guard let plane, let centres = view.centres, isNumbered, centres[k, plane.x].isFinite,
      centres[k, plane.y].isFinite
    else { return nil }
    return (centres[k, plane.x], centres[k, plane.y])
  }

  private var isNumbered: Bool { view.components <= Self.mostMarks }

  private var explorerFigure: Figure? {
    guard isNumbered, let plane, let rows, view.centres != nil else { return nil }
    return Figure(
      "",
      [
        Figure.Panel(
          x: plane.axes.x, y: plane.axes.y,
          plane.points(rows.values, components: rows.likeliest, of: view)
            + plane.ellipses(view, numbered: false))
      ])
  }

  private func own(_ k: Int, _ typical: [Int], _ images: ReportImages?) -> [Page.Block] {
    let mean =
      view.centres.flatMap { centres in
        images?.block(
          centres.selecting(rows: [k]), caption: "Its mean.", alternativeText: "The mean of \(view.name(k))")
      } ?? []
    guard let rows, !typical.isEmpty else {
      return mean + [.paragraph("No row belongs to it more than to any other.")]
    }
    if let images {
      let most = min(Self.exploredImages, max(6, Self.mostExploredImages / shown.count))
      let some = Array(typical.prefix(most))
      return mean
        + images.block(
          rows.values.selecting(rows: some), caption: "Images of \(view.name(k)), the most typical first.",
          alternativeText: "\(some.count) images of \(view.name(k))")
    }
    let some = Array(typical.prefix(Self.exploredRows))
    return [
      .table(
        RowTable(view: view, rows: rows).table(
          of: some, caption: "Rows of \(view.name(k)), the most typical first"))
    ]
  }
}

/// Rows of the data as a table.
struct RowTable {
  let view: MixtureView
  let rows: MixtureRowsView

  private static let mostColumns = 8

  /// - Parameter most: at most so many rows of density 0 come first.
  func table(
    of places: [Int], caption: String, remark: (name: String, text: (Int) -> String)? = nil,
    mostImpossible most: Int = 0
  ) -> Page.Table {
    let columns = Array(0..<min(view.description.dimensions, Self.mostColumns))
    let isText = view.description.levels != nil
    var titles: [Page.Table.Column] = [.number("Row"), .number("ln p(x)")]
    if view.components > 1 { titles += ["Component"] }
    if rows.labels != nil { titles.append("Label") }
    if let remark { titles.append(.init(remark.name)) }
    titles += columns.map { Page.Table.Column(view.names[$0], isNumeric: !isText) }
    let cut = view.description.dimensions > columns.count
    if cut { titles.append("…") }
    let cells = places.map { n in
      var cells = ["\(rows.numbers[n] + 1)", ReportText.nats(rows.logDensity[n])]
      if view.components > 1 {
        let k = rows.likeliest[n]
        let r = rows.responsibilities[n, k]
        // A row is never wholly sure to be of a component, whatever rounding says.
        cells.append("\(k + 1) (\(r >= 0.9995 ? "more than 99.9 %" : ReportText.percent(r)))")
      }
      if let labels = rows.labels { cells.append(ReportText.name(labels[n])) }
      if let remark { cells.append(remark.text(n)) }
      cells += columns.map { view.cell(rows.values[n, $0], $0) }
      if cut { cells.append("…") }
      return cells
    }
    var first: [[String]] = []
    if let impossible = rows.impossible {
      for n in impossible.numbers.indices.prefix(most) {
        var cells = ["\(impossible.numbers[n] + 1)", "−∞"]
        if view.components > 1 { cells.append("–") }
        if rows.labels != nil { cells.append(impossible.labels.map { ReportText.name($0[n]) } ?? "–") }
        if remark != nil { cells.append("–") }
        cells += columns.map { view.cell(impossible.values[n, $0], $0) }
        if cut { cells.append("…") }
        first.append(cells)
      }
    }
    return Page.Table(titles, first + cells, caption: caption)
  }
}
