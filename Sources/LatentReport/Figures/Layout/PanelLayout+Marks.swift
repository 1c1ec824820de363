extension PanelLayout {
  /// The shapes of one layer, cut at the edges of the plot.
  func shapes(of mark: Figure.Layer.Mark, _ style: SeriesStyle) -> [Scene.Shape] {
    switch mark {
    case .line(let x, let y):
      return line(zip(x, y).map { point($0, $1) }, style)
    case .points(let x, let y):
      return style.symbols(at: zip(x, y).compactMap { point($0, $1) }.filter { plot.contains($0) })
    case .intervals(let x, let low, let high):
      return [.lines(zip(x, zip(low, high)).flatMap { interval($0, $1.0, $1.1) }, style.solidStroke)]
    case .bars(let x, let heights, let width):
      return bars(x, heights, width, style)
    case .band(let x, let low, let high):
      return band(x, low, high, style)
    case .polygon(let x, let y):
      return polygon(zip(x, y).map { point($0, $1) }, style)
    case .labels(let x, let y, let texts):
      return zip(zip(x, y), texts).compactMap { label($1, at: point($0.0, $0.1), style) }
    case .blended(let x, let y, let shares, let colours):
      return blended(zip(x, y).map { point($0, $1) }, shares, colours, style)
    case .shaded(let x, let y, let values, let scale):
      return shaded(zip(x, y).map { point($0, $1) }, values, scale.around(values), style)
    case .heatMap(let values, let x, let y, let scale):
      return cells(values, x, y, scale.around(values.elements))
    case .verticalRule(let x, let label):
      return verticalRule(x, label, style)
    case .horizontalRule(let y, let label):
      return horizontalRule(y, label, style)
    }
  }

  /// A line breaks where a point is missing; a point alone between two breaks is a dot.
  private func line(_ points: [Scene.Point?], _ style: SeriesStyle) -> [Scene.Shape] {
    let runs = points.split(separator: nil).map { $0.compactMap { $0 } }
    let alone = runs.filter { $0.count == 1 && plot.contains($0[0]) }.map { $0[0] }
    let lines = Scene.Shape.lines(runs.flatMap { plot.clipped(line: $0) }, style.stroke())
    return alone.isEmpty ? [lines] : [lines, .dots(alone, radius: style.lineWidth, fill: style.fill())]
  }

  /// A bar with caps at those ends that are inside.
  private func interval(_ x: Double, _ low: Double, _ high: Double) -> [[Scene.Point]] {
    guard let bottom = point(x, low), let top = point(x, high) else { return [] }
    let caps = [bottom, top].filter { plot.contains($0) }.map { end in
      [Scene.Point(end.x - 4, end.y), Scene.Point(end.x + 4, end.y)]
    }
    return plot.clipped(line: [bottom, top]) + caps
  }

  private func bars(
    _ x: [Double], _ heights: [Double], _ width: Double, _ style: SeriesStyle
  ) -> [Scene.Shape] {
    let foot = self.y.scale.isLogarithmic ? plot.bottom : vertical(0) ?? plot.bottom
    return zip(x, heights).compactMap { x, height in
      guard let left = point(x - width / 2, height), let right = horizontal(x + width / 2) else { return nil }
      let corners = [
        left, Scene.Point(right, left.y), Scene.Point(right, foot), Scene.Point(left.x, foot),
      ]
      return .area(plot.clipped(polygon: corners), fill: style.fill(0.85))
    }
  }

  private func band(_ x: [Double], _ low: [Double], _ high: [Double], _ style: SeriesStyle) -> [Scene.Shape] {
    let places: [(Scene.Point, Scene.Point)?] = zip(x, zip(low, high)).map { x, ends in
      guard let bottom = point(x, min(ends.0, ends.1)), let top = point(x, max(ends.0, ends.1)),
        ends.0.isFinite, ends.1.isFinite
      else { return nil }
      return (bottom, top)
    }
    return places.split { $0 == nil }.map { run in
      let run = run.compactMap { $0 }
      let outline = run.map(\.0) + run.map(\.1).reversed()
      return .area(plot.clipped(polygon: outline), fill: style.fill(0.22))
    }
  }

  private func polygon(_ corners: [Scene.Point?], _ style: SeriesStyle) -> [Scene.Shape] {
    let known = corners.compactMap { $0 }
    guard known.count == corners.count, let first = known.first else { return [] }
    return [
      .area(plot.clipped(polygon: known), fill: style.fill(style.inside)),
      .lines(plot.clipped(line: known + [first]), style.stroke()),
    ]
  }

  private func label(_ string: String, at place: Scene.Point?, _ style: SeriesStyle) -> Scene.Shape? {
    guard let place, plot.contains(place) else { return nil }
    let short = Self.tickFont.shortened(string, to: min(180, plot.width))
    let half = Self.tickFont.width(of: short) / 2
    let x = min(max(place.x, plot.x + half), max(plot.right - half, plot.x + half))
    // Just above, or below where there is no room.
    let y = place.y - 7 < plot.y + Self.tickFont.size ? place.y + 16 : place.y - 7
    return .text(
      Scene.Text(
        string: short, at: Scene.Point(x, y), size: Self.tickFont.size, anchor: .middle, rimmed: true,
        whole: short == string ? nil : string))
  }

  private func verticalRule(_ x: Double, _ label: String, _ style: SeriesStyle) -> [Scene.Shape] {
    guard let place = horizontal(x), plot.contains(Scene.Point(place, plot.y)) else { return [] }
    let isLeft = place < plot.x + plot.width * 0.6
    let room = isLeft ? plot.right - place : place - plot.x
    return [rule(from: Scene.Point(place, plot.y), to: Scene.Point(place, plot.bottom), style)]
      + ruleLabel(
        label, at: Scene.Point(place + (isLeft ? 6 : -6), plot.y + 12), isLeft ? .start : .end, room)
  }

  private func horizontalRule(_ y: Double, _ label: String, _ style: SeriesStyle) -> [Scene.Shape] {
    guard let place = vertical(y), plot.contains(Scene.Point(plot.x, place)) else { return [] }
    let above = place - 6 > plot.y + Self.tickFont.size
    return [rule(from: Scene.Point(plot.x, place), to: Scene.Point(plot.right, place), style)]
      + ruleLabel(label, at: Scene.Point(plot.right - 4, place + (above ? -6 : 15)), .end, plot.width)
  }

  private func rule(from a: Scene.Point, to b: Scene.Point, _ style: SeriesStyle) -> Scene.Shape {
    .lines(
      [[a, b]], Scene.Stroke(paint: style.fill(), width: style.lineWidth, dash: style.dash))
  }

  private func ruleLabel(
    _ label: String, at place: Scene.Point, _ anchor: Scene.Text.Anchor, _ room: Double
  ) -> [Scene.Shape] {
    guard !label.isEmpty else { return [] }
    let short = Self.tickFont.shortened(label, to: room - 10)
    return [
      .text(
        Scene.Text(
          string: short, at: place, size: Self.tickFont.size, anchor: anchor, rimmed: true,
          whole: short == label ? nil : label))
    ]
  }
}
