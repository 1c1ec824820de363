extension Scene {
  /// The families are those of common systems; the layout reserves room by widths close to theirs.
  private static let fonts = "'Helvetica Neue',Helvetica,Arial,'Liberation Sans',sans-serif"

  /// The scene as a vector picture with real text, to be opened alone or put into a page as it is.
  func svg(theme: Figure.Theme) -> String {
    var writer = SVGWriter(theme: theme)
    for shape in shapes { writer.write(shape) }
    let (w, h) = (writer.number(width), writer.number(height))
    var head = """
      <svg xmlns="http://www.w3.org/2000/svg" class="latent-figure" role="img" \
      aria-label="\(SVGWriter.escaped(title))" viewBox="0 0 \(w) \(h)" width="\(w)" height="\(h)" \
      font-family="\(Self.fonts)" stroke-linecap="round" stroke-linejoin="round">
      <title>\(SVGWriter.escaped(title))</title>
      <desc>\(SVGWriter.escaped(summary))</desc>

      """
    if theme == .automatic { head += "<style>\(writer.darkStyle)</style>\n" }
    let paper = writer.attribute("fill", Paint(colour: .paper))
    return head + "<rect width=\"\(w)\" height=\"\(h)\"\(paper)/>\n" + writer.text + "</svg>\n"
  }
}

/// Writes shapes as elements, one a line.
struct SVGWriter {
  let theme: Figure.Theme
  private(set) var text = ""

  init(theme: Figure.Theme) { self.theme = theme }

  mutating func write(_ shape: Scene.Shape) {
    switch shape {
    case .lines(let lines, let stroke):
      let path = lines.map { self.path($0) }.joined()
      guard !path.isEmpty else { return }
      let dash =
        stroke.dash.isEmpty
        ? "" : " stroke-dasharray=\"\(stroke.dash.map { number($0) }.joined(separator: " "))\""
      let paint = attribute("stroke", stroke.paint)
      text += "<path d=\"\(path)\" fill=\"none\"\(paint) stroke-width=\"\(number(stroke.width))\"\(dash)/>\n"
    case .area(let corners, let fill):
      guard !corners.isEmpty else { return }
      text += "<path d=\"\(path(corners))Z\"\(attribute("fill", fill))/>\n"
    case .dots(let points, let radius, let fill):
      writeDots(points, radius: radius, fill: fill)
    case .text(let text):
      write(text)
    }
  }

  /// Opaque dots are one path of points with round ends, a third of the size; dots that shine through are
  /// circles, because where they overlap they must add up.
  private mutating func writeDots(_ points: [Scene.Point], radius: Double, fill: Scene.Paint) {
    guard !points.isEmpty else { return }
    if fill.opacity == 1 {
      let path = points.map { "M\(number($0.x)) \(number($0.y))h0" }.joined()
      text += "<path d=\"\(path)\"\(attribute("stroke", fill)) stroke-width=\"\(number(2 * radius))\"/>\n"
    } else {
      text += "<g\(attribute("fill", fill))>"
      for point in points {
        text += "<circle cx=\"\(number(point.x))\" cy=\"\(number(point.y))\" r=\"\(number(radius))\"/>"
      }
      text += "</g>\n"
    }
  }

  private mutating func write(_ label: Scene.Text) {
    let (x, y) = (number(label.at.x), number(label.at.y))
    var attributes = " x=\"\(x)\" y=\"\(y)\" font-size=\"\(number(label.size))\""
    switch label.anchor {
    case .start: break
    case .middle: attributes += " text-anchor=\"middle\""
    case .end: attributes += " text-anchor=\"end\""
    }
    if label.weight == .bold { attributes += " font-weight=\"bold\"" }
    if label.angle != 0 {
      attributes += " transform=\"rotate(\(number(label.angle)) \(x) \(y))\""
    }
    if label.rimmed {
      let rim = attribute("stroke", Scene.Paint(colour: .paper))
      text +=
        "<text\(attributes) fill=\"none\"\(rim) stroke-width=\"3\" aria-hidden=\"true\">\(Self.escaped(label.string))</text>\n"
    }
    let tip = label.whole.map { "<title>\(Self.escaped($0))</title>" } ?? ""
    let ink = attribute("fill", Scene.Paint(colour: label.colour))
    text += "<text\(attributes)\(ink)>\(tip)\(Self.escaped(label.string))</text>\n"
  }

  private func path(_ points: [Scene.Point]) -> String {
    guard let first = points.first else { return "" }
    let rest = points.dropFirst().map { "\(number($0.x)) \(number($0.y))" }.joined(separator: " ")
    return "M\(number(first.x)) \(number(first.y))" + (rest.isEmpty ? "" : "L" + rest)
  }

  /// A paint attribute; where the reader's preference decides, with the class that the dark style changes.
  func attribute(_ name: String, _ paint: Scene.Paint) -> String {
    let colour = (theme == .dark ? Figure.Theme.dark : .light).pixel(of: paint.colour)
    var text = " \(name)=\"\(Self.hexadecimal(colour))\""
    if theme == .automatic, let role = paint.colour.role { text += " class=\"\(name)-\(role)\"" }
    if paint.opacity != 1 { text += " \(name)-opacity=\"\(number(paint.opacity))\"" }
    return text
  }

  /// Rules that turn the light colours into the dark ones for readers who prefer them.
  var darkStyle: String {
    let rules = Figure.Colour.withRoles.flatMap { colour, role in
      ["fill", "stroke"].map {
        ".latent-figure .\($0)-\(role){\($0):\(Self.hexadecimal(Figure.Theme.dark.pixel(of: colour)))}"
      }
    }
    return "@media (prefers-color-scheme:dark){\(rules.joined())}"
  }

  private static func hexadecimal(_ colour: PixelColour) -> String {
    let digits = [colour.red, colour.green, colour.blue].map { channel in
      (channel < 16 ? "0" : "") + String(channel, radix: 16)
    }
    return "#" + digits.joined()
  }

  /// Hundredths of a pixel, without trailing zeros.
  func number(_ value: Double) -> String {
    let hundredths = Int((min(max(value, -1e9), 1e9) * 100).rounded())
    let (whole, part) = (abs(hundredths) / 100, abs(hundredths) % 100)
    let sign = hundredths < 0 ? "-" : ""
    if part == 0 { return "\(sign)\(whole)" }
    if part % 10 == 0 { return "\(sign)\(whole).\(part / 10)" }
    return "\(sign)\(whole).\(part < 10 ? "0" : "")\(part)"
  }

  /// Text as XML takes it; characters that XML forbids become U+FFFD.
  static func escaped(_ text: String) -> String {
    var result = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      case "\t", "\n", "\r": result.append(" ")
      case "\0"..."\u{1F}", "\u{7F}"..."\u{9F}", "\u{FFFE}", "\u{FFFF}": result.append("\u{FFFD}")
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}
