public import LatentNumerics

// N points in three dimensions.

/// Points or paths in space, turned by dragging, by arrow keys and by buttons.
public struct PointCloud: Sendable {
  /// The name that is read aloud.
  public var title: String
  /// `[N, 3]`.
  public var points: Matrix<Float>
  public var axisNames: [String]
  /// What the points can be coloured by; the first at the start.
  public var colourings: [Colouring]
  /// Where paths begin, as indices of points, ascending; empty: no lines are drawn.
  public var pathStarts: [Int]
  /// Whether a unit is as long on all axes; else each axis is as long as its data need.
  public var hasEqualUnits = true
  /// What is to be seen, for those who do not see it; `nil` describes the numbers.
  public var alternativeText: String?

  /// One way to colour the points.
  public struct Colouring: Sendable {
    public var name: String
    package var values: Values

    package enum Values: Sendable {
      case categories([Int], names: [String])
      case scale([Float])
    }

    /// A colour for each category.
    ///
    /// - Precondition: each category has a name.
    public static func categories(_ name: String, _ indices: [Int], names: [String]) -> Self {
      precondition(indices.allSatisfy { names.indices.contains($0) }, "each category has a name")
      return Self(name: name, values: .categories(indices, names: names))
    }

    /// A scale of colours from the least to the largest value.
    public static func scale<Scalar: LatentScalar>(_ name: String, _ values: [Scalar]) -> Self {
      Self(name: name, values: .scale(values.map { Float($0) }))
    }

    package var count: Int {
      switch values {
      case .categories(let indices, _): indices.count
      case .scale(let values): values.count
      }
    }
  }

  /// - Precondition: points have three coordinates, each colouring has a value for each point, and paths start in order.
  public init<Scalar: LatentScalar>(
    _ title: String, points: Matrix<Scalar>, axisNames: [String] = ["z₁", "z₂", "z₃"],
    colourings: [Colouring] = [], pathStarts: [Int] = []
  ) {
    precondition(points.columns == 3 && axisNames.count == 3, "space has three dimensions")
    precondition(colourings.allSatisfy { $0.count == points.rows }, "each point has a colour")
    precondition(
      pathStarts.allSatisfy { (0..<max(1, points.rows)).contains($0) }
        && zip(pathStarts, pathStarts.dropFirst()).allSatisfy { $0 < $1 }, "paths start in order")
    self.title = title
    self.points = points.converted(to: Float.self)
    self.axisNames = axisNames
    self.colourings = colourings
    self.pathStarts = pathStarts
  }
}
