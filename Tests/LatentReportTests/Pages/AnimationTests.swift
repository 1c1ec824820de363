import Foundation
import LatentNumerics
import LatentReport
import Testing

@Suite struct AnimationTests {
  typealias Animation = LatentReport.Animation

  struct Data: Decodable {
    var speed: Double
    var labels: [String]
    var slots: [[Int]]
    var parts: [String]
  }

  static func data(_ animation: Animation) throws -> Data {
    let elements = try HTMLReader.read(Page("", summary: "", [.init("", [.animation(animation)])]).html())
    let text = try #require(elements.named("script").first { $0["type"] != nil }).text
    return try JSONDecoder().decode(Data.self, from: Foundation.Data(text.utf8))
  }

  /// Texts of SVG that are labels of ticks, with their places.
  static func ticks(_ part: String) -> [String] {
    part.matches(of: /<text x="([^"]*)" y="([^"]*)"[^>]*>([^<]*)<\/text>/).map { "\($0.1) \($0.2) \($0.3)" }
  }

  @Test func onlyWhatChangesIsSent() throws {
    let data = try Self.data(SamplePages.animation)
    #expect(data.labels == (0..<6).map { "step \($0)" } && data.speed == 20)
    #expect(data.slots.allSatisfy { $0.count == 6 })
    // Grids, axes and the point that rests stay; the points and the trace change with every frame.
    let changing = data.slots.filter { Set($0).count > 1 }
    #expect(data.slots.count == 7 && changing.count == 2)
    #expect(changing.allSatisfy { Set($0).count == 6 })
    #expect(Set(data.parts).count == data.parts.count)
  }

  /// A frame alone would have other axes: here those of the last frame hold for all.
  @Test func framesShareAxes() throws {
    let data = try Self.data(SamplePages.animation)
    let axes = data.slots.filter { Set($0).count == 1 }.map { data.parts[$0[0]] }.filter {
      $0.contains("<text")
    }
    #expect(axes.count == 2)
    let labels = axes.flatMap(Self.ticks).compactMap { $0.split(separator: " ").last.map(String.init) }
    #expect(labels.contains("−4") && labels.contains("4") && labels.contains("25"))
  }

  @Test func framesMayDifferInLayers() throws {
    let frames = [[0.0], [], [0, 1, 2]].map { values in
      Animation.Frame(
        "",
        Figure("", [.init(x: "", y: "", values.map { .points(x: [$0], y: [$0], name: "point \($0)") })]))
    }
    let data = try Self.data(Animation("", frames))
    // Grid, at most three layers, axes: the axes are the last slot of all frames, and the empty frame says so.
    #expect(data.slots.count == 5)
    let axes = try #require(data.slots.last).map { data.parts[$0] }
    #expect(axes[0] == axes[2] && axes[1].contains("no data"))
    let colours = data.slots[1...3].map { slot in
      data.parts[slot[2]].firstMatch(of: /(?:stroke|fill)-(series\d)/)?.1
    }
    #expect(Set(colours).count == 3)
  }

  /// The promise of the design: 272 points in 40 frames with a trace in 400 kB.
  @Test func aPageOfOldFaithfulIsSmall() throws {
    var random: UInt64 = 1
    func uniform() -> Double {
      random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(random >> 11) / 9_007_199_254_740_992
    }
    let frames = (0..<40).map { f -> Animation.Frame in
      let rows = (0..<272).map { _ -> [Double] in
        let share = uniform()
        return [share, 1 - share]
      }
      let x: [Double] = rows.map { _ in 1 + 4 * uniform() }
      let y: [Double] = rows.map { _ in 40 + 60 * uniform() }
      let steps: [Double] = (0...f).map { Double($0) }
      let bounds: [Double] = steps.map { log($0 + 1) }
      let points = Figure.Panel(
        x: "x", y: "y",
        [
          .blendedPoints(x: x, y: y, shares: Matrix<Double>(rows)),
          .ellipse(mean: (2 + uniform(), 50), covariance: (0.1, 0.3, 30), name: "a"),
          .ellipse(mean: (4 + uniform(), 80), covariance: (0.1, 0.3, 30), name: "b"),
        ])
      let trace = Figure.Panel(x: "step", y: "bound", [.line(x: steps, y: bounds)])
      return Animation.Frame("\(f)", Figure("", [points, trace]))
    }
    let page = Page("", summary: "", [.init("", [.animation(Animation("EM", frames))])])
    #expect(try page.html().utf8.count < 400_000)
  }

