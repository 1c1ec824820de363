public import LatentFiles

extension GaussianEmission: KeptEmission {
  public static var kind: String { "gmm" }

  /// The number of columns and the structure of the covariances, and tensors under `prior/` where there is one.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/dimensions", dimensions)
    archive.note("\(path)/covariance", covariance.rawValue)
    prior?.write(to: &archive, at: "\(path)/prior")
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    let dimensions = try archive.value("\(path)/dimensions", of: Int.self)
    let note = archive.notes["\(path)/covariance"]
    guard let structure = note.flatMap(CovarianceStructure.init(rawValue:)) else {
      throw .corrupt(path: archive.path, .metadata(key: "\(path)/covariance"))
    }
    var prior: GaussianPrior?
    if archive.contains("\(path)/prior/mean") {
      prior = try GaussianPrior(from: archive, at: "\(path)/prior")
    }
    guard dimensions > 0, let family = try? Self(dimensions: dimensions, covariance: structure, prior: prior)
    else { throw archive.invalidValue("\(path)/dimensions") }
    self = family
  }

  public func accepts(_ parameters: GaussianParameters) -> Bool {
    parameters.dimensions == dimensions && parameters.covariances.structure == covariance
  }

  public func accepts(_ statistics: GaussianStatistics) -> Bool {
    statistics.origins.columns == dimensions && statistics.structure == covariance
  }
}
