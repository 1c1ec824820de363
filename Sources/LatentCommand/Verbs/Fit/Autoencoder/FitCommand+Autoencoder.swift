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
    return try TrainingConfiguration(from: archive)
  }

  private func fitAutoencoder<Scalar: LatentScalar & TensorElement>(
    _ settings: AutoencoderSettings, _ archive: Archive?, _: Scalar.Type
  ) async throws {
    let console = Console(report)
    let threads = threads.value
    let source = DataSource(source, console: console, threads: threads)
    let table: Table<Scalar> = try source.table(
      DataChoice(columns: settings.columns, weights: settings.weights))
    let data = try FitData(table, settings.dataSettings)
    // Where none is asked for, a minibatch holds all rows of small data.
    var settings = settings
    if climb.batches.batch == nil, archive == nil { settings.batch = min(settings.batch, data.rows.rows) }
    // A checkpoint's batch fits its data, and whether these are the same is seen to later.
    guard archive != nil || settings.batch <= data.rows.rows else {
      throw TrainingError.batchTooLarge(
        source: data.source, rows: data.rows.rows, batch: settings.batch, heldOut: data.heldOut?.rows ?? 0)
    }
    let fit = try AutoencoderFit(
      settings: settings, data: data, test: try test(of: data, settings, console: console),
      ascent: ascentSettings, threads: threads, console: console, checkpoint: archive)
    try await fit.run(writingTo: output)
  }

  /// An ascent whose bound is noisy takes all its passes unless a tolerance is asked for.
  private var ascentSettings: AscentSettings {
    var settings = ascent.settings(stopping: stopping)
    settings.tolerance = stopping.givenTolerance ?? 0
    return settings
  }

  /// What the bound is shown of after each pass.
  private func test<Scalar>(
    of data: FitData<Scalar>, _ settings: AutoencoderSettings, console: Console
  ) throws -> AutoencoderTest<Scalar>? {
    guard let name = gradient.test else {
      return data.heldOut.map { AutoencoderTest(rows: $0, source: "rows held out", seed: settings.seed) }
    }
    var source = DataSource(name, console: console, threads: threads.value)
    var choice = DataChoice(columns: settings.columns)
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
    guard table.columns == data.rows.columns else {
      throw TrainingError.testWidth(
        source: table.source, columns: table.columns, data: data.source, expected: data.rows.columns)
    }
    let preparation = RowPreparation(
      binarize: settings.drawsAfresh ? nil : settings.binarize, seed: settings.seed,
      standardization: data.standardization)
    return AutoencoderTest(
      rows: Rows(try preparation.applied(to: table, from: 0).values), source: table.source,
      seed: settings.seed)
  }
}
