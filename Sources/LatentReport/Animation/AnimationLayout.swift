/// Frames of figures laid out alike: common axes, legend and margins.
struct AnimationLayout {
  /// A part of a panel that may change: the grid, a layer, the axes.
  struct Slot {
    var panel: Int
    /// One for each frame.
    var contents: [[Scene.Shape]]
  }

  let width: Double
  let height: Double
  /// The part of the page that each panel takes.
  let cells: [Scene.Rectangle]
  let legend: [Scene.Shape]
  let legendSize: (width: Double, height: Double)
  let slots: [Slot]

  /// - Parameters:
  ///   - frames: with as many panels each.
  ///   - top: the room kept above the legend.
  init(_ frames: [Figure], top: Double = 0) {
    let union = Self.union(of: frames)
    let names = SeriesNames(union)
    let count = union.panels.count
    let columns = max(1, min(union.columns ?? min(3, count), max(1, count)))
    let size = union.panelSize ?? Figure.Size(width: 440, height: 330)
    let rows = (count + columns - 1) / columns
    let (margin, gap) = (FigureLayout.margin, FigureLayout.gap)
    width = Double(columns) * (size.width + gap) - gap + 2 * margin
    let legend = Legend(union, names, width: size.width)
    let start = top + margin + legend.height
    height = start + Double(rows) * (size.height + gap) - (rows > 0 ? gap : 0) + margin
    self.legend = legend.shapes(at: Scene.Point(margin, top + margin))
    legendSize = (size.width, legend.height)
    let cells = (0..<count).map { index in
      Scene.Rectangle(
        x: margin + Double(index % columns) * (size.width + gap),
        y: start + Double(index / columns) * (size.height + gap), width: size.width, height: size.height)
    }
    self.cells = cells
    var slots: [Slot] = []
    // All panels have one foot and one head, so that they line up however a page arranges them.
    let margins = zip(union.panels, cells).reduce(into: PanelLayout.Margins()) { margins, pair in
      let own = PanelLayout(pair.0, in: pair.1).margins
      margins.top = max(margins.top, own.top)
      margins.bottom = max(margins.bottom, own.bottom)
    }
    for (panel, cell) in cells.enumerated() {
      let own = PanelLayout(union.panels[panel], in: cell, margins: margins).margins
      let groups = frames.map { frame in
        var drawn = frame.panels[panel]
        (drawn.x.range, drawn.y.range) = (union.panels[panel].x.range, union.panels[panel].y.range)
        if let scale = PanelLayout.colourScale(of: union.panels[panel]) {
          drawn.layers = drawn.layers.map { $0.colourScale == nil ? $0 : $0.with(scale) }
        }
        return PanelLayout(drawn, in: cell, margins: own).groups(names)
      }
      let most = groups.map(\.count).max() ?? 0
      for part in 0..<most {
        // The axes are the last part of every frame, however many layers it has.
        let contents = groups.map { group -> [Scene.Shape] in
          if part == most - 1 { return group[group.count - 1] }
          return part < group.count - 1 ? group[part] : []
        }
        slots.append(Slot(panel: panel, contents: contents))
      }
    }
    self.slots = slots
  }

  /// One figure with the layers of all frames, on axes that show them all.
  private static func union(of frames: [Figure]) -> Figure {
    var union = frames[0]
    for frame in frames.dropFirst() {
      for index in union.panels.indices { union.panels[index].layers += frame.panels[index].layers }
    }
    for index in union.panels.indices {
      let panel = union.panels[index]
      let extent = DataExtent(panel)
      let foot = panel.layers.contains { $0.mark.hasFoot } && panel.y.scale != .logarithmic ? 0.0 : nil
      if panel.x.range == nil { union.panels[index].x.range = range(of: panel.x, extent.x, nil) }
      if panel.y.range == nil { union.panels[index].y.range = range(of: panel.y, extent.y, foot) }
      let scales = panel.layers.compactMap(\.colourScale)
      if let first = scales.first {
        let ends = scales.compactMap(\.range).flatMap { [$0.lowerBound, $0.upperBound] }
        var scale = first
        scale.range = (ends.min() ?? 0)...(ends.max() ?? 1)
        union.panels[index].layers = panel.layers.map { $0.colourScale == nil ? $0 : $0.with(scale) }
      }
    }
    return union
  }

  private static func range(
    of axis: Figure.Axis, _ data: ClosedRange<Double>?, _ anchor: Double?
  ) -> ClosedRange<Double>? {
    if case .categories = axis.scale { return nil }
    return Scale(
      around: data, isLogarithmic: axis.scale == .logarithmic, isWhole: axis.whole, anchor: anchor
    ).range
  }
}
