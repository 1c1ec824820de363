extension PageWriter {
  /// A figure, laid out twice: for a wide page and for a phone, where its letters would be too small to read.
  ///
  /// A figure of very many marks is there once, and moves sideways in its frame on a phone.
  mutating func write(_ figure: Figure, caption: String) {
    write("<figure class=\"block\">\n")
    write(title(figure.title))
    let text = layouts(of: figure)
    write(text)
    write(self.caption(caption) + "</figure>\n")
  }

  /// The title over a figure; empty without one.
  func title(_ text: String) -> String {
    text.isEmpty ? "" : "<p class=\"figure-title\">\(Markup.escaped(Markup.brief(text)))</p>\n"
  }

  mutating func layouts(of figure: Figure) -> String {
    let wide = FigureLayout(figure, inPage: true).scene
    let text = wide.svg(theme: .automatic, isInPage: true)
    guard wide.width > 480 else { return text }
    guard text.utf8.count < 200_000 else {
      needs(.regions)
      return
        "<div class=\"scroll broad\" data-region=\"\(Markup.escaped(Markup.brief(wide.title)))\">\(text)</div>\n"
    }
    let narrow = FigureLayout(figure.narrow, inPage: true).scene.svg(theme: .automatic, isInPage: true)
    return "<div class=\"wide\">\(text)</div>\n<div class=\"narrow\">\(narrow)</div>\n"
  }

  mutating func write(_ picture: Page.Block.Picture) throws(ImageError) {
    write("<figure class=\"block\">\n")
    write(
      try image(
        picture.image, alternativeText: picture.alternativeText, magnification: picture.magnification))
    write(caption(picture.caption) + "</figure>\n")
  }

  func image(
    _ image: RasterImage, alternativeText: String, magnification: Int? = nil
  ) throws(ImageError) -> String {
    let factor = magnification ?? max(1, min(8, 640 / image.width))
    return "<img class=\"pixels\" src=\"\(try image.dataURI())\" width=\"\(image.width * factor)\" "
      + "height=\"\(image.height * factor)\" alt=\"\(Markup.escaped(alternativeText))\">\n"
  }
}

extension FigureLayout {
  /// In a page the title is text over the picture, which begins at the edge of the column.
  init(_ figure: Figure, inPage: Bool) {
    var figure = figure
    figure.alternativeText = figure.alternativeText ?? figure.description
    let name = figure.title
    figure.title = ""
    self.init(figure, margin: 1)
    self.name = name
  }
}

extension Figure {
  /// The same figure for a page as wide as a phone.
  var narrow: Figure {
    var figure = self
    figure.columns = 1
    let (width, height) = (panelSize?.width ?? 420, panelSize?.height ?? 310)
    let target = 360.0
    figure.panelSize = .init(width: target, height: min(max(height / width * target, 250), 1.2 * target))
    if panels.contains(where: \.hasEqualUnits) { figure.panelSize?.height = 300 }
    return figure
  }
}
