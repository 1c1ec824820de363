extension Figure: CustomStringConvertible {
  /// The figure in words: axes, layers, how many values and from where to where.
  public var description: String {
    guard !panels.isEmpty else { return "No panels." }
    return panels.enumerated().map { index, panel in
      let which = panels.count > 1 ? "Panel \(index + 1) of \(panels.count)" : "One panel"
      let title = panel.title.isEmpty ? "" : ", \(Self.brief(panel.title))"
      let (x, y) = (Self.brief(panel.x.title), Self.brief(panel.y.title))
      let axes = (y.isEmpty ? "" : ": \(y)") + (x.isEmpty ? "" : (y.isEmpty ? ", " : " ") + "against \(x)")
      let note = DataExtent(panel).note
      let layers = panel.layers.isEmpty ? ["No data."] : panel.layers.map { $0.inWords(in: panel) }
      return (["\(which)\(title)\(axes)."] + layers + (note.isEmpty ? [] : [note + "."]))
        .joined(separator: " ")
    }.joined(separator: " ")
  }

  fileprivate static func brief(_ text: String) -> String {
    text.count > 200 ? text.prefix(200) + "…" : text
  }
}

extension Figure.Layer {
  fileprivate func inWords(in panel: Figure.Panel) -> String {
    func span(_ x: [Double], _ y: [Double]) -> String { Self.span(x, y, in: panel) }
    let suffix = name.map { " “\(Figure.brief($0))”" } ?? ""
    switch mark {
    case .line(let x, let y): return "Line\(suffix): \(span(x, y))."
    case .points(let x, let y): return "Points\(suffix): \(span(x, y))."
    case .intervals(let x, let low, let high): return "Intervals\(suffix): \(span(x, low + high))."
    case .bars(let x, let heights, _): return "Bars\(suffix): \(span(x, heights))."
    case .band(let x, let low, let high): return "Band\(suffix): \(span(x, low + high))."
    case .polygon(let x, let y): return "Outline\(suffix): \(span(x, y))."
    case .labels(_, _, let texts):
      let shown = texts.prefix(20).map(Figure.brief).joined(separator: ", ")
      return "Labels\(suffix): \(shown)\(texts.count > 20 ? " and \(texts.count - 20) more" : "")."
    case .blended(let x, let y, let shares, _):
      return "Points\(suffix), coloured by their shares in \(shares.columns) components: \(span(x, y))."
    case .shaded(let x, let y, let values, let scale):
      return
        "Points\(suffix), coloured by \(Self.named(scale)): \(span(x, y)), colours \(Self.range(values))."
    case .heatMap(let values, _, _, let scale):
      return "Cells\(suffix), \(values.rows) by \(values.columns), coloured by \(Self.named(scale)): "
        + "\(Self.range(values.elements))."
    case .verticalRule(let x, let label): return Self.rule("Vertical", x, label)
    case .horizontalRule(let y, let label): return Self.rule("Horizontal", y, label)
    }
  }

  private static func rule(_ kind: String, _ value: Double, _ label: String) -> String {
    "\(kind) line at \(TickValue.rounded(value))\(label.isEmpty ? "" : ": " + Figure.brief(label))."
  }

  private static func named(_ scale: Figure.ColourScale) -> String {
    scale.title.isEmpty ? "value" : Figure.brief(scale.title)
  }

  private static func range(_ values: [Double]) -> String {
    let finite = values.lazy.filter(\.isFinite)
    guard let low = finite.min(), let high = finite.max() else { return "none" }
    return low == high
      ? TickValue.rounded(low) : "\(TickValue.rounded(low)) to \(TickValue.rounded(high))"
  }

  private static func span(_ x: [Double], _ y: [Double], in panel: Figure.Panel) -> String {
    return x.isEmpty
      ? "empty"
      : "\(x.count) \(x.count == 1 ? "place" : "places"), x \(range(x, on: panel.x)), y \(range(y, on: panel.y))"
  }

  /// On an axis of categories its names: how many there are, the first and the last.
  private static func range(_ values: [Double], on axis: Figure.Axis) -> String {
    guard case .categories(let names) = axis.scale, let first = names.first, let last = names.last else {
      return range(values)
    }
    return names.count == 1
      ? "“\(Figure.brief(first))”"
      : "\(names.count) categories from “\(Figure.brief(first))” to “\(Figure.brief(last))”"
  }
}
