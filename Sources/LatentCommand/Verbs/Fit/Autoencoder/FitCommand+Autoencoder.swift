import Latent

extension FitCommand {
  /// Fits a model of networks.
  ///
  /// - Parameter archive: the checkpoint to go on from.
  func fitAutoencoder(_ archive: Archive?) async throws {
    let recorded = try archive.map { archive in try recordedTraining(archive) }
    let settings = try autoencoderSettings(resuming: recorded?.settings)
    switch settings.precision {
    case .double: try await fitAutoencoder(settings, archive, Double.self)
    case .single, .bf16: try await fitAutoencoder(settings, archive, Float.self)
    }
  }

  /// Refuses the checkpoint of a mixture in the words of one that was made with another MODEL.
  private func recordedTraining(_ archive: Archive) throws -> TrainingConfiguration {
    if archive.kind == CheckpointConfiguration.kind {
      let found = try CheckpointConfiguration(from: archive).settings.model.model
      throw UsageError.resumeConflict(
        path: archive.path, option: "MODEL", given: model, recorded: found)
    }
    if archive.kind == SequenceConfiguration.kind {
      let found = try SequenceConfiguration(from: archive).settings.model.model
      throw UsageError.resumeConflict(
        path: archive.path, option: "MODEL", given: model, recorded: found)
    }
    if archive.kind == FilterConfiguration.kind {
      let found = try FilterConfiguration(from: archive).settings.model
      throw UsageError.resumeConflict(
        path: archive.path, option: "MODEL", given: model, recorded: found)
    }
    return try TrainingConfiguration(from: archive)
  }

  private func fitAutoencoder<Scalar: LatentScalar & TensorElement>(
    _ settings: AutoencoderSettings, _ archive: Archive?, _: Scalar.Type
  ) async throws {
    let console = Console(report)
    let threads = threads.value
    let source = DataSource(source, console: console, threads: threads)
    let table: Table<Scalar> = try source.table(
      DataChoice(
        columns: settings.columns, labels: try labelName(settings), weights: settings.weights,
        isCategorical: settings.isCategorical))
    var (shape, data) = (
      AutoencoderShape(
        source: table.source, columns: table.columns,
        given: try settings.condition?.columns(of: table) ?? [],
        image: table.imageShape.map { .init(height: $0.height, width: $0.width) }, levels: table.levels),
      try FitData(table, settings.dataSettings)
    )
    if let name = settings.condition?.labels, let all = table.labels {
      let labels = try AutoencoderLabels(all, name: name, source: table.source)
      try data.give(all, as: labels)
      shape.labels = labels
    }
    // Where none is asked for, a minibatch holds all rows of small data.
    var settings = settings
    if climb.batches.batch == nil, archive == nil { settings.batch = min(settings.batch, data.rows.rows) }
    // A checkpoint's batch fits its data, and whether these are the same is seen to later.
    guard archive != nil || settings.batch <= data.rows.rows else {
      throw TrainingError.batchTooLarge(
        source: data.source, rows: data.rows.rows, batch: settings.batch, heldOut: data.heldOut?.rows ?? 0)
    }
    var fit = try AutoencoderFit(
      settings: settings, shape: shape, data: data,
      test: try test(of: data, shape, settings, console: console),
      ascent: ascentSettings, threads: threads, console: console, checkpoint: archive)
    fit.live = live(console)
    fit.labelName = try labelName(settings)
    try await fit.run(writingTo: output)
  }

  /// Where the categories of the rows are: those that the networks are given, or those that a report is coloured by.
  private func labelName(_ settings: AutoencoderSettings) throws -> String? {
    guard let given = settings.condition?.labels else { return labels.value }
    if let other = labels.value, other != given {
      throw UsageError.conflict(
        option: "--labels", other: "--condition",
        reason: "the colours of a report are the categories that the networks are given")
    }
    return given
  }

  /// An ascent whose bound is noisy takes all its passes unless a tolerance is asked for.
  private var ascentSettings: AscentSettings {
    var settings = ascent.settings(stopping: stopping)
    settings.tolerance = stopping.givenTolerance ?? 0
    return settings
  }

  /// A column that is no part of the rows, where it is known by its place alone.
  private func testLabels(besides names: [String]?) -> String? {
    guard let name = labels.value, names == nil, !DataSource.isFile(name) else { return nil }
    return name
  }

  /// What the bound is shown of after each pass.
  private func test<Scalar>(
    of data: FitData<Scalar>, _ shape: AutoencoderShape, _ settings: AutoencoderSettings, console: Console
  ) throws -> AutoencoderTest<Scalar>? {
    guard let name = gradient.test else {
      return data.heldOut.map {
        AutoencoderTest(
          rows: $0, source: "rows held out", rowNumbers: data.rowNumbers?.heldOut, seed: settings.seed)
      }
    }
    if let labels = shape.labels, DataSource.isFile(labels.name) {
      throw UsageError.conflict(
        option: "--test", other: "--condition FILE",
        reason: "the file has the categories of DATA alone; give --holdout")
    }
    var source = DataSource(name, console: console, threads: threads.value)
    var choice = DataChoice(
      columns: settings.columns, labels: shape.labels?.name ?? testLabels(besides: data.columnNames),
      weights: settings.weights,
      isCategorical: settings.isCategorical, levels: shape.levels)
    if choice.columns == nil, let names = data.columnNames {
      source = try source.rereadable()
      if let available = try source.columnNames() {
        let missing = names.filter { !available.contains($0) }
        guard missing.isEmpty else {
          throw TrainingError.testColumns(source: source.title, data: data.source, names: missing)
        }
        choice.columns = names
      }
    }
    let table: Table<Scalar> = try source.table(choice)
    guard table.columns == shape.columns else {
      throw TrainingError.testWidth(
        source: table.source, columns: table.columns, data: data.source, expected: shape.columns)
    }
    let preparation = RowPreparation(
      binarize: settings.drawsAfresh ? nil : settings.binarize, seed: settings.seed,
      standardization: data.standardization)
    var values = try preparation.applied(to: table, from: 0).values
    if let labels = shape.labels {
      let codes = try labels.codes(of: table.labels ?? [], source: table.source, model: "the model")
      values = labels.beside(values, codes)
    }
    return AutoencoderTest(
      rows: Rows(values, weights: table.weights), source: table.source, seed: settings.seed)
  }
}
