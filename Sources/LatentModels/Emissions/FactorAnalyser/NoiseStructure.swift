/// How the noise of factor analysers, Ψ, is tied over columns and components.
public enum NoiseStructure: String, Sendable, Codable, Hashable, CaseIterable {
  /// Every component has its own multiple of the identity, σ²[k] I: probabilistic PCA.
  case isotropic
  /// Every component has its own diagonal, ψ[k]: factor analysis.
  case diagonal
  /// All components share one multiple of the identity.
  case sharedIsotropic
  /// All components share one diagonal: the sensors' noise, the same wherever a row comes from.
  case sharedDiagonal

  /// Whether all columns have the same variance.
  public var isIsotropic: Bool { self == .isotropic || self == .sharedIsotropic }
  /// Whether all components have the same variances.
  public var isShared: Bool { self == .sharedIsotropic || self == .sharedDiagonal }

  /// The number of variances of K components in D dimensions.
  public func freeParameters(components K: Int, dimensions D: Int) -> Int {
    (isShared ? 1 : K) * (isIsotropic ? 1 : D)
  }
}
