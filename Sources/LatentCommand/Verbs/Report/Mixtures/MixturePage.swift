import Latent

/// The report of a mixture, a factor model among them: which sections there are, in which order.
struct MixturePage {
  let view: MixtureView
  let rows: MixtureRowsView?
  let settings: ReportSettings
  let plane: ReportPlane?
  /// The score of rows held out of a fit that has just ended.
  let heldOut: SampleMean?

  /// - Throws: `UsageError` for a plane of columns that are none.
  init(view: MixtureView, rows: MixtureRowsView?, settings: ReportSettings, heldOut: SampleMean? = nil) throws
  {
    self.heldOut = heldOut
    self.view = view
    self.rows = rows
    self.settings = settings
    plane = try ReportPlane(view, asked: settings.planeColumns(view.description))
  }

  var page: ReportPage {
    let d = view.description
    return ReportPage(
      title: "\(view.title): \(ReportText.name(settings.model))", summary: summary, description: d,
      settings: settings,
      sections: [
        Page.Section("At a glance", [.keyFigures(keyFigures), .findings(findings)]),
        TraceSection.section(d) { section in
          section.parameterTerm = view.isVariational ? "Parameter KL" : "Cost of the prior"
          section.hasLatentKL = view.components > 1
        },
        ComponentSections(view: view, rows: rows, plane: plane).section,
        FactorSections(view: view, rows: rows, settings: settings).section,
        UsageSections(view: view, rows: rows, settings: settings).section,
        ScoreSections(view: view, rows: rows).score,
        ScoreSections(view: view, rows: rows).worst,
        DrawSections(view: view, rows: rows, plane: plane).section,
        ReportPage.origin(d, title: view.title, rows: originRows),
      ])
  }

  private var originRows: [[String]] {
    let d = view.description
    var rows = [["Components", NumberText.count(view.components)]]
    if let covariance = d.covariance { rows.append(["Covariance", covariance.rawValue]) }
    if let latent = d.latent { rows.append(["Factors", NumberText.count(latent)]) }
    if let relevance = view.relevance { rows.append(["Factors that matter", relevance.words]) }
    return rows
  }

  // MARK: In a sentence

  private var summary: String {
    let d = view.description
    let what = d.image == nil ? "row" : "image"
    let all = NumberText.count(d.observations, what)
    let sentence: String
    if view.hasFactors, view.components == 1 {
      let L = view.relevance?.relevant.count ?? d.latent ?? 1
      sentence =
        "Each of \(all) of \(NumberText.count(d.dimensions, "number")) is summed up by \(NumberText.count(L, "hidden number")), "
        + "which \(L == 1 ? "accounts" : "account") for \(ReportText.percent(FactorSections.explained(view, component: 0).share)) of how the \(what)s differ\(FactorSections.isPooled(view) ? "" : ", column by column on average")."
    } else if view.components == 1 {
      sentence = "All \(all) are described by a single \(cluster)."
    } else {
      let shares = view.order.map { view.weights[$0] }
      let K = view.effectiveComponents
      let held = K < view.components ? " (\(view.components) were allowed)" : ""
      sentence =
        "The \(all) fall into \(NumberText.count(K, "group"))\(held) of different kinds"
        + (K > 1
          ? "; the largest holds \(ReportText.percent(shares[0])) of them, the smallest \(ReportText.percent(shares[min(K, shares.count) - 1]))."
          : ".")
    }
    return sentence + " " + Self.ending(d)
  }

  private var cluster: String {
    switch view.cells {
    case .numbers: "cloud of points around one centre"
    case .bits: "list of how often each column is 1"
    case .categories: "list of how often each category occurs"
    }
  }

  /// Whether the numbers may be trusted.
  static func ending(_ d: FitDescription) -> String {
    switch d.outcome {
    case .converged: "The fit had settled when it ended."
    case .budgetExhausted, .outpaced:
      "The fit was stopped before it had settled, so the numbers would still change."
    case .cancelled: "The fit was interrupted, so the numbers would still change."
    }
  }

  // MARK: In numbers

