extension PanelLayout {
  /// The grid, under the data.
  var grid: [Scene.Shape] {
    guard panel.hasAxes else { return [] }
    func isCategorical(_ axis: Figure.Axis) -> Bool {
      if case .categories = axis.scale { true } else { false }
    }
    var lines: [[Scene.Point]] = []
    if !isCategorical(panel.y) {
      lines += y.ticks.marks.compactMap { vertical($0.value) }.map {
        [Scene.Point(plot.x, $0), Scene.Point(plot.right, $0)]
      }
    }
    if !isCategorical(panel.x) {
      lines += x.ticks.marks.compactMap { horizontal($0.value) }.map {
        [Scene.Point($0, plot.y), Scene.Point($0, plot.bottom)]
      }
    }
    return [.lines(lines, Scene.Stroke(paint: Scene.Paint(colour: .faint), width: 1))]
  }

  /// Axes, ticks and all text, above the data.
  var frame: [Scene.Shape] {
    (panel.hasAxes ? [axisLines] + labels : []) + titles + colourBar
  }

  private var axisLines: Scene.Shape {
    var lines = [
      [Scene.Point(plot.x, plot.y), Scene.Point(plot.x, plot.bottom), Scene.Point(plot.right, plot.bottom)]
    ]
    for (values, length) in [(x.ticks.marks.map(\.value), 5.0), (x.ticks.minor, 3)] {
      lines += values.compactMap(horizontal).map {
        [Scene.Point($0, plot.bottom), Scene.Point($0, plot.bottom + length)]
      }
    }
    for (values, length) in [(y.ticks.marks.map(\.value), 5.0), (y.ticks.minor, 3)] {
      lines += values.compactMap(vertical).map {
        [Scene.Point(plot.x - length, $0), Scene.Point(plot.x, $0)]
      }
    }
    return .lines(lines, Scene.Stroke(paint: Scene.Paint(colour: .muted), width: 1))
  }

  private var labels: [Scene.Shape] {
    let size = Self.tickFont.size
    let below: [Scene.Shape] = x.ticks.marks.compactMap { mark in
      guard let place = horizontal(mark.value) else { return nil }
      return .text(
        x.isAngled
          ? Scene.Text(
            string: mark.label, at: Scene.Point(place + 4, plot.bottom + 14), size: size, anchor: .end,
            angle: Self.angle)
          : Scene.Text(
            string: mark.label, at: Scene.Point(place, plot.bottom + 18), size: size, anchor: .middle))
    }
    let beside: [Scene.Shape] = y.ticks.marks.compactMap { mark in
      guard let place = vertical(mark.value) else { return nil }
      return .text(
        Scene.Text(string: mark.label, at: Scene.Point(plot.x - 9, place + 4), size: size, anchor: .end))
    }
    return below + beside
  }

  private var titles: [Scene.Shape] {
    var shapes: [Scene.Shape] = []
    func add(_ string: String, _ font: StrokeFont, room: Double, _ place: (inout Scene.Text) -> Void) {
      guard !string.isEmpty else { return }
      let short = font.shortened(string, to: room)
      var text = Scene.Text(
        string: short, at: Scene.Point(0, 0), size: font.size, weight: font.weight,
        whole: short == string ? nil : string)
      place(&text)
      shapes.append(.text(text))
    }
    add(panel.title, StrokeFont(size: 13, weight: .bold), room: cell.right - plot.x) {
      $0.at = Scene.Point(plot.x, plot.y - 11)
    }
    let belowLabels = plot.bottom + (panel.hasAxes ? x.labelHeight : 0)
    add(!panel.hasAxes ? "" : panel.x.title, Self.titleFont, room: plot.width) {
      $0.at = Scene.Point(plot.x + plot.width / 2, belowLabels + 14)
      $0.anchor = .middle
    }
    add(!panel.hasAxes ? "" : panel.y.title, Self.titleFont, room: plot.height + margins.top) {
      $0.at = Scene.Point(cell.x + 11, plot.y + plot.height / 2)
      $0.anchor = .middle
      $0.angle = -90
    }
    add(extent.note, Self.tickFont, room: cell.right - plot.x) {
      $0.at = Scene.Point(plot.x, belowLabels + (panel.x.title.isEmpty || !panel.hasAxes ? 14 : 31))
      $0.colour = .muted
    }
    if extent.x == nil || extent.y == nil {
      add("no data", Self.titleFont, room: plot.width) {
        $0.at = Scene.Point(plot.x + plot.width / 2, plot.y + plot.height / 2 + 4)
        $0.anchor = .middle
        $0.colour = .muted
      }
    }
    return shapes
  }
}
