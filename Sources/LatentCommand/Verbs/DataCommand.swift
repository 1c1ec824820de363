import ArgumentParser
import Foundation
import Latent
import Synchronization

struct DataCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "data", abstract: "The data sets known by name.",
    subcommands: [DataListCommand.self, DataInfoCommand.self, DataFetchCommand.self, DataMakeCommand.self])
}

struct DataListCommand: ParsableCommand {
  static let configuration = CommandConfiguration(commandName: "list", abstract: "All data sets.")

  @OptionGroup var report: ReportOptions

  func run() throws {
    let catalogue = DataCatalogue()
    guard !report.json else {
      try StandardOutput.write(
        JSONValue.array(
          catalogue.entries.map { $0.json(in: catalogue) } + Simulation.allCases.map(\.json)
        ).text + "\n")
      return
    }
    let rows = catalogue.entries.map { entry in
      [
        entry.name, "\(NumberText.count(entry.rows)) × \(NumberText.count(entry.columns))",
        entry.place(in: catalogue), entry.licence,
      ]
    }
    try StandardOutput.write(
      NumberText.table(rows + Simulation.allCases.map(\.listing), indentation: "", leading: [0, 2, 3]) + "\n")
  }
}

struct DataInfoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "info", abstract: "What a data set is and where it comes from.")

  @Argument(help: "The name of a data set.") var name: String
  @OptionGroup var report: ReportOptions

  func run() throws {
    if let simulated = SimulatedSet(named: name)?.simulation {
      return try StandardOutput.write((report.json ? simulated.json.text : simulated.words) + "\n")
    }
    let catalogue = DataCatalogue()
    let entry = try catalogue.entry(named: name)
    guard !report.json else {
      try StandardOutput.write(entry.json(in: catalogue).text + "\n")
      return
    }
    var rows = [
      ["name", entry.name], ["contents", entry.summary],
      ["size", "\(NumberText.count(entry.rows)) × \(NumberText.count(entry.columns))"],
    ]
    if let image = entry.imageShape { rows.append(["images", "\(image.height) × \(image.width)"]) }
    rows += [["where", entry.place(in: catalogue)], ["source", entry.source], ["licence", entry.licence]]
    try StandardOutput.write(NumberText.table(rows, indentation: "", leading: [0, 1]) + "\n")
  }
}

struct DataFetchCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fetch", abstract: "Downloads a data set into the cache folder.")

  @Argument(help: "mnist or fashion-mnist.") var name: String
  @OptionGroup var report: ReportOptions

  func run() async throws {
    let console = Console(report)
    let catalogue = DataCatalogue()
    // The test part of a collection is fetched with it.
    let collection = (try? catalogue.entry(named: name))?.collectionName ?? name
    let fetcher = try DatasetFetcher(named: collection, into: catalogue.cacheFolder)
    let display = FetchDisplay(console: console)
    let task = Task.detached { try await fetcher.fetch { display.show($0) } }
    let signals = InterruptSignals { task.cancel() }
    let result = await task.result
    signals.end()
    display.end()
    try result.get()
    try console.result(
      .object([("name", .string(collection)), ("folder", .string(fetcher.folder))]),
      orText: "\(collection) is in \(fetcher.folder).")
  }
}

/// Shows how far a download is.
private final class FetchDisplay: Sendable {
  private struct State {
    var file = ""
    var shown: ContinuousClock.Instant?
    var hasBar = false
  }

  private let console: Console
  private let state = Mutex(State())

  init(console: Console) { self.console = console }

  func show(_ progress: FetchProgress) {
    guard !console.isQuiet else { return }
    let isTerminal = StandardError.isTerminal
    let isDue = state.withLock { state in
      let now = ContinuousClock.now
      let pause: Duration = isTerminal ? .milliseconds(100) : .seconds(3)
      guard state.file != progress.file || state.shown.map({ now - $0 >= pause }) ?? true else {
        return false
      }
      (state.file, state.shown, state.hasBar) = (progress.file, now, isTerminal)
      return true
    }
    guard isDue else { return }
    let expected = progress.expected.map { " of \(NumberText.bytes(Double($0)))" } ?? ""
    let text =
      "\(progress.file) (\(progress.number) of \(progress.count)): "
      + "\(NumberText.bytes(Double(progress.received)))\(expected)"
    StandardError.write(isTerminal ? "\r\(text)\u{1B}[K" : "\(text) from \(progress.address)\n")
  }

  func end() {
    let hasBar = state.withLock { $0.hasBar }
    if hasBar { StandardError.write("\r\u{1B}[K") }
  }
}

extension CatalogueEntry {
  fileprivate func place(in catalogue: DataCatalogue) -> String {
    switch catalogue.availability(of: self) {
    case .embedded: "embedded"
    case .found(let folder): folder
    case .notFetched: "not fetched: latent data fetch \(collectionName ?? name)"
    }
  }

  fileprivate func json(in catalogue: DataCatalogue) -> JSONValue {
    let (availability, folder): (String, String?) =
      switch catalogue.availability(of: self) {
      case .embedded: ("embedded", nil)
      case .found(let folder): ("found", folder)
      case .notFetched: ("notFetched", nil)
      }
    return .object([
      ("name", .string(name)), ("summary", .string(summary)), ("rows", .integer(rows)),
      ("columns", .integer(columns)),
      (
        "image",
        .optional(imageShape) { .object([("height", .integer($0.height)), ("width", .integer($0.width))]) }
      ),
      ("availability", .string(availability)), ("folder", .optional(folder) { .string($0) }),
      ("collection", .optional(collectionName) { .string($0) }), ("source", .string(source)),
      ("licence", .string(licence)),
    ])
  }
}
