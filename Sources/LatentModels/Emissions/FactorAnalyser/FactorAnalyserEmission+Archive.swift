public import LatentFiles

extension FactorAnalyserEmission: KeptEmission {
  public static var kind: String { "mfa" }

  /// The numbers of columns and factors, the structure of the noise, and the prior where there is one.
  public func write(to archive: inout Archive, at path: String) {
    archive.set("\(path)/dimensions", dimensions)
    archive.set("\(path)/factors", factors)
    archive.note("\(path)/noise", noise.rawValue)
    prior?.write(to: &archive, at: "\(path)/prior")
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    let dimensions = try archive.value("\(path)/dimensions", of: Int.self)
    let factors = try archive.value("\(path)/factors", of: Int.self)
    guard let noise = archive.notes["\(path)/noise"].flatMap(NoiseStructure.init(rawValue:)) else {
      throw .corrupt(path: archive.path, .metadata(key: "\(path)/noise"))
    }
    var prior: FactorPrior?
    if archive.contains("\(path)/prior/mean") { prior = try FactorPrior(from: archive, at: "\(path)/prior") }
    guard dimensions > 0,
      let family = try? Self(dimensions: dimensions, factors: factors, noise: noise, prior: prior)
    else { throw archive.invalidValue("\(path)/factors") }
    self = family
  }

  public func accepts(_ θ: FactorParameters) -> Bool {
    θ.dimensions == dimensions && θ.factors == factors && θ.noise.rows == (noise.isShared ? 1 : θ.components)
      && θ.noise.columns == (noise.isIsotropic ? 1 : dimensions)
  }

  public func accepts(_ statistics: FactorStatistics) -> Bool {
    statistics.origins.columns == dimensions && statistics.factors == factors
  }
}
