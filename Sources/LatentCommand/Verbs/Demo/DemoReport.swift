import Latent

/// The page that the tour ends with: its three fits side by side.
struct DemoReport<Scalar: LatentScalar> {
  let digits: Table<Scalar>
  let clusters: DemoFit<Scalar>
  let densities: DemoFit<Scalar>
  let plane: DemoAutoencoder
  let seed: UInt64
  let threads: Int

  /// - Throws: `InferenceError`.
  func page() throws -> Page {
    let settings = ReportSettings(
      model: digits.source, plane: nil, rows: nil, labelName: "the digits' labels", seed: seed,
      threads: threads)
    let first = try mixture(clusters, settings)
    let second = try mixture(densities, settings)
    let third = try autoencoder(settings)
    return Page(
      "Handwritten digits: three models",
      summary:
        "\(NumberText.count(digits.rows)) images of digits, seen without being told which digit each is: a mixture sorts them into ten groups, "
        + "a second one learns which pixels go together, and two networks lay them out on a plane.",
      [Page.Section("At a glance", [.keyFigures(keyFigures)])] + (first + second + third).compactMap(\.self),
      footer:
        "Made by `latent demo`, latent \(LatentTool.configuration.version), seed \(seed). Everything is inside this file; nothing is "
        + "fetched from a network.")
  }

  private var keyFigures: [Page.KeyFigure] {
    let N = plane.result.bound.count > 0 ? plane.result.bound.count : 1
    return [
      Page.KeyFigure("Digits", NumberText.count(digits.rows), note: "× \(digits.columns) pixels"),
      Page.KeyFigure(
        "Clusters", "\(clusters.model.components)",
        note: clusters.agreement.map {
          "\(ReportText.percent($0.majorityAccuracy)) right, named by their most frequent digit"
        } ?? ""),
      Page.KeyFigure(
        "Densities", ReportText.nats(densities.unseen.mean),
        note: "nats a digit it has not seen (1: \(ReportText.nats(clusters.unseen.mean)))"),
      Page.KeyFigure(
        "Plane", ReportText.nats(plane.result.bound.latentKL / N),
        note: "nats of each digit kept in two numbers"),
    ]
  }

  private func mixture(
    _ fit: DemoFit<Scalar>, _ settings: ReportSettings
  ) throws -> [Page.Section?] {
    let fitted = fit.fitted()
    var rows = ReportRows(
      source: digits.source, values: digits.values, weights: nil, labels: digits.labels, most: digits.rows)
    rows.isFitted = true
    let looked = try MixtureRowsView(GaussianKind<Scalar>.self, fitted, rows, threads: threads)
    let view = try MixtureView(GaussianKind<Scalar>.self, fitted, settings: settings)
    let climb = TraceSection.section(fitted.description) { $0.parameterTerm = "Cost of the prior" }
    guard fitted.description.covariance == .spherical else {
      return [
        named("2. Densities: the climb", climb),
        named(
          "2. Densities: digits that it makes up", DrawSections(view: view, rows: looked, plane: nil).section),
        named("2. Densities: what it explains worst", ScoreSections(view: view, rows: looked).worst),
      ]
    }
    return [
      named("1. Clusters: the climb", climb),
      named("1. Clusters: the groups", ComponentSections(view: view, rows: looked, plane: nil).section),
      named(
        "1. Clusters: how the digits are shared out",
        UsageSections(view: view, rows: looked, settings: settings).section),
    ]
  }

  private func named(_ heading: String, _ section: Page.Section?) -> Page.Section? {
    section.map { Page.Section(heading, $0.blocks) }
  }

  private func autoencoder(_ settings: ReportSettings) throws -> [Page.Section?] {
    var rows = ReportRows(
      source: digits.source, values: digits.values.converted(to: Float.self), weights: nil,
      labels: digits.labels,
      most: digits.rows)
    rows.isFitted = true
    let view = try AutoencoderView(plane.fitted, settings: settings)
    let looked = try AutoencoderRowsView(plane.fitted, rows, settings: settings)
    let latent = AutoencoderLatentSections(view: view, rows: looked, settings: settings)
    let images = AutoencoderImageSections(view: view, rows: looked)
    return [
      named("3. A plane: the climb", TraceSection.section(view.description)),
      named("3. A plane: move over it", latent.explorer),
      named("3. A plane: where the digits lie", latent.scatter),
      named("3. A plane: what two numbers keep", images.reconstructions),
    ]
  }
}
