public import LatentEvidence
public import LatentFiles

/// A family that a model file can hold: its own settings (dimension, prior, …), its parameters and its statistics.
public protocol KeptEmission: Emission, Archivable
where Parameters: Archivable & VectorParameters, Statistics: Archivable {
  /// The kind of archives of mixtures of this family, such as `gmm`.
  static var kind: String { get }

  /// Whether the parameters are of this family: its columns, its structure.
  func accepts(_ parameters: Parameters) -> Bool

  /// Whether the statistics are of this family, likewise.
  func accepts(_ statistics: Statistics) -> Bool
}
