/// The names of the series with a sample of their marks, in rows.
struct Legend {
  private struct Entry {
    var name: String
    var shown: String
    var layers: [Figure.Layer]
    var width: Double
  }

  private let entries: [[Entry]]
  private let left: Int
  private let names: SeriesNames

  private static let font = StrokeFont(size: 12)
  private static let keyWidth = 28.0
  private static let rowHeight = 20.0
  private static let mostRows = 6

  /// - Parameter width: of a row; entries that do not fit into six rows are counted instead.
  init(_ figure: Figure, _ names: SeriesNames, width: Double) {
    self.names = names
    let layers = Dictionary(grouping: figure.panels.flatMap(\.layers).filter { $0.name != nil }) {
      $0.name ?? ""
    }
    var rows: [[Entry]] = [[]]
    var used = 0.0
    var left = 0
    for name in names.names {
      let shown = Self.font.shortened(name, to: min(260, width - Self.keyWidth - 10))
      let entry = Entry(
        name: name, shown: shown, layers: layers[name] ?? [],
        width: Self.keyWidth + 7 + Self.font.width(of: shown) + 20)
      if left == 0, used > 0, used + entry.width > width {
        if rows.count == Self.mostRows {
          left += 1
          continue
        }
        rows.append([])
        used = 0
      }
      guard left == 0 else {
        left += 1
        continue
      }
      rows[rows.count - 1].append(entry)
      used += entry.width
    }
    entries = rows.filter { !$0.isEmpty }
    self.left = left
  }

  var height: Double {
    entries.isEmpty ? 0 : Double(entries.count + (left > 0 ? 1 : 0)) * Self.rowHeight + 6
  }

  func shapes(at corner: Scene.Point) -> [Scene.Shape] {
    var shapes: [Scene.Shape] = []
    var y = corner.y + Self.rowHeight / 2
    for row in entries {
      var x = corner.x
      for entry in row {
        shapes += key(entry, at: Scene.Point(x, y))
        shapes.append(
          .text(
            Scene.Text(
              string: entry.shown, at: Scene.Point(x + Self.keyWidth + 7, y + 4.5), size: Self.font.size,
              whole: entry.shown == entry.name ? nil : entry.name)))
        x += entry.width
      }
      y += Self.rowHeight
    }
    if left > 0 {
      shapes.append(
        .text(
          Scene.Text(
            string: "and \(left) more", at: Scene.Point(corner.x, y + 4.5), size: Self.font.size,
            colour: .muted)))
    }
    return shapes
  }

  /// One sample of each kind of mark, areas lowest and symbols topmost.
  private func key(_ entry: Entry, at place: Scene.Point) -> [Scene.Shape] {
    let middle = Scene.Point(place.x + Self.keyWidth / 2, place.y)
    let ends = [Scene.Point(place.x, place.y), Scene.Point(place.x + Self.keyWidth, place.y)]
    let swatch = Scene.Rectangle(x: place.x + 3, y: place.y - 6, width: Self.keyWidth - 6, height: 12).corners
    var (areas, lines, symbols): ([Scene.Shape], [Scene.Shape], [Scene.Shape]) = ([], [], [])
    for layer in entry.layers {
      let style = names.style(of: layer)
      switch layer.mark {
      case .line: lines = [.lines([ends], style.stroke())]
      case .points: symbols = style.symbols(at: [middle])
      case .blended, .shaded: symbols = [.dots([middle], radius: style.size / 2, fill: style.fill())]
      case .heatMap: break
      case .intervals:
        let bar = [-7.0, 7].map { Scene.Point(middle.x, middle.y + $0) }
        let caps = bar.map { [Scene.Point($0.x - 4, $0.y), Scene.Point($0.x + 4, $0.y)] }
        if !lines.contains(.lines([bar] + caps, style.solidStroke)) {
          lines.append(.lines([bar] + caps, style.solidStroke))
        }
      case .bars: areas = [.area(swatch, fill: style.fill(0.85))]
      case .band: areas = [.area(swatch, fill: style.fill(0.22))]
      case .polygon:
        areas = [
          .area(swatch, fill: style.fill(style.inside)), .lines([swatch + [swatch[0]]], style.stroke()),
        ]
      case .labels: if areas.isEmpty { areas = [.area(swatch, fill: style.fill())] }
      case .verticalRule, .horizontalRule: if lines.isEmpty { lines = [.lines([ends], style.stroke())] }
      }
    }
    return areas + lines + symbols
  }
}
