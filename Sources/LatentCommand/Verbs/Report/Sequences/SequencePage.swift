import Latent

/// The report of a model of sequences: which sections there are, in which order.
struct SequencePage {
  let view: SequenceView
  let rows: SequenceRowsView?
  let settings: ReportSettings
  /// Bounds of test data by pass, in nats a sequence, where training has just ended; their score in the end, in nats a frame; and why
  /// training broke down, where it did.
  var test = TestTrace()
  var heldOut: HeldOutScore?
  var divergence: String?

  var page: ReportPage {
    let d = view.description
    let time = SequenceTimeSections(view: view, rows: rows)
    return ReportPage(
      title: "\(view.title): \(ReportText.name(settings.model))", summary: summary, description: d,
      settings: settings,
      sections: [
        Page.Section("At a glance", [.keyFigures(keyFigures), .findings(findings)]),
        TraceSection.section(d) { section in
          section.observation = "sequence"
          section.test = test.values
          section.testSteps = test.passes
          section.parameterTerm =
            d.inference == "em" ? "Cost of the prior" : "Parameter KL"
        },
        view.isHiddenMarkov
          ? StateSections(view: view, rows: rows, settings: settings).section
          : DynamicsSections(view: view).section,
        StateUsageSection(view: view, rows: rows).section, time.latents,
        DynamicsSections(view: view).space(rows), time.forecasts, truth, time.draws,
        SequenceScoreSections(view: view, rows: rows).score,
        ReportPage.origin(d, title: view.title, rows: originRows),
      ])
  }

  private var originRows: [[String]] {
    let d = view.description
    var rows: [[String]] = []
    if view.isHiddenMarkov { rows.append(["States", NumberText.count(d.components)]) }
    if let latent = d.latent { rows.append(["Latent dimensions", NumberText.count(latent)]) }
    if let controls = d.controls {
      rows.append([
        "Controls",
        NumberText.count(controls)
          + (d.controlNames.map { ": \(Wording.list($0.map(ReportText.name)))" } ?? ""),
      ])
    }
    if let covariance = d.covariance { rows.append(["Covariance", covariance.rawValue]) }
    return rows
  }

  private var summary: String {
    let d = view.description
    let data = NumberText.count(d.observations, "sequence")
    if view.isFilter {
      let L = d.latent ?? 1
      return
        "Networks were trained on \(data): they sum up each moment in \(NumberText.count(L, "hidden number")) that \(L == 1 ? "moves" : "move") on "
        + "by a learned rule" + ((d.controls ?? 0) > 0 ? ", pushed by known controls," : "")
        + " and make what is seen from \(L == 1 ? "it" : "them")." + TrainingEnd.sentence(d)
    }
    let sentence =
      view.isHiddenMarkov
      ? "The \(data) are told as a walk among \(NumberText.count(d.components, "hidden state")): at each step the walk stays or changes over, "
        + "and what is seen depends on where it is."
      : "The \(data) are told by \(NumberText.count(d.latent ?? 1, "hidden number")) that \(d.latent == 1 ? "moves" : "move") on by one fixed rule "
        + "from step to step, with some noise; what is seen is a mixture of \(d.latent == 1 ? "it" : "them")."
    return sentence + " " + MixturePage.ending(d)
  }

  private var keyFigures: [Page.KeyFigure] {
    let d = view.description
    let frames = Double(d.frames ?? 0)
    var figures = [
      Page.KeyFigure(
        "Sequences", NumberText.count(d.observations),
        note: d.frames.map { NumberText.count($0, "frame") } ?? ""),
      view.isHiddenMarkov
        ? Page.KeyFigure("States", NumberText.count(d.components))
        : Page.KeyFigure("Hidden numbers", NumberText.count(d.latent ?? 1)),
    ]
    if frames > 0 {
      figures.append(
        Page.KeyFigure(
          d.hasExactPosterior ? "Log likelihood" : "Bound of ln p(x)",
          ReportText.nats(d.bound.evidence / frames),
          note: "nats a frame, of the fit"))
    }
    if let rows {
      let T = Double(max(rows.lengths.reduce(0, +), 1))
      figures.append(
        Page.KeyFigure(
          "Score", ReportText.nats(rows.logDensity.reduce(0, +) / T),
          note: "nats a frame, \(rows.isFitted ? "sequences of the fit" : ReportText.name(rows.source))"))
    }
    if let heldOut { figures.append(heldOut.keyFigure(unit: "frame")) }
    if let rows {
      if let forecast = rows.forecast, let error = forecast.comparison.errors.first.flatMap(\.self) {
        figures.append(
          Page.KeyFigure(
            "One frame ahead",
            view.description.levels == nil ? ReportText.number(error) : ReportText.percent(error),
            note: forecast.comparison.copyErrors.first.flatMap(\.self).map {
              "\(view.description.levels == nil ? "error" : "wrong"); repeating the last frame: \(view.description.levels == nil ? ReportText.number($0) : ReportText.percent($0))"
            } ?? ""))
      }
    }
    if d.missingCells > 0 {
      let cells = frames * Double(d.dimensions)
      figures.append(
        Page.KeyFigure(
          "Missing cells", ReportText.percent(Double(d.missingCells) / max(cells, 1)), note: "of those fitted"
        ))
    }
    return figures
  }

