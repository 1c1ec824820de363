extension Page {
  /// One part of a section.
  public struct Block: Sendable {
    package let content: Content

    package enum Content: Sendable {
      case paragraph(String)
      case preformatted(String)
      case list([String])
      case keyFigures([KeyFigure])
      case findings([Finding])
      case table(Table)
      case figure(Figure, caption: String)
      case image(Picture)
      case animation(Animation, caption: String)
      case film(FilmStrip, caption: String)
      case plane(PlaneExplorer, caption: String)
      case components(ComponentExplorer, caption: String)
      case cloud(PointCloud, caption: String)
      case folded(String, [Block])
    }

    /// Pixels, and how they are shown.
    package struct Picture: Sendable {
      var image: RasterImage
      var caption: String
      var alternativeText: String
      var magnification: Int?
    }
  }
}

// MARK: - Text

extension Page.Block {
  /// A paragraph of plain text.
  public static func paragraph(_ text: String) -> Self { Self(content: .paragraph(text)) }

  /// Text in letters of one width whose lines are kept, such as a command.
  public static func preformatted(_ text: String) -> Self { Self(content: .preformatted(text)) }

  /// Short texts, each with a bullet.
  public static func list(_ items: [String]) -> Self { Self(content: .list(items)) }

  /// The few numbers that matter most, large.
  public static func keyFigures(_ figures: [Page.KeyFigure]) -> Self { Self(content: .keyFigures(figures)) }

  /// What a diagnosis says, each with a reason and with what to try.
  public static func findings(_ findings: [Page.Finding]) -> Self { Self(content: .findings(findings)) }

  public static func table(_ table: Page.Table) -> Self { Self(content: .table(table)) }

  /// Blocks behind a line of text that opens them; in print they are open where the browser can do so.
  public static func folded(_ summary: String, _ blocks: [Page.Block]) -> Self {
    Self(content: .folded(summary, blocks))
  }
}

// MARK: - Pictures

extension Page.Block {
  /// A figure; on a phone its panels stand one under the other.
  public static func figure(_ figure: Figure, caption: String = "") -> Self {
    Self(content: .figure(figure, caption: caption))
  }

  /// A picture in pixels, which are drawn as squares.
  ///
  /// - Parameters:
  ///   - image: the pixels.
  ///   - caption: under it; may be empty.
  ///   - alternativeText: what it shows, for those who do not see it.
  ///   - magnification: the side of a pixel on the page; `nil` chooses one that fills the column.
  public static func image(
    _ image: RasterImage, caption: String = "", alternativeText: String, magnification: Int? = nil
  ) -> Self {
    precondition((magnification ?? 1) > 0, "a pixel has a size")
    return Self(
      content: .image(
        Picture(
          image: image, caption: caption, alternativeText: alternativeText, magnification: magnification)))
  }

  /// Frames with controls.
  public static func animation(_ animation: Animation, caption: String = "") -> Self {
    Self(content: .animation(animation, caption: caption))
  }

  /// A sequence of images, as a player and as a strip.
  public static func film(_ film: FilmStrip, caption: String = "") -> Self {
    Self(content: .film(film, caption: caption))
  }
}

// MARK: - Explorers

extension Page.Block {
  /// A plane of latent variables whose points are decoded under the pointer.
  public static func plane(_ explorer: PlaneExplorer, caption: String = "") -> Self {
    Self(content: .plane(explorer, caption: caption))
  }

  /// Components, each with its rows.
  public static func components(_ explorer: ComponentExplorer, caption: String = "") -> Self {
    Self(content: .components(explorer, caption: caption))
  }

  /// Points and paths in space that can be turned.
  public static func cloud(_ cloud: PointCloud, caption: String = "") -> Self {
    Self(content: .cloud(cloud, caption: caption))
  }
}
