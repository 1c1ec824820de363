import Foundation

extension RasterImage {
  /// The picture as the address of itself, for pages and vector pictures that hold it.
  ///
  /// - Throws: `.tooLarge`, `.encoding`.
  public func dataURI() throws(ImageError) -> String {
    "data:image/png;base64," + Data(try pngData()).base64EncodedString()
  }
}
