extension PageWriter {
  /// The first frame with controls, the last one for readers on paper or without scripts, and what changes.
  mutating func write(_ animation: Animation, caption: String) throws(ImageError) {
    needs(.player)
    write("<figure class=\"block player\" data-player>\n")
    write(title(animation.title))
    try writePlayer(animation)
    write(self.caption(caption) + "</figure>\n")
  }

  /// Stage, controls and data; the element around it has `data-player`.
  mutating func writePlayer(_ animation: Animation, showsLast: Bool = true) throws(ImageError) {
    let name = Markup.escaped(Markup.brief(animation.title.isEmpty ? "Animation" : animation.title))
    let words = Markup.escaped(animation.alternativeText ?? animation.inWords)
    let figures = animation.figures
    let layout = figures.isEmpty ? nil : AnimationLayout(figures)
    write("<div class=\"stage\" role=\"img\" tabindex=\"0\" aria-label=\"\(name). \(words)\">\n")
    var parts = PartTable()
    var slots: [[Int]] = []
    if let layout {
      for slot in layout.slots {
        slots.append(slot.contents.map { parts.index(of: Self.markup($0, isPacked: true)) })
      }
      write(Self.panels(layout, frame: 0))
    } else {
      let images = animation.images
      let uris = try images.map { image throws(ImageError) in try image.dataURI() }
      slots = [uris.map { parts.index(of: $0) }]
      write(still(images[0], uris[0], slot: 0))
    }
    write("</div>\n")
    let first = Markup.escaped(Markup.brief(animation.frames[0].label))
    write(
      """
      <div class="controls" hidden>
      <button type="button" data-do="first" aria-label="First frame">\(Icon.first)</button>
      <button type="button" data-do="back" aria-label="One frame back">\(Icon.back)</button>
      <button type="button" data-do="play" aria-label="Play">\(Icon.play)</button>
      <button type="button" data-do="on" aria-label="One frame on">\(Icon.on)</button>
      <button type="button" data-do="last" aria-label="Last frame">\(Icon.last)</button>
      <input type="range" min="0" max="\(animation.frames.count - 1)" value="0" step="1" aria-label="Frame">
      </div>
      <p class="frame-label"><output>\(first)</output></p>

      """)
    if showsLast, animation.frames.count > 1 { try writeLast(animation, layout) }
    let stills = figures.isEmpty
    write(
      data(
        JSON.object([
          "speed": JSON.number(animation.framesPerSecond), "repeats": "\(animation.repeats)",
          "starts": "\(animation.startsAtOnce)", "images": "\(stills)",
          "labels": JSON.strings(animation.frames.map { Markup.brief($0.label) }),
          "slots": JSON.array(slots.map { JSON.array($0) }), "parts": JSON.strings(parts.texts),
        ])))
  }

  private mutating func writeLast(
    _ animation: Animation, _ layout: AnimationLayout?
  ) throws(ImageError) {
    write("<div class=\"last\" aria-hidden=\"true\">\n")
    let last = animation.frames.count - 1
    if let layout {
      write(Self.panels(layout, frame: last, isStill: true))
    } else {
      let image = animation.images[last]
      write(still(image, try image.dataURI(), slot: nil))
    }
    write(
      "<p class=\"frame-label\">\(Markup.escaped(Markup.brief(animation.frames[last].label)))</p></div>\n")
  }

  /// The side of a pixel of a film.
  static func magnification(of image: RasterImage) -> Int { max(1, min(12, 560 / image.width)) }

  private func still(_ image: RasterImage, _ uri: String, slot: Int?) -> String {
    let factor = Self.magnification(of: image)
    let mark = slot.map { " data-slot=\"\($0)\"" } ?? ""
    return "<img class=\"pixels\"\(mark) src=\"\(uri)\" width=\"\(image.width * factor)\" "
      + "height=\"\(image.height * factor)\" alt=\"\">\n"
  }

  /// Each panel is a picture of its own, so that a page can put them side by side or one under the other.
  private static func panels(
    _ layout: AnimationLayout, frame: Int, isStill: Bool = false
  ) -> String {
    var text = ""
    if !layout.legend.isEmpty {
      let box = Scene.Rectangle(
        x: FigureLayout.margin, y: FigureLayout.margin, width: layout.legendSize.width,
        height: layout.legendSize.height)
      text += "<div class=\"key\">" + svg(box, markup(layout.legend)) + "</div>\n"
    }
    text += "<div class=\"panels\">\n"
    for (panel, cell) in layout.cells.enumerated() {
      var content = ""
      for (index, slot) in layout.slots.enumerated() where slot.panel == panel {
        let mark = isStill ? "" : " data-slot=\"\(index)\""
        content += "<g\(mark)>\(markup(slot.contents[frame]))</g>"
      }
      text += svg(cell, content)
    }
    return text + "</div>\n"
  }

  private static func svg(_ box: Scene.Rectangle, _ content: String) -> String {
    let writer = SVGWriter(theme: .automatic, isCompact: true)
    let sides = [box.x, box.y, box.width, box.height].map { writer.number($0) }
    return "<svg class=\"latent-figure\" aria-hidden=\"true\" viewBox=\"\(sides.joined(separator: " "))\" "
      + "width=\"\(sides[2])\" height=\"\(sides[3])\" font-family=\"\(Scene.fonts)\" "
      + "stroke-linecap=\"round\" stroke-linejoin=\"round\">\(content)</svg>\n"
  }

  private static func markup(_ shapes: [Scene.Shape], isPacked: Bool = false) -> String {
    var writer = SVGWriter(theme: .automatic, isCompact: true, hasStyles: true, packsDots: isPacked)
    writer.write(shapes)
    return writer.text
  }
}

/// Texts, each kept once.
struct PartTable {
  private(set) var texts: [String] = []
  private var places: [String: Int] = [:]

  mutating func index(of text: String) -> Int {
    if let place = places[text] { return place }
    places[text] = texts.count
    texts.append(text)
    return texts.count - 1
  }
}

extension Animation {
  /// Its frames as figures; empty when they are pixels.
  var figures: [Figure] {
    frames.compactMap { if case .figure(let figure) = $0.picture { figure } else { nil } }
  }

  /// Its frames as pixels; empty when they are figures.
  var images: [RasterImage] {
    frames.compactMap { if case .image(let image) = $0.picture { image } else { nil } }
  }

  /// What the last frame shows.
  var inWords: String {
    let count = "\(frames.count) \(frames.count == 1 ? "frame" : "frames")"
    guard let last = figures.last else { return count + "." }
    return "\(count); the last: \(last.alternativeText ?? last.description)"
  }
}
