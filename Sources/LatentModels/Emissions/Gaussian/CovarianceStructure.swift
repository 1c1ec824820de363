/// How the covariances of a mixture's components are tied together.
///
/// The names in parentheses are mclust's.
public enum CovarianceStructure: String, Sendable, Codable, Hashable, CaseIterable {
  /// Every component has its own covariance (VVV).
  case full
  /// All components share one covariance (EEE).
  case tied
  /// Every component has its own diagonal covariance (VVI).
  case diagonal
  /// Every component has its own multiple of the identity (VII).
  case spherical

  /// The number of free parameters of the covariances of K components in D dimensions.
  public func freeParameters(components K: Int, dimensions D: Int) -> Int {
    switch self {
    case .full: K * D * (D + 1) / 2
    case .tied: D * (D + 1) / 2
    case .diagonal: K * D
    case .spherical: K
    }
  }
}
