import LatentEvidence
public import LatentFiles
import LatentNumerics

extension MovingAscent.State: Archivable where Family.Parameters: Archivable {
  public func write(to archive: inout Archive, at path: String) {
    parameters.write(to: &archive, at: path)
    archive.set("\(path)/iteration", iteration)
    archive.set("\(path)/evaluations", evaluations)
    archive.set("\(path)/bound", bound)
    archive.set("\(path)/failures", failures)
    archive.note("\(path)/moves", JSON.text(of: moves))
  }

  /// The statistics are not kept: the next step makes them anew, the same bits, from the parameters.
  public init(from archive: Archive, at path: String) throws(FileError) {
    self.init(parameters: try MixtureParameters<Family.Parameters>(from: archive, at: path))
    iteration = try archive.value("\(path)/iteration", of: Int.self)
    evaluations = try archive.value("\(path)/evaluations", of: Int.self)
    bound = try archive.value("\(path)/bound")
    failures = try archive.value("\(path)/failures", of: Int.self)
    guard iteration >= 0, evaluations >= iteration, failures >= 0 else {
      throw archive.invalidValue("\(path)/iteration")
    }
    moves = try JSON.value([Kept].self, from: archive, note: "\(path)/moves")
  }
}
