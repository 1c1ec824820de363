public import LatentFiles

extension Mixing: Archivable {
  /// A note with the name and, where there is one, the concentration.
  public func write(to archive: inout Archive, at path: String) {
    switch self {
    case .maximumLikelihood: archive.note("\(path)/mixing", "maximum likelihood")
    case .uniformPrior: archive.note("\(path)/mixing", "uniform prior")
    case .dirichlet(let α):
      archive.note("\(path)/mixing", "dirichlet")
      archive.set("\(path)/concentration", α)
    case .stickBreaking(let α):
      archive.note("\(path)/mixing", "stick-breaking")
      archive.set("\(path)/concentration", α)
    }
  }

  /// - Throws: `.corrupt` for an unknown name or a concentration that is not positive.
  public init(from archive: Archive, at path: String) throws(FileError) {
    switch archive.notes["\(path)/mixing"] {
    case "maximum likelihood": self = .maximumLikelihood
    case "uniform prior": self = .uniformPrior
    case "dirichlet": self = .dirichlet(concentration: try Self.concentration(from: archive, at: path))
    case "stick-breaking":
      self = .stickBreaking(concentration: try Self.concentration(from: archive, at: path))
    default: throw .corrupt(path: archive.path, .metadata(key: "\(path)/mixing"))
    }
  }

  private static func concentration(from archive: Archive, at path: String) throws(FileError) -> Double {
    let α: Double = try archive.value("\(path)/concentration")
    guard α > 0, α.isFinite else { throw archive.invalidValue("\(path)/concentration") }
    return α
  }
}
