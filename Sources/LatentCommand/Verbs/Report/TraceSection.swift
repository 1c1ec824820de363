import Latent

/// The bound's climb: as a whole, by its terms, and what was left to gain at each step.
struct TraceSection {
  let history: FitHistory
  /// What a step is: `step`, `pass`.
  let step: String
  /// What the bound is called where it is none.
  var quantity = "bound"
  /// Whether the latent variables cost anything: a term of its own.
  var hasLatentKL = true
  /// What the parameters' term is.
  var parameterTerm = "Cost of the prior"
  /// Whether the parameters' term is a prior's density at a point; nil where that is not known, as under way.
  var hasPriorDensity: Bool?
  /// Whether the fit ended where no more was to be gained.
  var hasSettled = false
  /// What an observation is.
  var observation = "row"
  /// Bounds of test data, in nats an observation, and the steps after which they were taken.
  var test: [Double] = []
  var testSteps: [Int] = []
  /// How many starts there are to be while the fit runs; nil where it has ended.
  var plannedStarts: Int?
  /// What ends are called of this model.
  var outcomeWords: @Sendable (Outcome) -> String = { TraceSection.words($0) }

  /// The section; nil without a trace.
  static func section(_ description: FitDescription, _ change: (inout TraceSection) -> Void = { _ in })
    -> Page.Section
  {
    guard let history = description.history, !history.steps.isEmpty else {
      return Page.Section(
        "The climb", [.paragraph("The model file does not say how the bound climbed.")])
    }
    var section = TraceSection(history: history, step: ReportPage.isByPass(description) ? "pass" : "step")
    section.hasSettled = description.outcome == .converged
    section.outcomeWords = { words($0, of: description) }
    change(&section)
    section.hasPriorDensity = section.parameterTerm != "Parameter KL"
    return Page.Section("The climb", section.blocks)
  }

  var blocks: [Page.Block] {
    [.paragraph(words), .figure(figure, caption: caption)] + starts
  }

  /// `12 passes`.
  private var allSteps: String {
    NumberText.count(history.steps[history.steps.count - 1], step, plural: step == "pass" ? "passes" : nil)
  }

  private var scale: Double { history.count > 0 ? 1 / history.count : 1 }
  private var x: [Double] { history.steps.map(Double.init) }

  private var words: String {
    let bounds = history.bounds.map { $0 * scale }
    let (first, last) = (bounds[0], bounds[bounds.count - 1])
    guard bounds.count > 1 else {
      return
        "The fit \(plannedStarts == nil ? "took" : "has taken") a single \(step): the \(quantity) is \(ReportText.nats(last)) nats a \(observation)."
    }
    let climb =
      ReportText.nats(first) == ReportText.nats(last)
      ? "At \(ReportText.nats(last)) nats a \(observation) from the first of \(allSteps) on. "
      : "From \(ReportText.nats(first)) to \(ReportText.nats(last)) nats a \(observation) in \(allSteps). "
    guard quantity == "bound" else { return climb + "The higher, the better the model reproduces the data." }
    return climb + meaning
      + (history.isExact
        ? "No step may lower it; it flattens out where nothing more is to be gained."
        : "Each value is an estimate from draws or parts of the data, so it trembles on its way up.")
  }

  /// What the bound bounds. A prior's density at a point belongs to it, and may well be above 1.
  private var meaning: String {
    guard history.parameterKL.contains(where: { $0 != 0 }), hasPriorDensity != false else {
      return
        "The bound is a number below the log probability of the data, ln p(x), and the fit raises it: the higher, "
        + "the better the model explains the data. "
    }
    guard hasPriorDensity == true else {
      return "The fit raises the bound: the higher, the better the model explains the data. "
    }
    return
      "With a prior on its parameters the bound is one of ln p(x, θ): how probable data and parameters are together. That is a density "
      + "of the parameters too, so it may lie above the log likelihood, and cannot be held against fits with other parameters. "
  }

  private var caption: String { captionOfTerms + captionOfCuts }

  /// What the scales leave out.
  private var captionOfCuts: String {
    var terms = [(history.bounds.map { $0 * scale }, test)]
    if hasLatentKL {
      terms += [history.reconstruction, history.latentKL].map { ($0.map { $0 * scale }, []) }
    }
    let cut = Set(
      terms.flatMap { values, test -> [Int] in
        guard let range = Self.range(of: values, test) else { return [] }
        return values.indices.filter { !range.contains(values[$0]) }
      })
    guard !cut.isEmpty else { return "" }
    let plural = step == "pass" ? "passes" : "steps"
    guard let last = cut.max(), last == cut.count - 1 else {
      return " Some \(plural) lie outside of the scales."
    }
    let count = history.steps[last]
    return count == 1
      ? " The first \(step) lies outside of the scales."
      : " The first \(NumberText.count(count, step, plural: plural)) lie outside of the scales."
  }

