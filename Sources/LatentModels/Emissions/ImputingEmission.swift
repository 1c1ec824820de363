public import LatentEvidence
public import LatentNumerics

/// A family that says what missing cells may have been, given those observed.
public protocol ImputingEmission: Emission {
  /// What the components at these parameters say about missing cells.
  ///
  /// - Throws: `.notPositiveDefinite`.
  func imputer(at parameters: Parameters) throws(InferenceError) -> any EmissionImputer
}

/// The conditional densities p(x_m | x_o, z = k) of K components.
public protocol EmissionImputer: Sendable {
  /// Prepares a pattern of missing cells.
  ///
  /// - Parameter missing: the columns that are missing, ascending, not empty.
  func conditional(missing: [Int]) throws(InferenceError) -> any ConditionalCells
}

/// p(x_m | x_o, z = k) for one pattern of missing cells.
public protocol ConditionalCells: Sendable {
  /// What each missing cell of a row may be under component k, in the order of the pattern.
  func cells(of row: [Double], component k: Int) -> [CellDistribution]

  /// One joint draw of the missing cells under component k.
  func draw(of row: [Double], component k: Int, using stream: inout RandomStream) -> [Double]
}

/// What a missing cell may have been.
public enum CellDistribution: Sendable, Equatable {
  /// A number, by its mean and variance.
  case number(mean: Double, variance: Double)
  /// A category, by the probabilities of the codes 0, 1, ….
  case category([Double])
}
