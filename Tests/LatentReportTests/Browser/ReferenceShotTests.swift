import Foundation
import LatentNumerics
import LatentReport
import LatentTestSupport
import Testing

/// Pages as they look, against small pictures that are kept: what is laid out in a wrong place, in a wrong colour or not at all is seen,
/// while letters, whose shapes differ from machine to machine, are hidden.
///
/// After a change of the looks that is meant, `LATENT_RENEW_SHOTS=1 swift test --filter ReferenceShotTests` writes the pictures anew:
/// look at them before they are committed.
@Suite(.serialized, .enabled(if: Browser.executable != nil, "\(Browser.whyNot)"))
struct ReferenceShotTests {
  /// A page of a phone's width is kept at half the size.
  static let width = 390
  static let factor = 2
  /// Blocks of so many pixels, on either side, are compared by their mean difference.
  static let block = 8
  /// Of 255 shades; a line through a block makes about 30.
  static let tolerance = 10.0

  let browser: Browser

  init() throws { browser = try Browser() }

  static let pages: [String: [Page.Block]] = [
    "figures": [
      .figure(SamplePages.figure), .figure(marks),
      .figure(.transitions("", probabilities: Matrix<Double>([[0.9, 0.1], [0.4, 0.6]]))),
      .image(
        RasterImage(width: 2, height: 1, layout: .grey, pixels: [40, 200]), caption: "",
        alternativeText: "dark, light"),
    ],
    "moving": [.animation(SamplePages.animation), .film(SamplePages.film)],
    "explorers": [
      .plane(SamplePages.plane()), .plane(SamplePages.gridPlane), .components(SamplePages.components),
      .cloud(SamplePages.cloud),
    ],
  ]

  /// Marks of every kind.
  static var marks: Figure {
    let x: [Double] = (0..<12).map { Double($0) }
    let waves = Matrix<Double>((0..<4).map { r in x.map { sin($0 / 2 + Double(r)) } })
    return Figure(
      "",
      [
        .init(x: "x", y: "y", (0..<9).map { s in .points(x: [Double(s)], y: [Double(s % 4)], name: "\(s)") }),
        .init(
          x: "x", y: "y",
          [
            .ellipse(mean: (0, 0), covariance: (2, 1, 1), name: "one"),
            .ellipse(mean: (3, 2), covariance: (1, -0.5, 2), name: "two"),
          ]),
        .init(x: "x", y: "y", [.bars(x: x, heights: x.map { 1 + sin($0) }, width: 0.8)]),
        .init(x: "x", y: "y", [.heatMap(waves)]),
      ])
  }

  /// Hides what is text, and with it the space that depends on its size.
  static let style = """
    <style>
    header,nav,footer,h2,h3,h4,figcaption,.figure-title,.controls,.note,.legend,.frame-label,.reel-names,.choices,
    .component,.plane-side,.card p,.card output{display:none!important}
    svg text{visibility:hidden!important}
    section,.block,figure{margin:0 0 16px!important}
    *{animation:none!important;transition:none!important}
    </style></head>
    """

  func shot(_ blocks: [Page.Block], isDark: Bool) throws -> RasterImage {
    try browser.setScreen(width: Self.width, height: 800, isDark: isDark, prefersLessMotion: true)
    let html = try Page("", summary: "", [.init("", blocks)]).html()
    try browser.open(html: html.replacing("</head>", with: Self.style, maxReplacements: 1))
    try browser.wait(until: PageBrowserTests.ready)
    // Letters on canvases, which are drawn anew for the screen.
    try browser.run(
      "CanvasRenderingContext2D.prototype.fillText = () => {}; dispatchEvent(new Event('afterprint'))")
    return Self.smaller(try decodePNG(browser.screenshot(wholePage: true)))
  }

  /// Grey, each pixel the mean of a square.
  static func smaller(_ image: RasterImage) -> RasterImage {
    let (w, h) = (image.width / factor, image.height / factor)
    var pixels: [UInt8] = []
    pixels.reserveCapacity(w * h)
    for y in 0..<h {
      for x in 0..<w {
        var sum = 0
        for dy in 0..<factor {
          for dx in 0..<factor {
            let colour = image[x * factor + dx, y * factor + dy]
            sum += 2 * Int(colour.red) + 5 * Int(colour.green) + Int(colour.blue)
          }
        }
        pixels.append(UInt8(sum / (8 * factor * factor)))
      }
    }
    return RasterImage(width: w, height: h, layout: .grey, pixels: pixels)
  }

  /// The blocks that differ, by the place of their corner.
  static func differences(_ a: RasterImage, _ b: RasterImage) -> [String] {
    // The last lines of a page may come from rounding of heights.
    guard a.width == b.width, abs(a.height - b.height) <= 2 else {
      return ["\(a.width) × \(a.height) in the place of \(b.width) × \(b.height)"]
    }
    let height = min(a.height, b.height)
    var result: [String] = []
    for top in stride(from: 0, to: height - block + 1, by: block) {
      for left in stride(from: 0, to: a.width - block + 1, by: block) {
        var sum = 0
        for y in top..<top + block {
          for x in left..<left + block { sum += abs(Int(a[x, y].red) - Int(b[x, y].red)) }
        }
        let mean = Double(sum) / Double(block * block)
        if mean > tolerance { result.append("\(left * factor), \(top * factor): \(Int(mean))") }
      }
    }
    return result
  }

  @Test(arguments: ["figures", "moving", "explorers"], [false, true])
  func pagesLookAsTheyDid(_ name: String, isDark: Bool) throws {
    let image = try shot(#require(Self.pages[name]), isDark: isDark)
    let path = referencePath("Shots/\(name)-\(isDark ? "dark" : "light").png")
    if ProcessInfo.processInfo.environment["LATENT_RENEW_SHOTS"] != nil {
      try Data(image.pngData()).write(to: URL(fileURLWithPath: path))
    }
    let kept = try decodePNG(Array(Data(contentsOf: URL(fileURLWithPath: path))))
    let found = Self.differences(image, kept)
    if !found.isEmpty {
      let own = FileManager.default.temporaryDirectory.appendingPathComponent(
        "latent-\(name)-\(isDark ? "dark" : "light").png")
      try Data(image.pngData()).write(to: own)
      Issue.record(
        """
        \(found.count) blocks differ from \(path), the first at \(found.prefix(5).joined(separator: "; ")). The page as it is now is in \
        \(own.path). Where the change is meant, LATENT_RENEW_SHOTS=1 writes the pictures anew.
        """)
    }
  }

  /// The comparison sees a mark that moved, a colour that changed and a block that is missing.
  @Test func whatChangesIsSeen() throws {
    let blocks = try #require(Self.pages["figures"])
    let image = try shot(blocks, isDark: false)
    #expect(Self.differences(image, try shot(blocks, isDark: false)).isEmpty)
    #expect(!Self.differences(image, try shot(blocks, isDark: true)).isEmpty)
    #expect(!Self.differences(image, try shot(Array(blocks.dropLast()), isDark: false)).isEmpty)
    var moved = blocks
    var figure = SamplePages.figure
    figure.panels[0].layers = [.line(x: [1, 2, 3], y: [3, 2, 1], name: "bound")]
    moved[0] = .figure(figure)
    #expect(!Self.differences(image, try shot(moved, isDark: false)).isEmpty)
  }
}