  private var findings: [Page.Finding] {
    let d = view.description
    // Filters follow a recipe of fixed length, in which steps grow small towards the end.
    var findings =
      view.isFilter
      ? [TrainingEnd(description: d).interrupted(whatToTry: [])].compactMap(\.self) : MixturePage.outcome(d)
    if let divergence {
      findings.append(
        Page.Finding(
          .warning, "Training broke down: \(divergence)", why: "The page is about the last good parameters.",
          whatToTry: ["A smaller --learning-rate"]))
    }
    if let rows, let counts = rows.expectedFrames {
      let idle = counts.indices.filter { counts[$0] < 1 }
      if !idle.isEmpty {
        findings.append(
          Page.Finding(
            .note,
            "\(idle.count == 1 ? "State" : "States") \(Wording.list(idle.map { "\($0 + 1)" })) \(idle.count == 1 ? "is" : "are") hardly ever visited: "
              + "by less than one of \(NumberText.count(rows.lengths.reduce(0, +), "frame")).",
            why: "The other states do without.", whatToTry: ["Fewer --states", "More --restarts"]))
      }
    }
    findings += worse
    if view.isFilter, let rows, rows.forecast == nil, rows.lengths[0] > 6 {
      findings.append(
        Page.Finding(
          .warning, "Left alone, the hidden numbers run away: there is no forecast.",
          why: "The learned rule grows without bounds where no frame corrects it.",
          whatToTry: ["More --updates", "A smaller --learning-rate", "More --restarts"]))
    }
    if let forecast = rows?.forecast, let error = forecast.comparison.errors.first.flatMap(\.self),
      let copy = forecast.comparison.copyErrors.first.flatMap(\.self), error > copy
    {
      findings.append(
        Page.Finding(
          .warning, "One frame ahead it predicts worse than repeating the last frame.",
          why: "What moves the data on is not in the model.",
          whatToTry: view.isFilter
            ? ["More --updates", "More --restarts"]
            : view.isHiddenMarkov
              ? ["More --states", "More --restarts"]
              : ["More dimensions (--latent)", "Controls, where there are any"]))
    }
    findings += unknownTruth
    if findings.isEmpty {
      findings.append(
        Page.Finding(
          .good,
          "Nothing stands out\(view.isFilter ? "" : ": the fit had settled")\(rows?.expectedFrames == nil ? "" : ", and every state is in use")."
        ))
    }
    return findings
  }

  /// Sequences that were not fitted and score less than those of the fit.
  private var worse: [Page.Finding] {
    let (d, frames) = (view.description, Double(view.description.frames ?? 0))
    guard frames > 0, d.bound.count > 0 else { return [] }
    let others = rows.flatMap { rows -> HeldOutScore? in
      let total = Double(max(rows.lengths.reduce(0, +), 1))
      return rows.isFitted
        ? nil
        : HeldOutScore(
          SampleMean(rows.logDensity), source: rows.source, observation: "sequence",
          scale: Double(rows.lengths.count) / total)
    }
    let remedies =
      view.isFilter
      ? ["Fewer --updates", "More sequences"]
      : [view.isHiddenMarkov ? "Fewer --states" : "Fewer dimensions (--latent)", "More sequences"]
    return [heldOut, others].compactMap {
      $0?.finding(below: d.bound.evidence / frames, unit: "frame", whatToTry: remedies)
    }
  }

  /// Less of a column of ground truth than this is worth a warning: a straight line through the latent variables leaves more than
  /// half of its variance over.
  private static let toldAtLeast = 0.5

  private var unknownTruth: [Page.Finding] {
    let untold = (rows?.rSquared ?? []).filter { ($0.value ?? 1) < Self.toldAtLeast }
    guard !untold.isEmpty else { return [] }
    let names = untold.map { "\($0.name) (R² \(NumberText.fixed($0.value ?? 0, 2)))" }
    return [
      Page.Finding(
        .warning, "The latent variables do not tell \(Wording.choice(names)).",
        why: view.isHiddenMarkov
          ? "States are few and jump: what changes smoothly they tell in steps, and what no frame shows they cannot."
          : "Either the frames do not show it, or it bends: R² counts what a straight line tells; or the fit has not found it.",
        whatToTry: view.isFilter
          ? ["More --updates", "More --restarts", "The latent space below: a closed curve is an angle"]
          : view.isHiddenMarkov
            ? ["More --states"] : ["More dimensions (--latent)", "latent fit dvbf, which bends"])
    ]
  }

  /// How much of what is known besides the latent variables tell.
  private var truth: Page.Section? {
    guard let rows, !rows.rSquared.isEmpty else { return nil }
    return Page.Section(
      "What the latent variables know",
      [
        .paragraph(
          "How much of each column of ground truth, which the fit has not seen, a linear regression on the smoothed latent variables tells: "
            + "1 is all of it, 0 nothing."),
        .table(
          Page.Table(
            ["Column", .number("R²")],
            rows.rSquared.map { [$0.name, $0.value.map { NumberText.fixed($0, 4) } ?? "does not vary"] },
            caption: "R² of ground truth on the latent variables")),
      ])
  }
}
