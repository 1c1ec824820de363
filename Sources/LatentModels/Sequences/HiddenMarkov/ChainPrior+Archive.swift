public import LatentFiles

extension ChainPrior: Archivable {
  /// A note with the name and, where there are any, the concentrations.
  public func write(to archive: inout Archive, at path: String) {
    switch self {
    case .maximumLikelihood: archive.note("\(path)/chain", "maximum likelihood")
    case .mode(let initial, let transition, let stickiness):
      archive.note("\(path)/chain", "mode")
      archive.set("\(path)/concentrations", [initial, transition, stickiness])
    case .dirichlet(let initial, let transition, let stickiness):
      archive.note("\(path)/chain", "dirichlet")
      archive.set("\(path)/concentrations", [initial, transition, stickiness])
    }
  }

  /// - Throws: `.corrupt` for an unknown name or a concentration out of its range.
  public init(from archive: Archive, at path: String) throws(FileError) {
    let name = archive.notes["\(path)/chain"]
    if name == "maximum likelihood" {
      self = .maximumLikelihood
      return
    }
    guard name == "mode" || name == "dirichlet" else {
      throw .corrupt(path: archive.path, .metadata(key: "\(path)/chain"))
    }
    let α: [Double] = try archive.vector("\(path)/concentrations", count: 3)
    self =
      name == "mode"
      ? .mode(initial: α[0], transition: α[1], stickiness: α[2])
      : .dirichlet(initial: α[0], transition: α[1], stickiness: α[2])
    guard (try? validate()) != nil else { throw archive.invalidValue("\(path)/concentrations") }
  }
}
