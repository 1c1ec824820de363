extension PageWriter {
  /// A player over the strip; paper gets the strip only, which shows every frame.
  mutating func write(_ film: FilmStrip, caption: String) throws(ImageError) {
    needs(.player)
    write("<figure class=\"block player film\" data-player>\n")
    let names = film.reels.map { "<span>\(Markup.escaped(Markup.brief($0.name)))</span>" }.joined()
    let animation = try film.animation(title: "Film")
    let width = animation.images[0].width * Self.magnification(of: animation.images[0])
    write("<div class=\"reel-names\" aria-hidden=\"true\" style=\"max-width:\(width)px\">\(names)</div>\n")
    try writePlayer(animation, showsLast: false)
    let factor = max(1, min(3, 40 / film.imageWidth))
    write("<div class=\"strip\">")
    write(try image(film.image(magnification: factor), alternativeText: film.inWords, magnification: 1))
    let order = film.reels.count > 1 ? film.reels.map(\.name).joined(separator: ", under it ") + ". " : ""
    let note =
      film.given.map { _ in order + "The amber line parts what was given from what was predicted." } ?? order
    write("<p class=\"note\">\(Markup.escaped(note))</p></div>\n")
    write(self.caption(caption) + "</figure>\n")
  }
}
