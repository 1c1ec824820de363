public import LatentEvidence
public import LatentFiles

/// A family that a model file can hold: its own settings (dimension, prior, …) and its parameters.
public protocol KeptEmission: Emission, Archivable where Parameters: Archivable & VectorParameters {
  /// The kind of archives of mixtures of this family, such as `gmm`.
  static var kind: String { get }

  /// Whether the parameters are of this family: its columns, its structure.
  func accepts(_ parameters: Parameters) -> Bool
}
