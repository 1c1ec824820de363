import LatentNumerics

// r[n, k] the share of point n in component k.

extension PanelLayout {
  /// Points whose colours are blended by painting one colour over the other.
  ///
  /// The strongest component is opaque; the next, with opacity r₂ / (r₁ + r₂), leaves the blend of both in proportion,
  /// and so on. So a blend follows the theme like its colours. Shares are rounded to sixteenths: points that look alike
  /// become one shape.
  func blended(
    _ points: [Scene.Point?], _ shares: Matrix<Double>, _ colours: [Figure.Colour], _ style: SeriesStyle
  ) -> [Scene.Shape] {
    struct Coat: Hashable {
      var order: Int
      var sixteenths: Int
      var component: Int
    }
    var coats: [Coat: [Scene.Point]] = [:]
    for (n, point) in points.enumerated() {
      let row = shares.row(n)
      let sum = row.reduce(0, +)
      guard let point, plot.contains(point), sum > 0, sum.isFinite, row.allSatisfy({ $0 >= 0 }) else {
        continue
      }
      let parts = row.enumerated().map { (component: $0.offset, share: ($0.element / sum * 16).rounded()) }
        .filter { $0.share > 0 }.sorted { ($0.share, -$0.component) > ($1.share, -$1.component) }
      var painted = 0.0
      // Many small shares round to nothing: then the largest counts alone.
      let largest = row.indices.max { row[$0] < row[$1] } ?? 0
      for (order, part) in (parts.isEmpty ? [(largest, 16.0)] : parts).enumerated() {
        painted += part.1
        let sixteenths = order == 0 ? 16 : Int((part.1 / painted * 16).rounded())
        coats[Coat(order: order, sixteenths: sixteenths, component: part.0), default: []].append(point)
      }
    }
    let order = coats.keys.sorted {
      ($0.order, $0.component, $0.sixteenths) < ($1.order, $1.component, $1.sixteenths)
    }
    return order.map { coat in
      let opacity = Double(coat.sixteenths) / 16
      let paint = Scene.Paint(colour: colours[coat.component], opacity: style.opacity * opacity)
      return .tints(coats[coat] ?? [], radius: style.size / 2, fill: paint)
    }
  }

  /// Points in the colours of their values, in 64 steps.
  func shaded(
    _ points: [Scene.Point?], _ values: [Double], _ scale: Figure.ColourScale, _ style: SeriesStyle
  ) -> [Scene.Shape] {
    guard let range = scale.range else { return [] }
    let axis = Scale(range)
    var steps: [[Scene.Point]] = Array(repeating: [], count: 64)
    for (point, value) in zip(points, values) where value.isFinite {
      guard let point, plot.contains(point) else { continue }
      steps[Int((min(max(axis.position(of: value), 0), 1) * 63).rounded())].append(point)
    }
    return steps.enumerated().filter { !$0.element.isEmpty }.map { step, points in
      let paint = Scene.Paint(
        colour: .exact(scale.colour(at: Double(step) / 63)), opacity: style.opacity)
      return .dots(points, radius: style.size / 2, fill: paint)
    }
  }

  /// The cells of a matrix; those that are outside the plot or not finite are left out.
  func cells(
    _ values: Matrix<Double>, _ x: ClosedRange<Double>, _ y: ClosedRange<Double>, _ scale: Figure.ColourScale
  ) -> [Scene.Shape] {
    guard values.count > 0, let topLeft = point(x.lowerBound, y.upperBound),
      let bottomRight = point(x.upperBound, y.lowerBound)
    else { return [] }
    let place = Scene.Rectangle(
      x: topLeft.x, y: topLeft.y, width: bottomRight.x - topLeft.x, height: bottomRight.y - topLeft.y)
    let isWhole = plot.contains(topLeft) && plot.contains(bottomRight)
    let (width, height) = (place.width / Double(values.columns), place.height / Double(values.rows))
    func cell(_ i: Int, _ j: Int) -> [Scene.Point] {
      let cell = Scene.Rectangle(
        x: place.x + Double(j) * width, y: place.y + Double(i) * height, width: width, height: height)
      return plot.clipped(polygon: cell.corners)
    }
    if isWhole {
      let pixels = values.elements.flatMap { value in
        let colour = scale.colour(of: value.isFinite ? value : 0)
        return [colour.red, colour.green, colour.blue]
      }
      let picture = RasterImage(
        width: values.columns, height: values.rows, layout: .rgb, pixels: pixels)
      let holes = (0..<values.count).filter { !values[$0 / values.columns, $0 % values.columns].isFinite }
      return [.pixels(picture, place)]
        + holes.map {
          .area(cell($0 / values.columns, $0 % values.columns), fill: Scene.Paint(colour: .paper))
        }
    }
    return (0..<values.count).compactMap { index in
      let value = values[index / values.columns, index % values.columns]
      let corners = cell(index / values.columns, index % values.columns)
      guard value.isFinite, !corners.isEmpty else { return nil }
      return .area(corners, fill: Scene.Paint(colour: .exact(scale.colour(of: value))))
    }
  }

  /// What the colours mean, at the right of the plot.
  var colourBar: [Scene.Shape] {
    guard let scale = Self.colourScale(of: panel), let range = scale.range else { return [] }
    let bar = Scene.Rectangle(x: plot.right + 14, y: plot.y, width: 12, height: plot.height)
    let steps = 64
    let pixels = (0..<steps).flatMap { step in
      let colour = scale.colour(at: 1 - Double(step) / Double(steps - 1))
      return [colour.red, colour.green, colour.blue]
    }
    var shapes: [Scene.Shape] = [
      .pixels(RasterImage(width: 1, height: steps, layout: .rgb, pixels: pixels), bar)
    ]
    let axis = Scale(range)
    for mark in Self.colourTicks(scale, height: plot.height) {
      let y = plot.bottom - plot.height * axis.position(of: mark.value)
      guard y >= plot.y - 0.01, y <= plot.bottom + 0.01 else { continue }
      shapes.append(
        .text(Scene.Text(string: mark.label, at: Scene.Point(bar.right + 6, y + 4), size: Self.tickFont.size))
      )
    }
    if !scale.title.isEmpty {
      let short = Self.titleFont.shortened(scale.title, to: plot.height + margins.top)
      shapes.append(
        .text(
          Scene.Text(
            string: short, at: Scene.Point(plot.right + margins.right - 6, plot.y + plot.height / 2),
            size: Self.titleFont.size, anchor: .middle, angle: -90,
            whole: short == scale.title ? nil : scale.title)))
    }
    return shapes
  }

  /// The scale of the first layer that has one.
  static func colourScale(of panel: Figure.Panel) -> Figure.ColourScale? {
    panel.layers.lazy.compactMap(\.colourScale).first
  }

  /// The room at the right that the bar takes.
  static func colourRoom(of panel: Figure.Panel, height: Double) -> Double {
    guard let scale = colourScale(of: panel) else { return 0 }
    let labels = colourTicks(scale, height: height).map { tickFont.width(of: $0.label) }.max() ?? 0
    return 14 + 12 + 6 + labels + (scale.title.isEmpty ? 8 : 26)
  }

  private static func colourTicks(_ scale: Figure.ColourScale, height: Double) -> [Ticks.Mark] {
    guard let range = scale.range else { return [] }
    return Scale(range).ticks(most: max(2, min(6, Int(height / 40)))).marks
  }
}
