import ArgumentParser
import Foundation
import Latent

struct ReportCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "report", abstract: "One self-contained HTML page about a fitted model.",
    discussion: """
      What the fit found and whether to trust it, in pictures and plain words: how the bound climbed, the parameters, what stands \
      out and what to try. With DATA also how well it explains them, the rows it explains worst, and rows that it makes up \
      beside them; of auto-encoders reconstructions and the latent space to explore, of sequences states and forecasts.

      latent report faithful.latent faithful
      latent report vae.latent mnist-sample-test --labels label -o vae.html

      The page opens anywhere, on a phone and in print, and fetches nothing.
      """)

  @Argument(help: "A model file.") var file: String
  @Argument(help: "A file, `-`, or the name of a data set; without, what the model file alone tells.")
  var data: String?
  @Option(
    name: [.customShort("o"), .customLong("output")],
    help: "Where to write (default: the model's name with .html).")
  var output: String?
  @Option(
    name: .long,
    help: ArgumentHelp(
      "The two columns of the plane that components are drawn in, by name or number from 1 (default: those that set "
        + "them apart most).", valueName: "a,b"))
  var plane: NameList?
  @Option(
    name: .long, parsing: .unconditional,
    help: ArgumentHelp(
      "Look at no more than so many rows of DATA, evenly spread (default: \(NumberText.count(Self.mostRows)); "
        + "\(NumberText.count(Self.mostNetworkRows)) for models of networks); sequences of hmm and lds likewise.",
      valueName: "count"))
  var rows: Int?
  @OptionGroup(title: "Data") var dataOptions: DataOptions
  @OptionGroup(title: "Data") var labels: LabelsOption
  @OptionGroup(title: "Data") var weights: WeightsOption
  @Option(
    name: .long,
    help: ArgumentHelp(
      "For cvae: the column of DATA with the categories that are given, or a file of them (default: as in the fit).",
      valueName: "column"))
  var condition: String?
  @OptionGroup(title: "Data") var sequenceOptions: SequenceDataOptions
  @OptionGroup(title: "Run") var seed: SeedOption
  @OptionGroup(title: "Run") var threads: ThreadsOption
  @OptionGroup(title: "Run") var precision: PrecisionOption
  @OptionGroup(title: "Run") var report: ReportOptions

  static let mostRows = 20_000
  static let mostNetworkRows = 5000
  static let endings = [".html", ".htm"]

  func validate() throws {
    if let rows { try UsageError.check("--rows", rows, in: 1...) }
    if let plane, plane.names.count != 2 {
      throw UsageError.badValue(
        option: "--plane", value: Wording.quoted(plane.names.joined(separator: ",")),
        requirement: "two columns, as in a,b")
    }
    guard data == nil else { return }
    let given: [(String, Bool)] =
      [
        ("--columns", dataOptions.columns != nil), ("--binarize", dataOptions.binarize != nil),
        ("--labels", labels.value != nil), ("--weights", weights.value != nil), ("--rows", rows != nil),
        ("--condition", condition != nil),
      ] + sequenceOptions.given
    if let option = given.first(where: \.1)?.0 { throw UsageError.needs(option: option, other: "DATA") }
  }

  var console: Console { Console(report) }

  /// Where the page goes.
  var path: String {
    if let output { return output }
    let name = file.hasSuffix(".latent") ? String(file.dropLast(7)) : file
    return name + ".html"
  }

  var settings: ReportSettings {
    ReportSettings(
      model: (file as NSString).lastPathComponent, plane: plane?.names, rows: rows, labelName: labels.value,
      seed: seed.value, threads: threads.value)
  }

  func run() async throws {
    var others = [(file, "the model")]
    if let data { others.append((data, "the data")) }
    for name in [labels.value, condition, sequenceOptions.sequence, sequenceOptions.controls].compactMap(
      \.self)
    where DataSource.isFile(name) {
      others.append((name, "the data's other file"))
    }
    try OutputPath.check(path, option: "-o", against: others, endings: Self.endings)
    var input = try ModelInput(path: file)
    if let condition { try input.readLabels(from: condition) }
    try input.refuse(
      input.isSequenceModel || input.isFilter
        ? [
          ("--controls", sequenceOptions.controls != nil && input.description.controls == nil),
          ("--weights", weights.value != nil), ("--labels", labels.value != nil),
          ("--plane", plane != nil && input.description.model != "hmm"),
        ]
        : sequenceOptions.given)
    let page = try await page(input)
    try page.write(to: path, console: console)
  }

  private func page(_ input: ModelInput) async throws -> ReportPage {
    if input.isAutoencoder {
      try input.refuse([("--plane", plane != nil)])
      if labels.value != nil, input.labels != nil {
        throw UsageError.conflict(
          option: "--labels", other: input.description.model,
          reason: "the categories that are given are the labels of the page")
      }
      let box = AutoencoderReportJob(command: self, input: input)
      try input.visitAutoencoder(precision: precision.given, box)
      return try box.page.get()
    }
    if input.isFilter {
      let box = FilterReportJob(command: self, input: input)
      try input.visitFilter(precision: precision.given, box)
      return try box.page.get()
    }
    if input.isSequenceModel {
      return try await input.visitSequences(
        precision: precision.value, SequenceReportJob(command: self, input: input))
    }
    return try await input.visit(precision: precision.value, MixtureReportJob(command: self, input: input))
  }

  /// The rows of DATA as the model takes them; nil without DATA.
  ///
  /// - Parameter most: where --rows does not say.
  func reportRows<Scalar: LatentScalar>(
    _ input: ModelInput, most: Int, as _: Scalar.Type
  ) throws -> ReportRows<Scalar>? {
    guard let data else { return nil }
    let table: Table<Scalar> = try input.table(
      DataSource(data, console: console, threads: threads.value), options: dataOptions, labels: labels.value,
      weights: weights.value, seed: seed.value, as: Scalar.self)
    guard table.rows > 0 else {
      throw UsageError.badValue(option: "DATA", value: table.source, requirement: "one row or more")
    }
    return ReportRows(
      source: table.source, values: try input.givenBeside(table), weights: table.weights,
      labels: table.labels,
      most: rows ?? most)
  }

  /// Errors about rows name their source and where they stand in it.
  func applied<Scalar, Answer>(
    to rows: ReportRows<Scalar>, _ input: ModelInput, _ body: () throws(InferenceError) -> Answer
  ) throws -> Answer {
    do throws(InferenceError) {
      return try body()
    } catch {
      throw FitFailure(
        error: error.renumbered(rows.numbers), columnNames: input.description.columnNames, source: rows.source
      )
    }
  }
}

