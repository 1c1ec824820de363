import Foundation
import LatentReport
import Testing

@Suite struct PaletteTests {
  static let themes = [Figure.Theme.light, .dark]

  /// Red, green and blue in proportion to light.
  static func linear(_ colour: PixelColour) -> [Double] {
    [colour.red, colour.green, colour.blue].map {
      let c = Double($0) / 255
      return c <= 0.04045 ? c / 12.92 : pow((c + 0.055) / 1.055, 2.4)
    }
  }

  static func product(_ m: [[Double]], _ v: [Double]) -> [Double] {
    m.map { zip($0, v).reduce(0) { $0 + $1.0 * $1.1 } }
  }

  static func contrast(_ a: PixelColour, _ b: PixelColour) -> Double {
    let light = [a, b].map { product([[0.2126, 0.7152, 0.0722]], linear($0))[0] + 0.05 }
    return max(light[0], light[1]) / min(light[0], light[1])
  }

  /// CIELAB under D65.
  static func lab(_ rgb: [Double]) -> [Double] {
    let xyz = product(
      [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]],
      rgb.map { min(max($0, 0), 1) })
    let f = zip(xyz, [0.9505, 1, 1.089]).map { value, white in
      value / white > 0.008856 ? cbrt(value / white) : 7.787 * value / white + 16.0 / 116
    }
    return [116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])]
  }

  /// The matrices of Machado, Oliveira and Fernandes (2009) for complete dichromacy; the first is ordinary sight.
  static let sights = [
    [[1.0, 0, 0], [0, 1, 0], [0, 0, 1]],
    [
      [0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998],
    ],
    [
      [0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881],
    ],
    [
      [1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900],
    ],
  ]

  @Test(arguments: themes)
  func contrastWithTheGround(theme: Figure.Theme) {
    let paper = theme.pixel(of: .paper)
    for index in 0..<Figure.Colour.seriesCount {
      #expect(Self.contrast(theme.pixel(of: .series(index)), paper) >= 3)
    }
    #expect(Self.contrast(theme.pixel(of: .ink), paper) >= 7)
    #expect(Self.contrast(theme.pixel(of: .muted), paper) >= 4.5)
  }

  @Test(arguments: themes)
  func toldApartByEveryone(theme: Figure.Theme) {
    for sight in Self.sights {
      let seen = (0..<Figure.Colour.seriesCount).map {
        Self.lab(Self.product(sight, Self.linear(theme.pixel(of: .series($0)))))
      }
      for (i, a) in seen.enumerated() {
        for b in seen[..<i] {
          let distance = zip(a, b).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) }.squareRoot()
          #expect(distance >= 24)
        }
      }
    }
  }

  /// Marks in the colours of a scale lie apart on the paper, so each end must be seen against it.
  @Test(arguments: themes)
  func scalesAreSeenOnThePaper(theme: Figure.Theme) {
    let stops = Figure.ColourScale.stops(on: theme)
    #expect(stops.count == 9 && Set(stops.map { Self.lab(Self.linear($0))[0] }).count == 9)
    for stop in stops { #expect(Self.contrast(stop, theme.pixel(of: .paper)) >= 1.8, "\(stop)") }
    // Lighter from stop to stop, as the whole scale is.
    let lightness = stops.map { Self.lab(Self.linear($0))[0] }
    #expect(zip(lightness, lightness.dropFirst()).allSatisfy { $0 < $1 })
  }

  /// Colour and symbol together tell 49 series apart.
  @Test func seriesOfOneColourDifferInSymbols() {
    let looks = (0..<49).map { series in
      "\(Figure.Theme.light.pixel(of: .series(series))) \(Figure.Layer.Symbol.ofSeries(series))"
    }
    #expect(Set(looks).count == 49)
    #expect(Figure.Layer.Symbol.ofSeries(0) == .circle)
  }

  @Test func coloursComeAgain() {
    #expect(Figure.Theme.light.pixel(of: .series(7)) == Figure.Theme.light.pixel(of: .series(0)))
    #expect(Figure.Theme.light.pixel(of: .series(-1)) == Figure.Theme.light.pixel(of: .series(6)))
    let pink = PixelColour(red: 255, green: 0, blue: 128)
    #expect(Figure.Theme.dark.pixel(of: .exact(pink)) == pink)
  }
}
