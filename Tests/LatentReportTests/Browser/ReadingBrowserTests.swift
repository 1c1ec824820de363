import Foundation
import LatentNumerics
import LatentReport
import LatentTestSupport
import Testing

/// What readers meet on paper, by touch, by keys and by ear.
@Suite(.serialized, .enabled(if: Browser.executable != nil, "\(Browser.whyNot)"))
struct ReadingBrowserTests {
  let browser: Browser

  init() throws { browser = try Browser() }

  func open(_ blocks: Page.Block...) throws {
    try browser.open(html: Page("", summary: "", [.init("", blocks)]).html())
    try browser.wait(until: PageBrowserTests.ready)
  }

  /// Panels of an animation that stand in rows are all as wide as each other, whatever is left in the last row.
  @Test(arguments: [1, 2, 3, 4], [390, 1280])
  func panelsHaveOneWidth(count: Int, width: Int) throws {
    try browser.setScreen(width: width)
    let frames = (0..<3).map { f in
      LatentReport.Animation.Frame(
        "\(f)",
        Figure("", (0..<count).map { _ in .init(x: "x", y: "y", [.points(x: [0, Double(f)], y: [0, 1])]) }))
    }
    try open(.animation(LatentReport.Animation("", frames)))
    let widths = try browser.evaluate(
      "[...document.querySelectorAll('.stage .panels svg')].map(s => Math.round(s.getBoundingClientRect().width))",
      as: [Int].self)
    #expect(widths.count == count && Set(widths).count == 1, "\(widths)")
    #expect(try (250...620).contains(#require(widths.first)), "\(widths)")
  }

  /// A dark page is printed as a light one, also what is drawn on canvases; and is dark again afterwards.
  @Test func canvasesAreLightOnPaper() throws {
    let drawn =
      "[...document.querySelectorAll('canvas.map, canvas.space')].map(c => c.toDataURL())"
    func pictures() throws -> [String] { try browser.evaluate(drawn) }
    let blocks: [Page.Block] = [.plane(SamplePages.plane()), .cloud(SamplePages.cloud)]
    try browser.open(html: Page("", summary: "", [.init("", blocks)]).html())
    try browser.wait(until: PageBrowserTests.ready)
    let light = try pictures()
    try browser.setScreen(isDark: true)
    try browser.wait(until: "JSON.stringify(\(drawn)) !== \(Self.json(light))")
    let dark = try pictures()
    #expect(light.count == 2 && zip(light, dark).allSatisfy { $0 != $1 })
    try browser.run("dispatchEvent(new Event('beforeprint'))")
    #expect(try pictures() == light)
    try browser.run("dispatchEvent(new Event('afterprint'))")
    #expect(try pictures() == dark)
    #expect(try browser.problems.isEmpty)
  }

  private static func json(_ texts: [String]) -> String {
    "'[" + texts.map { "\"\($0)\"" }.joined(separator: ",") + "]'"
  }

  /// The colours of a scale on a dark page are not those near its paper.
  @Test func scalesFollowTheTheme() throws {
    let cloud = PointCloud(
      "", points: SamplePages.points, colourings: [.scale("time", (0..<60).map { Double($0) })])
    func bar() throws -> String {
      try open(.cloud(cloud))
      return try browser.evaluate("document.querySelector('.legend b').style.backgroundImage")
    }
    let light = try bar()
    try browser.setScreen(isDark: true)
    let dark = try bar()
    #expect(light.contains("rgb(68, 1, 84)") && !light.contains("rgb(253, 231, 37)"))
    #expect(!dark.contains("rgb(68, 1, 84)") && dark.contains("rgb(253, 231, 37)"))
  }

  /// A finger moves the page where it moves up or down, on canvases too.
  @Test func pagesScrollUnderAFinger() throws {
    try browser.setScreen(width: 390)
    try open(.plane(SamplePages.plane()), .cloud(SamplePages.cloud))
    let actions = try browser.evaluate(
      "[...document.querySelectorAll('canvas.map, canvas.space')].map(c => getComputedStyle(c).touchAction)",
      as: [String].self)
    #expect(actions == ["pan-y", "pan-y"])
  }

  /// A table that fits is no stop on the way of the keys; one that does not has a name and can be moved.
  @Test func onlyTablesThatAreTooWideAreStops() throws {
    let wide = (0..<30).map { "a long name of column \($0)" }
    let tables: [Page.Block] = [
      .table(.init(["name", .number("value")], [["a", "1"]], caption: "Small")),
      .table(.init(wide.map { .init($0) }, [wide], caption: "Wide")),
    ]
    for width in [390, 1280] {
      try browser.setScreen(width: width)
      try browser.open(html: Page("", summary: "", [.init("", tables)]).html())
      let stops = try browser.evaluate(
        "[...document.querySelectorAll('.scroll')].map(s => `${s.tabIndex} ${s.getAttribute('role')} ${s.getAttribute('aria-label')}`)",
        as: [String].self)
      #expect(stops == ["-1 null null", "0 region Wide"], "\(width)")
    }
  }

  /// What is chosen is said, and where the keys are is seen.
  @Test func choosingIsSaidAndSeen() throws {
    try open(.components(SamplePages.components))
    let said = "document.querySelector('.components > output').textContent"
    #expect(try browser.evaluate(said, as: String.self).isEmpty)
    try browser.click(".choices li:nth-child(2) a")
    #expect(try browser.evaluate(said, as: String.self) == "Component 2 weight 0.1, shown below.")
    try browser.run("document.querySelector('.wide a[data-component=\"0\"]').focus()")
    try browser.press("ArrowRight")
    let ring = try browser.evaluate(
      """
      (() => {
        const target = document.activeElement.querySelector(".target"), style = getComputedStyle(target);
        const accent = document.createElement("i");
        accent.style.color = "var(--accent)";
        document.body.append(accent);
        return [style.stroke === getComputedStyle(accent).color, parseFloat(style.strokeWidth) >= 3,
          target.getBoundingClientRect().width >= 24];
      })()
      """, as: [Bool].self)
    #expect(ring == [true, true, true])
  }
}
