import Foundation

/// Reads the strokes of a character from text.
///
/// | command | meaning |
/// |---|---|
/// | `M x y` | lifts the pen and sets it down here |
/// | `L x y …` | straight to here, and on to the further points |
/// | `C x y x y x y` | a cubic Bézier curve by two control points to the third |
/// | `O x y rx ry a b` | a new stroke: the arc of an ellipse about (x, y) from a to b degrees |
/// | `A x y rx ry a b` | the same, continuing the stroke |
/// | `D x y` | a dot |
struct GlyphParser {
  private(set) var strokes: [[Scene.Point]] = []
  private(set) var dots: [Scene.Point] = []
  private var stroke: [Scene.Point] = []

  init(_ text: some StringProtocol) {
    var command: Character = "M"
    var numbers: [Double] = []
    for word in text.split(separator: " ") {
      var digits = Substring(word)
      if let letter = digits.first, letter.isLetter {
        precondition(numbers.isEmpty, "\(command) lacks numbers in \(text)")
        command = letter
        digits.removeFirst()
      }
      guard let number = Double(digits) else { preconditionFailure("\(word) in \(text)") }
      numbers.append(number)
      if numbers.count == Self.arity(of: command) {
        perform(command, numbers)
        numbers = []
      }
    }
    precondition(numbers.isEmpty, "\(command) lacks numbers in \(text)")
    lift()
  }

  private static func arity(of command: Character) -> Int {
    switch command {
    case "M", "L", "D": 2
    case "C", "O", "A": 6
    default: preconditionFailure("no command \(command)")
    }
  }

  private mutating func perform(_ command: Character, _ n: [Double]) {
    switch command {
    case "M":
      lift()
      stroke = [Scene.Point(n[0], n[1])]
    case "L": stroke.append(Scene.Point(n[0], n[1]))
    case "C": curve(Scene.Point(n[0], n[1]), Scene.Point(n[2], n[3]), Scene.Point(n[4], n[5]))
    case "O":
      lift()
      arc(n)
    case "A": arc(n)
    default: dots.append(Scene.Point(n[0], n[1]))
    }
  }

  private mutating func lift() {
    if stroke.count > 1 { strokes.append(stroke) }
    stroke = []
  }

  private mutating func curve(_ b: Scene.Point, _ c: Scene.Point, _ d: Scene.Point) {
    guard let a = stroke.last else { preconditionFailure("a curve begins somewhere") }
    for step in 1...12 {
      let t = Double(step) / 12
      let s = 1 - t
      let (wa, wb, wc, wd) = (s * s * s, 3 * s * s * t, 3 * s * t * t, t * t * t)
      stroke.append(
        Scene.Point(wa * a.x + wb * b.x + wc * c.x + wd * d.x, wa * a.y + wb * b.y + wc * c.y + wd * d.y))
    }
  }

  private mutating func arc(_ n: [Double]) {
    let steps = max(6, Int(abs(n[5] - n[4]) / 10))
    for step in 0...steps {
      let angle = (n[4] + (n[5] - n[4]) * Double(step) / Double(steps)) * .pi / 180
      stroke.append(Scene.Point(n[0] + n[2] * cos(angle), n[1] + n[3] * sin(angle)))
    }
  }
}
