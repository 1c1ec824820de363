import Latent

/// The report of an auto-encoder: which sections there are, in which order.
struct AutoencoderPage {
  let view: AutoencoderView
  let rows: AutoencoderRowsView?
  let settings: ReportSettings
  /// Bounds of test data by pass, in nats a row, where training has just ended; and their score in the end.
  var test = TestTrace()
  var heldOut: HeldOutScore?
  /// Why training broke down, where it did.
  var divergence: String?

  var page: ReportPage {
    let (d, c) = (view.description, view.configuration)
    let title = c.isRegression ? "Regression on a condition" : Vocabulary.title(ofModel: d.model)
    let scores = AutoencoderScoreSections(view: view, rows: rows)
    let latent = AutoencoderLatentSections(view: view, rows: rows, settings: settings)
    return ReportPage(
      title: "\(title): \(ReportText.name(settings.model))", summary: summary, description: d,
      settings: settings,
      sections: [
        Page.Section("At a glance", [.keyFigures(keyFigures), .findings(findings)]),
        TraceSection.section(d) { section in
          section.quantity = view.quantity
          section.hasLatentKL = !c.isPoint
          section.parameterTerm = "Cost of the weights' prior"
          section.test = test.values
          section.testSteps = test.passes
        },
        latent.explorer, latent.dimensions, latent.scatter,
        AutoencoderImageSections(view: view, rows: rows).reconstructions,
        AutoencoderImageSections(view: view, rows: rows).draws,
        scores.score, scores.worst,
        ReportPage.origin(
          d, title: AutoencoderWords.title(c), rows: originRows, objective: c.isPoint ? "Objective" : nil),
      ])
  }

  private var originRows: [[String]] {
    let c = view.configuration
    var rows = [["Likelihood", AutoencoderWords.likelihood(c.likelihood)]]
    if !c.condition.isEmpty { rows.append(["Given", AutoencoderWords.conditionWords(c, view.labels)]) }
    return rows
  }

  /// Dimensions that carry something, where that was looked at.
  private var active: Int? { (rows?.evaluation.diagnosis ?? view.diagnosis).map(\.activeUnits) }

  private var summary: String {
    let (d, c) = (view.description, view.configuration)
    let what = d.image == nil ? "row" : "image"
    let size = d.image.map { "\($0.height * $0.width) pixels" } ?? NumberText.count(d.dimensions, "column")
    if c.isRegression {
      return
        "A network was trained to give the \(what)s' \(size) from what is given of them alone, on \(NumberText.count(d.observations, what))."
        + TrainingEnd.sentence(d)
    }
    let L = c.latentDimensions
    var sentence =
      "Two networks were trained on \(NumberText.count(d.observations, what)): one sums up the \(size) of each in "
      + "\(NumberText.count(L, "hidden number")), the other makes the \(what) again from \(L == 1 ? "it" : "them")."
    if let active, !c.isPoint, active < L {
      sentence +=
        active == 0
        ? " As it stands none of these numbers carries anything: the model has collapsed."
        : " Of these \(active) \(active == 1 ? "carries" : "carry") something; the rest stay empty."
    }
    return sentence + TrainingEnd.sentence(d)
  }

  private var keyFigures: [Page.KeyFigure] {
    let (d, c) = (view.description, view.configuration)
    let N = d.bound.count > 0 ? d.bound.count : 1
    let value = c.isPoint ? d.bound.reconstruction : d.bound.value
    var figures = [
      Page.KeyFigure(
        d.image == nil ? "Rows" : "Images", NumberText.count(d.observations),
        note: "× \(NumberText.count(d.dimensions, "column"))"),
      Page.KeyFigure(
        view.quantity.prefix(1).uppercased() + view.quantity.dropFirst(), ReportText.nats(value / N),
        note: "nats a row, of the fit"),
    ]
    if !c.isPoint {
      let L = c.latentDimensions
      figures.append(
        Page.KeyFigure(
          "Hidden numbers", NumberText.count(active ?? L),
          note: active.map { $0 < L ? "in use, of \(L)" : "all in use" } ?? ""))
      figures.append(
        Page.KeyFigure(
          "Cost of a row", ReportText.nats(d.bound.latentKL / N), note: "nats its hidden numbers tell of it"))
    }
    if let rows {
      figures.append(
        Page.KeyFigure(
          "Score", ReportText.nats(rows.score.mean),
          note:
            "\(ReportText.note(rows.score, digits: 2, unit: "nats a row")), \(rows.isFitted ? "rows of the fit" : ReportText.name(rows.source))"
        ))
    }
    if let heldOut { figures.append(heldOut.keyFigure(unit: "row")) }
    if d.missingCells > 0 {
      let cells = Double(d.observations) * Double(d.dimensions)
      figures.append(
        Page.KeyFigure(
          "Missing cells", ReportText.percent(Double(d.missingCells) / cells), note: "of those fitted"))
    }
    return figures
  }

