import ArgumentParser
import Foundation
import Latent

struct FitCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit", abstract: "Fits a model to data by raising the evidence lower bound.",
    discussion: """
      MODEL is a mixture of Gaussians (gmm), of Student densities, for data with outliers (tmm), of zeros and ones (bmm), of \
      categories (cmm), of factor analysers (mfa); factor analysis (fa); probabilistic PCA (ppca); of sequences, a hidden \
      Markov model (hmm), a linear Gaussian state space (lds), a deep variational Bayes filter (dvbf) or a deep Kalman filter \
      (dkf); or a variational auto-encoder (vae), one of columns given others or categories (cvae), or a deterministic one, for \
      contrast (ae).

      latent fit gmm mnist-sample --components 10 --labels label -o digits.latent
      latent fit vae mnist-sample --latent 20 --hidden 500 --binarize stochastic --test mnist-sample-test -o vae.latent
      latent fit cvae mnist-sample --latent 10 --condition label --binarize stochastic -o given.latent

      latent fit hmm hmm-chain --states 5 --restarts 5 -o hmm.latent
      latent fit lds data.csv --sequence id --controls u --latent 2 -o lds.latent
      latent fit dvbf pendulum --latent 3 --test pendulum-test -o dvbf.latent

      More rows than memory holds: by batches, from the file. And later, with new rows alone:

      latent fit gmm rows.npy --components 20 --inference svi --passes 3 -o model.latent
      latent fit gmm new-rows.npy --from model.latent -o model.latent
      """)

  @Argument(
    help: ArgumentHelp(
      "gmm, tmm, bmm, cmm, mfa, fa, ppca, hmm, lds, dvbf, dkf, vae, cvae or ae.", valueName: "model"))
  var model: String
  @Argument(help: ArgumentHelp("A file, `-`, or the name of a data set.", valueName: "data"))
  var source: String
  @Option(name: [.customShort("o"), .customLong("output")], help: "Where to write the model file.")
  var output: String?
  @OptionGroup(title: "Model") var modelOptions: ModelOptions
  @OptionGroup(title: "Model") var start: StartOptions
  @OptionGroup(title: "Model") var repeats: RepeatOptions<FitDefaults>
  @OptionGroup(title: "Networks (vae, cvae, ae, dvbf, dkf)") var network: NetworkOptions
  @OptionGroup(title: "Networks (vae, cvae, ae, dvbf, dkf)") var gradient: GradientOptions
  @OptionGroup(title: "Networks (vae, cvae, ae, dvbf, dkf)") var condition: ConditionOptions
  @OptionGroup(title: "Deep filters (dvbf, dkf)") var filter: FilterOptions
  @OptionGroup(title: "Sequences (hmm, lds, dvbf, dkf)") var sequences: SequenceModelOptions
  @OptionGroup(title: "Data") var data: DataOptions
  @OptionGroup(title: "Data") var labels: LabelsOption
  @OptionGroup(title: "Data") var weights: WeightsOption
  @OptionGroup(title: "Ascent") var climb: ClimbOptions
  @OptionGroup(title: "Ascent") var stopping: StoppingOptions<FitDefaults>
  @OptionGroup(title: "Ascent") var ascent: AscentOptions
  @OptionGroup(title: "Update") var update: UpdateOptions
  @OptionGroup(title: "Run") var seed: SeedOption
  @OptionGroup(title: "Run") var threads: ThreadsOption
  @OptionGroup(title: "Run") var precision: PrecisionOption
  @Option(
    name: .customLong("report"),
    help: ArgumentHelp(
      "Keep an HTML page here of how far the fit is, rewritten every few seconds, and at the end its report.",
      valueName: "file"))
  var page: String?
  @OptionGroup(title: "Run") var report: ReportOptions

  func validate() throws {
    guard ascent.passes != nil, stopping.given != nil else { return }
    throw UsageError.conflict(
      option: "--passes", other: "--max-iterations", reason: "both say how many steps there are")
  }

  func run() async throws {
    try Vocabulary.check(model: model)
    try checkPaths()
    let archive = try ascent.resume.map { path throws(FileError) in try Archive(readingFrom: path) }
    guard !Vocabulary.filterModels.contains(model) else { return try await fitFilter(archive) }
    try refuse(filter.given)
    guard !Vocabulary.sequenceModels.contains(model) else { return try await fitSequences(archive) }
    try refuse(sequences.given)
    guard !Vocabulary.networkModels.contains(model) else { return try await fitAutoencoder(archive) }
    try refuse(network.given + gradient.given + condition.given)
    if let archive, archive.kind == TrainingConfiguration.kind {
      let found = try TrainingConfiguration(from: archive).settings.model
      throw UsageError.resumeConflict(path: archive.path, option: "MODEL", given: model, recorded: found)
    }
    if let archive, archive.kind == SequenceConfiguration.kind {
      let found = try SequenceConfiguration(from: archive).settings.model.model
      throw UsageError.resumeConflict(path: archive.path, option: "MODEL", given: model, recorded: found)
    }
    if let archive, archive.kind == FilterConfiguration.kind {
      let found = try FilterConfiguration(from: archive).settings.model
      throw UsageError.resumeConflict(path: archive.path, option: "MODEL", given: model, recorded: found)
    }
    let recorded = try archive.map { archive throws(FileError) in try CheckpointConfiguration(from: archive) }
    let settings = try settings(resuming: recorded?.settings)
    try await ModelKinds.visit(
      model: model, inference: settings.model.inference, precision: settings.precision,
      FitJob(command: self, settings: settings, archive: archive))
  }

  /// The page of the fit under way; nil without --report.
  func live(_ console: Console) -> LiveReport? { page.map { LiveReport(path: $0, console: console) } }

  /// Refuses outputs that cannot be written before any work is done.
  private func checkPaths() throws {
    var others = [(source, "the data")]
    let starts =
      Vocabulary.sequenceModels.contains(model)
      ? SequenceSettings.namedStarts(of: model) : FitSettings.namedStarts
    if let start = self.start.start, !starts.contains(start) {
      others.append((start, "the start"))
    }
    if let file = labels.value { others.append((file, "the labels")) }
    if let test = gradient.test { others.append((test, "the test data")) }
    if let file = condition.labels { others.append((file, "the condition")) }
    others += sequences.data.files
    if let checkpoint = ascent.checkpoint {
      try OutputPath.check(checkpoint, option: "--checkpoint", against: others)
      others.append((checkpoint, "the checkpoint"))
    }
    if let resume = ascent.resume { others.append((resume, "the checkpoint to resume")) }
    // The model that a fit goes on from may be replaced: that is what an update is.
    if let output { try OutputPath.check(output, option: "-o", against: others) }
    guard let page else { return }
    if let output { others.append((output, "the model")) }
    if let from = update.from { others.append((from, "the model to go on from")) }
    try OutputPath.check(page, option: "--report", against: others, endings: ReportCommand.endings)
  }
}

