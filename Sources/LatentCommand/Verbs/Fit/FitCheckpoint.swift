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
    try configuration.archive(of: progress).write(to: path)
  }
}

typealias CheckpointConfiguration = RunConfiguration<FitSettings>

extension FitSettings: RunSettings {
  static var checkpointKind: String { "checkpoint" }

  var isProper: Bool {
    model.components > 0 && restarts > 0 && holdout.map { $0 > 0 && $0 < 1 } ?? true
  }
}