  private var captionOfTerms: String {
    let first = "The \(quantity) by \(step)"
    guard hasLatentKL else { return first + "." }
    let hasParameters = history.parameterKL.contains { $0 != 0 }
    return first
      + (history.isExact && history.steps.count > 3 ? ", what it still lacked of its last value" : "")
      + ", and its terms: bound = reconstruction (how well the hidden causes give back the data) − latent KL (what they cost)"
      + (hasParameters ? " − \(parameterTerm.prefix(1).lowercased() + parameterTerm.dropFirst())." : ".")
  }

  private var figure: Figure {
    let axis = Figure.Axis(step, whole: true)
    let unit = "nats a \(observation)"
    let bounds = history.bounds.map { $0 * scale }
    var panels = [panel("The \(quantity)", axis, unit, bounds)]
    if !test.isEmpty {
      panels[0].y.range = Self.range(of: bounds, test)
      panels[0].layers[0].name = "data of the fit"
      panels[0].layers.append(
        curve(testSteps.map(Double.init), test, name: "test data"))
    }
    if history.isExact, bounds.count > 3 {
      let last = bounds[bounds.count - 1]
      let left = bounds.dropLast().map { last - $0 }
      // A climb that began at its end has nothing but rounding to show.
      if left.contains(where: { $0 > 1e-11 * last.magnitude }) {
        panels.append(
          Figure.Panel(
            hasSettled ? "Still to gain" : "Below the last value", x: axis,
            y: .init(unit, scale: .logarithmic),
            [curve(Array(x.dropLast()), left.map { $0 > 0 ? $0 : .nan })]))
      }
    }
    if hasLatentKL {
      panels.append(panel("Reconstruction", axis, unit, history.reconstruction.map { $0 * scale }))
      panels.append(panel("Latent KL", axis, unit, history.latentKL.map { $0 * scale }))
    }
    if history.parameterKL.contains(where: { $0 != 0 }) {
      panels.append(panel(parameterTerm, axis, unit, history.parameterKL.map { $0 * scale }))
    }
    var figure = Figure("", panels)
    figure.columns = panels.count > 1 ? 2 : 1
    if panels.count > 2 { figure.panelSize = .init(width: 420, height: 250) }
    figure.alternativeText = inWords(bounds)
    if let first = test.first, let last = test.last, let from = testSteps.first, let to = testSteps.last {
      figure.alternativeText? +=
        " That of the test data goes from \(ReportText.nats(first)) after \(step) \(from) to \(ReportText.nats(last)) after \(step) \(to)."
    }
    return figure
  }

  /// What the curves do, for those who do not see them.
  private func inWords(_ bounds: [Double]) -> String {
    func nats(_ values: [Double]) -> String { ReportText.nats((values.last ?? 0) * scale) }
    let (first, last) = (bounds[0], bounds[bounds.count - 1])
    let (from, to) = (ReportText.nats(first), ReportText.nats(last))
    let way = from == to ? "stays at \(to)" : "\(last > first ? "rises" : "falls") from \(from) to \(to)"
    var words = "The \(quantity) \(way) nats a \(observation) over \(allSteps)."
    guard hasLatentKL else { return words }
    words +=
      " In the end the reconstruction is \(nats(history.reconstruction)) and the latent KL \(nats(history.latentKL))"
    if history.parameterKL.contains(where: { $0 != 0 }) {
      words +=
        ", and the \(parameterTerm.prefix(1).lowercased() + parameterTerm.dropFirst()) \(nats(history.parameterKL))"
    }
    return words + "."
  }

  private func panel(_ title: String, _ x: Figure.Axis, _ unit: String, _ values: [Double]) -> Figure.Panel {
    Figure.Panel(title, x: x, y: .init(unit, range: Self.range(of: values)), [curve(self.x, values)])
  }

