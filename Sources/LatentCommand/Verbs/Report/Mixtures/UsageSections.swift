import Foundation
import Latent

/// How the rows are shared out among the components: sizes, certainty, components that hold the same rows, and labels.
struct UsageSections {
  let view: MixtureView
  let rows: MixtureRowsView?
  let settings: ReportSettings

  private static let mostBars = 60
  private static let mostShades = 60
  private static let mostPairs = 10
  private static let mostLabels = 20
  private static let mostComponents = 40

  var section: Page.Section? {
    guard view.components > 1 else { return nil }
    var blocks = Page.Block.optional(sizes)
    if rows != nil {
      blocks += certainty
      blocks += similarity
      blocks += labels
    }
    return Page.Section("How the rows are shared out", ifAny: blocks)
  }

  private var sizes: Page.Block? {
    let order = Array(view.order.prefix(Self.mostBars))
    let x = order.indices.map(Double.init)
    var layers = [
      Figure.Layer.bars(
        x: x, heights: order.map { view.sizes[$0] }, width: 0.7,
        name: rows.map { _ in "rows of the fit, expected" }
      )
      .styled(opacity: 0.8)
    ]
    if let rows, !rows.isFitted, let r = counts(rows), rows.total > 0 {
      // Rows that were looked at stand for all of DATA.
      let scale = view.sizes.reduce(0, +) / max(r.reduce(0, +), .leastNormalMagnitude)
      layers.append(.points(x: x, y: order.map { r[$0] * scale }, name: "rows here, scaled to as many"))
    } else {
      layers[0].name = nil
    }
    return .figure(
      Figure(
        "",
        [
          Figure.Panel(
            x: .init("component", scale: .categories(order.map { "\($0 + 1)" })), y: "rows", layers)
        ]),
      caption: "How many rows each component holds, in expectation."
        + (view.effectiveComponents < view.components
          ? " \(view.components - view.effectiveComponents) hold less than one." : ""))
  }

  /// Σₙ wₙ r[n,k].
  private func counts(_ rows: MixtureRowsView) -> [Double]? {
    let r = rows.responsibilities
    guard r.columns == view.components else { return nil }
    return (0..<r.columns).map { k in (0..<r.rows).reduce(0) { $0 + rows.weight($1) * r[$1, k] } }
  }

  // MARK: Certainty

  private var certainty: [Page.Block] {
    guard let rows, rows.responsibilities.rows > 0 else { return [] }
    let r = rows.responsibilities
    let largest = (0..<r.rows).map { n in r[n, rows.likeliest[n]] }
    let total = max(largest.indices.reduce(0) { $0 + rows.weight($1) }, .leastNormalMagnitude)
    let sure = largest.indices.filter { largest[$0] > 0.9 }.reduce(0) { $0 + rows.weight($1) } / total
    let torn = largest.indices.filter { largest[$0] < 0.5 }.reduce(0) { $0 + rows.weight($1) } / total
    let entropy = r.meanRowEntropy(weights: rows.weights)
    var blocks: [Page.Block] = [
      .paragraph(
        "\(ReportText.percent(sure)) of the rows belong to one component by more than 90 %"
          + (torn > 0 ? ", \(ReportText.percent(torn)) to none by more than half" : "")
          + ". The mean entropy of the responsibilities is \(NumberText.fixed(entropy, 3)) nats, between 0 (each row has its component) and "
          + "\(NumberText.fixed(log(Double(view.components)), 3)) (nothing is told apart).")
    ]
    if let histogram = Histogram(largest, in: 0...1, weights: rows.weights, most: 20), r.rows > 1 {
      blocks.append(
        .figure(
          Figure(
            "",
            [
              Figure.Panel(
                x: .init("largest responsibility of a row", range: 0...1), y: "rows",
                [histogram.bars().styled(opacity: 0.8)])
            ]),
          caption:
            "How surely each row belongs to its likeliest component: near 1 is certain, near \(ReportText.percent(1 / Double(view.components))) a guess."
        ))
    }
    return blocks
  }

  // MARK: Components that share rows

