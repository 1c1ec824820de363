import Foundation
import LatentReport
import Testing

#if canImport(FoundationXML)
  import FoundationXML
#endif

/// The elements of a vector picture, read by an XML parser.
final class SVGReader: NSObject, XMLParserDelegate {
  struct Element {
    var name: String
    var attributes: [String: String]
    var text = ""

    func number(_ name: String) -> Double? { attributes[name].flatMap(Double.init) }
  }

  private(set) var elements: [Element] = []
  private var open: [Int] = []

  static func read(_ svg: String) throws -> [Element] {
    let reader = SVGReader()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = reader
    try #require(parser.parse(), "\(String(describing: parser.parserError))")
    return reader.elements
  }

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    open.append(elements.count)
    elements.append(Element(name: name, attributes: attributes))
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) {
    if let last = open.last { elements[last].text += string }
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?)
  {
    open.removeLast()
  }
}

extension [SVGReader.Element] {
  /// What is written, without the rims of letters.
  var texts: [SVGReader.Element] { filter { $0.name == "text" && $0.attributes["aria-hidden"] == nil } }

  func text(_ string: String) throws -> SVGReader.Element {
    try #require(texts.first { $0.text == string }, "\(string) among \(texts.map(\.text))")
  }

  /// Where dots are.
  var dots: [(x: Double, y: Double)] {
    filter { $0.attributes["d"]?.contains("h0") == true }.flatMap { element in
      (element.attributes["d"] ?? "").split(separator: "M").compactMap { part in
        let numbers = part.dropLast(2).split(separator: " ").compactMap { Double($0) }
        return numbers.count == 2 ? (numbers[0], numbers[1]) : nil
      }
    }
  }
}

@Suite struct FigureTests {
  static func figure(_ layers: [Figure.Layer], x: Figure.Axis = "x", y: Figure.Axis = "y") -> Figure {
    Figure("title", [.init(x: x, y: y, layers)])
  }

  /// A point stands over the label of its x and beside the label of its y.
  @Test(arguments: [Figure.Axis.Scale.linear, .logarithmic])
  func pointsStandAtTheirTicks(scale: Figure.Axis.Scale) throws {
    let figure = Self.figure(
      [.points(x: [10, 20, 50, 100], y: [2, 5, 20, 10])], x: .init("x", scale: scale),
      y: .init("y", scale: scale))
    let elements = try SVGReader.read(figure.svg())
    let dots = elements.dots
    #expect(dots.count == 4)
    let columns = elements.texts.filter { $0.attributes["text-anchor"] == "middle" }
    let rows = elements.texts.filter { $0.attributes["text-anchor"] == "end" }
    for (dot, (x, y)) in zip(dots, zip(["10", "20", "50", "100"], ["2", "5", "20", "10"])) {
      if let label = columns.first(where: { $0.text == x }) {
        #expect(abs((label.number("x") ?? 0) - dot.x) < 0.011)
      }
      if let label = rows.first(where: { $0.text == y }) {
        #expect(abs((label.number("y") ?? 0) - 4 - dot.y) < 0.011)
      }
    }
    #expect(columns.contains { $0.text == "100" } && rows.contains { $0.text == "10" || $0.text == "10.0" })
  }

  @Test func bothPicturesHaveTheSameSize() throws {
    var figure = Self.figure([.line(x: [0, 1], y: [0, 1])])
    figure.panelSize = .init(width: 300, height: 200)
    let svg = try #require(try SVGReader.read(figure.svg()).first)
    let image = try figure.image(scale: 3)
    #expect(Double(image.width) == (svg.number("width") ?? 0) * 3)
    #expect(Double(image.height) == (svg.number("height") ?? 0) * 3)
    #expect(try decodePNG(image.pngData()) == image)
    #expect(try figure.image(scale: 3) == image && figure.svg() == figure.svg())
  }

  /// In pixels, the ink of a mark is where the vector picture says.
  @Test func bothPicturesAgree() throws {
    let figure = Self.figure([.points(x: [1, 2, 3], y: [3, 1, 2]).styled(size: 12)])
    let image = try figure.image(scale: 2)
    for dot in try SVGReader.read(figure.svg()).dots {
      let (x, y) = (Int(2 * dot.x), Int(2 * dot.y))
      #expect(image[x, y] == Figure.Theme.light.pixel(of: .series(0)))
      #expect(image[x + 14, y + 2] != Figure.Theme.light.pixel(of: .series(0)))
    }
  }

