import Foundation
import LatentReport
import Testing

/// Data that are empty, constant, alone, not finite, or far outside.
@Suite struct FigureDataTests {
  static func elements(
    _ layers: [Figure.Layer], x: Figure.Axis = "", y: Figure.Axis = ""
  ) throws -> [SVGReader.Element] {
    let figure = Figure("", [.init(x: x, y: y, layers)])
    _ = try figure.image(scale: 1)
    return try SVGReader.read(figure.svg(theme: .light))
  }

  static let blue = "#0042a5"

  static func marks(_ elements: [SVGReader.Element]) -> [String] {
    elements.filter { $0.attributes["stroke"] == blue || $0.attributes["fill"] == blue }.map {
      $0.attributes["d"] ?? ""
    }
  }

  @Test func nothing() throws {
    let none: [[Figure.Layer]] = [
      [], [.line(x: [], y: [])], [.points(x: [.nan], y: [1])], [.polygon(x: [], y: [])],
    ]
    for layers in none {
      let elements = try Self.elements(layers)
      _ = try elements.text("no data")
      #expect(elements.texts.contains { $0.text == "1.0" } && Self.marks(elements).isEmpty)
    }
    let empty = Figure("", [])
    #expect(try SVGReader.read(empty.svg()).first { $0.name == "desc" }?.text == "No panels.")
    #expect(try empty.image(scale: 1).width > 0)
  }

  @Test func onePointIsInTheMiddle() throws {
    let elements = try Self.elements([.points(x: [3], y: [7])])
    let dot = try #require(elements.dots.first)
    #expect(try abs(#require(elements.text("3.00").number("x")) - dot.x) < 0.011)
    #expect(try abs(#require(elements.text("7.0").number("y")) - 4 - dot.y) < 0.011)
  }

  @Test func aConstantIsALevelLine() throws {
    let marks = try Self.marks(Self.elements([.line(x: [1, 2, 3], y: [5, 5, 5])]))
    let heights = marks[0].split { "ML ".contains($0) }.enumerated().filter { $0.offset % 2 == 1 }
    #expect(heights.count == 3 && Set(heights.map(\.element)).count == 1)
  }

  @Test func aLineBreaksWhereAValueIsMissing() throws {
    let elements = try Self.elements([
      .line(x: [1, 2, 3, 4, 5, 6, 7], y: [1, 2, .nan, 4, .infinity, 6, 7])
    ])
    let marks = Self.marks(elements)
    // Two lines, and the point alone between two gaps as a dot.
    #expect(marks[0].filter { $0 == "M" }.count == 2)
    #expect(elements.dots.count == 1)
    _ = try elements.text("2 values not drawn: not finite")
  }

  @Test func logarithmsOfPositiveNumbersOnly() throws {
    let elements = try Self.elements(
      [.points(x: [1, 10, 0, -5, .nan], y: [1, 2, 3, 4, 5])], x: .init("", scale: .logarithmic))
    #expect(elements.dots.count == 2)
    _ = try elements.text(
      "1 value not drawn: not finite; 2 values not drawn: not positive on a logarithmic axis")
  }

  @Test func everyKindOfMarkLeavesOutTheSame() throws {
    let x = [1.0, 2, 3]
    let bad = [1.0, .nan, 2]
    let layers: [Figure.Layer] = [
      .line(x: x, y: bad), .points(x: x, y: bad), .intervals(x: x, low: bad, high: x),
      .bars(x: x, heights: bad),
      .band(x: x, low: x, high: bad), .labels(x: x, y: bad, texts: ["a", "b", "c"]), .polygon(x: x, y: bad),
      .verticalRule(at: .nan), .horizontalRule(at: .infinity),
      .ellipse(mean: (0, 0), covariance: (1, 2, 1)), .ellipse(mean: (0, 0), covariance: (-1, 0, 1)),
    ]
    for layer in layers {
      let elements = try Self.elements([layer, .points(x: [0], y: [0])])
      _ = try elements.text("1 value not drawn: not finite")
    }
  }

  @Test func aGivenRangeCuts() throws {
    let elements = try Self.elements(
      [.line(x: [-1e300, 1e300], y: [0.5, 0.5]), .points(x: [0.5, 2, -7], y: [0.5, 0.5, 0.5])],
      x: .init("", range: 0...1), y: .init("", range: 0...1))
    #expect(elements.dots.count == 1)
    let line = Self.marks(elements)[0].split { "ML ".contains($0) }.compactMap { Double($0) }
    let (left, right) = (try elements.text("0.0").number("x"), try elements.text("1.0").number("x"))
    let labels = elements.texts.filter { $0.attributes["text-anchor"] == "middle" }.compactMap {
      $0.number("x")
    }
    #expect(line.count == 4 && left != nil && right != nil)
    #expect(abs(line[0] - (labels.min() ?? 0)) < 0.011 && abs(line[2] - (labels.max() ?? 0)) < 0.011)
  }

  @Test(arguments: [1e-300, 1, 1e300])
  func anySize(size: Double) throws {
    let elements = try Self.elements([
      .line(x: [-size, 0, size], y: [size, 0, -size]), .points(x: [-size, 0, size], y: [size, 0, -size]),
    ])
    #expect(elements.dots.count == 3)
    #expect(!elements.contains { $0.attributes.values.contains { $0.contains("nan") || $0.contains("inf") } })
  }