  private var findings: [Page.Finding] {
    guard !view.configuration.isPoint else {
      return [
        Page.Finding(
          .note,
          view.configuration.isRegression
            ? "There is no hidden variable here: the network gives one answer to each condition."
            : "This auto-encoder is deterministic: it has no distribution of hidden numbers, so it bounds no probability and makes up no new rows.",
          whatToTry: view.configuration.isRegression
            ? [] : ["`latent fit vae`, for the same networks with a distribution"])
      ] + ended + worse
    }
    let broken = divergence.map {
      Page.Finding(
        .warning, "Training broke down: \($0)", why: "The page is about the last good parameters.",
        whatToTry: ["A smaller --learning-rate", "--clip to bound the gradient"])
    }
    var findings = [broken].compactMap(\.self) + ended
    findings +=
      (rows?.evaluation.diagnosis ?? view.diagnosis)?.findings.map { $0.pageFinding(view.remedies) } ?? []
    findings += worse
    if findings.isEmpty {
      findings.append(
        Page.Finding(
          .good,
          "Nothing stands out: hidden numbers are in use, the decoder listens to them, and no parameter runs away."
        ))
    }
    return findings
  }

  /// How training ended, if not well. Where other rows fare worse already, more passes are no advice.
  private var ended: [Page.Finding] {
    let end = TrainingEnd(description: view.description, quantity: view.quantity)
    let climbing = divergence == nil && worse.isEmpty ? end.stillClimbing : nil
    return [end.interrupted(whatToTry: ["More --passes"]), climbing].compactMap(\.self)
  }

  /// Rows that were not fitted and score less than those of the fit.
  private var worse: [Page.Finding] {
    let (bound, remedies) = (view.description.bound, ["Fewer --passes", "--weight-prior 1", "More rows"])
    guard bound.count > 0 else { return [] }
    let fit = view.isPoint ? bound.reconstruction / bound.count : bound.perObservation
    let others = rows.flatMap { $0.isFitted ? nil : HeldOutScore($0.score, source: $0.source) }
    return [heldOut, others].compactMap { $0?.finding(below: fit, unit: "row", whatToTry: remedies) }
  }
}

extension AutoencoderFinding {
  /// What was found, why it matters and what to try, for a reader who does not know the terms.
  func pageFinding(_ remedies: NetworkRemedies) -> Page.Finding {
    let severity: Page.Finding.Severity
    let why: String
    switch self {
    case .collapsed:
      (severity, why) = (.warning, "The model knows no more than the average row, whatever its bound says.")
    case .ignoredByDecoder:
      (severity, why) = (.warning, "The hidden numbers are there, and nothing is made of them.")
    case .inactive(let dimensions, let L):
      (severity, why) = (
        2 * dimensions.count > L ? .warning : .note,
        "The \(L - dimensions.count == 1 ? "other does" : "others do") the work; the model behaves like one with fewer."
      )
    case .exploding, .largeParameters: (severity, why) = (.warning, "Training may break down soon.")
    case .vanishingNoise:
      (severity, why) = (.warning, "The bound then rises without end and compares with nothing.")
    }
    return Page.Finding(
      severity, description, why: why,
      whatToTry: self.remedies.compactMap(remedies.words).map { $0.prefix(1).uppercased() + $0.dropFirst() })
  }
}