  static let names = [
    "a < b & c > d", "\"double\" 'single'", "</text><script>alert(1)</script>", "]]> <!-- -->", "🙂 漢字 שלום",
    "two\nlines\tand\rtabs", "μ̂ ± 2σ², 10⁻³", "nul \0 bell \u{7} \u{FFFE}",
  ]

  @Test(arguments: names)
  func anyTextIsEscaped(name: String) throws {
    let figure = Figure(
      name,
      [
        .init(
          name, x: .init(name, scale: .categories([name, "b"])), y: .init(name),
          [
            .line(x: [0, 1], y: [0, 1], name: name), .labels(x: [0.5], y: [0.5], texts: [name]),
            .verticalRule(at: 0.2, label: name),
          ])
      ])
    let elements = try SVGReader.read(figure.svg())
    #expect(!elements.contains { $0.name == "script" })
    let shown = String(
      String.UnicodeScalarView(
        name.unicodeScalars.map { scalar in
          "\n\t\r".unicodeScalars.contains(scalar)
            ? " " : scalar.value < 32 || scalar.value == 0xFFFE ? "\u{FFFD}" : scalar
        }))
    let title = try #require(elements.first { $0.name == "title" })
    #expect(title.text == shown)
    #expect(elements.first?.attributes["aria-label"] == shown)
    // The name of figure, panel, axes, category, series, label and rule.
    #expect(elements.texts.filter { $0.text == shown }.count == 8)
    _ = try figure.image(scale: 1)
  }

  @Test func tenThousandCharacters() throws {
    let long = String(repeating: "<&\"'é🙂abcd", count: 1000)
    let figure = Figure(
      long,
      [
        .init(
          long, x: .init(long), y: .init(long),
          [.points(x: [1], y: [1], name: long), .labels(x: [1], y: [1], texts: [long])])
      ])
    let elements = try SVGReader.read(figure.svg())
    let svg = try #require(elements.first)
    // Every text is shortened, fits its page, and gives itself in full to those who point at it.
    #expect(elements.texts.allSatisfy { $0.text.count < 200 })
    #expect(elements.filter { $0.name == "title" && $0.text == long }.count == 7)
    #expect(svg.number("width") == 668)
    #expect(try figure.image(scale: 1).width == 668)
  }

  @Test func themes() throws {
    let figure = Self.figure([.points(x: [1], y: [1])])
    let dark = Figure.Theme.dark.pixel(of: .paper)
    #expect(try figure.image(theme: .dark, scale: 1)[0, 0] == dark)
    #expect(try figure.image(scale: 1)[0, 0] == .grey(255))
    #expect(figure.svg(theme: .automatic).contains("prefers-color-scheme:dark"))
    #expect(!figure.svg(theme: .light).contains("class=\"fill"))
    // Nothing has to be fetched and nothing can clash when several figures stand in one page.
    #expect(!figure.svg().contains(" id=") && !figure.svg().contains("url("))
  }

  @Test func tooLarge() {
    var figure = Self.figure([])
    figure.panelSize = .init(width: 99_972, height: 100_000)
    #expect(throws: ImageError.self) { try figure.image() }
    #expect(throws: ImageError.tooLarge(width: 668_000, height: 458_000)) {
      try Self.figure([]).image(scale: 1000)
    }
  }

  @Test func files() throws {
    let folder = NSTemporaryDirectory() + "/latent-figure-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let figure = Self.figure([.line(x: [1, 2], y: [2, 1])])
    try figure.writePNG(to: folder + "/a.png", scale: 1)
    try figure.writeSVG(to: folder + "/a.svg")
    let data = try Data(contentsOf: URL(fileURLWithPath: folder + "/a.png"))
    #expect(try decodePNG(Array(data)) == figure.image(scale: 1))
    #expect(try String(contentsOfFile: folder + "/a.svg", encoding: .utf8) == figure.svg())
  }
}
