import LatentFiles

extension Animation {
  /// The animation as a vector picture that moves without scripts, for documents that show pictures only.
  ///
  /// It runs for ever, with a pause of a second on the last frame. Viewers that prefer less motion, and programs that do
  /// not animate, show the last frame.
  ///
  /// - Throws: an `ImageError` of a frame in pixels.
  public func svg(theme: Figure.Theme = .automatic) throws(ImageError) -> String {
    let still = max(1, Int(framesPerSecond.rounded()))
    let total = frames.count - 1 + still
    var spans = SpanWriter(count: frames.count, total: total, seconds: Double(total) / framesPerSecond)
    var writer = SVGWriter(theme: theme, isCompact: true)
    let (width, height): (Double, Double)
    let head = title.isEmpty ? 0 : 30.0
    if figures.isEmpty {
      let first = images[0]
      let factor = Double(max(1, min(12, 560 / first.width)))
      let (w, h) = (Double(first.width) * factor, Double(first.height) * factor)
      let margin = FigureLayout.margin
      let place = Scene.Rectangle(x: margin, y: margin + head, width: w, height: h)
      (width, height) = (w + 2 * margin, h + 2 * margin + head + 24)
      spans.add(images.map { [.pixels($0, place)] }, theme)
    } else {
      let layout = AnimationLayout(figures, top: head)
      (width, height) = (layout.width, layout.height + 20)
      writer.write(layout.legend)
      for slot in layout.slots { spans.add(slot.contents, theme) }
    }
    spans.add(
      frames.map { frame in
        let font = StrokeFont(size: 12)
        return [
          .text(
            Scene.Text(
              string: font.shortened(frame.label, to: width - 2 * FigureLayout.margin),
              at: Scene.Point(FigureLayout.margin, height - 12), size: font.size, colour: .muted))
        ]
      }, theme)
    if !title.isEmpty {
      let font = StrokeFont(size: 16, weight: .bold)
      writer.write([
        .text(
          Scene.Text(
            string: font.shortened(title, to: width - 2 * FigureLayout.margin),
            at: Scene.Point(FigureLayout.margin, FigureLayout.margin + font.size), size: font.size,
            weight: .bold))
      ])
    }
    let (w, h) = (writer.number(width), writer.number(height))
    let dark = theme == .automatic ? writer.darkStyle : ""
    return """
      <svg xmlns="http://www.w3.org/2000/svg" class="latent-figure" role="img" \
      aria-label="\(SVGWriter.escaped(title))" viewBox="0 0 \(w) \(h)" width="\(w)" height="\(h)" \
      font-family="\(Scene.fonts)" stroke-linecap="round" stroke-linejoin="round">
      <title>\(SVGWriter.escaped(title))</title>
      <desc>\(SVGWriter.escaped(alternativeText ?? inWords))</desc>
      <style>\(dark)\(spans.style)</style>
      <rect width="\(w)" height="\(h)"\(writer.attribute("fill", Scene.Paint(colour: .paper)))/>
      \(writer.text)\(spans.text)</svg>

      """
  }

  /// Writes the moving picture as a file, as a whole or not at all.
  ///
  /// - Throws: `ImageError` or `FileError`.
  public func writeSVG(to path: String, theme: Figure.Theme = .automatic) throws {
    try AtomicFile.write(text: try svg(theme: theme), to: path)
  }
}

/// Groups that are seen from one frame to another, by rules of style.
///
/// All groups run the same cycle; one that is seen for L frames from frame s has the rule for L, delayed by s frames.
private struct SpanWriter {
  let count: Int
  let total: Int
  let seconds: Double
  private(set) var text = ""
  private var lengths: Set<Int> = []

  init(count: Int, total: Int, seconds: Double) {
    (self.count, self.total, self.seconds) = (count, total, seconds)
  }

  mutating func add(_ contents: [[Scene.Shape]], _ theme: Figure.Theme) {
    var start = 0
    while start < count {
      var end = start + 1
      while end < count, contents[end] == contents[start] { end += 1 }
      if !contents[start].isEmpty {
        var writer = SVGWriter(theme: theme, isCompact: true)
        writer.write(contents[start])
        let length = (end == count ? total : end) - start
        if length == total {
          text += "<g>\(writer.text)</g>\n"
        } else {
          lengths.insert(length)
          let delay = Double(start) * seconds / Double(total) - seconds
          let last = end == count ? " end" : ""
          text +=
            "<g class=\"s s\(length)\(last)\" style=\"animation-delay:\(rounded(delay))s\">\(writer.text)</g>\n"
        }
      }
      start = end
    }
  }

  var style: String {
    let rules = lengths.sorted().map { length in
      let share = rounded(100 * Double(length) / Double(total))
      return "@keyframes k\(length){0%{visibility:visible}\(share)%,100%{visibility:hidden}}"
        + ".s\(length){animation-name:k\(length)}"
    }
    return ".s{visibility:hidden;animation:\(rounded(seconds))s step-end infinite}.end{visibility:visible}"
      + rules.joined()
      + "@media (prefers-reduced-motion:reduce){.s{animation-name:none}}"
  }

  private func rounded(_ value: Double) -> String {
    let thousandths = Int((value * 1000).rounded())
    let (whole, part) = (thousandths.magnitude / 1000, thousandths.magnitude % 1000)
    let digits = String(part)
    return (thousandths < 0 ? "-" : "") + "\(whole)."
      + String(repeating: "0", count: 3 - digits.count) + digits
  }
}
