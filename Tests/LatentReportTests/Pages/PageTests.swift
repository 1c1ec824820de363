import Foundation
import LatentFiles
import LatentNumerics
import LatentReport
import Testing

@Suite struct PageTests {
  static func everything() throws -> [HTMLReader.Element] {
    try HTMLReader.read(SamplePages.everything.html())
  }

  @Test func frame() throws {
    let elements = try Self.everything()
    #expect(elements.named("html").first?["lang"] == "en")
    #expect(elements.named("title").last { $0.isInside("head") }?.text == "A report")
    #expect(elements.named("h1").map(\.text) == ["A report"])
    #expect(elements.named("h2").map(\.text) == ["Words", "Pictures", "Explorers"])
    #expect(elements.classed("summary").first?.text == "What was found, in a sentence.")
    #expect(elements.named("footer").first?.text == "Made by a test.")
    #expect(elements.named("main").count == 1 && elements.named("nav").count == 1)
  }

  @Test func contentsLeadToSections() throws {
    let elements = try Self.everything()
    let ids = elements.compactMap { $0["id"] }
    #expect(Set(ids).count == ids.count)
    let links = elements.named("a").compactMap { $0["href"] }
    #expect(links.filter { $0.hasPrefix("#section") }.count == 3)
    for link in links { #expect(link.hasPrefix("#") && ids.contains(String(link.dropFirst()))) }
    for element in elements {
      for name in ["aria-labelledby", "aria-describedby"] {
        if let target = element[name] { #expect(ids.contains(target)) }
      }
    }
    var short = SamplePages.everything
    short.sections.removeLast()
    #expect(try HTMLReader.read(short.html()).named("nav").isEmpty)
  }

  /// What can be worked or seen has a name for those who hear it.
  @Test func everythingHasAName() throws {
    let elements = try Self.everything()
    for element in elements.named("button", "input", "canvas") {
      #expect(!(element["aria-label"] ?? "").isEmpty || !element.text.isEmpty, "\(element.attributes)")
    }
    for element in elements.named("select") { #expect(element.isInside("label")) }
    for element in elements.named("img") {
      // A frame of a film is described by the stage around it.
      #expect(
        element["alt"]?.isEmpty == false || element.parent?["class"] == "stage"
          || element.parent?["class"] == "last")
    }
    for element in elements.named("svg") {
      #expect(element["aria-hidden"] == "true" || element["aria-label"]?.isEmpty == false)
    }
    for element in elements.named("th") { #expect(element["scope"] != nil) }
    for element in elements where element["tabindex"] == "0" {
      #expect(element["aria-label"] != nil || element.name == "pre" || element["class"] == "long")
    }
  }

  /// Nothing to fetch, no script but the page's own, and that one allowed by its digest alone.
  @Test func policy() throws {
    let elements = try Self.everything()
    for element in elements {
      for name in ["src", "href"] {
        guard let value = element[name] else { continue }
        #expect(value.hasPrefix("#") || value.hasPrefix("data:"), "\(element.name) \(value)")
      }
      #expect(!element.attributes.keys.contains { $0.hasPrefix("on") })
    }
    let policy = try #require(
      elements.first { $0["http-equiv"] == "Content-Security-Policy" }?["content"])
    #expect(
      policy.hasPrefix("default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-"))
    let scripts = elements.named("script").filter { $0["type"] == nil }
    #expect(scripts.count == 1)
    let hex = SHA256.hexDigest(of: Array(scripts[0].text.utf8))
    let bytes = stride(from: 0, to: 64, by: 2).compactMap { place in
      UInt8(hex.dropFirst(place).prefix(2), radix: 16)
    }
    #expect(policy.contains("'sha256-\(Data(bytes).base64EncodedString())'"))
    let plain = try Page("", summary: "", [.init("", [.paragraph("")])]).html()
    #expect(!plain.contains("<script") && !plain.contains("script-src"))
  }

  /// Data for scripts is JSON.
  @Test func data() throws {
    let elements = try Self.everything()
    let blocks = elements.named("script").filter { $0["type"] == "application/json" }
    #expect(blocks.count == 5)
    for block in blocks {
      #expect(try JSONSerialization.jsonObject(with: Data(block.text.utf8)) is [String: Any])
    }
  }

  @Test(arguments: SamplePages.nasty)
  func anyTextIsText(text: String) throws {
    let elements = try HTMLReader.read(SamplePages.everywhere(text).html())
    #expect(elements.named("script").filter { $0["type"] == nil }.count == 1)
    #expect(elements.named("img").allSatisfy { $0["src"]?.hasPrefix("data:image/png") ?? false })
    let shown = String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.value < 32 || $0.value == 0xFFFE ? "\u{FFFD}" : $0 }))
    for name in ["h1", "h2", "title", "caption", "summary", "figcaption", "option", "pre"] {
      let texts = elements.named(name).map(\.text)
      #expect(!texts.isEmpty && texts.contains(shown), "\(name): \(texts)")
    }
    #expect(elements.named("th", "td").filter { $0.text == shown }.count == 4)
    // What the scripts show is the text itself.
    for block in elements.named("script").filter({ $0["type"] == "application/json" }) {
      let value = try #require(
        JSONSerialization.jsonObject(with: Data(block.text.utf8)) as? [String: Any])
      let names = ["labels", "names", "axes", "labelNames"].compactMap { value[$0] as? [String] }
      #expect(!names.isEmpty)
      if let labels = value["labelNames"] as? [String] { #expect(labels == [text, text, text]) }
      if let labels = value["labels"] as? [String], value["slots"] != nil, labels.count == 2 {
        #expect(labels == [text, text])
      }
    }
  }

  @Test func tenThousandCharacters() throws {
    let long = String(repeating: "<&\"'é🙂abcd", count: 1000)
    let elements = try HTMLReader.read(SamplePages.everywhere(long).html())
    for element in elements.named("h1", "h2", "option") { #expect(element.text.count <= 301) }
    #expect(elements.named("td").first?.text.count == 10_000)
    #expect(elements.classed("long").count == 2)
  }

  @Test func refresh() throws {
    var page = Page("Live", summary: "")
    #expect(try !page.html().contains("http-equiv=\"refresh\""))
    page.refresh = 5
    let elements = try HTMLReader.read(page.html())
    #expect(elements.first { $0["http-equiv"] == "refresh" }?["content"] == "5")
    #expect(elements.named("footer").first?.text == "This page reads itself again every 5 s.")
  }

  @Test func files() throws {
    let path = NSTemporaryDirectory() + "/latent-page-\(UUID().uuidString).html"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let page = SamplePages.everything
    try page.write(to: path)
    #expect(try String(contentsOfFile: path, encoding: .utf8) == page.html())
    #expect(throws: FileError.self) { try page.write(to: "/nowhere/at/all.html") }
  }

  /// Figures of few marks are laid out for phones too; the numbers of both are the same.
  @Test func twoLayouts() throws {
    let elements = try Self.everything()
    let wide = elements.named("svg").filter { $0.parent?["class"] == "wide" }
    let narrow = elements.named("svg").filter { $0.parent?["class"] == "narrow" }
    #expect(wide.count == narrow.count && wide.count == 3)
    for (a, b) in zip(wide, narrow) {
      #expect(a["aria-label"] == b["aria-label"])
      #expect((b["width"].flatMap(Double.init) ?? 999) <= 362)
    }
    let x: [Double] = (0..<30_000).map { Double($0) }
    let many = Figure("", [.init(x: "", y: "", [.points(x: x, y: x.map { sin($0) })])])
    let page = try HTMLReader.read(Page("", summary: "", [.init("", [.figure(many)])]).html())
    #expect(page.named("svg").count == 1 && page.classed("broad").count == 1)
  }

  @Test func emptyBlocksDrawNothingOdd() throws {
    let page = Page(
      "", summary: "",
      [
        .init(
          "",
          [
            .keyFigures([]), .findings([]), .table(.init([], [])), .table(.init(["a"], [])), .list([]),
            .paragraph(""), .preformatted(""), .folded("", []), .figure(Figure("", [])),
            .components(ComponentExplorer("", [])),
            .cloud(PointCloud("", points: Matrix<Double>(rows: 0, columns: 3))),
          ])
      ])
    let elements = try HTMLReader.read(page.html())
    #expect(elements.named("dl").isEmpty && elements.classed("findings").isEmpty)
  }
}
