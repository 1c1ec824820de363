import LatentReport
import Testing

@Suite struct CanvasTests {
  typealias Point = Scene.Point

  /// The share of ink in each pixel of a white canvas painted black.
  static func shares(_ canvas: SmoothCanvas) -> [Double] {
    let image = canvas.image
    return (0..<image.height).flatMap { y in
      (0..<image.width).map { x in 1 - Double(image[x, y].red) / 255 }
    }
  }

  static func canvas(_ width: Int, _ height: Int) -> SmoothCanvas {
    SmoothCanvas(width: width, height: height, fill: .grey(255))
  }

  @Test func aRectangleCoversItsShareOfEachPixel() {
    var canvas = Self.canvas(3, 3)
    canvas.fill(
      [[Point(0.5, 0.25), Point(2.5, 0.25), Point(2.5, 2), Point(0.5, 2)]], .grey(0), opacity: 1)
    let expected = [0.375, 0.75, 0.375, 0.5, 1, 0.5, 0, 0, 0]
    for (found, share) in zip(Self.shares(canvas), expected) { #expect(abs(found - share) < 0.003) }
  }

  @Test(arguments: [
    [(2.0, 1.0), (17, 4), (9, 18)], [(9, 18), (17, 4), (2, 1)], [(3, 3), (3.4, 17), (3.8, 3)],
    [(1, 10), (10, 1), (19, 10), (10, 19)],
  ])
  func theInkIsTheArea(corners: [(Double, Double)]) {
    var canvas = Self.canvas(20, 20)
    canvas.fill([corners.map { Point($0.0, $0.1) }], .grey(0), opacity: 1)
    let next = corners.dropFirst() + corners.prefix(1)
    let area = abs(zip(corners, next).reduce(0) { $0 + $1.0.0 * $1.1.1 - $1.1.0 * $1.0.1 }) / 2
    #expect(abs(Self.shares(canvas).reduce(0, +) - area) < 0.3)
  }

  /// A diamond of which only a quarter is on the canvas, in each of the four corners.
  @Test(arguments: [(0.0, 0.0), (20, 0), (0, 20), (20, 20)])
  func whatIsOutsideIsCut(corner: (Double, Double)) {
    var canvas = Self.canvas(20, 20)
    let r = 12.0
    canvas.fill(
      [[(0, -r), (r, 0), (0, r), (-r, 0)].map { Point(corner.0 + $0.0, corner.1 + $0.1) }], .grey(0),
      opacity: 1)
    #expect(abs(Self.shares(canvas).reduce(0, +) - r * r / 2) < 0.5)
  }

  @Test func aDotHasTheAreaOfACircle() {
    var canvas = Self.canvas(40, 40)
    canvas.stroke([[Point(20.3, 19.6)]], width: 24, .grey(0), opacity: 1)
    #expect(abs(Self.shares(canvas).reduce(0, +) / (144 * Double.pi) - 1) < 0.01)
  }

  /// Length times width, and a circle for the two round ends.
  @Test(arguments: [(30.0, 0.0), (0, 30), (21, 21), (28, 9)])
  func aLineHasItsWidth(end: (Double, Double)) {
    var canvas = Self.canvas(50, 50)
    canvas.stroke([[Point(8, 8), Point(8 + end.0, 8 + end.1)]], width: 4, .grey(0), opacity: 1)
    let length = (end.0 * end.0 + end.1 * end.1).squareRoot()
    #expect(abs(Self.shares(canvas).reduce(0, +) / (4 * length + 4 * .pi) - 1) < 0.02)
  }

  @Test func aCrossingIsPaintedOnce() {
    var canvas = Self.canvas(20, 20)
    canvas.stroke(
      [[Point(2, 10), Point(18, 10)], [Point(10, 2), Point(10, 18)]], width: 4, .grey(0), opacity: 0.5)
    let shares = Self.shares(canvas)
    #expect(abs(shares[10 * 20 + 10] - 0.5) < 0.01 && shares[10 * 20 + 10] == shares[10 * 20 + 5])
  }

  @Test func aHairIsFaint() {
    var canvas = Self.canvas(20, 5)
    canvas.stroke([[Point(0, 2.5), Point(20, 2.5)]], width: 0.25, .grey(0), opacity: 1)
    #expect(abs(Self.shares(canvas)[2 * 20 + 10] - 0.25) < 0.01)
  }

  @Test func farAwayIsNothing() {
    var canvas = Self.canvas(4, 4)
    canvas.stroke([[Point(100, 100), Point(1e9, 1e9)]], width: 2, .grey(0), opacity: 1)
    canvas.fill([[Point(-50, -50), Point(-40, -50), Point(-40, -40)]], .grey(0), opacity: 1)
    canvas.fill([[]], .grey(0), opacity: 1)
    #expect(Self.shares(canvas).allSatisfy { $0 == 0 })
  }
}

@Suite struct ClippingTests {
  typealias Point = Scene.Point
  let square = Scene.Rectangle(x: 0, y: 0, width: 10, height: 10)

  @Test func lines() {
    let through = square.clipped(line: [Point(-5, 5), Point(15, 5)])
    #expect(through == [[Point(0, 5), Point(10, 5)]])
    #expect(square.clipped(line: [Point(-5, -5), Point(-1, 20)]).isEmpty)
    #expect(square.clipped(line: [Point(1, 1), Point(9, 9)]) == [[Point(1, 1), Point(9, 9)]])
    // Out and in again: two parts.
    let parts = square.clipped(line: [Point(5, 5), Point(15, 5), Point(15, 8), Point(5, 8)])
    #expect(parts == [[Point(5, 5), Point(10, 5)], [Point(10, 8), Point(5, 8)]])
  }

  @Test func polygons() {
    let inside = [Point(1, 1), Point(5, 1), Point(5, 5)]
    #expect(square.clipped(polygon: inside) == inside)
    #expect(square.clipped(polygon: [Point(20, 20), Point(30, 20), Point(30, 30)]).isEmpty)
    let around = square.clipped(
      polygon: [Point(-10, -10), Point(30, -10), Point(30, 30), Point(-10, 30)])
    #expect(Set(around.map { "\($0.x) \($0.y)" }) == ["0.0 0.0", "10.0 0.0", "10.0 10.0", "0.0 10.0"])
    #expect(square.clipped(polygon: []).isEmpty)
  }
}
