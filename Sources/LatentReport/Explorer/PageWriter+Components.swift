extension PageWriter {
  /// Links to parts of the page: without scripts and on paper all parts are there, with scripts the chosen one.
  mutating func write(_ explorer: ComponentExplorer, caption: String) throws(ImageError) {
    needs(.components)
    let marks = explorer.components.map { _ in newMark() }
    write("<div class=\"block components\" data-components role=\"group\" ")
    write("aria-label=\"\(Markup.escaped(Markup.brief(explorer.title)))\">\n")
    if let figure = explorer.figure {
      let places = zip(marks, explorer.components).enumerated().compactMap { index, pair in
        pair.1.place.map { (index: index, mark: pair.0, name: pair.1.name, place: $0) }
      }
      func marked(_ figure: Figure) -> String {
        let layout = FigureLayout(figure, inPage: true)
        let links = places.compactMap { item -> String? in
          guard let point = layout.firstPanel?.point(item.place.x, item.place.y) else { return nil }
          let writer = SVGWriter(theme: .automatic, isCompact: true)
          let centre = "cx=\"\(writer.number(point.x))\" cy=\"\(writer.number(point.y))\""
          return "<a href=\"#\(item.mark)\" data-component=\"\(item.index)\" "
            + "aria-label=\"\(Markup.escaped(Markup.brief(item.name)))\">"
            + "<circle class=\"halo\" \(centre) r=\"18\"/><circle class=\"target\" \(centre) r=\"12\"/>"
            + "<text x=\"\(writer.number(point.x))\" y=\"\(writer.number(point.y + 4))\" font-size=\"11\" "
            + "text-anchor=\"middle\" aria-hidden=\"true\">\(item.index + 1)</text></a>\n"
        }
        return layout.scene.svg(theme: .automatic, isInPage: true)
          .replacing("role=\"img\"", with: "role=\"group\"", maxReplacements: 1)
          .replacing("</svg>", with: links.joined() + "</svg>")
      }
      write("<figure>\(title(figure.title))<div class=\"wide\">\(marked(figure))</div>\n")
      write("<div class=\"narrow\">\(marked(figure.narrow))</div>\(self.caption(caption))</figure>\n")
    } else if !caption.isEmpty {
      write("<p class=\"note\">\(Markup.escaped(caption))</p>\n")
    }
    write("<ul class=\"choices\">\n")
    for (index, (mark, component)) in zip(marks, explorer.components).enumerated() {
      let note =
        component.note.isEmpty ? "" : "<small>\(Markup.escaped(Markup.brief(component.note)))</small>"
      write("<li><a href=\"#\(mark)\" data-component=\"\(index)\">")
      write("<b>\(Markup.escaped(Markup.brief(component.name)))</b>\(note)</a></li>\n")
    }
    write("</ul>\n<output class=\"hidden\"></output>\n")
    for (mark, component) in zip(marks, explorer.components) {
      let note = component.note.isEmpty ? "" : " <small>\(Markup.escaped(component.note))</small>"
      write("<section class=\"component\" id=\"\(mark)\" tabindex=\"-1\">\n")
      write("<h3>\(Markup.escaped(Markup.brief(component.name)))\(note)</h3>\n")
      try write(component.blocks)
      write("</section>\n")
    }
    write("</div>\n")
  }
}