  private var keyFigures: [Page.KeyFigure] {
    let d = view.description
    var figures = [
      Page.KeyFigure(
        "Rows", NumberText.count(d.observations), note: "× \(NumberText.count(d.dimensions, "column"))")
    ]
    if view.components > 1 {
      figures.append(
        Page.KeyFigure(
          "Groups", NumberText.count(view.effectiveComponents),
          note: view.effectiveComponents < view.components
            ? "of \(view.components); the others are empty" : ""))
    }
    if view.hasFactors {
      figures.append(
        Page.KeyFigure(
          "Hidden numbers", NumberText.count(view.relevance?.relevant.count ?? d.latent ?? 1),
          note: view.relevance.map { "of \($0.factors)" } ?? ""))
    }
    let N = d.bound.count > 0 ? d.bound.count : 1
    figures.append(
      Page.KeyFigure(
        d.hasExactPosterior ? "Log likelihood" : "Bound of ln p(x)", ReportText.nats(d.bound.evidence / N),
        note: "nats a row, of the fit"))
    if let rows {
      figures.append(
        Page.KeyFigure(
          "Score", ReportText.nats(rows.score.mean),
          note:
            "\(ReportText.note(rows.score, digits: 3, unit: "nats a row")), \(rows.isFitted ? "rows of the fit" : ReportText.name(rows.source))"
        ))
    }
    if let heldOut {
      figures.append(
        Page.KeyFigure(
          "Held out", ReportText.nats(heldOut.mean),
          note:
            "\(ReportText.note(heldOut, digits: 3, unit: "nats a row")), \(NumberText.count(heldOut.count, "row"))"
        ))
    }
    if d.missingCells > 0 {
      let cells = Double(d.observations) * Double(d.dimensions)
      figures.append(
        Page.KeyFigure(
          "Missing cells", ReportText.percent(Double(d.missingCells) / cells), note: "of those fitted"))
    }
    return figures
  }

  // MARK: In warnings

  private var findings: [Page.Finding] {
    let d = view.description
    var findings = Self.outcome(d)
    if let remedies = view.remedies {
      findings +=
        MixtureFindings(
          d.findings, columnNames: d.columnNames, remedies: remedies, hasFactors: view.hasFactors,
          components: view.components, freeParameters: d.freeParameters
        ).onPage
    }
    if let impossible = rows?.impossible {
      let count = impossible.numbers.count
      findings.append(
        Page.Finding(
          .warning,
          "\(NumberText.count(count, "row")) of \(rows.map { ReportText.name($0.source) } ?? "the data") \(count == 1 ? "has" : "have") density 0.",
          why:
            "The model says that \(count == 1 ? "it" : "they") cannot be, and on all rows its score is −∞.",
          whatToTry: ["Look at the rows it explains worst"]
            + (view.cells == .numbers ? [] : ["Fit with a --prior, which leaves nothing impossible"])))
    }
    if let rows, !rows.isFitted, d.hasExactPosterior, d.bound.count > 0, rows.score.count > 1 {
      let (score, fit) = (rows.score, d.bound.evidence / d.bound.count)
      let lost = fit - score.mean
      if lost > 4 * (score.error ?? 0), lost > 0.05 * Double(d.dimensions).squareRoot() {
        findings.append(
          Page.Finding(
            .note,
            "The rows of \(ReportText.name(rows.source)) are explained worse than those of the fit, by \(ReportText.nats(lost)) nats a row.",
            why:
              "Either they are of another kind, or the model has learned details of the rows it was fitted to.",
            whatToTry: ["Look at the rows it explains worst", "Fit fewer parameters", "Fit more rows"]))
      }
    }
    if findings.isEmpty {
      findings.append(
        Page.Finding(
          .good,
          "Nothing stands out: the fit had settled\(allWell).")
      )
    }
    return findings
  }

  /// What was looked for besides, and not found.
  private var allWell: String {
    if view.components > 1 { return ", and no component is empty, doubled, tiny or nearly flat" }
    if view.hasFactors { return ", and noise is left in every column" }
    return view.cells == .numbers ? ", and the cloud is not nearly flat along any direction" : ""
  }

  /// What an end before the bound had settled means.
  static func outcome(_ d: FitDescription) -> [Page.Finding] {
    guard d.outcome != .converged else { return [] }
    return [
      Page.Finding(
        .warning, "The fit ended before it had settled.",
        why: "The bound was still rising, so the parameters would still change.",
        whatToTry: ["Allow more steps: --max-iterations", "Go on from a checkpoint: --resume"])
    ]
  }
}
