import Latent

/// All that a fit needs to go on; the model itself follows from the settings and the data.
struct FitCheckpoint<State: Sendable & Archivable>: Sendable {
  typealias Progress = FitProgress<State>

  var configuration: CheckpointConfiguration
  var progress: Progress

  init(configuration: CheckpointConfiguration, progress: Progress) {
    self.configuration = configuration
    self.progress = progress
  }

  /// - Parameter accepts: whether a state belongs to the model of the settings.
  /// - Throws: `FileError` for a file that holds no such checkpoint, or one whose parts do not belong together.
  init(from archive: Archive, accepting accepts: (State) -> Bool = { _ in true }) throws(FileError) {
    configuration = try CheckpointConfiguration(from: archive)
    progress = try Progress(from: archive, at: "fit")
    let states = [progress.state, progress.best?.state].compactMap(\.self)
    guard states.allSatisfy(accepts), progress.runs.count <= configuration.settings.restarts,
      progress.best.map({ !$0.trace.isEmpty }) ?? true
    else { throw .corrupt(path: archive.path, .configuration) }
  }

  /// Writes the checkpoint as a whole, or leaves the one before it.
  func write(to path: String) throws {
    var archive = Archive(
      kind: CheckpointConfiguration.kind, configuration: try Archive.configurationText(of: configuration))
    progress.write(to: &archive, at: "fit")
    try archive.write(to: path)
  }
}

/// What a checkpoint says about its run.
struct CheckpointConfiguration: Codable, Equatable, Sendable {
  /// The kind of the archives of checkpoints.
  static let kind = "checkpoint"

  var settings: FitSettings
  var data: DataFingerprint

  init(settings: FitSettings, data: DataFingerprint) {
    self.settings = settings
    self.data = data
  }

  init(from archive: Archive) throws(FileError) {
    guard archive.kind == Self.kind else {
      throw .wrongKind(path: archive.path, found: archive.kind, expected: Self.kind)
    }
    self = try archive.decodedConfiguration()
    guard settings.model.components > 0, settings.restarts > 0, data.rows > 0, data.columns > 0,
      settings.holdout.map({ $0 > 0 && $0 < 1 }) ?? true
    else {
      throw .corrupt(path: archive.path, .configuration)
    }
  }

  /// - Throws: `UsageError.resumeData` when the data are others.
  func check(_ data: DataFingerprint, path: String) throws { try self.data.check(data, path: path) }
}

extension DataFingerprint {
  /// Refuses other data than these, which a checkpoint recorded.
  ///
  /// - Throws: `UsageError.resumeData`.
  func check(_ data: DataFingerprint, path: String) throws {
    func differ(_ what: String, _ given: String, _ recorded: String) -> UsageError {
      .resumeData(path: path, what: what, given: given, recorded: recorded)
    }
    if data.rows != rows { throw differ("rows", "\(data.rows)", "\(rows)") }
    if data.columns != columns { throw differ("columns", "\(data.columns)", "\(columns)") }
    if data.sha256 != sha256 {
      throw differ("values with checksum", "\(data.sha256.prefix(12))", "\(sha256.prefix(12))")
    }
  }
}
