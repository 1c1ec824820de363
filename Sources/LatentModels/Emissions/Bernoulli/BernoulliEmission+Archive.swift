public import LatentFiles

extension BernoulliEmission: KeptEmission {
  public static var kind: String { "bmm" }

  /// The number of columns, and the prior where there is one.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/dimensions", dimensions)
    prior?.write(to: &archive, at: "\(path)/prior")
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    let dimensions = try archive.value("\(path)/dimensions", of: Int.self)
    var prior: BetaPrior?
    if archive.contains("\(path)/prior/ones") { prior = try BetaPrior(from: archive, at: "\(path)/prior") }
    guard dimensions > 0, let family = try? Self(dimensions: dimensions, prior: prior) else {
      throw archive.invalidValue("\(path)/dimensions")
    }
    self = family
  }

  public func accepts(_ parameters: BernoulliParameters) -> Bool { parameters.dimensions == dimensions }

  public func accepts(_ statistics: BernoulliStatistics) -> Bool { statistics.ones.columns == dimensions }
}

extension VariationalBernoulliEmission: KeptEmission {
  public static var kind: String { "bmm/vb" }

  /// The number of columns and the prior.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/dimensions", dimensions)
    prior.write(to: &archive, at: "\(path)/prior")
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    let dimensions = try archive.value("\(path)/dimensions", of: Int.self)
    guard dimensions > 0 else { throw archive.invalidValue("\(path)/dimensions") }
    self.init(dimensions: dimensions, prior: try BetaPrior(from: archive, at: "\(path)/prior"))
  }

  public func accepts(_ parameters: BernoulliPosterior) -> Bool { parameters.dimensions == dimensions }

  public func accepts(_ statistics: BernoulliStatistics) -> Bool { statistics.ones.columns == dimensions }
}