  /// cos(r[·,k], r[·,l]): how much two components hold the same rows.
  private var overlap: Matrix<Double>? {
    guard let rows, view.components <= 200 else { return nil }
    let r = rows.responsibilities
    let K = r.columns
    var gram = Matrix<Double>(rows: K, columns: K)
    for n in 0..<r.rows {
      let row = r.row(n)
      let own = row.indices.filter { row[$0] > 1e-6 }
      for k in own { for l in own { gram[k, l] += rows.weight(n) * row[k] * row[l] } }
    }
    var cosine = gram
    for k in 0..<K {
      for l in 0..<K {
        let norm = (gram[k, k] * gram[l, l]).squareRoot()
        cosine[k, l] = k == l ? 1 : norm > 0 ? gram[k, l] / norm : 0
      }
    }
    return cosine
  }

  private var similarity: [Page.Block] {
    guard let cosine = overlap else { return [] }
    let K = cosine.rows
    var pairs: [(Int, Int, Double)] = []
    for k in 0..<K { for l in 0..<k where cosine[k, l] > 0.2 { pairs.append((l, k, cosine[k, l])) } }
    pairs.sort { $0.2 > $1.2 }
    guard let first = pairs.first else {
      return [.paragraph("No two components share rows to speak of: none is a double of another.")]
    }
    var blocks: [Page.Block] = [
      .paragraph(
        first.2 > 0.9
          ? "Components \(first.0 + 1) and \(first.1 + 1) hold nearly the same rows: fewer components may do."
          : "Some components share rows: the similarity of two is the cosine of their responsibilities, 0 for components apart and 1 for doubles."
      )
    ]
    if K > 2, K <= Self.mostShades {
      let names = (0..<K).map { "\($0 + 1)" }
      blocks.append(
        .figure(
          Figure(
            "",
            [
              Figure.Panel(
                x: .init("component", scale: .categories(names)),
                y: .init("component", scale: .categories(names.reversed())), hasEqualUnits: true,
                [.heatMap(cosine, scale: .init(.sequential, title: "similarity", range: 0...1))])
            ]), caption: "How much each two components hold the same rows."))
    }
    blocks.append(
      .table(
        Page.Table(
          ["Components", .number("Similarity")],
          pairs.prefix(Self.mostPairs).map { ["\($0.0 + 1) and \($0.1 + 1)", NumberText.fixed($0.2, 3)] },
          caption: "The pairs that share most")))
    return blocks
  }

  // MARK: Labels

  private var labels: [Page.Block] {
    guard let rows, let labels = rows.labels else { return [] }
    let agreement = Agreement(of: rows.likeliest, with: labels, weights: rows.weights)
    var blocks: [Page.Block] = [
      .paragraph(
        "Against \(settings.labelName.map(ReportText.name) ?? "the labels"), which the fit has not seen: adjusted Rand index "
          + "\(NumberText.fixed(agreement.adjustedRandIndex, 3)) (1 is the same grouping, 0 what chance gives), normalised mutual information "
          + "\(NumberText.fixed(agreement.normalizedMutualInformation, 3)); naming each component by its most frequent label is right for "
          + "\(ReportText.percent(agreement.majorityAccuracy)) of the rows.")
    ]
    guard let groups = LabelGroups(labels, most: Self.mostLabels) else { return blocks }
    let shown = view.order.filter { k in rows.likeliest.contains(k) }.prefix(Self.mostComponents)
    var table = shown.map { _ in groups.names.map { _ in 0.0 } }
    let places = Dictionary(uniqueKeysWithValues: shown.enumerated().map { ($1, $0) })
    for (n, k) in rows.likeliest.enumerated() {
      if let place = places[k] { table[place][groups.indices[n]] += rows.weight(n) }
    }
    blocks.append(
      .table(
        Page.Table(
          ["Component"] + groups.names.map { .number($0) },
          zip(shown, table).map { [view.name($0)] + $1.map { $0 == 0 ? "·" : ReportText.rows($0) } },
          caption: "Rows by component and label"
            + (groups.others > 0 ? ", the \(groups.names.count - 1) most frequent labels" : ""))))
    return blocks
  }
}
