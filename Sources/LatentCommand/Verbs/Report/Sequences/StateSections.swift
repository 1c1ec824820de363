import Latent

// K states.

/// The states of a hidden Markov model: how the walk goes among them, and what each looks like.
struct StateSections {
  let view: SequenceView
  let rows: SequenceRowsView?
  let settings: ReportSettings

  private static let mostStates = 30

  var section: Page.Section? {
    guard let A = view.details["transitions"] else { return nil }
    var blocks: [Page.Block] = [
      .paragraph(
        "At each step the walk stays in its state or goes to another, by the probabilities below; a state lasts 1 / (1 − the probability of staying) frames on average."
      )
    ]
    blocks += graph(A)
    blocks.append(.table(table(A)))
    if let picture = mixture {
      blocks += picture
    }
    return Page.Section("The states", blocks)
  }

  private func graph(_ A: Matrix<Double>) -> [Page.Block] {
    guard A.rows > 1 else { return [] }
    guard A.rows <= Self.mostStates else { return [shades(A)] }
    let graph = Figure.transitions("", probabilities: A, shares: shares)
    return [
      .figure(
        graph,
        caption:
          "The states as circles, by \(rows == nil ? "how long the walk stays in them in the long run" : "how many of the frames are in them"); arrows as wide as the change is probable."
      )
    ] + (A.rows > 3 ? [shades(A)] : [])
  }

  private func shades(_ A: Matrix<Double>) -> Page.Block {
    let names = (0..<A.rows).map { "\($0 + 1)" }
    var figure = Figure(
      "",
      [
        Figure.Panel(
          x: .init("to state", scale: .categories(names)),
          y: .init("from state", scale: .categories(names.reversed())), hasEqualUnits: true,
          [.heatMap(A, scale: .init(.sequential, title: "probability", range: 0...1))])
      ])
    figure.panelSize = .init(width: 440, height: 360)
    return .figure(
      figure, caption: "The probabilities of changes, from the state of a row to that of a column.")
  }

  private func table(_ A: Matrix<Double>) -> Page.Table {
    let K = A.rows
    let π = view.details["initial"]?.row(0)
    let p = view.stationary
    let counts = rows?.path.map { path in path.reduce(into: Array(repeating: 0, count: K)) { $0[$1] += 1 } }
    let expected = rows?.expectedFrames
    var titles: [Page.Table.Column] = [
      "State", .number("First"), .number("In the long run"), .number("Stays"), .number("Lasts, frames"),
    ]
    if expected != nil { titles.append(.number("Frames here, expected")) }
    if counts != nil { titles.append(.number("Frames here, most likely path")) }
    let cells = (0..<K).map { k in
      let stay = A[k, k]
      return [
        "state \(k + 1)", π.map { ReportText.percent($0[k]) } ?? "–",
        p.map { ReportText.percent($0[k]) } ?? "–",
        ReportText.percent(stay), stay < 1 ? ReportText.number(1 / (1 - stay)) : "for ever",
      ] + (expected.map { [ReportText.rows($0[k])] } ?? []) + (counts.map { [NumberText.count($0[k])] } ?? [])
    }
    return Page.Table(titles, cells, caption: "How the walk goes among the states")
  }

  /// How many of the frames are in each state; without data how long the walk stays there in the long run.
  private var shares: [Double]? {
    guard let counts = rows?.expectedFrames else { return view.stationary }
    let total = counts.reduce(0, +)
    return total > 0 ? counts.map { $0 / total } : view.stationary
  }

  /// What each state looks like: the components of the mixture that the frames are.
  private var mixture: [Page.Block]? {
    let expected = rows?.expectedFrames
    let weights = shares ?? []
    var states = MixtureView(
      description: view.description, title: view.title, weights: weights, sizes: expected ?? weights,
      centres: view.centres, look: view.look, cells: view.cells)
    states.noun = "state"
    states.hasSizes = expected != nil
    states.weightTitle = expected == nil ? "In the long run" : "Share of the frames"
    let asked = try? settings.planeColumns(view.description)
    let plane = ReportPlane(states, asked: asked ?? nil)
    var blocks: [Page.Block] = []
    if let plane, let rows, let path = rows.path, view.description.dimensions > 1 {
      let layers = plane.points(rows.frames, components: path, of: states) + plane.ellipses(states)
      blocks.append(
        .figure(
          Figure("", [Figure.Panel(x: plane.axes.x, y: plane.axes.y, layers)]),
          caption:
            "Frames in the colour of their state on the most likely path, and ellipses of \(states.reach) of each state."
        ))
      return blocks + ComponentSections(view: states, rows: nil, plane: nil).shapes
    }
    return blocks + ComponentSections(view: states, rows: nil, plane: plane).shapes
  }
}
