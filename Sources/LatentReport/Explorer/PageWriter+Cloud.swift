import Foundation
import LatentNumerics

extension PageWriter {
  mutating func write(_ cloud: PointCloud, caption: String) {
    needs(.cloud)
    let id = newMark()
    let title = Markup.escaped(Markup.brief(cloud.title))
    write("<figure class=\"block cloud\" data-cloud>\n")
    write(self.title(cloud.title))
    let chooser =
      cloud.colourings.count > 1
      ? "<label>colour by <select data-do=\"colour\">"
        + cloud.colourings.enumerated().map {
          "<option value=\"\($0.offset)\">\(Markup.escaped(Markup.brief($0.element.name)))</option>"
        }
        .joined() + "</select></label>\n" : ""
    let words = Markup.escaped(cloud.alternativeText ?? cloud.inWords)
    write(
      """
      <div class="scripted" hidden>
      <canvas class="space" tabindex="0" role="application" aria-label="\(title). \(words)" \
      aria-describedby="\(id)"></canvas>
      <div class="legend"></div>
      <div class="controls">
      <button type="button" data-do="left" aria-label="Turn left">←</button>
      <button type="button" data-do="right" aria-label="Turn right">→</button>
      <button type="button" data-do="up" aria-label="Turn up">↑</button>
      <button type="button" data-do="down" aria-label="Turn down">↓</button>
      <button type="button" data-do="nearer" aria-label="Nearer">+</button>
      <button type="button" data-do="farther" aria-label="Farther">−</button>
      <button type="button" data-do="spin" aria-pressed="false">Spin</button>
      <button type="button" data-do="reset">Reset</button>
      \(chooser)</div>
      <p class="note" id="\(id)">Drag to turn, or use the arrow keys; + and − come nearer and go away.</p>
      </div>

      """)
    write(
      "<noscript>\(FigureLayout(cloud.still, inPage: true).scene.svg(theme: .automatic, isInPage: true))</noscript>\n"
    )
    write(self.caption(caption))
    write(data(Self.json(of: cloud)) + "</figure>\n")
  }

  private static func json(of cloud: PointCloud) -> String {
    let columns = (0..<3).map { Packed.member(cloud.points.column($0)) }
    let colourings = cloud.colourings.map { colouring in
      switch colouring.values {
      case .categories(let indices, let names):
        JSON.object([
          "name": JSON.string(Markup.brief(colouring.name)), "indices": JSON.string(Packed.uint16(indices)),
          "names": JSON.strings(names.map { Markup.brief($0) }),
        ])
      case .scale(let values):
        JSON.object(["name": JSON.string(Markup.brief(colouring.name)), "values": Packed.member(values)])
      }
    }
    func stops(_ theme: Figure.Theme) -> String {
      JSON.strings(Figure.ColourScale.stops(on: theme).map { SVGWriter.hexadecimal($0) })
    }
    return JSON.object([
      "axes": JSON.strings(cloud.axisNames.map { Markup.brief($0, to: 60) }), "columns": JSON.array(columns),
      "equal": "\(cloud.hasEqualUnits)", "paths": JSON.array(cloud.pathStarts),
      "colourings": JSON.array(colourings),
      "stops": JSON.object(["light": stops(.light), "dark": stops(.dark)]),
    ])
  }
}

extension PointCloud {
  var inWords: String {
    let paths =
      pathStarts.isEmpty ? "" : " in \(pathStarts.count) \(pathStarts.count == 1 ? "path" : "paths")"
    return "\(points.rows) points in space\(paths); axes \(axisNames.joined(separator: ", "))."
  }

  /// The view at the start as a figure, for readers without scripts: turned by 35° and seen from 25° above.
  var still: Figure {
    let (yaw, pitch) = (35 * Double.pi / 180, 25 * Double.pi / 180)
    let most = min(points.rows, 2000)
    let places = (0..<most).map { row -> (x: Double, y: Double) in
      let (x, y, z) = (Double(points[row, 0]), Double(points[row, 1]), Double(points[row, 2]))
      let across = x * cos(yaw) - y * sin(yaw)
      let deep = x * sin(yaw) + y * cos(yaw)
      return (across, z * cos(pitch) + deep * sin(pitch))
    }
    func layer(_ rows: [Int], _ name: String?) -> Figure.Layer {
      .points(x: rows.map { places[$0].x }, y: rows.map { places[$0].y }, name: name).styled(
        symbol: .circle, size: 4)
    }
    var layers = [layer(Array(0..<most), nil)]
    if case .categories(let indices, let names)? = colourings.first?.values {
      let groups = Dictionary(grouping: 0..<most) { indices[$0] }
      layers = groups.keys.sorted().map { layer(groups[$0] ?? [], names[$0]) }
    } else if case .scale(let values)? = colourings.first?.values, let name = colourings.first?.name {
      layers = [
        .shadedPoints(
          x: places.map(\.x), y: places.map(\.y), values: values.prefix(most).map { Double($0) },
          scale: .init(title: name)
        ).styled(size: 4)
      ]
    }
    var panel = Figure.Panel(x: "", y: "", hasEqualUnits: hasEqualUnits, layers)
    panel.hasAxes = false
    return Figure(title, [panel])
  }
}
