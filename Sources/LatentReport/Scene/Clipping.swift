extension Scene.Rectangle {
  /// The part of a segment that is inside, `nil` when there is none.
  ///
  /// The segment is a + t (b − a); each side of the rectangle narrows the range of t.
  ///
  /// - Source: Liang and Barsky (1984), ACM Transactions on Graphics 3.
  func clipped(_ a: Scene.Point, _ b: Scene.Point) -> (Scene.Point, Scene.Point)? {
    let (dx, dy) = (b.x - a.x, b.y - a.y)
    var (from, to) = (0.0, 1.0)
    for (step, room) in [(-dx, a.x - x), (dx, right - a.x), (-dy, a.y - y), (dy, bottom - a.y)] {
      if step == 0 {
        if room < 0 { return nil }
      } else if step < 0 {
        from = max(from, room / step)
      } else {
        to = min(to, room / step)
      }
    }
    guard from <= to else { return nil }
    // Rounding must not leave the rectangle.
    func place(_ t: Double) -> Scene.Point {
      Scene.Point(min(max(a.x + t * dx, x), right), min(max(a.y + t * dy, y), bottom))
    }
    return (from == 0 ? a : place(from), to == 1 ? b : place(to))
  }

  /// The parts of a line that are inside, each as connected as it was.
  package func clipped(line: [Scene.Point]) -> [[Scene.Point]] {
    var result: [[Scene.Point]] = []
    var current: [Scene.Point] = []
    for (a, b) in zip(line, line.dropFirst()) {
      guard let (start, end) = clipped(a, b) else { continue }
      if current.last != start {
        if current.count > 1 { result.append(current) }
        current = [start]
      }
      current.append(end)
    }
    if current.count > 1 { result.append(current) }
    return result
  }

  /// The part of a polygon that is inside, cut by one side after the other.
  ///
  /// - Source: Sutherland and Hodgman (1974), Communications of the ACM 17.
  package func clipped(polygon: [Scene.Point]) -> [Scene.Point] {
    /// How far a point is inside each of the four sides.
    let depths: [(Scene.Point) -> Double] = [
      { $0.x - x }, { right - $0.x }, { $0.y - y }, { bottom - $0.y },
    ]
    return depths.reduce(polygon) { polygon, depth in
      var result: [Scene.Point] = []
      guard var previous = polygon.last else { return [] }
      for point in polygon {
        let (before, here) = (depth(previous), depth(point))
        if (before < 0) != (here < 0) {
          let t = before / (before - here)
          result.append(
            Scene.Point(previous.x + t * (point.x - previous.x), previous.y + t * (point.y - previous.y)))
        }
        if here >= 0 { result.append(point) }
        previous = point
      }
      return result
    }
  }
}