/// The work of `fit` for one kind of model.
private struct FitJob: KindVisitor {
  let command: FitCommand
  var settings: FitSettings
  let archive: Archive?

  /// The loops over rows lie in the libraries, specialised there; a copy of all that follows for every kind of model and
  /// every ascent would gain nothing.
  @_semantics("optimize.sil.specialize.generic.never")
  func visit<Kind: ModelKind>(_: Kind.Type) async throws {
    var settings = settings
    settings.model = try Kind.completed(settings.model)
    try check(settings, Kind.self)
    let console = Console(command.report)
    let threads = command.threads.value
    let source = DataSource(command.source, console: console, threads: threads)
    let earlier = try settings.from.map { try ModelInput(path: $0) }
    let data: FitData<Kind.Scalar>
    if let earlier {
      data = try self.data(source, after: earlier)
    } else {
      data = try self.data(source, isCategorical: Kind.isCategorical)
    }
    settings.model.levels = data.levels
    do {
      var job = try MixtureFit<Kind>(
        settings: settings, data: data, ascent: command.ascent.settings(stopping: command.stopping),
        threads: threads, console: console, checkpoint: archive, earlier: earlier?.fitted(),
        keepsStatistics: command.update.keepStatistics)
      job.live = command.live(console)
      try await job.run(writingTo: command.output)
    } catch let error as InferenceError {
      throw data.failure(error, remedies: MixtureFit<Kind>.remedies(settings))
    }
  }

