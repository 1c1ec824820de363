extension Scene {
  /// The families are those of common systems; the layout reserves room by widths close to theirs.
  static let fonts = "'Helvetica Neue',Helvetica,Arial,'Liberation Sans',sans-serif"

  /// The scene as a vector picture with real text, to be opened alone or put into a page as it is.
  ///
  /// - Parameter isInPage: whether it goes into a page that has the style of all its figures, as compactly as
  ///   possible.
  func svg(theme: Figure.Theme, isInPage: Bool = false) -> String {
    var writer = SVGWriter(theme: theme, isCompact: isInPage, hasStyles: isInPage)
    writer.write(shapes)
    let (w, h) = (writer.number(width), writer.number(height))
    var head = """
      <svg xmlns="http://www.w3.org/2000/svg" class="latent-figure" role="img" \
      aria-label="\(SVGWriter.escaped(title))" viewBox="0 0 \(w) \(h)" width="\(w)" height="\(h)" \
      font-family="\(Self.fonts)" stroke-linecap="round" stroke-linejoin="round">
      <title>\(SVGWriter.escaped(title))</title>
      <desc>\(SVGWriter.escaped(summary))</desc>

      """
    if theme == .automatic, !isInPage { head += "<style>\(writer.darkStyle)</style>\n" }
    let paper = writer.attribute("fill", Paint(colour: .paper))
    return head + "<rect width=\"\(w)\" height=\"\(h)\"\(paper)/>\n" + writer.text + "</svg>\n"
  }
}

/// Writes shapes as elements, one a line.
///
/// Compact pictures, for pages that hold many, are drawn to tenths of a pixel with paths from point to point.
struct SVGWriter {
  let theme: Figure.Theme
  let isCompact: Bool
  /// Whether classes suffice, because the page around has a colour for each.
  let hasStyles: Bool
  /// Whether dots are packed, for a script to unpack.
  let packsDots: Bool
  private(set) var text = ""

  init(
    theme: Figure.Theme, isCompact: Bool = false, hasStyles: Bool = false, packsDots: Bool = false
  ) {
    self.theme = theme
    self.isCompact = isCompact
    self.hasStyles = hasStyles
    self.packsDots = packsDots
  }

  /// The elements of some shapes; an outline and its inside become one element.
  mutating func write(_ shapes: [Scene.Shape]) {
    var index = 0
    while index < shapes.count {
      if index + 1 < shapes.count, case .area(let corners, let fill) = shapes[index],
        case .lines(let lines, let stroke) = shapes[index + 1], stroke.dash.isEmpty,
        let first = corners.first,
        lines.count == 1, lines[0].count == corners.count + 1, lines[0].dropLast() == corners[...],
        lines[0].last == first
      {
        let paints = attribute("fill", fill, alone: false) + attribute("stroke", stroke.paint, alone: false)
        let classes = [fill, stroke.paint].enumerated().compactMap { place, paint in
          paint.colour.role.map { (place == 0 ? "fill-" : "stroke-") + $0 }
        }
        let names =
          theme == .automatic && !classes.isEmpty ? " class=\"\(classes.joined(separator: " "))\"" : ""
        text += "<path d=\"\(path(corners))Z\"\(paints)\(names) stroke-width=\"\(number(stroke.width))\"/>\n"
        index += 2
      } else {
        write(shapes[index])
        index += 1
      }
    }
  }

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
    case .tints(let points, let radius, let fill):
      guard !points.isEmpty else { return }
      let paint = attribute("stroke", fill)
      text += "<path d=\"\(dots(points))\"\(paint) stroke-width=\"\(number(2 * radius))\"/>\n"
    case .pixels(let image, let place):
      write(image, in: place)
    case .text(let text):
      write(text)
    }
  }

  /// Opaque dots are one path of points with round ends, a third of the size; dots that shine through are
  /// circles, because where they overlap they must add up.
  private mutating func writeDots(_ points: [Scene.Point], radius: Double, fill: Scene.Paint) {
    guard !points.isEmpty else { return }
    if fill.opacity == 1 {
      text +=
        "<path d=\"\(dots(points))\"\(attribute("stroke", fill)) stroke-width=\"\(number(2 * radius))\"/>\n"
    } else {
      text += "<g\(attribute("fill", fill))>"
      for point in points {
        text += "<circle cx=\"\(number(point.x))\" cy=\"\(number(point.y))\" r=\"\(number(radius))\"/>"
      }
      text += "</g>\n"
    }
  }

  /// The picture in a file inside the file; should libpng have no memory, one rectangle a pixel.
  private mutating func write(_ image: RasterImage, in place: Scene.Rectangle) {
    let size = "width=\"\(number(place.width))\" height=\"\(number(place.height))\""
    if let uri = try? image.dataURI() {
      text +=
        "<image x=\"\(number(place.x))\" y=\"\(number(place.y))\" \(size) preserveAspectRatio=\"none\" "
        + "style=\"image-rendering:pixelated\" href=\"\(uri)\"/>\n"
      return
    }
    let (width, height) = (place.width / Double(image.width), place.height / Double(image.height))
    for row in 0..<image.height {
      for column in 0..<image.width {
        let cell = Scene.Rectangle(
          x: place.x + Double(column) * width, y: place.y + Double(row) * height, width: width,
          height: height)
        write(.area(cell.corners, fill: Scene.Paint(colour: .exact(image[column, row]))))
      }
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
    if isCompact { return compactPath(points) }
    guard let first = points.first else { return "" }
    let rest = points.dropFirst().map { "\(number($0.x)) \(number($0.y))" }.joined(separator: " ")
    return "M\(number(first.x)) \(number(first.y))" + (rest.isEmpty ? "" : "L" + rest)
  }

  /// A paint attribute; where the reader's preference decides, with the class that the dark style changes.
  /// - Parameter alone: whether no other paint of the element has a class.
  func attribute(_ name: String, _ paint: Scene.Paint, alone: Bool = true) -> String {
    let colour = (theme == .dark ? Figure.Theme.dark : .light).pixel(of: paint.colour)
    let role = theme == .automatic ? paint.colour.role : nil
    var text = hasStyles && role != nil ? "" : " \(name)=\"\(Self.hexadecimal(colour))\""
    if alone, let role { text += " class=\"\(name)-\(role)\"" }
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

  static func hexadecimal(_ colour: PixelColour) -> String {
    let digits = [colour.red, colour.green, colour.blue].map { channel in
      (channel < 16 ? "0" : "") + String(channel, radix: 16)
    }
    return "#" + digits.joined()
  }

  /// Hundredths of a pixel, without trailing zeros.
  func number(_ value: Double) -> String {
    if isCompact { return Self.tenths(Self.inTenths(value)) }
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
