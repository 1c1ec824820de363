import ArgumentParser
import Foundation
import Latent

struct FitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit", abstract: "Fits a model to data by raising the evidence lower bound.",
    discussion: """
      MODEL is gmm, a mixture of Gaussians.

      latent fit gmm mnist-sample --components 10 --labels label -o digits.latent
      """)

  @Argument(help: ArgumentHelp("gmm", valueName: "model")) var model: String
  @Argument(help: ArgumentHelp("A file, `-`, or the name of a data set.", valueName: "data"))
  var source: String
  @Option(name: [.customShort("o"), .customLong("output")], help: "Where to write the model file.")
  var output: String?
  @OptionGroup(title: "Model") var mixture: MixtureOptions
  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Data") var labels: LabelsOption
  @OptionGroup(title: "Ascent") var ascent: AscentOptions
  @OptionGroup(title: "Run") var seed: SeedOption
  @OptionGroup(title: "Run") var threads: ThreadsOption
  @OptionGroup(title: "Run") var precision: PrecisionOption
  @OptionGroup(title: "Run") var report: ReportOptions

  func run() async throws {
    try Vocabulary.check(model: model)
    try checkPaths()
    let archive = try ascent.resume.map { path throws(FileError) in try Archive(readingFrom: path) }
    let recorded = try archive.map { archive throws(FileError) in try CheckpointConfiguration(from: archive) }
    let settings = try settings(resuming: recorded?.settings)
    switch settings.precision {
    case .double: try await fit(Double.self, settings, archive)
    case .single: try await fit(Float.self, settings, archive)
    }
  }

  private func fit<Scalar: LatentScalar>(
    _: Scalar.Type, _ settings: FitSettings, _ archive: Archive?
  ) async throws {
    let console = Console(report)
    let checkpoint = try archive.map { archive throws(FileError) in
      try GaussianCheckpoint<Scalar>(from: archive)
    }
    let table: Table<Scalar> = try DataSource(source, console: console, threads: threads.value)
      .table(columns: settings.columns, labels: labels.value)
    let data = try FitData(table, settings)
    let job = try GaussianFit(
      settings: settings, data: data, ascent: ascent, threads: threads.value, console: console,
      checkpoint: checkpoint)
    try await job.run(writingTo: output)
  }

  /// Refuses outputs that cannot be written before any work is done.
  private func checkPaths() throws {
    var others = [(source, "the data")]
    if let start = mixture.start, !FitSettings.namedStarts.contains(start) {
      others.append((start, "the start"))
    }
    if let file = labels.value { others.append((file, "the labels")) }
    if let checkpoint = ascent.checkpoint {
      try OutputPath.check(checkpoint, option: "--checkpoint", against: others)
      others.append((checkpoint, "the checkpoint"))
    }
    if let resume = ascent.resume { others.append((resume, "the checkpoint to resume")) }
    if let output { try OutputPath.check(output, option: "-o", against: others) }
  }
}
