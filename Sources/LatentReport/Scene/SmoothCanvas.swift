import Foundation

/// Pixels being painted, with smooth edges.
///
/// Areas are covered by their exact share of each pixel. Lines are covered by the distance of the pixel's
/// centre from the line, with round ends and joints, so a line that crosses itself is painted once.
package struct SmoothCanvas {
  let width: Int
  let height: Int
  private var pixels: [UInt8]

  package init(width: Int, height: Int, fill: PixelColour) {
    self.width = width
    self.height = height
    pixels = [UInt8](unsafeUninitializedCapacity: width * height * 3) { buffer, count in
      for pixel in 0..<width * height {
        buffer[3 * pixel] = fill.red
        buffer[3 * pixel + 1] = fill.green
        buffer[3 * pixel + 2] = fill.blue
      }
      count = width * height * 3
    }
  }

  package var image: RasterImage { RasterImage(width: width, height: height, layout: .rgb, pixels: pixels) }

  /// Paints the inside of closed outlines.
  ///
  /// Outlines of one direction are painted as their union.
  package mutating func fill(_ outlines: [[Scene.Point]], _ colour: PixelColour, opacity: Double) {
    guard var mask = mask(around: outlines, margin: 1) else { return }
    for outline in outlines { mask.accumulate(outline) }
    mask.integrate()
    paint(mask, colour, opacity)
  }

  /// Paints lines; a line of one point is a dot.
  package mutating func stroke(
    _ lines: [[Scene.Point]], width: Double, dots: [Scene.Point] = [], dotWidth: Double = 0,
    _ colour: PixelColour, opacity: Double
  ) {
    let margin = max(width, dotWidth) / 2 + 1
    guard var mask = mask(around: lines + [dots], margin: margin) else { return }
    for line in lines {
      if line.count == 1 { mask.cover(from: line[0], to: line[0], width: width) }
      for (a, b) in zip(line, line.dropFirst()) { mask.cover(from: a, to: b, width: width) }
    }
    for dot in dots { mask.cover(from: dot, to: dot, width: dotWidth) }
    paint(mask, colour, opacity)
  }

  /// An empty mask that holds these points, `nil` when they are outside the canvas.
  private func mask(around points: [[Scene.Point]], margin: Double) -> Mask? {
    var (left, right, top, bottom) = (Double.infinity, -Double.infinity, Double.infinity, -Double.infinity)
    for point in points.joined() {
      (left, right) = (min(left, point.x), max(right, point.x))
      (top, bottom) = (min(top, point.y), max(bottom, point.y))
    }
    (left, right) = (max(left - margin, 0), min(right + margin, Double(width)))
    (top, bottom) = (max(top - margin, 0), min(bottom + margin, Double(height)))
    guard left < right, top < bottom else { return nil }
    return Mask(
      left: Int(left), top: Int(top), width: Int(right.rounded(.up)) - Int(left),
      height: Int(bottom.rounded(.up)) - Int(top))
  }

  private mutating func paint(_ mask: Mask, _ colour: PixelColour, _ opacity: Double) {
    let ink = [Float(colour.red), Float(colour.green), Float(colour.blue)]
    for y in 0..<mask.height {
      for x in 0..<mask.width {
        let share = mask.values[y * mask.width + x] * Float(opacity)
        guard share > 0 else { continue }
        let start = ((mask.top + y) * width + mask.left + x) * 3
        for channel in 0..<3 {
          let under = Float(pixels[start + channel])
          pixels[start + channel] = UInt8((under + (ink[channel] - under) * share).rounded())
        }
      }
    }
  }
}

/// How much of each pixel is covered, 0 to 1, in a part of the canvas.
private struct Mask {
  let left: Int
  let top: Int
  let width: Int
  let height: Int
  var values: [Float]

  init(left: Int, top: Int, width: Int, height: Int) {
    self.left = left
    self.top = top
    self.width = width
    self.height = height
    values = Array(repeating: 0, count: width * height)
  }

