import Foundation
import LatentNumerics
import LatentReport
import Testing

/// Colours that mean numbers.
@Suite struct ColourScaleTests {
  static func lightness(_ colour: PixelColour) -> Double { PaletteTests.lab(PaletteTests.linear(colour))[0] }

  /// What is more is lighter, at every step.
  @Test func sequentialIsEvenInLightness() {
    let shades = (0...64).map { Self.lightness(Figure.ColourScale().colour(at: Double($0) / 64)) }
    let steps = zip(shades, shades.dropFirst()).map { $1 - $0 }
    let mean = (shades[64] - shades[0]) / 64
    #expect(steps.allSatisfy { $0 > 0 && abs($0 - mean) < 0.8 * mean })
  }

  /// Light in the middle, and as dark at one end as at the other.
  @Test func divergingIsSymmetric() {
    let scale = Figure.ColourScale(.diverging)
    for step in 0..<32 {
      let t = Double(step) / 64
      let (a, b) = (Self.lightness(scale.colour(at: t)), Self.lightness(scale.colour(at: 1 - t)))
      #expect(abs(a - b) < 8)
      #expect(a < Self.lightness(scale.colour(at: t + 1.0 / 64)))
    }
  }

  @Test func ends() {
    #expect(Figure.ColourScale(.diverging).around([-1, 3, .nan]).range == -3...3)
    #expect(Figure.ColourScale().around([-1, 3, .infinity]).range == -1...3)
    #expect(Figure.ColourScale(range: 0...1).around([-1, 3]).range == 0...1)
    #expect(Figure.ColourScale().around([]).range == 0...1)
    let constant = Figure.ColourScale().around([5, 5]).range
    #expect(constant.map { $0.lowerBound < 5 && $0.upperBound > 5 } ?? false)
    let scale = Figure.ColourScale(range: 0...1)
    #expect(scale.colour(of: -9) == scale.colour(of: 0) && scale.colour(of: 9) == scale.colour(of: 1))
  }
}

@Suite struct HeatMapTests {
  static func figure(_ values: Matrix<Double>, range: ClosedRange<Double>? = nil) -> Figure {
    Figure(
      "",
      [
        .init(
          x: .init("", scale: .categories((0..<values.columns).map { "c\($0)" })),
          y: .init("", scale: .categories((0..<values.rows).map { "r\(values.rows - 1 - $0)" })),
          [.heatMap(values, scale: .init(title: "value", range: range))])
      ])
  }

