package import LatentNumerics

extension Figure {
  /// Marks of one kind, and how they look.
  ///
  /// Layers of one name, in all panels, have one colour, one symbol and one entry in the legend. Those without a name
  /// look like the first series and are not in the legend.
  public struct Layer: Sendable {
    package var mark: Mark
    /// Its entry in the legend.
    public var name: String?
    /// `nil`: that of its series.
    public var colour: Colour?
    /// `nil`: that of its series.
    public var symbol: Symbol?
    /// `nil`: solid for the first seven series, then dashed; rules are dashed.
    public var isDashed: Bool?
    /// The width of lines, in pixels of an ordinary screen.
    public var lineWidth = 1.75
    /// The diameter of symbols, in pixels of an ordinary screen.
    public var size = 7.0
    /// From 0 (not seen) to 1 (nothing shines through), of symbols and lines; areas are lighter still.
    public var opacity = 1.0
    /// How much of the opacity the inside of an outline has; `nil`: 0.14.
    public var fill: Double?

    /// The shape of a point.
    public enum Symbol: Sendable, Equatable, CaseIterable {
      case circle
      case square
      case triangle
      case diamond
      case invertedTriangle
      case ring
      case cross
    }

    package enum Mark: Sendable {
      case line(x: [Double], y: [Double])
      case points(x: [Double], y: [Double])
      case intervals(x: [Double], low: [Double], high: [Double])
      case bars(x: [Double], heights: [Double], width: Double)
      case band(x: [Double], low: [Double], high: [Double])
      case polygon(x: [Double], y: [Double])
      case labels(x: [Double], y: [Double], texts: [String])
      case blended(x: [Double], y: [Double], shares: Matrix<Double>, colours: [Colour])
      case shaded(x: [Double], y: [Double], values: [Double], ColourScale)
      case heatMap(Matrix<Double>, x: ClosedRange<Double>, y: ClosedRange<Double>, ColourScale)
      case verticalRule(Double, label: String)
      case horizontalRule(Double, label: String)
    }

    package init(_ mark: Mark, name: String?) {
      self.mark = mark
      self.name = name
    }

    /// The same marks, with another look where it is given.
    public func styled(
      colour: Colour? = nil, symbol: Symbol? = nil, isDashed: Bool? = nil, lineWidth: Double? = nil,
      size: Double? = nil, opacity: Double? = nil, fill: Double? = nil
    ) -> Layer {
      var layer = self
      layer.colour = colour ?? self.colour
      layer.symbol = symbol ?? self.symbol
      layer.isDashed = isDashed ?? self.isDashed
      layer.lineWidth = lineWidth ?? self.lineWidth
      layer.size = size ?? self.size
      layer.opacity = opacity ?? self.opacity
      layer.fill = fill ?? self.fill
      return layer
    }
  }
}

// MARK: - Marks

extension Figure.Layer {
  /// A line from point to point, in the order given.
  ///
  /// - Precondition: as many x as y.
  public static func line(x: [Double], y: [Double], name: String? = nil) -> Self {
    precondition(x.count == y.count, "each point has an x and a y")
    return Self(.line(x: x, y: y), name: name)
  }

  /// A symbol at each point.
  ///
  /// - Precondition: as many x as y.
  public static func points(x: [Double], y: [Double], name: String? = nil) -> Self {
    precondition(x.count == y.count, "each point has an x and a y")
    return Self(.points(x: x, y: y), name: name)
  }

  /// An error bar from `low` to `high` at each x.
  ///
  /// - Precondition: as many of each.
  public static func intervals(x: [Double], low: [Double], high: [Double], name: String? = nil) -> Self {
    precondition(x.count == low.count && x.count == high.count, "each interval has an x and two ends")
    return Self(.intervals(x: x, low: low, high: high), name: name)
  }

  /// A bar from zero (on a logarithmic axis: from the foot of the panel) to each height.
  ///
  /// Bars are `width` wide, in units of x, about their x.
  ///
  /// - Precondition: as many x as heights; the width is positive.
  public static func bars(x: [Double], heights: [Double], width: Double = 0.8, name: String? = nil) -> Self {
    precondition(x.count == heights.count, "each bar has an x and a height")
    precondition(width > 0, "a bar has a width")
    return Self(.bars(x: x, heights: heights, width: width), name: name)
  }

  /// The area between two curves, such as a mean plus and minus a standard deviation.
  ///
  /// - Precondition: as many of each.
  public static func band(x: [Double], low: [Double], high: [Double], name: String? = nil) -> Self {
    precondition(x.count == low.count && x.count == high.count, "each place of a band has two ends")
    return Self(.band(x: x, low: low, high: high), name: name)
  }

  /// A closed outline with a tinted inside; it is not drawn at all when a corner cannot be.
  ///
  /// - Precondition: as many x as y.
  public static func polygon(x: [Double], y: [Double], name: String? = nil) -> Self {
    precondition(x.count == y.count, "each corner has an x and a y")
    return Self(.polygon(x: x, y: y), name: name)
  }

  /// A text at each point, centred just above it.
  ///
  /// - Precondition: as many of each.
  public static func labels(x: [Double], y: [Double], texts: [String], name: String? = nil) -> Self {
    precondition(x.count == y.count && x.count == texts.count, "each label has a place")
    return Self(.labels(x: x, y: y, texts: texts), name: name)
  }

  /// A dashed line across the panel at one x, with a label at its head.
  public static func verticalRule(at x: Double, label: String = "") -> Self {
    rule(.verticalRule(x, label: label))
  }

  /// A dashed line across the panel at one y, with a label at its right end.
  public static func horizontalRule(at y: Double, label: String = "") -> Self {
    rule(.horizontalRule(y, label: label))
  }

  private static func rule(_ mark: Mark) -> Self {
    Self(mark, name: nil).styled(colour: .muted, isDashed: true, lineWidth: 1.25)
  }
}
