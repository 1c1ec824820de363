/// How the marks of one layer look, everything decided.
struct SeriesStyle: Equatable {
  var colour: Figure.Colour
  var symbol: Figure.Layer.Symbol
  var dash: [Double]
  var lineWidth: Double
  var size: Double
  var opacity: Double
  /// The share of the opacity that the inside of an outline has.
  var inside: Double

  static let dashes = [6.0, 5.0]

  init(_ layer: Figure.Layer, series: Int) {
    colour = layer.colour ?? .series(series)
    symbol = layer.symbol ?? .ofSeries(series)
    let isDashed = layer.isDashed ?? (series >= Figure.Colour.seriesCount)
    dash = isDashed ? Self.dashes : []
    lineWidth = layer.lineWidth.isFinite ? min(max(layer.lineWidth, 0.25), 50) : 1
    size = layer.size.isFinite ? min(max(layer.size, 0.5), 100) : 7
    inside = min(max(layer.fill ?? 0.14, 0), 1)
    opacity = layer.opacity.isFinite ? min(max(layer.opacity, 0), 1) : 1
  }

  func stroke(width: Double? = nil) -> Scene.Stroke {
    Scene.Stroke(
      paint: Scene.Paint(colour: colour, opacity: opacity), width: width ?? lineWidth, dash: dash)
  }

  var solidStroke: Scene.Stroke {
    Scene.Stroke(paint: Scene.Paint(colour: colour, opacity: opacity), width: lineWidth)
  }

  func fill(_ share: Double = 1) -> Scene.Paint { Scene.Paint(colour: colour, opacity: opacity * share) }

  /// A symbol at each of the points.
  func symbols(at points: [Scene.Point]) -> [Scene.Shape] {
    let r = size / 2
    func outlined(_ corners: [(Double, Double)]) -> [Scene.Shape] {
      points.map { p in
        .area(corners.map { Scene.Point(p.x + $0.0 * r, p.y + $0.1 * r) }, fill: fill())
      }
    }
    func crossed() -> [Scene.Shape] {
      let lines = points.flatMap { p in
        [0.9 * r, -0.9 * r].map {
          [Scene.Point(p.x - r * 0.9, p.y - $0), Scene.Point(p.x + r * 0.9, p.y + $0)]
        }
      }
      return [.lines(lines, Scene.Stroke(paint: fill(), width: max(1, size / 4)))]
    }
    switch symbol {
    case .circle: return [.dots(points, radius: r, fill: fill())]
    case .square: return outlined([(-0.9, -0.9), (0.9, -0.9), (0.9, 0.9), (-0.9, 0.9)])
    case .triangle: return outlined([(0, -1.15), (1.1, 0.8), (-1.1, 0.8)])
    case .diamond: return outlined([(0, -1.3), (1.1, 0), (0, 1.3), (-1.1, 0)])
    case .invertedTriangle: return outlined([(0, 1.15), (1.1, -0.8), (-1.1, -0.8)])
    case .cross: return crossed()
    case .ring:
      let circles = points.map { p in
        (0...24).map { step in
          let place = Self.circle[step % 24]
          return Scene.Point(p.x + place.0 * r, p.y + place.1 * r)
        }
      }
      // Empty inside, also where a line passes.
      return [
        .dots(points, radius: r, fill: Scene.Paint(colour: .paper)),
        .lines(circles, Scene.Stroke(paint: fill(), width: max(1, size / 5))),
      ]
    }
  }

  /// Twenty-four points of the unit circle, from one eighth by symmetry.
  private static let circle: [(Double, Double)] = {
    let (a, b, c) = (0.9659258262890683, 0.8660254037844386, 0.7071067811865476)
    let (d, e) = (0.5, 0.2588190451025207)
    let quarter = [(1.0, 0.0), (a, e), (b, d), (c, c), (d, b), (e, a)]
    return quarter + quarter.map { (-$0.1, $0.0) } + quarter.map { (-$0.0, -$0.1) }
      + quarter.map { ($0.1, -$0.0) }
  }()
}

extension Figure.Layer.Symbol {
  /// The symbol of a series, from 0. It moves on by one more each time the colours come again, so that no two of the first 49
  /// series have both in common.
  package static func ofSeries(_ series: Int) -> Self {
    allCases[(series + series / Figure.Colour.seriesCount) % allCases.count]
  }
}

/// The series of a figure: layers of one name belong together.
struct SeriesNames {
  private(set) var names: [String] = []
  private var places: [String: Int] = [:]

  init(_ figure: Figure) {
    for name in figure.panels.lazy.flatMap(\.layers).compactMap(\.name) where places[name] == nil {
      places[name] = names.count
      names.append(name)
    }
  }

  func style(of layer: Figure.Layer) -> SeriesStyle {
    SeriesStyle(layer, series: layer.name.flatMap { places[$0] } ?? 0)
  }
}
