/// Many dots in four characters each, which the script of a page makes a path of.
///
///     ~x₀,y₀;c₁c₂c₃c₄…    x = x₀ + 88 c₁ + c₂,   y = y₀ + 88 c₃ + c₄
///
/// Places are in tenths of a pixel; a digit is one of the 88 printable characters that neither JSON nor an attribute has to
/// escape.
enum PackedDots {
  static let digits: [Character] = (33...126).map { Character(Unicode.Scalar($0)) }.filter {
    !"\"&'<>\\".contains($0)
  }

  /// `nil` when the dots lie too far apart for two digits.
  static func text(of places: [(x: Int, y: Int)]) -> String? {
    let base = digits.count
    guard let x = places.map(\.x).min(), let y = places.map(\.y).min(),
      places.allSatisfy({ $0.x - x < base * base && $0.y - y < base * base })
    else { return nil }
    var text = "~\(x),\(y);"
    for place in places {
      for distance in [place.x - x, place.y - y] {
        text.append(digits[distance / base])
        text.append(digits[distance % base])
      }
    }
    return text
  }
}