  /// Covers what is within half the width of a segment; coverage falls from 1 to 0 over one pixel.
  mutating func cover(from a: Scene.Point, to b: Scene.Point, width lineWidth: Double) {
    let (ax, ay) = (a.x - Double(left), a.y - Double(top))
    let (dx, dy) = (b.x - a.x, b.y - a.y)
    let squaredLength = dx * dx + dy * dy
    let radius = lineWidth / 2
    let reach = radius + 0.5
    let most = min(1, lineWidth)
    let firstRow = max(0, Int((min(ay, ay + dy) - reach).rounded(.down)))
    let lastRow = min(height - 1, Int((max(ay, ay + dy) + reach).rounded(.up)))
    guard firstRow <= lastRow else { return }
    for row in firstRow...lastRow {
      let y = Double(row) + 0.5
      // The part of the segment near this row bounds the columns that it can touch.
      var (from, to) = (0.0, 1.0)
      if abs(dy) > 1e-9 {
        let (one, other) = ((y - reach - ay) / dy, (y + reach - ay) / dy)
        (from, to) = (max(0, min(one, other)), min(1, max(one, other)))
      }
      guard from <= to else { continue }
      let (start, end) = (ax + from * dx, ax + to * dx)
      let first = max(0, Int((min(start, end) - reach).rounded(.down)))
      let last = min(width - 1, Int((max(start, end) + reach).rounded(.up)))
      guard first <= last else { continue }
      for column in first...last {
        let (px, py) = (Double(column) + 0.5 - ax, y - ay)
        let t = squaredLength > 0 ? min(max((px * dx + py * dy) / squaredLength, 0), 1) : 0
        let (ex, ey) = (px - t * dx, py - t * dy)
        let coverage = min(most, reach - (ex * ex + ey * ey).squareRoot())
        let index = row * width + column
        if coverage > Double(values[index]) { values[index] = Float(coverage) }
      }
    }
  }

  /// Adds the edges of an outline; `integrate` turns the sum into coverage.
  ///
  /// An edge of height h within a row covers, with the sign of its direction, everything on its right. A value is
  /// stored as the difference from its left neighbour.
  mutating func accumulate(_ outline: [Scene.Point]) {
    guard var previous = outline.last else { return }
    for point in outline {
      addEdge(
        previous.x - Double(left), previous.y - Double(top), point.x - Double(left), point.y - Double(top))
      previous = point
    }
  }

  private mutating func addEdge(_ x0: Double, _ y0: Double, _ x1: Double, _ y1: Double) {
    guard y0 != y1 else { return }
    let (sign, xa, ya, xb, yb) = y0 < y1 ? (1.0, x0, y0, x1, y1) : (-1.0, x1, y1, x0, y0)
    let slope = (xb - xa) / (yb - ya)
    let (from, to) = (max(ya, 0), min(yb, Double(height)))
    guard from < to else { return }
    for row in Int(from)..<min(height, Int(to.rounded(.up))) {
      let (top, bottom) = (max(from, Double(row)), min(to, Double(row + 1)))
      guard top < bottom else { continue }
      let (u, v) = (xa + (top - ya) * slope, xa + (bottom - ya) * slope)
      addPiece(row: row, from: min(u, v), to: max(u, v), height: sign * (bottom - top))
    }
  }

  /// One edge within one row, from column u to column v.
  private mutating func addPiece(row: Int, from u: Double, to v: Double, height: Double) {
    guard u < Double(width) else { return }
    let first = max(0, Int(max(u, 0)))
    let last = v < 0 ? -1 : min(width - 1, Int(v))
    var covered = 0.0
    if first <= last {
      for column in first...last {
        // The mean over the edge of the share of the pixel on its right.
        let share = Self.meanShare(right: Double(column + 1), u, v)
        values[row * width + column] += Float(height * (share - covered))
        covered = share
      }
    }
    if max(last + 1, first) < width {
      values[row * width + max(last + 1, first)] += Float(height * (1 - covered))
    }
  }

  /// The mean of min(max(right − x, 0), 1) for x uniform on u…v.
  private static func meanShare(right: Double, _ u: Double, _ v: Double) -> Double {
    if v - u < 1e-9 { return min(max(right - u, 0), 1) }
    func integral(_ t: Double) -> Double { t <= 0 ? 0 : t < 1 ? t * t / 2 : t - 0.5 }
    return (integral(right - u) - integral(right - v)) / (v - u)
  }

  mutating func integrate() {
    for row in 0..<height {
      var sum: Float = 0
      for index in row * width..<(row + 1) * width {
        sum += values[index]
        values[index] = min(abs(sum), 1)
      }
    }
  }
}
