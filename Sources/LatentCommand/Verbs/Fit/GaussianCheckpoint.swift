import Latent

/// All that a fit of a Gaussian mixture needs to go on.
struct GaussianCheckpoint<Scalar: LatentScalar>: Sendable {
  typealias Progress = FitProgress<CoordinateAscent<GaussianMixture<Scalar>>.State>

  static var kind: String { "checkpoint/gmm" }

  var configuration: CheckpointConfiguration
  var prior: GaussianPrior?
  var progress: Progress

  init(configuration: CheckpointConfiguration, prior: GaussianPrior?, progress: Progress) {
    self.configuration = configuration
    self.prior = prior
    self.progress = progress
  }

  /// - Throws: `FileError` for a file that holds no such checkpoint, or one whose parts do not belong together.
  init(from archive: Archive) throws(FileError) {
    configuration = try CheckpointConfiguration(from: archive)
    progress = try Progress(from: archive, at: "fit")
    prior = configuration.settings.prior == .none ? nil : try GaussianPrior(from: archive, at: "prior")
    let settings = configuration.settings
    let states = [progress.state, progress.best?.state].compactMap { $0?.parameters }
    let fits = states.allSatisfy {
      $0.components == settings.components && $0.covariances.structure == settings.covariance
        && $0.dimensions == configuration.data.columns
    }
    guard fits, prior.map({ $0.mean.count == configuration.data.columns }) ?? true,
      progress.runs.count <= settings.restarts, progress.best.map({ !$0.trace.isEmpty }) ?? true
    else { throw .corrupt(path: archive.path, .configuration) }
  }

  /// Writes the checkpoint as a whole, or leaves the one before it.
  func write(to path: String) throws {
    var archive = Archive(kind: Self.kind, configuration: try Archive.configurationText(of: configuration))
    prior?.write(to: &archive, at: "prior")
    progress.write(to: &archive, at: "fit")
    try archive.write(to: path)
  }
}

/// What a checkpoint says about its run.
struct CheckpointConfiguration: Codable, Equatable, Sendable {
  var settings: FitSettings
  var data: DataFingerprint

  init(settings: FitSettings, data: DataFingerprint) {
    self.settings = settings
    self.data = data
  }

  init(from archive: Archive) throws(FileError) {
    guard archive.kind == GaussianCheckpoint<Double>.kind else {
      throw .wrongKind(path: archive.path, found: archive.kind, expected: GaussianCheckpoint<Double>.kind)
    }
    self = try archive.decodedConfiguration()
    guard settings.components > 0, settings.restarts > 0, data.rows > 0, data.columns > 0,
      settings.holdout.map({ $0 > 0 && $0 < 1 }) ?? true
    else {
      throw .corrupt(path: archive.path, .configuration)
    }
  }

  /// - Throws: `UsageError.resumeData` when the data are others.
  func check(_ data: DataFingerprint, path: String) throws {
    func differ(_ what: String, _ given: String, _ recorded: String) -> UsageError {
      .resumeData(path: path, what: what, given: given, recorded: recorded)
    }
    let recorded = self.data
    if data.rows != recorded.rows { throw differ("rows", "\(data.rows)", "\(recorded.rows)") }
    if data.columns != recorded.columns { throw differ("columns", "\(data.columns)", "\(recorded.columns)") }
    if data.sha256 != recorded.sha256 {
      throw differ("values with checksum", "\(data.sha256.prefix(12))", "\(recorded.sha256.prefix(12))")
    }
  }
}
