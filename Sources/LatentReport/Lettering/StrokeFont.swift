import Foundation

/// Letters drawn as strokes, so that a picture needs no font file and looks alike on every machine.
///
/// It covers printable ASCII, Greek, the signs of statistics, superscripts, subscripts, and letters with
/// the usual accents. Any other character is drawn as a box, never left out. Widths are near those of the
/// common sans-serif fonts, so the vector renderer lays out by them too.
package struct StrokeFont: Sendable {
  package enum Weight: Sendable {
    case regular
    case bold
  }

  /// A character's strokes in units of the drawings, y upwards from the baseline.
  struct Glyph: Sendable {
    var advance: Double
    /// Whether it is drawn with a thinner pen.
    var isFine = false
    var strokes: [[Scene.Point]] = []
    var dots: [Scene.Point] = []
  }

  /// A line of text in pixels, y downwards from the baseline, starting at x = 0.
  struct Lettering {
    var strokes: [[Scene.Point]] = []
    /// The strokes of superscripts and subscripts, which are thinner.
    var fineStrokes: [[Scene.Point]] = []
    var dots: [Scene.Point] = []
    var strokeWidth: Double
    var width: Double
  }

  let size: Double
  let weight: Weight

  package init(size: Double, weight: Weight = .regular) {
    self.size = size
    self.weight = weight
  }

  /// Pixels for a unit of the drawings: a capital with its stroke is then 0.74 of the size high.
  private var unit: Double { size * 0.0095 }
  private var strokeUnits: Double { weight == .bold ? 12 : 8 }
  private var spacing: Double { weight == .bold ? 5.5 : 3 }

  /// The width in pixels.
  package func width(of text: String) -> Double {
    text.reduce(0) { $0 + advance(of: $1) }
  }

  private func advance(of character: Character) -> Double {
    (Self.glyph(for: character).advance + spacing) * unit
  }

  /// The text itself if it is no wider than this, else as much as fits and an ellipsis.
  package func shortened(_ text: String, to limit: Double) -> String {
    let ellipsis: Character = "…"
    let room = limit - advance(of: ellipsis)
    var (used, kept) = (0.0, 0)
    for (index, character) in text.enumerated() {
      used += advance(of: character)
      if used <= room { kept = index + 1 }
      if used > limit { return text.prefix(kept).trimmingCharacters(in: .whitespaces) + String(ellipsis) }
    }
    return text
  }

  func lettering(of text: String) -> Lettering {
    var result = Lettering(strokeWidth: strokeUnits * unit, width: 0)
    for character in text {
      let glyph = Self.glyph(for: character)
      let left = result.width + spacing / 2 * unit
      func placed(_ point: Scene.Point) -> Scene.Point {
        Scene.Point(left + point.x * unit, -point.y * unit)
      }
      let strokes = glyph.strokes.map { $0.map(placed) }
      if glyph.isFine { result.fineStrokes += strokes } else { result.strokes += strokes }
      result.dots += glyph.dots.map(placed)
      result.width += (glyph.advance + spacing) * unit
    }
    return result
  }
}

// MARK: - Characters

extension StrokeFont {
  private static let glyphs: [Character: Glyph] = {
    var result: [Character: Glyph] = [:]
    for line in drawings.split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 2)
      guard let character = parts[0].first, let advance = Double(parts[1]) else {
        preconditionFailure("\(line)")
      }
      let parser = GlyphParser(parts[2])
      result[character] = Glyph(advance: advance, strokes: parser.strokes, dots: parser.dots)
    }
    return result
  }()

  private static let accents: [Unicode.Scalar: Glyph] = {
    var result: [Unicode.Scalar: Glyph] = [:]
    for line in marks.split(separator: "\n") {
      let parts = line.split(separator: " ", maxSplits: 1)
      guard let code = UInt32(parts[0].dropFirst(3).dropLast(), radix: 16), let scalar = Unicode.Scalar(code)
      else { preconditionFailure("\(line)") }
      let parser = GlyphParser(parts[1])
      result[scalar] = Glyph(advance: 0, strokes: parser.strokes, dots: parser.dots)
    }
    return result
  }()

  /// What stands for a character that has no drawing.
  static let box = Glyph(
    advance: 56,
    strokes: [
      [(8, 0), (48, 0), (48, 70), (8, 70), (8, 0)].map { Scene.Point($0.0, $0.1) }
    ])

  /// Whether the character is drawn as itself.
  package static func draws(_ character: Character) -> Bool { known(character) != nil }

  static func glyph(for character: Character) -> Glyph { known(character) ?? box }

  private static func known(_ character: Character) -> Glyph? {
    if let glyph = glyphs[character] { return glyph }
    if let twin = lookAlikes[character], twin != " " { return glyphs[twin] }
    if character.isWhitespace { return Glyph(advance: 28) }
    if let digit = superscripts[character] { return script(of: digit, raised: 32) }
    if let digit = subscripts[character] { return script(of: digit, raised: -14) }
    return accented(character) ?? compatible(character)
  }

  private static func script(of character: Character, raised: Double) -> Glyph? {
    guard let glyph = glyphs[character] else { return nil }
    let scale = 0.64
    func placed(_ p: Scene.Point) -> Scene.Point { Scene.Point(p.x * scale, p.y * scale + raised) }
    return Glyph(
      advance: glyph.advance * scale, isFine: true, strokes: glyph.strokes.map { $0.map(placed) },
      dots: glyph.dots.map(placed))
  }

  /// A letter with marks above or below it, as Unicode's canonical decomposition splits them.
  private static func accented(_ character: Character) -> Glyph? {
    let scalars = Array(String(character).decomposedStringWithCanonicalMapping.unicodeScalars)
    guard scalars.count > 1 else { return nil }
    let letter: Character =
      switch scalars[0] {
      case "i": "ı"
      case "j": "ȷ"
      case let scalar: Character(scalar)
      }
    guard var glyph = glyphs[letter] ?? lookAlikes[letter].flatMap({ glyphs[$0] }) else { return nil }
    var top = glyph.strokes.joined().contains { $0.y > 60 } ? 70.0 : 50
    for scalar in scalars.dropFirst() {
      guard let mark = accents[scalar] else { return nil }
      let isBelow = scalar.properties.canonicalCombiningClass.rawValue < 230
      let (middle, height) = (glyph.advance / 2, isBelow ? 0 : top)
      func placed(_ p: Scene.Point) -> Scene.Point { Scene.Point(p.x + middle, p.y + height) }
      let (strokes, dots) = (mark.strokes.map { $0.map(placed) }, mark.dots.map(placed))
      glyph.strokes += strokes
      glyph.dots += dots
      if !isBelow { top += 18 }
    }
    return glyph
  }

  /// A character that Unicode calls a variant of plain ones, such as ﬁ or ½.
  private static func compatible(_ character: Character) -> Glyph? {
    let plain = String(character).decomposedStringWithCompatibilityMapping
    guard plain != String(character), plain.count < 8 else { return nil }
    var result = Glyph(advance: 0)
    for part in plain {
      guard let glyph = glyphs[part] ?? lookAlikes[part].flatMap({ glyphs[$0] }) else { return nil }
      let left = result.advance
      func placed(_ p: Scene.Point) -> Scene.Point { Scene.Point(p.x + left, p.y) }
      result.strokes += glyph.strokes.map { $0.map(placed) }
      result.dots += glyph.dots.map(placed)
      result.advance += glyph.advance + 2
    }
    return result
  }
}
