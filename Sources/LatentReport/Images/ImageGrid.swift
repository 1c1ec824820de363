public import LatentNumerics

// N images of H × W pixels, drawn row by row in C columns; M magnification, G gutter.

/// Lays out the rows of a matrix as small pictures in a grid.
public struct ImageGrid: Sendable {
  /// Pixels of one picture from top to bottom.
  public var imageHeight: Int
  /// Pixels of one picture from left to right.
  public var imageWidth: Int
  /// Pictures side by side; `nil` makes the grid about as wide as high.
  public var columns: Int?
  /// The values drawn black and white; values outside are drawn as the nearer end.
  public var range: ClosedRange<Double> = 0...1
  /// Pixels between pictures and around the grid, not magnified.
  public var gutter = 2
  /// The side of the square that one pixel becomes.
  public var magnification = 1
  /// The colour of gutters and of unused places.
  public var background = PixelColour.grey(64)
  /// The colour of values that are not finite.
  public var notFinite = PixelColour(red: 230, green: 0, blue: 120)

  public init(imageHeight: Int, imageWidth: Int) {
    self.imageHeight = imageHeight
    self.imageWidth = imageWidth
  }

  /// Draws all rows of a matrix.
  ///
  /// The picture is grey unless a colour is needed.
  ///
  /// - Parameter images: `[N, H·W]`, each row a picture line by line from the top.
  /// - Throws: `.empty` when N is 0, `.tooLarge` when a side exceeds a million pixels.
  /// - Complexity: O(N·H·W·M²).
  public func image<Scalar: LatentScalar>(of images: Matrix<Scalar>) throws(ImageError) -> RasterImage {
    precondition(imageHeight > 0 && imageWidth > 0 && magnification > 0 && gutter >= 0, "no such grid")
    precondition(range.lowerBound < range.upperBound, "the range of values is empty")
    precondition(images.columns == imageHeight * imageWidth, "a row is not a picture")
    guard images.rows > 0 else { throw .empty }
    let columns = columns ?? Int(Double(images.rows).squareRoot().rounded(.up))
    precondition(columns > 0, "a grid has a column")
    let lines = (images.rows + columns - 1) / columns
    let (stepX, stepY) = (imageWidth * magnification + gutter, imageHeight * magnification + gutter)
    let (width, height) = (columns * stepX + gutter, lines * stepY + gutter)
    guard width <= 1_000_000, height <= 1_000_000 else { throw .tooLarge(width: width, height: height) }

    return images.withUnsafeElements { values in
      let isGrey = background.isGrey && (notFinite.isGrey || values.allSatisfy(\.isFinite))
      var canvas = Canvas(width: width, height: height, layout: isGrey ? .grey : .rgb, fill: background)
      for n in 0..<images.rows {
        let (left, top) = (gutter + n % columns * stepX, gutter + n / columns * stepY)
        for y in 0..<imageHeight {
          for x in 0..<imageWidth {
            canvas.fillSquare(
              left: left + x * magnification, top: top + y * magnification, side: magnification,
              colour(of: Double(values[(n * imageHeight + y) * imageWidth + x])))
          }
        }
      }
      return canvas.image
    }
  }

  private func colour(of value: Double) -> PixelColour {
    value.isFinite ? GreyScale.colour(of: value, in: range) : notFinite
  }
}

/// Pixels being drawn.
private struct Canvas {
  let width: Int
  let height: Int
  let layout: RasterImage.Layout
  var pixels: [UInt8]

  init(width: Int, height: Int, layout: RasterImage.Layout, fill: PixelColour) {
    self.width = width
    self.height = height
    self.layout = layout
    pixels = Array(repeating: fill.red, count: width * height * layout.rawValue)
    if !fill.isGrey { fillRectangle(left: 0, top: 0, width: width, height: height, fill) }
  }

  mutating func fillSquare(left: Int, top: Int, side: Int, _ colour: PixelColour) {
    fillRectangle(left: left, top: top, width: side, height: side, colour)
  }

  private mutating func fillRectangle(left: Int, top: Int, width: Int, height: Int, _ colour: PixelColour) {
    for y in top..<top + height {
      for x in left..<left + width {
        let start = (y * self.width + x) * layout.rawValue
        pixels[start] = colour.red
        if layout == .rgb {
          pixels[start + 1] = colour.green
          pixels[start + 2] = colour.blue
        }
      }
    }
  }

  var image: RasterImage { RasterImage(width: width, height: height, layout: layout, pixels: pixels) }
}
