import Foundation
public import LatentFiles
import LatentNumerics

extension MovingAscent.State: Archivable where Family.Parameters: Archivable {
  public func write(to archive: inout Archive, at path: String) {
    parameters.write(to: &archive, at: path)
    archive.set("\(path)/iteration", iteration)
    archive.set("\(path)/evaluations", evaluations)
    archive.set("\(path)/bound", bound)
    archive.set("\(path)/failures", failures)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    archive.note(
      "\(path)/moves", String(decoding: (try? encoder.encode(moves)) ?? Data(), as: UTF8.self))
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
    guard let text = archive.notes["\(path)/moves"],
      let moves = try? JSONDecoder().decode([Kept].self, from: Data(text.utf8))
    else { throw .corrupt(path: archive.path, .metadata(key: "\(path)/moves")) }
    self.moves = moves
  }
}
