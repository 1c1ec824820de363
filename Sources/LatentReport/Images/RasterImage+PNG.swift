import CPNG

extension RasterImage {
  /// The largest side that libpng writes unless it was built otherwise.
  private static var largestSide: Int { 1_000_000 }

  /// The picture as a PNG file.
  ///
  /// libpng's simplified interface is used: it reports errors by its result and never jumps out of a call.
  ///
  /// - Throws: `.tooLarge`, `.encoding`.
  public func pngData() throws(ImageError) -> [UInt8] {
    guard width <= Self.largestSide, height <= Self.largestSide else {
      throw .tooLarge(width: width, height: height)
    }
    var size = 0
    try encode(into: nil, size: &size)
    var data = [UInt8](repeating: 0, count: size)
    try encode(into: &data, size: &size)
    return Array(data.prefix(size))
  }

  /// Without memory the call computes the size only.
  private func encode(into memory: UnsafeMutableRawPointer?, size: inout Int) throws(ImageError) {
    var image = png_image()
    image.version = png_uint_32(PNG_IMAGE_VERSION)
    image.width = png_uint_32(width)
    image.height = png_uint_32(height)
    image.format = layout == .rgb ? png_uint_32(PNG_FORMAT_FLAG_COLOR) : 0
    defer { png_image_free(&image) }
    // Neither a conversion to 8 bits, nor a stride, nor a colour map.
    guard png_image_write_to_memory(&image, memory, &size, 0, pixels, 0, nil) != 0 else {
      let message = withUnsafeBytes(of: image.message) {
        String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
      }
      throw .encoding(message)
    }
  }
}
