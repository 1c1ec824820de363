public import LatentFiles
import LatentNumerics

extension HiddenMarkovStatistics: Archivable where EmissionStatistics: Archivable {
  /// The family's tensors under `emission`, and `initial` `[K]` and `transitions` `[K, K]`.
  public func write(to archive: inout Archive, at path: String) {
    emission.write(to: &archive, at: "\(path)/emission")
    archive.set("\(path)/initial", initial)
    archive.set("\(path)/transitions", transitions)
  }

  /// Reads and checks them: numbers of states and transitions are finite and not negative.
  public init(from archive: Archive, at path: String) throws(FileError) {
    let emission = try EmissionStatistics(from: archive, at: "\(path)/emission")
    let initial: [Double] = try archive.vector("\(path)/initial")
    self.init(zero: emission, states: initial.count)
    self.initial = initial
    transitions = try archive.matrix("\(path)/transitions", rows: initial.count, columns: initial.count)
    guard (initial + transitions.elements).allSatisfy({ $0 >= 0 && $0.isFinite }), !initial.isEmpty else {
      throw archive.invalidValue(path)
    }
  }
}
