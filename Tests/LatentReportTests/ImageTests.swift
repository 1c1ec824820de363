import CPNG
import Foundation
import LatentNumerics
import LatentReport
import Testing

/// Decodes a PNG file with libpng, to grey or to RGB as the file says.
func decodePNG(_ data: [UInt8]) throws -> RasterImage {
  var image = png_image()
  image.version = png_uint_32(PNG_IMAGE_VERSION)
  defer { png_image_free(&image) }
  try #require(png_image_begin_read_from_memory(&image, data, data.count) != 0)
  let layout: RasterImage.Layout = image.format & png_uint_32(PNG_FORMAT_FLAG_COLOR) != 0 ? .rgb : .grey
  image.format = layout == .rgb ? png_uint_32(PNG_FORMAT_FLAG_COLOR) : 0
  var pixels = [UInt8](repeating: 0, count: Int(image.width * image.height) * layout.rawValue)
  try #require(png_image_finish_read(&image, nil, &pixels, 0, nil) != 0)
  return RasterImage(width: Int(image.width), height: Int(image.height), layout: layout, pixels: pixels)
}

@Suite struct RasterImageTests {
  @Test(arguments: [RasterImage.Layout.grey, .rgb], [(1, 1), (3, 2), (257, 31)])
  func roundTrip(layout: RasterImage.Layout, size: (width: Int, height: Int)) throws {
    let count = size.width * size.height * layout.rawValue
    let image = RasterImage(
      width: size.width, height: size.height, layout: layout,
      pixels: (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) })
    let data = try image.pngData()
    #expect(data.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
    #expect(try decodePNG(data) == image)
    #expect(try image.pngData() == data)
  }

  @Test func tooLarge() {
    let image = RasterImage(
      width: 1_000_001, height: 1, layout: .grey, pixels: [UInt8](repeating: 0, count: 1_000_001))
    #expect(throws: ImageError.tooLarge(width: 1_000_001, height: 1)) { try image.pngData() }
  }

  @Test func writesAFile() throws {
    let path = NSTemporaryDirectory() + "/latent-image-\(UUID().uuidString).png"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let image = RasterImage(width: 2, height: 1, layout: .grey, pixels: [0, 255])
    try image.writePNG(to: path)
    #expect(try decodePNG(Array(Data(contentsOf: URL(fileURLWithPath: path)))) == image)
  }
}

@Suite struct ImageGridTests {
  let background = PixelColour.grey(64)

  /// Three pictures of 1 × 2 pixels in two columns, drawn by hand.
  @Test func layout() throws {
    var grid = ImageGrid(imageHeight: 1, imageWidth: 2)
    grid.gutter = 1
    let image = try grid.image(of: Matrix([[0.0, 1], [0.5, 0.2], [-7, 9]]))
    #expect(
      image
        == RasterImage(
          width: 7, height: 5, layout: .grey,
          pixels: [
            64, 64, 64, 64, 64, 64, 64,
            64, 0, 255, 64, 128, 51, 64,
            64, 64, 64, 64, 64, 64, 64,
            64, 0, 255, 64, 64, 64, 64,
            64, 64, 64, 64, 64, 64, 64,
          ]))
  }

  @Test func magnificationAndRange() throws {
    var grid = ImageGrid(imageHeight: 2, imageWidth: 1)
    grid.gutter = 0
    grid.magnification = 2
    grid.range = -1...1
    let image = try grid.image(of: Matrix<Float>([[-1, 1]]))
    #expect(
      image == RasterImage(width: 2, height: 4, layout: .grey, pixels: [0, 0, 0, 0, 255, 255, 255, 255]))
    grid.range = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude
    #expect(try grid.image(of: Matrix([[0.0, 0]]))[0, 0] == .grey(128))
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func whatIsNotFiniteIsSeen(value: Double) throws {
    let grid = ImageGrid(imageHeight: 1, imageWidth: 2)
    let image = try grid.image(of: Matrix([[value, 1]]))
    #expect(image.layout == .rgb)
    #expect(image[2, 2] == grid.notFinite && image[3, 2] == .grey(255) && image[0, 0] == background)
    #expect(try decodePNG(image.pngData()) == image)
  }

  @Test(arguments: [(1, 1, 1), (2, 2, 1), (4, 2, 2), (5, 3, 2), (10, 4, 3)])
  func aboutAsWideAsHigh(count: Int, columns: Int, lines: Int) throws {
    var grid = ImageGrid(imageHeight: 28, imageWidth: 28)
    grid.background = PixelColour(red: 255, green: 255, blue: 200)
    let image = try grid.image(of: Matrix<Double>(rows: count, columns: 784))
    #expect(image.width == 30 * columns + 2 && image.height == 30 * lines + 2)
    #expect(image[0, 0] == grid.background)
  }

  @Test func refusals() {
    let grid = ImageGrid(imageHeight: 1, imageWidth: 1)
    #expect(throws: ImageError.empty) { try grid.image(of: Matrix<Double>(rows: 0, columns: 1)) }
    var large = grid
    large.magnification = 1_000_000
    #expect(throws: ImageError.tooLarge(width: 1_000_004, height: 1_000_004)) {
      try large.image(of: Matrix([[1.0]]))
    }
  }
}
