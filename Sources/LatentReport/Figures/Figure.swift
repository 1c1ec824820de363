public import LatentFiles

/// A picture of numbers: panels with axes, and layers of marks in them.
///
/// A figure is a value. It is laid out when it is asked for a vector picture or for pixels, and both show the
/// same thing.
///
/// ```swift
/// let figure = Figure(
///   "Choosing the number of components",
///   [
///     .init(
///       x: .init("components", whole: true), y: "BIC",
///       [.line(x: [1, 2, 3], y: [410.5, 362.0, 371.2], name: "full")])
///   ])
/// try figure.writePNG(to: "bic.png")
/// ```
///
/// **Values that cannot be drawn**, because they are not finite or not positive on a logarithmic axis, are left
/// out, lines break there, and a note under the panel says how many there are.
///
/// **Text** may be anything: it is kept to one line and shortened where it does not fit.
public struct Figure: Sendable {
  /// Over the panels, and the name that is read aloud; may be empty.
  public var title: String
  /// Row by row from the upper left.
  public var panels: [Panel]
  /// Panels side by side; `nil` chooses one to three.
  public var columns: Int?
  /// The size of one panel with its axes, in pixels of an ordinary screen; `nil` is 640 × 400 for a panel alone
  /// and 420 × 310 for one among others.
  public var panelSize: Size?
  /// What the picture shows, for those who do not see it; `nil` describes the layers in words.
  public var alternativeText: String?

  /// A width and a height in pixels of an ordinary screen.
  public struct Size: Sendable, Equatable {
    public var width: Double
    public var height: Double

    /// - Precondition: both are at least 100 and at most 100,000.
    public init(width: Double, height: Double) {
      precondition(100...100_000 ~= width && 100...100_000 ~= height, "no size of a panel")
      self.width = width
      self.height = height
    }
  }

  public init(_ title: String, _ panels: [Panel]) {
    self.title = title
    self.panels = panels
  }

  /// The picture as an SVG document, which can also stand inside a page of HTML.
  ///
  /// Text stays text, is escaped, and comes with a title and a description for screen readers. The same figure gives
  /// the same characters.
  public func svg(theme: Theme = .automatic) -> String {
    FigureLayout(self).scene.svg(theme: theme)
  }

  /// The picture in pixels, on a screen of `scale` times the ordinary density.
  ///
  /// The letters are strokes of this package; no font is needed. The same figure gives the same pixels.
  ///
  /// - Throws: `.tooLarge` when the picture exceeds 100 million pixels.
  public func image(theme: Theme = .automatic, scale: Double = 2) throws(ImageError) -> RasterImage {
    try FigureLayout(self).scene.image(theme: theme, scale: scale)
  }

  /// Writes the picture as an SVG file, as a whole or not at all.
  public func writeSVG(to path: String, theme: Theme = .automatic) throws(FileError) {
    try AtomicFile.write(text: svg(theme: theme), to: path)
  }

  /// Writes the picture as a PNG file, as a whole or not at all.
  ///
  /// - Throws: `ImageError` or `FileError`.
  public func writePNG(to path: String, theme: Theme = .automatic, scale: Double = 2) throws {
    try image(theme: theme, scale: scale).writePNG(to: path)
  }
}
