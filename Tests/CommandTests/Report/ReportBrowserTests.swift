import Foundation
import LatentTestSupport
import Testing

/// Real reports in a real browser: no error, no request, nothing wider than the screen, controls that work.
@Suite(.serialized, .enabled(if: Browser.executable != nil, "\(Browser.whyNot)"))
struct ReportBrowserTests {
  private let browser: Browser
  private let scratch: ScratchFolder

  init() throws {
    browser = try Browser()
    scratch = try ScratchFolder()
  }

  private func report(_ fit: String, _ data: String, _ options: String = "") throws -> String {
    let fitted = try LatentProcess.run("fit \(fit) -o m.latent --quiet", in: scratch)
    try #require(fitted.status == 0, "\(fitted.error)")
    _ = try ReportTests.report("m.latent \(data) \(options)", in: scratch)
    return scratch("m.html")
  }

  /// Opens the page on a phone and a screen, light and dark, and on paper.
  private func look(_ path: String) throws {
    for (width, isDark, isPaper) in [
      (1280, false, false), (390, true, false), (390, false, false), (800, false, true),
    ] {
      try browser.setScreen(width: width, isDark: isDark, isPaper: isPaper)
      try browser.open(path: path)
      #expect(try browser.problems == [])
      let overflow: Int = try browser.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth")
      #expect(overflow <= 0, "\(overflow) pixels too wide at \(width)")
      let nameless: Int = try browser.evaluate(
        """
        [...document.querySelectorAll("img")].filter(i => !i.hasAttribute("alt")).length
          + [...document.querySelectorAll("svg")].filter(s => !s.closest("button, [aria-hidden=true]")
            && !s.querySelector("title, desc") && !s.getAttribute("aria-label")
            && !s.getAttribute("aria-labelledby")).length
        """)
      #expect(nameless == 0)
    }
    try browser.setScreen()
    try browser.open(path: path)
  }

  @Test func aMixture() throws {
    try look(report("gmm faithful --components 2 --restarts 2", "faithful"))
    // Choosing the second component shows its rows.
    let before: String = try browser.evaluate("document.body.innerText")
    #expect(before.contains("Rows of component 1"))
    try browser.click(".choices a[data-component='1']")
    let after: String = try browser.evaluate("document.body.innerText")
    #expect(after.contains("Rows of component 2") && !after.contains("Rows of component 1"))
    #expect(try browser.problems == [])
  }

  @Test func anAutoencoder() throws {
    try look(
      report(
        "vae mnist-sample --latent 2 --hidden 30 --binarize stochastic --passes 2", "mnist-sample-test",
        "--labels label"))
    let canvases: Int = try browser.evaluate("document.querySelectorAll('canvas').length")
    #expect(canvases >= 1)
    // The image follows the pointer over the plane.
    let pixels = "[...document.querySelectorAll('canvas')].map(c => c.toDataURL()).join()"
    let before: String = try browser.evaluate(pixels)
    let plane = try browser.box(of: ".plane canvas, canvas")
    try browser.movePointer(to: plane.x + plane.width * 0.8, plane.y + plane.height * 0.3)
    try browser.wait(until: "\(pixels) !== \(String(reflecting: before))", seconds: 10)
    #expect(try browser.problems == [])
  }

  @Test(arguments: [
    ("hmm hmm-chain --states 4", "hmm-chain"),
    ("lds bouncing-ball --latent 4 --max-iterations 2", "bouncing-ball-test"),
  ]) func sequences(_ fit: String, _ data: String) throws { try look(report(fit, data)) }

  /// A page under way is read again by itself, and rests at the end.
  @Test func aFitUnderWay() throws {
    let (_, finish) = try LatentProcess.start(
      "fit vae mnist-sample --latent 2 --hidden 10 --binarize stochastic --passes 8 --report live.html --quiet"
        .split(separator: " ").map(String.init), in: scratch)
    while !scratch.exists("live.html") { usleep(10_000) }
    try browser.open(path: scratch("live.html"))
    try browser.wait(
      until: "document.body && document.body.innerText.includes('How it was made')", seconds: 120)
    #expect(try finish().status == 0)
    let isRefreshing: Bool = try browser.evaluate("!!document.querySelector('meta[http-equiv=refresh]')")
    #expect(!isRefreshing)
  }
}
