import Latent

/// Settings that define a run, which checkpoints keep.
protocol RunSettings: Codable, Equatable, Sendable {
  /// The kind of the archives of such checkpoints.
  static var checkpointKind: String { get }
  /// Whether a run can have had them.
  var isProper: Bool { get }
}

/// What a checkpoint says about its run.
struct RunConfiguration<Settings: RunSettings>: Codable, Equatable, Sendable {
  var settings: Settings
  var data: DataFingerprint

  static var kind: String { Settings.checkpointKind }

  init(settings: Settings, data: DataFingerprint) {
    self.settings = settings
    self.data = data
  }

  /// - Throws: `.wrongKind`; `.corrupt` for settings that no run can have had.
  init(from archive: Archive) throws(FileError) {
    guard archive.kind == Self.kind else {
      throw .wrongKind(path: archive.path, found: archive.kind, expected: Self.kind)
    }
    self = try archive.decodedConfiguration()
    guard settings.isProper, data.rows > 0, data.columns > 0 else {
      throw .corrupt(path: archive.path, .configuration)
    }
  }

  /// The checkpoint of a fit with these settings.
  func archive<State: Archivable>(of progress: FitProgress<State>) throws -> Archive {
    var archive = Archive(kind: Self.kind, configuration: try Archive.configurationText(of: self))
    progress.write(to: &archive, at: "fit")
    return archive
  }
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