  /// Refuses what cannot be done to the cells of a model, and ways to climb that it does not have.
  private func check<Kind: ModelKind>(_ settings: FitSettings, _: Kind.Type) throws {
    try Kind.check(standardize: settings.standardize, binarize: settings.binarize, of: settings.model)
    let ways = [
      ("--memoized", settings.climb.batches?.isMemoized == true), ("--from", settings.from != nil),
      ("--keep-statistics", command.update.keepStatistics),
    ]
    if Kind.linear == nil, let way = ways.first(where: \.1) {
      throw UsageError.noMeaning(
        option: way.0, model: settings.model.model, inference: settings.model.inference)
    }
    guard settings.model.isDirichletProcess else { return }
    let others =
      [(command.climb.batches.name, settings.climb.batches != nil)] + ways.dropFirst()
      + [("--acceleration", settings.climb.acceleration != .none)]
    guard let other = others.first(where: \.1) else { return }
    throw UsageError.conflict(
      option: "--prior \(MixingChoice.process)", other: other.0,
      reason: "components are split and merged on the way, with all rows at hand")
  }

  /// The data of a new model: from the file in batches where that is asked for and can be, otherwise in memory.
  private func data<Scalar: LatentScalar>(
    _ source: DataSource, isCategorical: Bool
  ) throws -> FitData<Scalar> {
    let choice = settings.choice(labels: command.labels.value, isCategorical: isCategorical)
    if let file: TableBatches<Scalar> = try batches(source, choice) {
      return try FitData(
        file, components: settings.model.components, weights: settings.weights,
        preparation: RowPreparation(binarize: settings.binarize, seed: settings.seed),
        standardize: settings.standardize, isChecked: isChecked)
    }
    return try FitData(source.table(choice), settings)
  }

  /// The data that a model goes on with, brought into the shape of those it has seen.
  private func data<Scalar: LatentScalar>(
    _ source: DataSource, after earlier: ModelInput
  ) throws -> FitData<Scalar> {
    let options = command.data
    let (matched, choice) = try earlier.matched(
      source, options: options, labels: command.labels.value, weights: settings.weights)
    if let file: TableBatches<Scalar> = try batches(matched, choice) {
      try earlier.check(columns: file.columns, of: file.source)
      return try FitData(
        file, components: 1, weights: settings.weights,
        preparation: earlier.preparation(source, options: options, seed: settings.seed), standardize: false,
        isChecked: isChecked)
    }
    var plain = settings
    plain.binarize = nil  // done already
    plain.model.components = 1  // new rows may be few
    let table: Table<Scalar> = try earlier.table(
      source, options: options, labels: command.labels.value, weights: settings.weights, seed: settings.seed,
      as: Scalar.self)
    var data = try FitData(table, plain)
    data.standardization = earlier.description.standardization
    return data
  }

  /// Whether a checkpoint will ask whether the data are the same.
  private var isChecked: Bool { archive != nil || command.ascent.checkpoint != nil }

  /// The file in batches, where it is one and batches are asked for.
  private func batches<Scalar: LatentScalar>(
    _ source: DataSource, _ choice: DataChoice
  ) throws -> TableBatches<Scalar>? {
    guard let batches = settings.climb.batches else { return nil }
    var choice = choice
    choice.labels = nil
    guard let file: TableBatches<Scalar> = try source.batches(of: batches.rows, choice) else { return nil }
    for (option, isGiven) in [
      ("--labels", command.labels.value != nil), ("--holdout", settings.holdout != nil),
    ] where isGiven {
      throw UsageError.conflict(
        option: option, other: command.climb.batches.name,
        reason: "the rows of a file are then read in batches and never held together")
    }
    return file
  }
}
