public import LatentFiles

extension StochasticAscent.State: Archivable
where Model.Parameters: Archivable, Model.Statistics: Archivable {
  /// The running statistics are kept: nothing gives them back.
  public func write(to archive: inout Archive, at path: String) {
    parameters.write(to: &archive, at: path)
    archive.set("\(path)/iteration", iteration)
    archive.set("\(path)/blended", blended)
    statistics?.write(to: &archive, at: "\(path)/statistics")
  }

  public init(from archive: Archive, at path: String) throws(FileError) {
    self.init(parameters: try Model.Parameters(from: archive, at: path))
    iteration = try archive.value("\(path)/iteration", of: Int.self)
    guard iteration >= 0 else { throw archive.invalidValue("\(path)/iteration") }
    // Absent from the checkpoints of the first release, which counted every batch.
    let name = "\(path)/blended"
    blended = archive.contains(name) ? try archive.value(name, of: Int.self) : iteration
    guard blended >= 0, blended <= iteration else { throw archive.invalidValue(name) }
    if blended > 0 { statistics = try Model.Statistics(from: archive, at: "\(path)/statistics") }
  }
}
