import Foundation

/// Puts title, legend and panels on a page.
struct FigureLayout {
  let figure: Figure
  /// The room around all panels.
  var margin = Self.margin
  /// What is read aloud.
  var name: String

  static let margin = 14.0
  static let gap = 12.0
  private static let titleFont = StrokeFont(size: 16, weight: .bold)

  init(_ figure: Figure, margin: Double = Self.margin) {
    self.figure = figure
    self.margin = margin
    name = figure.title
  }

  /// The first panel where it stands on the page.
  var firstPanel: PanelLayout? { parts.panels.first }

  var scene: Scene {
    let parts = self.parts
    let shapes = parts.head + parts.panels.flatMap { $0.groups(parts.names).joined() }
    return Scene(
      width: parts.width, height: parts.height, title: name.isEmpty ? "Figure" : name,
      summary: figure.alternativeText ?? figure.description, shapes: shapes)
  }

  private struct Parts {
    var width: Double
    var height: Double
    var names: SeriesNames
    /// Title and legend.
    var head: [Scene.Shape]
    var panels: [PanelLayout]
  }

  private var parts: Parts {
    let columns = self.columns
    let rows = (figure.panels.count + columns - 1) / columns
    let size = panelSize
    let inner = Double(columns) * (size.width + Self.gap) - Self.gap
    var shapes: [Scene.Shape] = []
    var y = margin
    if !figure.title.isEmpty {
      let short = Self.titleFont.shortened(figure.title, to: inner)
      shapes.append(
        .text(
          Scene.Text(
            string: short, at: Scene.Point(margin, y + Self.titleFont.size), size: Self.titleFont.size,
            weight: .bold, whole: short == figure.title ? nil : figure.title)))
      y += Self.titleFont.size + 14
    }
    let names = SeriesNames(figure)
    let legend = Legend(figure, names, width: inner)
    shapes += legend.shapes(at: Scene.Point(margin, y))
    y += legend.height
    let height = y + Double(rows) * (size.height + Self.gap) - (rows > 0 ? Self.gap : 0) + margin
    return Parts(
      width: inner + 2 * margin, height: height, names: names, head: shapes,
      panels: layouts(columns: columns, size: size, top: y))
  }

  private var columns: Int {
    let count = max(1, figure.panels.count)
    if let columns = figure.columns {
      precondition(columns > 0, "a figure has a column")
      return min(columns, count)
    }
    return min(3, Int(Double(count).squareRoot().rounded(.up)))
  }

  private var panelSize: Figure.Size {
    figure.panelSize
      ?? (figure.panels.count > 1
        ? Figure.Size(width: 420, height: 310) : Figure.Size(width: 640, height: 400))
  }

  /// Laid out twice: the second time with the widest margins of the row and the column, so that plots line up.
  private func layouts(columns: Int, size: Figure.Size, top: Double) -> [PanelLayout] {
    let first = figure.panels.enumerated().map { index, panel in
      let (row, column) = (Double(index / columns), Double(index % columns))
      return PanelLayout(
        panel,
        in: Scene.Rectangle(
          x: margin + column * (size.width + Self.gap), y: top + row * (size.height + Self.gap),
          width: size.width, height: size.height))
    }
    return first.enumerated().map { index, layout in
      var margins = layout.margins
      for (other, neighbour) in first.enumerated() {
        if other / columns == index / columns {
          margins.top = max(margins.top, neighbour.margins.top)
          margins.bottom = max(margins.bottom, neighbour.margins.bottom)
        }
        if other % columns == index % columns {
          margins.left = max(margins.left, neighbour.margins.left)
          margins.right = max(margins.right, neighbour.margins.right)
        }
      }
      return PanelLayout(layout.panel, in: layout.cell, margins: margins)
    }
  }
}

extension PanelLayout {
  /// The grid, the shapes of each layer, and the axes with all text, from the lowest to the topmost.
  func groups(_ names: SeriesNames) -> [[Scene.Shape]] {
    [grid] + panel.layers.map { shapes(of: $0.mark, names.style(of: $0)) } + [frame]
  }
}
