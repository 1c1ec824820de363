import ArgumentParser
import Foundation
import Latent

struct FitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit", abstract: "Fits a model to data by raising the evidence lower bound.",
    discussion: """
      MODEL is a mixture of Gaussians (gmm), of Student densities, for data with outliers (tmm), of zeros and ones (bmm), of \
      categories (cmm), of factor analysers (mfa); factor analysis (fa); or probabilistic PCA (ppca).

      latent fit gmm mnist-sample --components 10 --labels label -o digits.latent
      """)

  @Argument(help: ArgumentHelp("gmm, tmm, bmm, cmm, mfa, fa or ppca.", valueName: "model")) var model: String
  @Argument(help: ArgumentHelp("A file, `-`, or the name of a data set.", valueName: "data"))
  var source: String
  @Option(name: [.customShort("o"), .customLong("output")], help: "Where to write the model file.")
  var output: String?
  @OptionGroup(title: "Model") var modelOptions: ModelOptions
  @OptionGroup(title: "Model") var start: StartOptions
  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Data") var labels: LabelsOption
  @OptionGroup(title: "Data") var weights: WeightsOption
  @OptionGroup(title: "Ascent") var climb: ClimbOptions
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
    try await ModelKinds.visit(
      model: model, inference: settings.model.inference, precision: settings.precision,
      FitJob(command: self, settings: settings, archive: archive))
  }

  /// Refuses outputs that cannot be written before any work is done.
  private func checkPaths() throws {
    var others = [(source, "the data")]
    if let start = self.start.start, !FitSettings.namedStarts.contains(start) {
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

/// The work of `fit` for one kind of model.
private struct FitJob: KindVisitor {
  let command: FitCommand
  var settings: FitSettings
  let archive: Archive?

  func visit<Kind: ModelKind>(_: Kind.Type) async throws {
    var settings = settings
    settings.model = try Kind.completed(settings.model)
    let console = Console(command.report)
    let threads = command.threads.value
    let table: Table<Kind.Scalar> = try DataSource(command.source, console: console, threads: threads)
      .table(settings.choice(labels: command.labels.value, isCategorical: Kind.isCategorical))
    let data = try FitData(table, settings)
    settings.model.levels = data.levels
    let job = try MixtureFit<Kind>(
      settings: settings, data: data, ascent: command.ascent, threads: threads,
      console: console, checkpoint: archive)
    try await job.run(writingTo: command.output)
  }
}
