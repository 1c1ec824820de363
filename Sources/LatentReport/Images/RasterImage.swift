import LatentFiles

/// A colour of eight bits a channel.
public struct PixelColour: Sendable, Equatable {
  public var red: UInt8
  public var green: UInt8
  public var blue: UInt8

  public init(red: UInt8, green: UInt8, blue: UInt8) {
    self.red = red
    self.green = green
    self.blue = blue
  }

  /// A shade of grey, from 0 (black) to 255 (white).
  public static func grey(_ shade: UInt8) -> PixelColour {
    PixelColour(red: shade, green: shade, blue: shade)
  }

  /// Whether the three channels are alike.
  public var isGrey: Bool { red == green && green == blue }
}

/// Why an image cannot be made.
public enum ImageError: Error, Equatable, Sendable {
  /// There is nothing to draw.
  case empty
  /// The image exceeds what the PNG library takes, a million pixels a side, or a figure has more than 100 million
  /// pixels.
  case tooLarge(width: Int, height: Int)
  /// The PNG library refuses, with its own message.
  case encoding(String)
}

/// A picture in memory, 8 bits a channel.
public struct RasterImage: Sendable, Equatable {
  /// The channels of a pixel.
  public enum Layout: Int, Sendable {
    case grey = 1
    case rgb = 3
  }

  public let width: Int
  public let height: Int
  public let layout: Layout
  /// The pixels, row by row from the top, `layout.rawValue` bytes each.
  public private(set) var pixels: [UInt8]

  /// - Precondition: both sides are positive and the pixels fill them.
  public init(width: Int, height: Int, layout: Layout, pixels: [UInt8]) {
    precondition(width > 0 && height > 0, "an image has an area")
    precondition(pixels.count == width * height * layout.rawValue, "the pixels do not fill the image")
    self.width = width
    self.height = height
    self.layout = layout
    self.pixels = pixels
  }

  /// The colour at a column and row, from the upper left.
  public subscript(column: Int, row: Int) -> PixelColour {
    precondition(column >= 0 && column < width && row >= 0 && row < height, "outside the image")
    let start = (row * width + column) * layout.rawValue
    switch layout {
    case .grey: return .grey(pixels[start])
    case .rgb: return PixelColour(red: pixels[start], green: pixels[start + 1], blue: pixels[start + 2])
    }
  }

  /// Writes the picture as a PNG file, as a whole or not at all.
  ///
  /// - Throws: `ImageError` or `FileError`.
  public func writePNG(to path: String) throws {
    try AtomicFile.write(try pngData(), to: path)
  }
}
