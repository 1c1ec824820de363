public import LatentFiles
import LatentNumerics

extension LinearStateSpaceStatistics: Archivable {
  /// The parameters that residuals are about under `origin`; `initial/count`, `initial/first`, `initial/second`; and `count`,
  /// `residuals`, `cross`, `regressors` under `transition` and `emission`.
  public func write(to archive: inout Archive, at path: String) {
    origin.write(to: &archive, at: "\(path)/origin")
    archive.set("\(path)/initial/count", initial.count)
    archive.set("\(path)/initial/first", initial.first)
    archive.set("\(path)/initial/second", initial.second)
    transition.write(to: &archive, at: "\(path)/transition")
    emission.write(to: &archive, at: "\(path)/emission")
  }

  /// Reads and checks them: matrices that fit the parameters, finite numbers, counts not negative.
  public init(from archive: Archive, at path: String) throws(FileError) {
    self.init(about: try LinearStateSpaceParameters(from: archive, at: "\(path)/origin"))
    let L = origin.latent
    initial.count = try archive.value("\(path)/initial/count")
    initial.first = try archive.vector("\(path)/initial/first", count: L)
    initial.second = try archive.matrix("\(path)/initial/second", rows: L, columns: L)
    try transition.read(from: archive, at: "\(path)/transition")
    try emission.read(from: archive, at: "\(path)/emission")
    guard initial.count >= 0, initial.count.isFinite, initial.first.allSatisfy(\.isFinite),
      initial.second.isFinite
    else { throw archive.invalidValue("\(path)/initial") }
  }
}

extension LinearStateSpaceStatistics.Moments {
  fileprivate func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/count", count)
    archive.set("\(path)/residuals", residuals)
    archive.set("\(path)/cross", cross)
    archive.set("\(path)/regressors", regressors)
  }

  /// Takes moments of the same shapes.
  fileprivate mutating func read(from archive: Archive, at path: String) throws(FileError) {
    count = try archive.value("\(path)/count")
    residuals = try archive.matrix("\(path)/residuals", rows: residuals.rows, columns: residuals.columns)
    cross = try archive.matrix("\(path)/cross", rows: cross.rows, columns: cross.columns)
    regressors = try archive.matrix("\(path)/regressors", rows: regressors.rows, columns: regressors.columns)
    guard count >= 0, count.isFinite, [residuals, cross, regressors].allSatisfy(\.isFinite) else {
      throw archive.invalidValue(path)
    }
  }
}