  @Test func barsStandOnZero() throws {
    let elements = try Self.elements([.bars(x: [1, 2], heights: [4, -2], width: 1)])
    let zero = try #require(try elements.text("0").number("y")) - 4
    for mark in Self.marks(elements) {
      let numbers = mark.split { "MLZ ".contains($0) }.compactMap { Double($0) }
      #expect(numbers.enumerated().contains { $0.offset % 2 == 1 && abs($0.element - zero) < 0.011 })
    }
  }

  /// A circle of data is a circle on paper.
  @Test func equalUnits() throws {
    let panel = Figure.Panel(
      x: "", y: "", hasEqualUnits: true, [.ellipse(mean: (3, -2), covariance: (1, 0, 1), deviations: 1)])
    let mark = try Self.marks(SVGReader.read(Figure("", [panel]).svg(theme: .light)))[0]
    let numbers = mark.split { "MLZ ".contains($0) }.compactMap { Double($0) }
    let xs = numbers.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
    let ys = numbers.enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
    let (width, height) = ((xs.max() ?? 0) - (xs.min() ?? 0), (ys.max() ?? 0) - (ys.min() ?? 0))
    #expect(width > 100 && abs(width - height) < 0.05)
  }

  /// The points of the ellipse are at the Mahalanobis distance asked for.
  @Test func ellipses() throws {
    let (a, b, c) = (2.0, 0.7, 1.5)
    let layer = Figure.Layer.ellipse(mean: (1, 2), covariance: (a, b, c), deviations: 3)
    guard case .polygon(let x, let y) = layer.mark else {
      Issue.record("not an outline")
      return
    }
    for (x, y) in zip(x, y) {
      let (u, v) = (x - 1, y - 2)
      let distance = (c * u * u - 2 * b * u * v + a * v * v) / (a * c - b * b)
      #expect(abs(distance - 9) < 1e-10)
    }
    // Rank one: all on the line through the mean in the direction (1, 2).
    guard case .polygon(let u, let v) = Figure.Layer.ellipse(mean: (0, 0), covariance: (1, 2, 4)).mark else {
      return
    }
    for (u, v) in zip(u, v) { #expect(abs(v - 2 * u) < 1e-12) }
  }
}

@Suite struct LegendTests {
  static func figure(_ count: Int) -> Figure {
    Figure(
      "",
      [
        .init(
          x: "", y: "",
          (0..<count).flatMap { index in
            let y = [Double(index), Double(index + 1)]
            return [
              Figure.Layer.line(x: [0, 1], y: y, name: "series \(index)"),
              .points(x: [0, 1], y: y, name: "series \(index)"), .line(x: [0, 1], y: y),
            ]
          })
      ])
  }

  @Test func oneEntryForAName() throws {
    let elements = try SVGReader.read(Self.figure(9).svg())
    for index in 0..<9 { #expect(elements.texts.filter { $0.text == "series \(index)" }.count == 1) }
    let figure = Figure("", [.init(x: "", y: "", [.line(x: [0, 1], y: [0, 1])])])
    #expect(try SVGReader.read(figure.svg()).texts.allSatisfy { Double($0.text) != nil })
  }

  @Test func seriesDifferInColourOrDash() {
    let svg = Self.figure(14).svg(theme: .light)
    let lines = svg.split(separator: "\n").filter { $0.contains("fill=\"none\"") }
    let looks = Set(
      lines.map { line in
        String(line[(line.range(of: "stroke=")?.lowerBound ?? line.startIndex)...])
      })
    #expect(looks.count >= 14)
  }

  @Test func manyNamesAreCounted() throws {
    let elements = try SVGReader.read(Self.figure(1000).svg())
    let shown = elements.texts.filter { $0.text.hasPrefix("series ") }.count
    _ = try elements.text("and \(1000 - shown) more")
    #expect(shown > 20)
  }
}

@Suite struct FigureDescriptionTests {
  @Test func inWords() throws {
    var figure = Figure(
      "Choice",
      [
        .init(
          "By BIC", x: "components", y: "BIC",
          [
            .line(x: [1, 2, 3], y: [410.26, 362, .nan], name: "full"), .verticalRule(at: 2, label: "chosen"),
          ]),
        .init(x: "", y: "", []),
      ])
    #expect(
      figure.description
        == "Panel 1 of 2, By BIC: BIC against components. Line “full”: 3 places, x 1 to 3, y 362 to 410.3. "
        + "Vertical line at 2: chosen. 1 value not drawn: not finite. Panel 2 of 2. No data.")
    let bars = Figure(
      "",
      [
        .init(
          x: .init("component", scale: .categories(["one", "two", "three"])), y: "",
          [.bars(x: [0, 1, 2], heights: [4, 5, 6], width: 0.7)])
      ])
    #expect(
      bars.description
        == "One panel, against component. Bars: 3 places, x 3 categories from “one” to “three”, y 4 to 6.")
    let elements = try SVGReader.read(figure.svg())
    #expect(elements.first { $0.name == "desc" }?.text == figure.description)
    figure.alternativeText = "Two < three."
    #expect(try SVGReader.read(figure.svg()).first { $0.name == "desc" }?.text == "Two < three.")
  }
}
