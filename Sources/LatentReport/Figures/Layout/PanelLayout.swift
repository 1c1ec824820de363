import Foundation

/// Where the parts of a panel are: its axes, their marks, and the plot between them.
struct PanelLayout {
  let panel: Figure.Panel
  let extent: DataExtent
  /// The panel with everything that belongs to it.
  let cell: Scene.Rectangle
  let plot: Scene.Rectangle
  let x: PlannedAxis
  let y: PlannedAxis
  let margins: Margins

  static let tickFont = StrokeFont(size: 11)
  static let titleFont = StrokeFont(size: 12)

  /// The room around the plot.
  struct Margins {
    var left = 0.0
    var top = 0.0
    var bottom = 0.0
    var right = 18.0

    func union(_ other: Margins) -> Margins {
      Margins(
        left: max(left, other.left), top: max(top, other.top), bottom: max(bottom, other.bottom),
        right: max(right, other.right))
    }
  }

  /// One axis with the marks that fit.
  struct PlannedAxis {
    var scale: Scale
    var ticks: Ticks
    var isAngled = false

    /// The widest label, in pixels.
    var labelWidth: Double { ticks.marks.map { PanelLayout.tickFont.width(of: $0.label) }.max() ?? 0 }

    /// From the foot of the plot to that of the labels under it.
    var labelHeight: Double { isAngled ? 16 + PanelLayout.angleSine * labelWidth : 22 }

    /// How far angled labels reach beyond the left end of an axis of this length.
    func overhang(width: Double) -> Double {
      guard isAngled else { return 0 }
      return ticks.marks.reduce(0) { most, mark in
        let reach = 0.82 * PanelLayout.tickFont.width(of: mark.label)
        return max(most, reach - scale.position(of: mark.value) * width)
      }
    }
  }

  /// - Parameter margins: at least so much room is left, which lets panels in a row or column line up.
  init(_ panel: Figure.Panel, in cell: Scene.Rectangle, margins atLeast: Margins = Margins()) {
    self.panel = panel
    self.cell = cell
    let extent = DataExtent(panel)
    self.extent = extent
    var margins = atLeast
    margins.top = max(margins.top, panel.title.isEmpty ? 8 : 26)
    margins.right = max(margins.right, Self.colourRoom(of: panel, height: cell.height - 60))
    let foot = panel.layers.contains { $0.mark.hasFoot } && panel.y.scale != .logarithmic ? 0.0 : nil
    let scales = (
      Self.scale(of: panel.x, around: extent.x, anchor: nil),
      Self.scale(of: panel.y, around: extent.y, anchor: foot)
    )
    // The room for labels depends on the ticks and these on the room: the second turn settles it.
    var (xAxis, yAxis) = (
      PlannedAxis(scale: scales.0, ticks: Ticks(marks: [])),
      PlannedAxis(scale: scales.1, ticks: Ticks(marks: []))
    )
    var plot = Self.plot(in: cell, margins)
    for _ in 0..<3 {
      plot = Self.plot(in: cell, margins)
      let (xScale, yScale) = Self.equalised(panel, scales.0, scales.1, plot)
      xAxis = Self.planHorizontal(panel.x, xScale, width: plot.width)
      yAxis = Self.planVertical(panel.y, yScale, height: plot.height)
      guard panel.hasAxes else {
        margins.bottom = max(margins.bottom, extent.note.isEmpty ? 2 : 18)
        continue
      }
      let title = panel.x.title.isEmpty ? 2.0 : 20
      margins.bottom = max(margins.bottom, xAxis.labelHeight + title + (extent.note.isEmpty ? 0 : 16))
      margins.left = max(margins.left, yAxis.labelWidth + 12 + (panel.y.title.isEmpty ? 0 : 20))
      margins.left = max(margins.left, xAxis.overhang(width: plot.width))
    }
    (self.x, self.y, self.plot, self.margins) = (xAxis, yAxis, plot, margins)
  }

  /// The place of a point; `nil` when the axes cannot show it.
  func point(_ x: Double, _ y: Double) -> Scene.Point? {
    guard let px = horizontal(x), let py = vertical(y) else { return nil }
    return Scene.Point(px, py)
  }

  func horizontal(_ value: Double) -> Double? {
    x.scale.admits(value) ? plot.x + plot.width * Self.tamed(x.scale.position(of: value)) : nil
  }

