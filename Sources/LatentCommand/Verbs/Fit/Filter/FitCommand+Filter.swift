import Latent

extension FitCommand {
  /// Fits a deep filter.
  ///
  /// - Parameter archive: the checkpoint to go on from.
  func fitFilter(_ archive: Archive?) async throws {
    let recorded = try archive.map { archive in try recordedFilter(archive) }
    let settings = try filterSettings(resuming: recorded?.settings)
    switch settings.precision {
    case .double: try await fitFilter(settings, archive, Double.self)
    default: try await fitFilter(settings, archive, Float.self)
    }
  }

  /// Refuses the checkpoint of another model in the words of one that was made with another MODEL.
  private func recordedFilter(_ archive: Archive) throws -> FilterConfiguration {
    var found: String?
    switch archive.kind {
    case CheckpointConfiguration.kind:
      found = try CheckpointConfiguration(from: archive).settings.model.model
    case TrainingConfiguration.kind: found = try TrainingConfiguration(from: archive).settings.model
    case SequenceConfiguration.kind: found = try SequenceConfiguration(from: archive).settings.model.model
    default: break
    }
    if let found {
      throw UsageError.resumeConflict(path: archive.path, option: "MODEL", given: model, recorded: found)
    }
    return try FilterConfiguration(from: archive)
  }

  private func fitFilter<Scalar: LatentScalar & TensorElement>(
    _ settings: FilterSettings, _ archive: Archive?, _: Scalar.Type
  ) async throws {
    let console = Console(report)
    let source = DataSource(source, console: console, threads: threads.value)
    let (table, _): (SequenceTable<Scalar>, [[String]]?) = try source.sequences(settings.choice)
    let data = try SequenceData(
      table, levels: nil, settings.dataSettings, hasControls: true, console: console)
    var settings = settings
    // Where none is asked for, a minibatch holds all sequences of small data.
    if climb.batches.batch == nil, archive == nil {
      settings.batch = min(settings.batch, data.sequences.count)
    }
    guard archive != nil || settings.batch <= data.sequences.count else {
      throw SequenceUseError.batchTooLarge(
        source: data.source, sequences: data.sequences.count, batch: settings.batch)
    }
    let longest = data.sequences.lengths.max() ?? 0
    if let given = filter.firstFrames, given > longest {
      throw SequenceUseError.firstFrames(source: data.source, longest: longest, given: given)
    }
    let steps = (data.sequences.count - 1) / settings.batch + 1
    if let passes = settings.passes, settings.isBelowLeast(passes, steps: steps) {
      throw SequenceUseError.passesTooFew(
        passes: passes, needed: (FilterSettings.leastUpdates - 1) / steps + 1, steps: steps)
    }
    var fit = try FilterFit(
      settings: settings, data: data, test: try filterTest(of: data, settings, console: console),
      ascent: ascent.settings(stopping: stopping), threads: threads.value, console: console,
      checkpoint: archive)
    fit.live = live(console)
    try await fit.run(writingTo: output)
  }

  /// What the bound is shown of after each pass.
  private func filterTest<Scalar>(
    of data: SequenceData<Scalar>, _ settings: FilterSettings, console: Console
  ) throws -> FilterTest<Scalar>? {
    guard let name = gradient.test else {
      return data.heldOut.map {
        FilterTest(
          sequences: $0, source: "sequences held out", seed: settings.seed, names: data.heldOutNames)
      }
    }
    let source = DataSource(name, console: console, threads: threads.value)
    var choice = settings.choice
    if source.simulated != nil {
      choice = SequenceChoice()
    } else if let file = [settings.controls, settings.sequence].compactMap(\.self).first(
      where: DataSource.isFile)
    {
      throw UsageError.conflict(
        option: "--test", other: "a file of --controls or --sequence",
        reason: "\(file) belongs to the sequences of DATA; give --holdout")
    } else if choice.columns == nil, let names = data.columnNames {
      choice.columns = names
    }
    (choice.truth, choice.image) = ([], nil)
    var (table, _): (SequenceTable<Scalar>, [[String]]?) = try source.sequences(choice)
    guard table.frames.columns == data.sequences.columns else {
      throw TrainingError.testWidth(
        source: table.source, columns: table.frames.columns, data: data.source,
        expected: data.sequences.columns)
    }
    let expected = data.sequences.controlColumns
    guard table.controls?.columns ?? 0 == expected else {
      throw SequenceUseError.testControls(
        source: table.source, found: table.controls?.columns ?? 0, data: data.source, expected: expected)
    }
    let preparation = RowPreparation(
      binarize: settings.binarize, seed: settings.seed, standardization: data.standardization)
    table.frames = try preparation.applied(
      to: Table(source: table.source, values: table.frames, columnNames: table.columnNames), from: 0
    ).values
    do throws(SequenceError) {
      return FilterTest(
        sequences: try SequenceBatch(table.frames, lengths: table.lengths, controls: table.controls),
        source: table.source, seed: settings.seed, names: table.names)
    } catch {
      throw SequenceFailure(error: error, source: table.source, names: table.names)
    }
  }
}
