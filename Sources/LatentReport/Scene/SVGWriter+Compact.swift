/// Paths in few characters: tenths of a pixel, each point from the one before.
extension SVGWriter {
  static func inTenths(_ value: Double) -> Int { Int((min(max(value, -1e9), 1e9) * 10).rounded()) }

  /// `12.3`, `.5`, `-4`
  static func tenths(_ value: Int) -> String {
    let (whole, part) = (value.magnitude / 10, value.magnitude % 10)
    let sign = value < 0 ? "-" : ""
    if part == 0 { return "\(sign)\(whole)" }
    return whole == 0 ? "\(sign).\(part)" : "\(sign)\(whole).\(part)"
  }

  /// Two numbers; a minus separates them by itself.
  private static func pair(_ x: Int, _ y: Int) -> String { tenths(x) + (y < 0 ? "" : " ") + tenths(y) }

  func compactPath(_ points: [Scene.Point]) -> String {
    guard let first = points.first else { return "" }
    // What is rounded is the place, not the step, so errors do not add up.
    var (x, y) = (Self.inTenths(first.x), Self.inTenths(first.y))
    var path = "M" + Self.pair(x, y)
    var isFirst = true
    for point in points.dropFirst() {
      let (nextX, nextY) = (Self.inTenths(point.x), Self.inTenths(point.y))
      guard nextX != x || nextY != y else { continue }
      let step = Self.pair(nextX - x, nextY - y)
      path += isFirst ? "l" + step : step.hasPrefix("-") ? step : " " + step
      isFirst = false
      (x, y) = (nextX, nextY)
    }
    // A line whose points fall together is still a dot.
    return isFirst && points.count > 1 ? path + "h0" : path
  }

  /// Points with round ends: lines of no length.
  func dots(_ points: [Scene.Point]) -> String {
    guard isCompact else {
      return points.map { "M\(number($0.x)) \(number($0.y))h0" }.joined()
    }
    // They are alike, so they may come in an order that keeps the steps short: up one column of the page and down the next.
    let places = points.map { (x: Self.inTenths($0.x), y: Self.inTenths($0.y)) }.sorted { a, b in
      let (column, other) = (a.x / 120, b.x / 120)
      return column != other ? column < other : column % 2 == 0 ? a.y < b.y : a.y > b.y
    }
    if packsDots, let packed = PackedDots.text(of: places) { return packed }
    var (x, y) = (0, 0)
    var path = ""
    for (nextX, nextY) in places {
      path += "m" + Self.pair(nextX - x, nextY - y) + "h0"
      (x, y) = (nextX, nextY)
    }
    return path
  }
}
