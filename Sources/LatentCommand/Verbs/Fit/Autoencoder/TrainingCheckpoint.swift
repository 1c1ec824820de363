import Latent

/// What a checkpoint of an auto-encoder says about its run.
struct TrainingConfiguration: Codable, Equatable, Sendable {
  /// The kind of the archives of such checkpoints.
  static let kind = "training"

  var settings: AutoencoderSettings
  /// What the networks are.
  var model: AutoencoderConfiguration
  var labels: AutoencoderLabels?
  var data: DataFingerprint

  init(
    settings: AutoencoderSettings, model: AutoencoderConfiguration, labels: AutoencoderLabels?,
    data: DataFingerprint
  ) {
    self.settings = settings
    self.model = model
    self.labels = labels
    self.data = data
  }

  init(from archive: Archive) throws(FileError) {
    guard archive.kind == Self.kind else {
      throw .wrongKind(path: archive.path, found: archive.kind, expected: Self.kind)
    }
    self = try archive.decodedConfiguration()
    guard settings.latent > 0, (settings.secondLatent ?? 1) > 0, settings.hidden.allSatisfy({ $0 > 0 }),
      settings.batch > 0,
      settings.learningRate > 0, settings.learningRate.isFinite, (settings.importance ?? 1) > 0,
      settings.restarts > 0, data.rows > 0, data.columns > 0,
      settings.holdout.map({ $0 > 0 && $0 < 1 }) ?? true
    else { throw .corrupt(path: archive.path, .configuration) }
  }

  /// The checkpoint of a fit with these settings.
  func archive<State: Archivable>(of progress: FitProgress<State>) throws -> Archive {
    var archive = Archive(kind: Self.kind, configuration: try Archive.configurationText(of: self))
    progress.write(to: &archive, at: "fit")
    return archive
  }
}
