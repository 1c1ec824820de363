import Foundation
import Latent

/// A page in the making: what every report has, around the sections of its model.
struct ReportPage {
  var title: String
  /// One sentence or two that need no prior knowledge.
  var summary: String
  var sections: [Page.Section]

  private let description: FitDescription
  private let settings: ReportSettings

  init(
    title: String, summary: String, description: FitDescription, settings: ReportSettings,
    sections: [Page.Section?]
  ) {
    self.title = title
    self.summary = summary
    self.sections = sections.compactMap(\.self)
    self.description = description
    self.settings = settings
  }

  var page: Page {
    Page(
      title, summary: summary, sections,
      footer:
        "Made by latent \(LatentTool.configuration.version), seed \(settings.seed). Everything is inside this file; nothing is "
        + "fetched from a network.")
  }

  /// How the model came about, for those who want to do it again.
  ///
  /// - Parameter objective: what is raised where it bounds no probability: there is then no prior on hidden variables either.
  static func origin(
    _ description: FitDescription, title: String, rows extra: [[String]] = [], objective: String? = nil
  ) -> Page.Section {
    let d = description
    var rows = [
      ["Model", "\(title) (\(d.model))"],
      ["Inference", Vocabulary.title(ofInference: d.inference)],
      ["Columns", NumberText.count(d.dimensions) + (d.columnNames.map { ": \(names($0))" } ?? "")],
    ]
    if let image = d.image { rows.append(["Images", "\(image.height) × \(image.width) pixels"]) }
    rows += extra
    if objective == nil { rows.append(["Prior", Vocabulary.words(ofPrior: d.prior)]) }
    rows += [
      ["Free parameters", NumberText.count(d.freeParameters)],
      [
        "Fitted to",
        d.frames.map {
          "\(NumberText.count(d.observations, "sequence")), \(NumberText.count($0, "frame")) in all"
        }
          ?? NumberText.count(d.observations, "row"),
      ],
    ]
    if d.missingCells > 0 { rows.append(["Missing cells", NumberText.count(d.missingCells)]) }
    if d.standardization != nil {
      rows.append([
        "Standardised", "yes; this page is in the units of the data, densities are in those of the fit",
      ])
    }
    if let binarization = d.binarization { rows.append(["Turned into 0 and 1", binarization]) }
    rows += [
      [objective ?? "Bound", "\(ReportText.signed("\(d.bound.value)")) nats in all"],
      ["Outcome", "\(TraceSection.words(d.outcome, of: d)) after \(steps(d))"],
      ["Precision", d.precision], ["Seed", "\(d.seed)"],
    ]
    return Page.Section("How it was made", [.table(Page.Table(["What", "Value"], rows))])
  }

  /// Whether the climb is counted in passes over the data.
  static func isByPass(_ description: FitDescription) -> Bool {
    description.inference == AutoencoderSettings.inference
  }

  /// `12 passes`, `31 steps`.
  private static func steps(_ d: FitDescription) -> String {
    isByPass(d)
      ? NumberText.count(d.iterations, "pass", plural: "passes") : NumberText.count(d.iterations, "step")
  }

  private static func names(_ names: [String]) -> String {
    Wording.list(names.map(ReportText.name), most: 20)
  }

  /// Writes the page, and says so.
  func write(to path: String, console: Console) throws {
    try page.write(to: path)
    let bytes = (try FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.intValue ?? 0
    try console.result(
      .object([
        ("file", .string(path)), ("bytes", .integer(bytes)), ("model", .string(description.model)),
        ("sections", .strings(sections.map(\.heading))), ("seed", .unsigned(settings.seed)),
      ]),
      orText: "The report is in \(path) (\(NumberText.bytes(Double(bytes)))): "
        + Wording.list(sections.map(\.heading), most: 20) + ".")
  }
}
