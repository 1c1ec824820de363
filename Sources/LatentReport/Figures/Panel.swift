extension Figure {
  /// A pair of axes and what is drawn between them.
  public struct Panel: Sendable {
    /// Above the panel; may be empty.
    public var title: String
    public var x: Axis
    public var y: Axis
    /// From the lowest to the topmost.
    public var layers: [Layer]
    /// Whether one unit is as long on both axes, as for points in a plane. Holds for linear axes.
    public var hasEqualUnits: Bool
    /// Whether axes and grid are drawn; without them the panel is a plain drawing.
    public var hasAxes = true

    public init(
      _ title: String = "", x: Axis, y: Axis, hasEqualUnits: Bool = false, _ layers: [Layer]
    ) {
      self.title = title
      self.x = x
      self.y = y
      self.hasEqualUnits = hasEqualUnits
      self.layers = layers
    }
  }

  /// One axis of a panel.
  public struct Axis: Sendable, ExpressibleByStringLiteral {
    /// What is measured, with its unit; may be empty.
    public var title: String
    public var scale: Scale
    /// The ends; `nil` shows all data.
    public var range: ClosedRange<Double>?
    /// Whether only whole numbers are marked, as for counts.
    public var whole: Bool

    /// How values become places.
    public enum Scale: Sendable, Equatable {
      case linear
      /// Powers of ten are equally far apart; only positive values can be shown.
      case logarithmic
      /// Names at 0, 1, 2, …
      case categories([String])
    }

    /// - Precondition: the range, if any, is finite, and positive on a logarithmic axis.
    public init(
      _ title: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil, whole: Bool = false
    ) {
      precondition(
        range.map { $0.lowerBound.isFinite && $0.upperBound.isFinite } ?? true, "an axis has finite ends")
      precondition(
        scale != .logarithmic || (range?.lowerBound ?? 1) > 0, "a logarithmic axis is positive")
      self.title = title
      self.scale = scale
      self.range = range
      self.whole = whole
    }

    public init(stringLiteral title: String) {
      self.init(title)
    }
  }
}