  @Test func images() throws {
    let frames = (0..<3).map { f in
      Animation.Frame("", RasterImage(width: 2, height: 1, layout: .grey, pixels: [UInt8(f), 0]))
    }
    let data = try Self.data(Animation("", frames))
    #expect(data.slots == [[0, 1, 2]] && data.parts.allSatisfy { $0.hasPrefix("data:image/png;base64,") })
    #expect(try SVGReader.read(Animation("", frames).svg()).filter { $0.name == "image" }.count == 3)
  }

  @Test func colourScalesAreShared() throws {
    let frames = [1.0, 5].map { top in
      Animation.Frame("", Figure("", [.init(x: "", y: "", [.heatMap(Matrix<Double>([[0, top]]))])]))
    }
    let data = try Self.data(Animation("", frames))
    let axes = try #require(data.slots.last)
    // One bar of colours for both, and the cells differ.
    #expect(Set(axes).count == 1 && Set(data.slots[1]).count == 2)
    #expect(Self.ticks(data.parts[axes[0]]).contains { $0.hasSuffix(" 5") })
  }
}

/// The picture that moves by rules of style.
@Suite struct MovingPictureTests {
  struct Span {
    var start: Double
    var length: Double
  }

  /// When each group is seen, in shares of the cycle, read back from the rules.
  static func spans(_ svg: String) throws -> [Span] {
    let cycle = try #require(svg.firstMatch(of: /animation:([\d.]+)s step-end/).flatMap { Double($0.1) })
    var lengths: [String: Double] = [:]
    for match in svg.matches(of: /@keyframes k(\d+)\{0%\{visibility:visible\}([\d.]+)%/) {
      lengths[String(match.1)] = (Double(match.2) ?? .nan) / 100
    }
    return try svg.matches(of: /<g class="s s(\d+)[^"]*" style="animation-delay:(-[\d.]+)s"/).map { match in
      let length = try #require(lengths[String(match.1)])
      return Span(start: 1 + (Double(match.2) ?? .nan) / cycle, length: length)
    }
  }

  /// At every moment, of each part that changes exactly one state is seen.
  @Test func oneStateAtATime() throws {
    let svg = try SamplePages.animation.svg()
    _ = try SVGReader.read(svg)
    let spans = try Self.spans(svg)
    // Points, trace, label: six states each.
    #expect(spans.count == 18)
    let cycle = 25.0
    for frame in 0..<25 {
      let moment = (Double(frame) + 0.5) / cycle
      let seen = spans.filter { ($0.start..<$0.start + $0.length).contains(moment) }
      #expect(seen.count == 3, "frame \(frame)")
    }
  }

  @Test func lessMotionShowsTheEnd() throws {
    let svg = try SamplePages.animation.svg()
    #expect(svg.contains("@media (prefers-reduced-motion:reduce){.s{animation-name:none}}"))
    #expect(svg.contains(".s{visibility:hidden;") && svg.contains(".end{visibility:visible}"))
    let ends = svg.split(separator: "\n").filter { $0.contains(" end\"") }
    #expect(ends.count == 3)
    // Nothing to run and nothing to fetch; the name of the format is no address.
    let rest = svg.replacing("xmlns=\"http://www.w3.org/2000/svg\"", with: "")
    #expect(!rest.contains("<script") && !rest.contains("http") && rest.count < svg.count)
  }

  @Test func aSingleFrameRests() throws {
    let one = Animation("one", [.init("only", SamplePages.figure)])
    #expect(try Self.stills(one.svg()))
    let html = try Page("", summary: "", [.init("", [.animation(one)])]).html()
    #expect(try HTMLReader.read(html).classed("last").isEmpty)
  }

  static func stills(_ svg: String) throws -> Bool { !svg.contains("<g class=\"s ") }
}
