public import LatentFiles

extension StudentStatistics: Archivable {
  /// Tensors `counts` and `logPrecisions` `[K]`, F64, and the Gaussian statistics under `moments/`.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/counts", counts)
    archive.set("\(path)/logPrecisions", logPrecisions)
    moments.write(to: &archive, at: "\(path)/moments")
  }

  /// Reads and checks them: finite numbers, counts not negative.
  public init(from archive: Archive, at path: String) throws(FileError) {
    self.init(moments: try GaussianStatistics(from: archive, at: "\(path)/moments"))
    let K = moments.counts.count
    counts = try archive.vector("\(path)/counts", count: K)
    logPrecisions = try archive.vector("\(path)/logPrecisions", count: K)
    guard counts.allSatisfy({ $0 >= 0 && $0.isFinite }), logPrecisions.allSatisfy(\.isFinite) else {
      throw archive.invalidValue(path)
    }
  }
}
