/// A picture as shapes on a page, before it is decided in which format.
///
/// Lengths are in pixels of a screen of ordinary density, from the upper left corner; y points down.
/// Renderers need not clip: what leaves its panel is cut when the scene is made.
package struct Scene: Sendable {
  package var width: Double
  package var height: Double
  /// What is read aloud in place of the picture: its name, and what it shows.
  package var title: String
  package var summary: String
  package var shapes: [Shape] = []

  package struct Point: Sendable, Equatable {
    package var x: Double
    package var y: Double

    package init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }

    static func + (a: Point, b: Point) -> Point { Point(a.x + b.x, a.y + b.y) }
  }

  package struct Rectangle: Sendable, Equatable {
    package var x: Double
    package var y: Double
    package var width: Double
    package var height: Double

    package init(x: Double, y: Double, width: Double, height: Double) {
      self.x = x
      self.y = y
      self.width = width
      self.height = height
    }

    var right: Double { x + width }
    var bottom: Double { y + height }
    var corners: [Point] { [Point(x, y), Point(right, y), Point(right, bottom), Point(x, bottom)] }

    func contains(_ point: Point, margin: Double = 1e-6) -> Bool {
      point.x >= x - margin && point.x <= right + margin && point.y >= y - margin
        && point.y <= bottom + margin
    }
  }

  package struct Paint: Sendable, Equatable {
    var colour: Figure.Colour
    var opacity = 1.0
  }

  package struct Stroke: Sendable, Equatable {
    var paint: Paint
    var width: Double
    /// Lengths of strokes and gaps in turn; empty for a solid line.
    var dash: [Double] = []
  }

  /// Text on one line.
  package struct Text: Sendable, Equatable {
    package enum Anchor: Sendable {
      case start
      case middle
      case end
    }

    package var string: String
    /// On the baseline.
    var at: Point
    var size: Double
    var weight = StrokeFont.Weight.regular
    var anchor = Anchor.start
    var colour = Figure.Colour.ink
    /// Degrees, clockwise, about `at`.
    var angle = 0.0
    /// Whether the letters stand on a rim in the colour of the paper.
    var rimmed = false
    /// The whole text, where `string` is shortened.
    var whole: String?
  }

  package enum Shape: Sendable, Equatable {
    case lines([[Point]], Stroke)
    case area([Point], fill: Paint)
    case dots([Point], radius: Double, fill: Paint)
    /// Dots that are one shape: where they overlap they do not add up.
    case tints([Point], radius: Double, fill: Paint)
    /// Pixels drawn as rectangles that fill the given one.
    case pixels(RasterImage, Rectangle)
    case text(Text)
  }
}
