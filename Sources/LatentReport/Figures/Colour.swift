extension Figure {
  /// What a colour is for; the theme says which it is.
  public enum Colour: Sendable, Equatable {
    /// Text and axes.
    case ink
    /// Text and lines that matter less.
    case muted
    /// The lines of the grid.
    case faint
    /// The ground.
    case paper
    /// The colour of a series of data, counted from 0. After seven the colours come again.
    case series(Int)
    /// A given colour, alike in all themes.
    case exact(PixelColour)
  }

  /// The colours of a figure.
  ///
  /// The series' colours began as those of Okabe and Ito and were moved until each has a contrast of at least
  /// 3 : 1 with the ground, and any two are at least 24 apart in CIELAB for readers with full colour vision, with
  /// protanopia, with deuteranopia and with tritanopia. Series also differ in their symbols, so colour is never
  /// the only sign.
  ///
  /// - Source: Okabe and Ito (2008), *Color Universal Design*; Machado, Oliveira and Fernandes (2009), IEEE TVCG
  ///   15, for the simulation; WCAG 2.2, 1.4.11, for the contrast.
  public enum Theme: Sendable, Equatable {
    /// Dark on white.
    case light
    /// Light on near black.
    case dark
    /// In a vector picture what the reader prefers; in pixels, light.
    case automatic
  }
}

extension Figure.Colour {
  /// How many colours the series have before they come again.
  package static let seriesCount = 7

  /// The colours that depend on the theme, each with the name of its style.
  static var withRoles: [(colour: Self, role: String)] {
    let colours: [Self] = [.ink, .muted, .faint, .paper] + (0..<seriesCount).map { Self.series($0) }
    return colours.compactMap { colour in colour.role.map { (colour, $0) } }
  }

  /// The name of its style; `nil` for a given colour.
  var role: String? {
    switch self {
    case .ink: "ink"
    case .muted: "muted"
    case .faint: "faint"
    case .paper: "paper"
    case .series(let index): "series\(Self.place(of: index))"
    case .exact: nil
    }
  }

  static func place(of index: Int) -> Int {
    let remainder = index % seriesCount
    return remainder < 0 ? remainder + seriesCount : remainder
  }
}

extension Figure.Theme {
  /// The colour in pixels.
  package func pixel(of colour: Figure.Colour) -> PixelColour {
    let isDark = self == .dark
    switch colour {
    case .ink: return isDark ? .grey(232) : .grey(34)
    case .muted: return isDark ? .grey(160) : .grey(102)
    case .faint: return isDark ? .grey(58) : .grey(228)
    case .paper: return isDark ? .grey(24) : .grey(255)
    case .series(let index):
      return (isDark ? Self.darkSeries : Self.lightSeries)[Figure.Colour.place(of: index)]
    case .exact(let pixel): return pixel
    }
  }

  /// Blue, rust, green, purple, bright blue, amber, grey.
  private static let lightSeries = [
    0x0042A5, 0xA53F00, 0x00A95E, 0x9E5892, 0x4278FF, 0xCC8400, 0x404040,
  ].map(PixelColour.init(hexadecimal:))
  private static let darkSeries = [
    0x4A78E9, 0xD37A2E, 0x17E688, 0xA97FA7, 0xA1CCFF, 0xF9CA3E, 0xD0D0D0,
  ].map(PixelColour.init(hexadecimal:))
}

extension PixelColour {
  fileprivate init(hexadecimal: Int) {
    self.init(
      red: UInt8(hexadecimal >> 16 & 255), green: UInt8(hexadecimal >> 8 & 255),
      blue: UInt8(hexadecimal & 255))
  }
}
