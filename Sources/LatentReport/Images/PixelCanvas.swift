/// Pixels being painted in whole rectangles.
struct PixelCanvas {
  let width: Int
  let height: Int
  private var pixels: [UInt8]

  init(width: Int, height: Int, fill: PixelColour) {
    self.width = width
    self.height = height
    pixels = [UInt8](repeating: fill.red, count: width * height * 3)
    if !fill.isGrey { self.fill(left: 0, top: 0, width: width, height: height, fill) }
  }

  mutating func fill(left: Int, top: Int, width: Int, height: Int, _ colour: PixelColour) {
    for y in max(0, top)..<min(self.height, top + height) {
      for x in max(0, left)..<min(self.width, left + width) {
        let start = (y * self.width + x) * 3
        pixels[start] = colour.red
        pixels[start + 1] = colour.green
        pixels[start + 2] = colour.blue
      }
    }
  }

  /// In one channel where that is enough.
  var image: RasterImage {
    let reds = stride(from: 0, to: pixels.count, by: 3)
    let isGrey = reds.allSatisfy { index in
      let red = pixels[index]
      return red == pixels[index + 1] && red == pixels[index + 2]
    }
    guard isGrey else { return RasterImage(width: width, height: height, layout: .rgb, pixels: pixels) }
    return RasterImage(width: width, height: height, layout: .grey, pixels: reds.map { pixels[$0] })
  }
}

/// Shades of a value: black at the lower end, white at the upper.
enum GreyScale {
  /// The colour of values that are not finite.
  static let notFinite = PixelColour(red: 230, green: 0, blue: 120)

  static func colour(of value: Double, in range: ClosedRange<Double>) -> PixelColour {
    guard value.isFinite else { return notFinite }
    // Halves, because the difference of two large ends may overflow.
    let share = (value / 2 - range.lowerBound / 2) / (range.upperBound / 2 - range.lowerBound / 2)
    return .grey(UInt8((255 * min(max(share, 0), 1)).rounded()))
  }
}
