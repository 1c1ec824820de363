public import LatentFiles

extension Mixing: Archivable {
  /// A note with the name.
  public func write(to archive: inout Archive, at path: String) {
    switch self {
    case .maximumLikelihood: archive.note("\(path)/mixing", "maximum likelihood")
    case .uniformPrior: archive.note("\(path)/mixing", "uniform prior")
    }
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    switch archive.notes["\(path)/mixing"] {
    case "maximum likelihood": self = .maximumLikelihood
    case "uniform prior": self = .uniformPrior
    default: throw .corrupt(path: archive.path, .metadata(key: "\(path)/mixing"))
    }
  }
}
