import Foundation
import LatentReport
import LatentTestSupport
import Testing

@Suite(.serialized, .enabled(if: Browser.executable != nil, "\(Browser.whyNot)"))
struct PlayerBrowserTests {
  let browser: Browser

  init() throws { browser = try Browser() }

  var label: String {
    get throws { try browser.evaluate("document.querySelector('.player output').textContent") }
  }

  /// Everything that is drawn at this moment.
  var drawn: String {
    get throws { try browser.evaluate("document.querySelector('.player .stage').innerHTML") }
  }

  func open(_ animation: LatentReport.Animation) throws {
    try browser.open(html: Page("", summary: "", [.init("", [.animation(animation)])]).html())
  }

  @Test func buttonsAndSlider() throws {
    try open(SamplePages.animation)
    #expect(try label == "step 0")
    let first = try drawn
    try browser.click("[data-do=on]")
    #expect(try label == "step 1" && drawn != first)
    try browser.click("[data-do=last]")
    #expect(try label == "step 5")
    // What is seen now is what was drawn for paper.
    let matches = try browser.evaluate(
      """
      (() => {
        const shapes = root => [...root.querySelectorAll(".panels svg g")].map(g => g.innerHTML);
        const [now, last] = [".stage", ".last"].map(name => shapes(document.querySelector(name)));
        return now.length > 5 && JSON.stringify(now) === JSON.stringify(last);
      })()
      """, as: Bool.self)
    #expect(matches)
    try browser.click("[data-do=on]")
    #expect(try label == "step 5")
    try browser.click("[data-do=back]")
    #expect(try label == "step 4")
    try browser.click("[data-do=first]")
    #expect(try label == "step 0" && drawn == first)
    let box = try browser.box(of: "input[type=range]")
    try browser.click(at: box.x + box.width - 3, box.y + box.height / 2)
    #expect(try label == "step 5")
    try browser.click(at: box.x + box.width / 2 + 20, box.y + box.height / 2)
    #expect(try ["step 2", "step 3"].contains(label))
    #expect(try browser.problems.isEmpty)
  }

  @Test func keyboard() throws {
    try open(SamplePages.animation)
    // The page is worked from its top by Tab alone: stage, then the buttons.
    try browser.press("Tab")
    #expect(try browser.evaluate("document.activeElement.className", as: String.self) == "stage")
    for (key, expected) in [
      ("ArrowRight", "step 1"), ("ArrowRight", "step 2"), ("ArrowLeft", "step 1"), ("End", "step 5"),
      ("Home", "step 0"),
    ] {
      try browser.press(key)
      #expect(try label == expected, "\(key)")
    }
    try browser.press(" ")
    try browser.wait(until: "document.querySelector('.player output').textContent === 'step 5'")
    for _ in 0..<3 { try browser.press("Tab") }
    #expect(try browser.evaluate("document.activeElement.dataset.do", as: String.self) == "play")
    // On a button, space presses the button: from the end it plays from the start.
    try browser.press(" ")
    try browser.wait(until: "document.querySelector('.player output').textContent !== 'step 5'")
    try browser.wait(until: "document.querySelector('.player output').textContent === 'step 5'")
    // The focus is seen.
    let outline = try browser.evaluate(
      "getComputedStyle(document.activeElement).outlineStyle", as: String.self)
    #expect(outline == "solid")
  }

  @Test func playAndPause() throws {
    var animation = SamplePages.animation
    animation.repeats = true
    try open(animation)
    let name = "document.querySelector('[data-do=play]').getAttribute('aria-label')"
    #expect(try browser.evaluate(name, as: String.self) == "Play")
    try browser.click("[data-do=play]")
    #expect(try browser.evaluate(name, as: String.self) == "Pause")
    // It goes past its end and begins again.
    try browser.wait(until: "document.querySelector('.player output').textContent === 'step 4'")
    try browser.wait(until: "document.querySelector('.player output').textContent === 'step 1'")
    try browser.click("[data-do=play]")
    #expect(try browser.evaluate(name, as: String.self) == "Play")
    let stopped = try label
    usleep(300_000)
    #expect(try label == stopped)
  }

  @Test func lessMotion() throws {
    var animation = SamplePages.animation
    animation.startsAtOnce = true
    try open(animation)
    try browser.wait(until: "document.querySelector('.player output').textContent === 'step 5'")
    try browser.setScreen(prefersLessMotion: true)
    try open(animation)
    usleep(600_000)
    #expect(try label == "step 0")
  }

  /// Frames of pixels: the picture of each frame is shown, at whole multiples.
  @Test func film() throws {
    try browser.open(html: Page("", summary: "", [.init("", [.film(SamplePages.film)])]).html())
    let source = "document.querySelector('.stage img').src"
    let first = try browser.evaluate(source, as: String.self)
    try browser.click("[data-do=last]")
    #expect(try browser.evaluate(source, as: String.self) != first)
    #expect(try label == "frame 7 of 7, predicted")
    #expect(
      try browser.evaluate(
        "document.querySelector('.stage img').width % (2 * 8 * 4 + 1) === 0", as: Bool.self))
  }

  /// The picture without scripts moves, or rests at its end for those who prefer that.
  @Test func movingPicture() throws {
    let svg = try SamplePages.animation.svg()
    let html = "<!DOCTYPE html><html><body>\(svg)</body></html>"
    try browser.open(html: html)
    let seen = """
      [...document.querySelectorAll("g.s")].filter(g => getComputedStyle(g).visibility === "visible")
        .map(g => g.textContent).filter(text => text.includes("step")).join()
      """
    try browser.wait(until: "\(seen).trim() === 'step 1'")
    try browser.wait(until: "\(seen).trim() === 'step 4'")
    try browser.setScreen(prefersLessMotion: true)
    try browser.open(html: html)
    #expect(try browser.evaluate("\(seen).trim()", as: String.self) == "step 5")
  }
}
