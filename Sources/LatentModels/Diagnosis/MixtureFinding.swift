/// Something about a fitted mixture that its user should know.
public enum MixtureFinding: Sendable, Hashable, Codable {
  /// A component holds less than one row (of weight 1, or of the mean weight where that is less).
  case empty(component: Int, count: Double)
  /// Two components share their rows: the cosine of their responsibilities over the rows.
  case duplicates(Int, Int, similarity: Double)
  /// A component has become very narrow along a column (given the columns before it), and so holds few distinct rows; the
  /// variance is relative to the mixture's. `rows` are those that belong to it most, counted from 0, at most ten.
  case narrow(component: Int, column: Int, relativeVariance: Double, count: Double, rows: [Int])
  /// A component of few rows: fewer than a tenth of the number of its parameters. `rows` as above.
  case small(component: Int, count: Double, rows: [Int])
}

/// A direction in which a component is narrow.
public struct NarrowDirection: Sendable, Hashable {
  /// The column, given the columns before it.
  public var column: Int
  /// The variance relative to the mixture's along the column.
  public var relativeVariance: Double

  public init(column: Int, relativeVariance: Double) {
    self.column = column
    self.relativeVariance = relativeVariance
  }
}

/// Parameters that can say how narrow their components are.
public protocol NarrowingParameters: EmissionParameters {
  /// The narrowest direction of each component, `[K]`.
  func narrowestDirections(weights: [Double]) -> [NarrowDirection]
}