/// The work of `report` for one kind of mixture.
private struct MixtureReportJob: KindVisitor {
  let command: ReportCommand
  let input: ModelInput

  @_semantics("optimize.sil.specialize.generic.never")
  func visit<Kind: ModelKind>(_: Kind.Type) async throws -> ReportPage {
    let settings = command.settings
    // A plane of columns that are none is refused before any work.
    _ = try settings.planeColumns(input.description)
    guard !Kind.isCategorical || settings.plane == nil else {
      throw UsageError.noMeaning(
        option: "--plane", model: input.description.model, inference: input.description.inference)
    }
    let fitted: FittedMixture<Kind.Family> = try input.fitted()
    let rows = try command.reportRows(input, most: ReportCommand.mostRows, as: Kind.Scalar.self)
    let looked = try rows.map { rows in
      try command.applied(to: rows, input) { () throws(InferenceError) in
        let possible = try rows.possible { (x) throws(InferenceError) in
          _ = try fitted.model.logDensity(of: x, at: fitted.parameters, threads: settings.threads)
        }
        do throws(InferenceError) {
          return try MixtureRowsView(Kind.self, fitted, possible.rows, threads: settings.threads)
        } catch {
          throw error.renumbered(possible.places)
        }
      }
    }
    return try MixturePage(
      view: MixtureView(Kind.self, fitted, settings: settings), rows: looked, settings: settings
    ).page
  }
}