  /// Each cell has its value's colour, where the names of its row and column cross.
  @Test func cells() throws {
    let values = Matrix<Double>([[0, 1, 2], [3, 4, .nan]])
    let figure = Self.figure(values)
    let elements = try SVGReader.read(figure.svg(theme: .light))
    let image = try figure.image(scale: 1)
    let scale = Figure.ColourScale(range: 0...4)
    for i in 0..<2 {
      for j in 0..<3 {
        let x = Int(try #require(elements.text("c\(j)").number("x")))
        let y = Int(try #require(elements.text("r\(i)").number("y"))) - 4
        let expected = values[i, j].isFinite ? scale.colour(of: values[i, j]) : .grey(255)
        #expect(image[x, y] == expected, "\(i) \(j)")
      }
    }
    _ = try elements.text("1 value not drawn: not finite")
    _ = try elements.text("value")
    #expect(elements.filter { $0.name == "image" }.count == 2)
    #expect(figure.description.contains("Cells, 2 by 3, coloured by value: 0 to 4."))
  }

  /// The picture in the vector file is the matrix, pixel for pixel.
  @Test func embeddedPixels() throws {
    let values = Matrix<Double>(rows: 7, columns: 5, elements: (0..<35).map(Double.init))
    let elements = try SVGReader.read(Self.figure(values).svg())
    let uri = try #require(elements.first { $0.name == "image" }?.attributes["href"])
    let data = try #require(Data(base64Encoded: String(uri.dropFirst("data:image/png;base64,".count))))
    let picture = try decodePNG(Array(data))
    let scale = Figure.ColourScale(range: 0...34)
    #expect(picture.width == 5 && picture.height == 7)
    for i in 0..<7 { for j in 0..<5 { #expect(picture[j, i] == scale.colour(of: values[i, j])) } }
  }

  @Test func oddMatrices() throws {
    for values in [
      Matrix<Double>(rows: 0, columns: 0), Matrix([[1.0]]), Matrix([[2.0, 2], [2, 2]]),
      Matrix([[Double.nan]]),
    ] {
      let figure = Self.figure(values)
      _ = try figure.image(scale: 1)
      _ = try SVGReader.read(figure.svg())
    }
    var outside = Self.figure(Matrix([[1.0, 2], [3, 4]]))
    outside.panels[0].x = .init("", range: 0...0.8)
    #expect(try SVGReader.read(outside.svg()).filter { $0.name == "image" }.count == 1)
  }
}

@Suite struct BlendTests {
  static func colour(_ shares: [Double], theme: Figure.Theme = .light) throws -> PixelColour {
    let figure = Figure(
      "",
      [.init(x: "", y: "", [.blendedPoints(x: [0], y: [0], shares: Matrix([shares])).styled(size: 20)])])
    let image = try figure.image(theme: theme, scale: 1)
    // The point alone is in the middle: find it by what is neither paper nor grid nor ink.
    let dot = try #require(SVGReader.read(figure.svg()).dots.first)
    return image[Int(dot.x), Int(dot.y)]
  }

  /// The blend by its definition, in the theme's colours.
  @Test(arguments: [[1, 0], [0, 1], [0.5, 0.5], [0.75, 0.25], [1, 2, 1], [0.2, 0.3, 0.5], [0, 0, 7]])
  func blendsAreWeightedMeans(shares: [Double]) throws {
    for theme in [Figure.Theme.light, .dark] {
      let found = try Self.colour(shares, theme: theme)
      let sum = shares.reduce(0, +)
      for (channel, value) in [(\PixelColour.red, found.red), (\.green, found.green), (\.blue, found.blue)] {
        let mean = shares.enumerated().reduce(0.0) { total, item in
          total + item.element / sum * Double(theme.pixel(of: .series(item.offset))[keyPath: channel])
        }
        // Shares are rounded to sixteenths, twice.
        #expect(abs(mean - Double(value)) < 255.0 / 14)
      }
    }
  }

  @Test func oddShares() throws {
    let figure = Figure(
      "",
      [
        .init(
          x: "", y: "",
          [
            .blendedPoints(
              x: [0, 1, 2, 3], y: [0, 1, 2, 3], shares: Matrix([[0.0, 0], [-1, 2], [.nan, 1], [1, 0]]))
          ])
      ])
    let elements = try SVGReader.read(figure.svg())
    #expect(elements.dots.count == 1)
    _ = try elements.text("3 values not drawn: not finite")
    // A hundred equal shares round to nothing each: then one colour stands for all.
    #expect(try Self.colour(Array(repeating: 0.01, count: 100)) == Figure.Theme.light.pixel(of: .series(0)))
  }

  @Test func shadedPoints() throws {
    let figure = Figure(
      "",
      [
        .init(
          x: "", y: "",
          [.shadedPoints(x: [0, 1, 2, 3], y: [0, 0, 0, 0], values: [0, 4, 8, .nan]).styled(size: 12)])
      ])
    let elements = try SVGReader.read(figure.svg())
    let image = try figure.image(scale: 1)
    let dots = elements.dots.sorted { $0.x < $1.x }
    #expect(dots.count == 3)
    for (dot, share) in zip(dots, [0, 0.5, 1]) {
      let found = image[Int(dot.x), Int(dot.y)]
      let expected = Figure.ColourScale().colour(at: share)
      #expect(abs(Int(found.green) - Int(expected.green)) <= 3)
    }
  }
}

@Suite struct CompactPathTests {
  static func number(_ token: String) -> Double {
    let digits = token.replacing("-", with: "")
    let size = Double(digits.hasPrefix(".") ? "0" + digits : digits) ?? .nan
    return token.hasPrefix("-") ? -size : size
  }

  /// The points of a compact path, followed step by step.
  static func points(_ path: String) -> [(Double, Double)] {
    var (x, y) = (0.0, 0.0)
    var result: [(Double, Double)] = []
    var command: Character = "M"
    var numbers: [Double] = []
    for match in path.matches(of: /[MmlhZ]|-?(?:\d+\.\d+|\.\d+|\d+)/) {
      let token = String(match.0)
      if let letter = token.first, letter.isLetter {
        command = letter
        numbers = []
        continue
      }
      numbers.append(number(token))
      guard numbers.count == 2, command != "h" else { continue }
      (x, y) = command == "M" ? (numbers[0], numbers[1]) : (x + numbers[0], y + numbers[1])
      result.append((x, y))
      numbers = []
    }
    return result
  }

  /// No matter how many steps, every point is within half a tenth of where it should be.
  @Test func errorsDoNotAddUp() throws {
    let count = 2000
    let x = (0..<count).map { Double($0) + 0.3 * sin(Double($0)) }
    let y = (0..<count).map { cos(Double($0) / 50) }
    let figure = Figure("", [.init(x: "", y: "", [.line(x: x, y: y)])])
    let html = try Page("", summary: "", [.init("", [.figure(figure)])]).html()
    let svg = try SVGReader.read(figure.svg())
    func longest(_ paths: [String]) -> String { paths.max { $0.utf8.count < $1.utf8.count } ?? "" }
    let compact = Self.points(longest(html.matches(of: /\sd="([^"]*)"/).map { String($0.1) }))
    let exact = longest(svg.compactMap { $0.attributes["d"] }).split { "ML ".contains($0) }.compactMap {
      Double($0)
    }
    #expect(exact.count == 2 * count)
    // In the page the margin of 14 is one of 1; points that round to the same place are left out.
    #expect(compact.count > count / 4)
    let last = try #require(compact.last)
    #expect(
      abs(last.0 + 13 - exact[2 * count - 2]) < 0.056 && abs(last.1 + 13 - exact[2 * count - 1]) < 0.056)
  }
}