  /// The same for a climb and that of test data, which are seen both: nil shows all.
  private static func range(of values: [Double], _ test: [Double]) -> ClosedRange<Double>? {
    guard let range = range(of: values) else { return nil }
    let test = test.filter(\.isFinite)
    guard let least = test.min(), let most = test.max() else { return range }
    let shown = Self.range(of: test) ?? least...most
    let margin = 0.05 * (shown.upperBound - shown.lowerBound)
    return min(
      range.lowerBound, shown.lowerBound - margin)...max(
        range.upperBound, shown.upperBound + margin)
  }

  /// The range that shows most of a long climb where a few values lie far outside: nil shows all.
  private static func range(of values: [Double]) -> ClosedRange<Double>? {
    guard values.count > 20 else { return nil }
    let sorted = values.sorted()
    let (least, most) = (sorted[0], sorted[sorted.count - 1])
    let (low, high) = (sorted[sorted.count / 20], sorted[sorted.count - 1 - sorted.count / 20])
    let middle = high - low
    guard middle > 0, middle.isFinite else { return nil }
    let (cutsLow, cutsHigh) = (low - least > farOut * middle, most - high > farOut * middle)
    guard cutsLow || cutsHigh else { return nil }
    let margin = 0.05 * middle
    return (cutsLow ? low - margin : least - margin)...(cutsHigh ? high + margin : most + margin)
  }

  /// Values this many times the spread of most of them away are cut off.
  private static let farOut = 5.0

  /// A line, or what can be seen of a climb of few steps.
  private func curve(_ x: [Double], _ y: [Double], name: String? = nil) -> Figure.Layer {
    x.count == 1 ? .points(x: x, y: y, name: name) : .line(x: x, y: y, name: name)
  }

  /// What became of every start.
  private var starts: [Page.Block] {
    if let plannedStarts { return startsSoFar(plannedStarts) }
    guard history.starts.count > 1 else { return [] }
    let ends = history.starts.compactMap(\.bound)
    let rows = history.starts.enumerated().map { i, start in
      [
        "start \(i + 1)", start.bound.map { ReportText.nats($0 * scale) } ?? "failed",
        NumberText.count(start.steps), start.outcome.map(outcomeWords) ?? "",
        i == history.best ? "kept" : "",
      ]
    }
    var words = "The fit began from \(history.starts.count) different starts, and the best was kept."
    if let best = ends.max(), history.count > 0 {
      let near = ends.count { (best - $0) * scale < 1e-3 }
      words +=
        near > 1
        ? " \(near) of them came within 0.001 nats a \(observation) of the best: a good sign."
        : " No other came near the best: more starts (--restarts) may find a better one."
    }
    return [
      .paragraph(words),
      .table(
        Page.Table(
          ["Start", .number("Bound, nats a \(observation)"), .number("Steps"), "Outcome", "Kept"], rows,
          caption: "All starts")),
    ]
  }

  /// What became of the starts that have ended, where others are under way or to come: none is kept yet.
  private func startsSoFar(_ planned: Int) -> [Page.Block] {
    guard planned > 1, !history.starts.isEmpty else { return [] }
    let rows = history.starts.enumerated().suffix(Self.mostStarts).map { i, start in
      [
        "start \(i + 1)", start.bound.map { ReportText.nats($0 * scale) } ?? "failed",
        NumberText.count(start.steps), start.outcome.map(outcomeWords) ?? "",
      ]
    }
    let ended = history.starts.count
    return [
      .paragraph(
        "So far \(NumberText.count(ended)) of \(NumberText.count(planned)) starts \(ended == 1 ? "has" : "have") ended. When all have, the best is kept."
      ),
      .table(
        Page.Table(
          ["Start", .number("Bound, nats a \(observation)"), .number("Steps"), "Outcome"], rows,
          caption: ended > rows.count ? "The last starts that have ended" : "Starts that have ended")),
    ]
  }

  /// More starts make a page under way long.
  private static let mostStarts = 20

  /// How a fit of this model ended: filters follow a recipe to its end, and other networks are trained for so many passes.
  static func words(_ outcome: Outcome, of d: FitDescription) -> String {
    switch outcome {
    case .converged where Vocabulary.filterModels.contains(d.model): "the recipe has run its course"
    case .budgetExhausted where ReportPage.isByPass(d): "passes or time used up"
    default: words(outcome)
    }
  }

  static func words(_ outcome: Outcome) -> String {
    switch outcome {
    case .converged: "settled"
    case .budgetExhausted: "stopped before it had settled"
    case .cancelled: "interrupted"
    case .outpaced: "left behind by others"
    }
  }
}