  func vertical(_ value: Double) -> Double? {
    y.scale.admits(value) ? plot.bottom - plot.height * Self.tamed(y.scale.position(of: value)) : nil
  }

  /// Far outside is far enough: products of two places must stay finite.
  private static func tamed(_ position: Double) -> Double { min(max(position, -1e9), 1e9) }

  private static func plot(in cell: Scene.Rectangle, _ margins: Margins) -> Scene.Rectangle {
    Scene.Rectangle(
      x: cell.x + margins.left, y: cell.y + margins.top,
      width: max(30, cell.width - margins.left - margins.right),
      height: max(30, cell.height - margins.top - margins.bottom))
  }
}

// MARK: - Axes

extension PanelLayout {
  /// sin 35°, the angle of labels that do not fit side by side.
  static let angleSine = 0.573576436351046
  static let angle = -35.0

  private static func scale(
    of axis: Figure.Axis, around data: ClosedRange<Double>?, anchor: Double?
  ) -> Scale {
    let isLogarithmic = axis.scale == .logarithmic
    if let range = axis.range { return Scale(range, isLogarithmic: isLogarithmic, isWhole: axis.whole) }
    if case .categories(let names) = axis.scale { return Scale(-0.5...max(0.5, Double(names.count) - 0.5)) }
    return Scale(around: data, isLogarithmic: isLogarithmic, isWhole: axis.whole, anchor: anchor)
  }

  /// Shows more on one axis until a unit is as long on both.
  private static func equalised(
    _ panel: Figure.Panel, _ x: Scale, _ y: Scale, _ plot: Scene.Rectangle
  ) -> (Scale, Scale) {
    guard panel.hasEqualUnits, panel.x.scale == .linear, panel.y.scale == .linear else { return (x, y) }
    let unitsX = (x.range.upperBound / 2 - x.range.lowerBound / 2) / plot.width
    let unitsY = (y.range.upperBound / 2 - y.range.lowerBound / 2) / plot.height
    return unitsX > unitsY ? (x, y.widened(by: unitsX / unitsY)) : (x.widened(by: unitsY / unitsX), y)
  }

  private static func planHorizontal(_ axis: Figure.Axis, _ scale: Scale, width: Double) -> PlannedAxis {
    if case .categories(let names) = axis.scale {
      let room = width / (scale.range.upperBound - scale.range.lowerBound)
      let fits = names.allSatisfy { tickFont.width(of: String($0.prefix(200))) <= room - 8 }
      return PlannedAxis(
        scale: scale, ticks: categories(names, room: fits ? .infinity : room, width: fits ? room : 120),
        isAngled: !fits)
    }
    for most in stride(from: max(2, Int(width / (axis.whole ? 32 : 48))), through: 1, by: -1) {
      let ticks = scale.ticks(most: most, whole: axis.whole)
      if most == 1 || !overlap(ticks, scale, width: width) {
        return PlannedAxis(scale: scale, ticks: ticks)
      }
    }
    return PlannedAxis(scale: scale, ticks: Ticks(marks: []))
  }

  private static func planVertical(_ axis: Figure.Axis, _ scale: Scale, height: Double) -> PlannedAxis {
    if case .categories(let names) = axis.scale {
      let room = height / (scale.range.upperBound - scale.range.lowerBound)
      return PlannedAxis(scale: scale, ticks: categories(names, room: room, width: 160))
    }
    return PlannedAxis(scale: scale, ticks: scale.ticks(most: max(2, Int(height / 32)), whole: axis.whole))
  }

  /// Every name, or every second, third, … when they are less than a line apart.
  private static func categories(_ names: [String], room: Double, width: Double) -> Ticks {
    let step = max(1, Int((16 / max(room, 1e-3)).rounded(.up)))
    return Ticks(
      marks: stride(from: 0, to: names.count, by: step).map {
        Ticks.Mark(value: Double($0), label: tickFont.shortened(names[$0], to: width))
      })
  }

  private static func overlap(_ ticks: Ticks, _ scale: Scale, width: Double) -> Bool {
    var end = -Double.infinity
    for mark in ticks.marks {
      let half = tickFont.width(of: mark.label) / 2
      let place = scale.position(of: mark.value) * width
      if place - half < end + 12 { return true }
      end = place + half
    }
    return false
  }
}
