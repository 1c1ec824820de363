import Latent

extension FitCommand {
  /// Fits a model of sequences.
  ///
  /// - Parameter archive: the checkpoint to go on from.
  func fitSequences(_ archive: Archive?) async throws {
    let recorded = try archive.map { archive in try recordedSequences(archive) }
    let settings = try sequenceSettings(resuming: recorded?.settings)
    try await SequenceKinds.visit(
      model: model, inference: settings.model.inference, emissions: settings.emissions,
      precision: settings.precision, SequenceFitJob(command: self, settings: settings, archive: archive))
  }

  /// Refuses the checkpoint of another model in the words of one that was made with another MODEL.
  private func recordedSequences(_ archive: Archive) throws -> SequenceConfiguration {
    var found: String?
    if archive.kind == CheckpointConfiguration.kind {
      found = try CheckpointConfiguration(from: archive).settings.model.model
    } else if archive.kind == TrainingConfiguration.kind {
      found = try TrainingConfiguration(from: archive).settings.model
    } else if archive.kind == FilterConfiguration.kind {
      found = try FilterConfiguration(from: archive).settings.model
    }
    if let found {
      throw UsageError.resumeConflict(path: archive.path, option: "MODEL", given: model, recorded: found)
    }
    return try SequenceConfiguration(from: archive)
  }
}

/// The work of `fit` for one kind of model of sequences.
private struct SequenceFitJob: SequenceVisitor {
  let command: FitCommand
  let settings: SequenceSettings
  let archive: Archive?

  /// Not specialised, as in `fit` of mixtures: the loops over frames are in the libraries.
  @_semantics("optimize.sil.specialize.generic.never")
  func visit<Kind: SequenceKind>(_: Kind.Type) async throws {
    var settings = try Kind.completed(settings)
    let console = Console(command.report)
    let source = DataSource(command.source, console: console, threads: command.threads.value)
    let (table, levels): (SequenceTable<Kind.Scalar>, [[String]]?) = try source.sequences(
      settings.choice(isCategorical: Kind.cells == .categories))
    let data = try SequenceData(
      table, levels: levels, settings, hasControls: settings.model.model == "lds", console: console)
    settings.model.levels = data.levels
    do {
      var fit = try SequenceFit<Kind>(
        settings: settings, data: data, ascent: command.ascent.settings(stopping: command.stopping),
        threads: command.threads.value, console: console, checkpoint: archive)
      fit.live = command.live(console)
      try await fit.run(writingTo: command.output)
    } catch let error as InferenceError {
      throw data.failure(error, settings)
    }
  }
}
