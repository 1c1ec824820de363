import Foundation
import LatentNumerics
import LatentReport
import LatentTestSupport
import Testing

/// Pages in a browser, as a reader has them.
@Suite(.serialized, .enabled(if: Browser.executable != nil, "\(Browser.whyNot)"))
struct PageBrowserTests {
  let browser: Browser

  init() throws { browser = try Browser() }

  /// Where explorers have read their pictures.
  static let ready =
    "!document.querySelector('[data-plane]:not([data-ready]), [data-cloud]:not([data-ready])')"

  func open(_ page: Page) throws {
    try browser.open(html: page.html())
    try browser.wait(until: Self.ready)
  }

  func open(_ blocks: Page.Block...) throws { try open(Page("Test", summary: "", [.init("", blocks)])) }

  func picture(wholePage: Bool = false) throws -> RasterImage {
    try decodePNG(browser.screenshot(wholePage: wholePage))
  }

  /// What makes the page scroll sideways.
  func wide(than width: Int) throws -> [String] {
    guard try browser.evaluate("document.documentElement.scrollWidth", as: Int.self) > width else {
      return []
    }
    return try browser.evaluate(
      """
      [...document.querySelectorAll("body *")]
        .filter(node => node.getBoundingClientRect().right > \(width) && !node.closest(".scroll, pre, svg"))
        .map(node => `${node.tagName}.${node.className} ${node.getBoundingClientRect().right}`).slice(0, 9)
      """) + ["the page"]
  }

  /// How many pixels have a colour.
  static func count(_ colour: PixelColour, in image: RasterImage) -> Int {
    var count = 0
    for y in 0..<image.height { for x in 0..<image.width where image[x, y] == colour { count += 1 } }
    return count
  }

  @Test(arguments: [390, 1280], [false, true])
  func everyBlockOpensQuietly(width: Int, isDark: Bool) throws {
    try browser.setScreen(width: width, isDark: isDark)
    try open(SamplePages.everything)
    let problems = try browser.problems
    #expect(problems.isEmpty)
    // No sideways scrolling of the page, however narrow.
    let tooWide = try wide(than: width)
    #expect(tooWide.isEmpty)
    #expect(try browser.evaluate("getComputedStyle(document.body).fontSize", as: String.self) == "16px")
    let image = try picture(wholePage: true)
    let theme = isDark ? Figure.Theme.dark : .light
    // Paper all around, and in plenty the colours of the marks: of lines, of points, of text.
    #expect(image[2, 2] == theme.pixel(of: .paper))
    for colour in [Figure.Colour.series(0), .series(1), .series(2)] {
      #expect(Self.count(theme.pixel(of: colour), in: image) > 40, "\(colour)")
    }
    #expect(Self.count(theme.pixel(of: .ink), in: image) > 300)
    let other = isDark ? Figure.Theme.light : .dark
    #expect(Self.count(other.pixel(of: .series(0)), in: image) < 20)
  }

  @Test(arguments: [390, 1280])
  func nastyTextIsHarmless(width: Int) throws {
    try browser.setScreen(width: width)
    for text in SamplePages.nasty + [String(repeating: "<&\"'é🙂abcd", count: 1000)] {
      try open(SamplePages.everywhere(text))
      let problems = try browser.problems
      #expect(problems.isEmpty, "\(text.prefix(40))")
      #expect(try browser.evaluate("window.broken === undefined", as: Bool.self))
      let tooWide = try wide(than: width)
      #expect(tooWide.isEmpty, "\(text.prefix(40))")
      if text.count < 100, !text.contains("\0") {
        let shown = try browser.evaluate(
          "document.querySelector('.player output').textContent", as: String.self)
        #expect(shown == text)
      }
    }
  }

  /// A script that got into the page by any other way than ours would not run.
  @Test func thePolicyHolds() throws {
    let html = try SamplePages.everything.html()
      .replacing(
        "</main>",
        with: "<script>window.broken = 1</script><img src=\"https://example.invalid/x.png\"></main>")
    try browser.open(html: html)
    #expect(try browser.evaluate("window.broken === undefined", as: Bool.self))
    #expect(try browser.problems.filter { $0.contains("Content Security Policy") }.count == 2)
  }

  @Test func paperShowsEverything() throws {
    try open(SamplePages.everything)
    try browser.setScreen(isPaper: true)
    let visible =
      "(node => { const box = node.getBoundingClientRect(); return box.width > 0 && box.height > 0 })"
    func all(_ selector: String) throws -> [Bool] {
      try browser.evaluate("[...document.querySelectorAll('\(selector)')].map(\(visible))", as: [Bool].self)
    }
    #expect(try all(".controls").allSatisfy { !$0 })
    #expect(try all("nav").allSatisfy { !$0 })
    #expect(try all(".component") == [true, true, true])
    #expect(try all(".player:not(.film) .last, .player:not(.film) .stage") == [true, true])
    #expect(try all(".strip, canvas.map, canvas.space").allSatisfy { $0 })
    let answer = try browser.pdfSize()
    #expect(answer > 10_000)
  }

  @Test func withoutScripts() throws {
    try browser.allowScripts(false)
    try browser.open(html: SamplePages.everything.html())
    try browser.allowScripts(true)
    func shown(_ selector: String) throws -> Int {
      try browser.evaluate(
        "[...document.querySelectorAll('\(selector)')].filter(node => node.getClientRects().length).length",
        as: Int.self)
    }
    #expect(try shown(".component") == 3 && shown(".controls") == 0 && shown("canvas") == 0)
    #expect(try shown(".player .stage") == 2 && shown(".player .last") == 1)
    // Two planes and a cloud as still pictures.
    #expect(try shown("noscript svg") == 3)
  }

  /// A page that is rewritten is read again; the last state stays when it no longer asks for that.
  @Test func liveRefresh() throws {
    var page = Page("Live", summary: "first")
    page.refresh = 1
    let path = try browser.open(html: page.html())
    page.summary = "second"
    page.refresh = nil
    try page.write(to: path)
    try browser.wait(until: "document.querySelector('.summary')?.textContent === 'second'")
    #expect(try browser.evaluate("!document.querySelector('[http-equiv=refresh]')", as: Bool.self))
  }
}
