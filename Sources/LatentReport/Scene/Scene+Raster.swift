import Foundation

extension Scene {
  /// The most pixels a picture may have; 300 MB while it is painted.
  private static var mostPixels: Double { 100_000_000 }

  /// The scene in pixels, `scale` of them for each of its own.
  ///
  /// - Throws: `.tooLarge` when the picture exceeds 100 million pixels.
  func image(theme: Figure.Theme, scale: Double) throws(ImageError) -> RasterImage {
    precondition(scale > 0 && scale.isFinite, "a picture has a size")
    let (w, h) = ((width * scale).rounded(.up), (height * scale).rounded(.up))
    guard w * h <= Self.mostPixels else {
      throw .tooLarge(width: Int(min(w, 1e15)), height: Int(min(h, 1e15)))
    }
    var painter = Painter(
      canvas: SmoothCanvas(width: max(1, Int(w)), height: max(1, Int(h)), fill: theme.pixel(of: .paper)),
      theme: theme, scale: scale)
    for shape in shapes { painter.paint(shape) }
    return painter.canvas.image
  }
}

/// Paints shapes onto a canvas.
private struct Painter {
  var canvas: SmoothCanvas
  let theme: Figure.Theme
  let scale: Double

  mutating func paint(_ shape: Scene.Shape) {
    switch shape {
    case .lines(let lines, let stroke):
      let pieces = stroke.dash.isEmpty ? lines : lines.flatMap { dashed($0, by: stroke.dash) }
      canvas.stroke(
        scaled(pieces), width: stroke.width * scale, theme.pixel(of: stroke.paint.colour),
        opacity: stroke.paint.opacity)
    case .area(let corners, let fill):
      canvas.fill(scaled([corners]), theme.pixel(of: fill.colour), opacity: fill.opacity)
    case .dots(let points, let radius, let fill):
      // As in the vector picture: opaque dots are one shape, others add up where they overlap.
      for point in points {
        canvas.stroke(
          scaled([[point]]), width: 2 * radius * scale, theme.pixel(of: fill.colour), opacity: fill.opacity)
      }
    case .tints(let points, let radius, let fill):
      canvas.stroke(
        scaled(points.map { [$0] }), width: 2 * radius * scale, theme.pixel(of: fill.colour),
        opacity: fill.opacity)
    case .pixels(let image, let place):
      paint(image, in: place)
    case .text(let text):
      paint(text)
    }
  }

  /// Every pixel as a rectangle, its edges on whole pixels of the canvas so that no seams show.
  private mutating func paint(_ image: RasterImage, in place: Scene.Rectangle) {
    func edge(_ start: Double, _ length: Double, _ index: Int, _ count: Int) -> Double {
      ((start + length * Double(index) / Double(count)) * scale).rounded()
    }
    for row in 0..<image.height {
      let top = edge(place.y, place.height, row, image.height)
      let bottom = edge(place.y, place.height, row + 1, image.height)
      for column in 0..<image.width {
        let left = edge(place.x, place.width, column, image.width)
        let right = edge(place.x, place.width, column + 1, image.width)
        let cell = Scene.Rectangle(x: left, y: top, width: right - left, height: bottom - top)
        if cell.width > 0, cell.height > 0 { canvas.fill([cell.corners], image[column, row], opacity: 1) }
      }
    }
  }

  private mutating func paint(_ text: Scene.Text) {
    let lettering = StrokeFont(size: text.size, weight: text.weight).lettering(of: text.string)
    let shift: Double =
      switch text.anchor {
      case .start: 0
      case .middle: lettering.width / 2
      case .end: lettering.width
      }
    let angle = text.angle * .pi / 180
    let (c, s) = text.angle == 0 ? (1, 0) : (cos(angle), sin(angle))
    func placed(_ p: Scene.Point) -> Scene.Point {
      let (x, y) = (p.x - shift, p.y)
      return Scene.Point((text.at.x + c * x - s * y) * scale, (text.at.y + s * x + c * y) * scale)
    }
    let strokes = lettering.strokes.map { $0.map(placed) }
    let fineStrokes = lettering.fineStrokes.map { $0.map(placed) }
    let dots = lettering.dots.map(placed)
    if text.rimmed {
      let rim = 3 * scale
      canvas.stroke(
        strokes + fineStrokes, width: lettering.strokeWidth * scale + rim, dots: dots,
        dotWidth: lettering.strokeWidth * scale + rim, theme.pixel(of: .paper), opacity: 1)
    }
    canvas.stroke(
      strokes, width: lettering.strokeWidth * scale, dots: dots,
      dotWidth: lettering.strokeWidth * 1.4 * scale, theme.pixel(of: text.colour), opacity: 1)
    canvas.stroke(
      fineStrokes, width: lettering.strokeWidth * 0.75 * scale, theme.pixel(of: text.colour), opacity: 1)
  }

  private func scaled(_ lines: [[Scene.Point]]) -> [[Scene.Point]] {
    lines.map { $0.map { Scene.Point($0.x * scale, $0.y * scale) } }
  }

  /// Cuts a line into its dashes; strokes and gaps run on around corners.
  private func dashed(_ line: [Scene.Point], by dash: [Double]) -> [[Scene.Point]] {
    var result: [[Scene.Point]] = []
    var (index, left) = (0, dash[0])
    var current = Array(line.prefix(1))
    for (a, b) in zip(line, line.dropFirst()) {
      let length = hypot(b.x - a.x, b.y - a.y)
      var done = 0.0
      while length - done > left {
        done += left
        let cut = Scene.Point(a.x + (b.x - a.x) * done / length, a.y + (b.y - a.y) * done / length)
        if index % 2 == 0 { result.append(current + [cut]) }
        current = [cut]
        index += 1
        left = dash[index % dash.count]
      }
      left -= length - done
      if index % 2 == 0 { current.append(b) }
    }
    if index % 2 == 0, current.count > 1 { result.append(current) }
    return result
  }
}
