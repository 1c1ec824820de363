import Foundation
import LatentFiles

/// Writes the parts of a page, and remembers which scripts they need.
struct PageWriter {
  /// A part of the script that some blocks need.
  enum Feature: Int, CaseIterable {
    case player
    case components
    case plane
    case cloud
    case regions
  }

  private(set) var text = ""
  private(set) var features: Set<Feature> = []
  private var marks = 0

  mutating func write(_ markup: String) { text += markup }

  mutating func needs(_ feature: Feature) { features.insert(feature) }

  /// A name for an element that no other has.
  mutating func newMark() -> String {
    marks += 1
    return "x\(marks)"
  }

  /// The whole file.
  mutating func document(_ page: Page) throws(ImageError) -> String {
    let sections = page.sections.enumerated().map {
      (anchor: "section-\($0.offset + 1)", section: $0.element)
    }
    let hasContents = sections.count >= 3
    for (anchor, section) in sections {
      write("<section id=\"\(anchor)\" aria-labelledby=\"\(anchor)-title\">\n")
      write("<h2 id=\"\(anchor)-title\">\(Markup.escaped(Markup.brief(section.heading)))</h2>\n")
      try write(section.blocks)
      write("</section>\n")
    }
    var body = "<header>\n<h1>\(Markup.escaped(Markup.brief(page.title)))</h1>\n"
    if !page.summary.isEmpty { body += "<p class=\"summary\">\(Markup.escaped(page.summary))</p>\n" }
    body += "</header>\n"
    if hasContents {
      body += "<nav aria-label=\"Contents\"><ol>\n"
      for (anchor, section) in sections {
        body += "<li><a href=\"#\(anchor)\">\(Markup.escaped(Markup.brief(section.heading)))</a></li>\n"
      }
      body += "</ol></nav>\n"
    }
    body += "<main>\n\(text)</main>\n"
    let notes = [page.footer, page.refresh.map { "This page reads itself again every \($0) s." } ?? ""]
      .filter { !$0.isEmpty }
    if !notes.isEmpty {
      body += "<footer>\(notes.map { "<p>\(Markup.escaped($0))</p>" }.joined())</footer>\n"
    }
    let script = PageScript.text(features)
    return """
      <!DOCTYPE html>
      <html lang="\(Markup.escaped(page.language))">
      <head>
      <meta charset="utf-8">
      <meta http-equiv="Content-Security-Policy" content="\(Self.policy(script))">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <meta name="color-scheme" content="light dark">
      <meta name="referrer" content="no-referrer">
      <meta name="description" content="\(Markup.escaped(Markup.brief(page.summary)))">
      <meta name="generator" content="swift-latent">
      \(page.refresh.map { "<meta http-equiv=\"refresh\" content=\"\(max(1, $0))\">\n" } ?? "")\
      <link rel="icon" href="data:,">
      <title>\(Markup.escaped(Markup.brief(page.title)))</title>
      <style>
      \(PageStyle.text)
      </style>
      </head>
      <body\(hasContents ? " class=\"with-contents\"" : "")>
      \(body)\(script.isEmpty ? "" : "<script>\(script)</script>\n")</body>
      </html>

      """
  }

  mutating func write(_ blocks: [Page.Block]) throws(ImageError) {
    for block in blocks { try write(block) }
  }

  private mutating func write(_ block: Page.Block) throws(ImageError) {
    switch block.content {
    case .paragraph(let text): write("<p>\(Markup.escaped(text))</p>\n")
    case .preformatted(let text):
      write("<pre tabindex=\"0\"><code>\(Markup.lines(text))</code></pre>\n")
    case .list(let items):
      write("<ul>\(items.map { "<li>\(Markup.escaped($0))</li>" }.joined())</ul>\n")
    case .keyFigures(let figures): write(figures)
    case .findings(let findings): write(findings)
    case .table(let table): write(table)
    case .figure(let figure, let caption): write(figure, caption: caption)
    case .image(let picture): try write(picture)
    case .animation(let animation, let caption): try write(animation, caption: caption)
    case .film(let film, let caption): try write(film, caption: caption)
    case .plane(let explorer, let caption): try write(explorer, caption: caption)
    case .components(let explorer, let caption): try write(explorer, caption: caption)
    case .cloud(let cloud, let caption): write(cloud, caption: caption)
    case .folded(let summary, let blocks):
      write("<details><summary>\(Markup.escaped(summary))</summary>\n")
      try write(blocks)
      write("</details>\n")
    }
  }

  /// What the browser may do: show pictures that are inside, and run this one script.
  private static func policy(_ script: String) -> String {
    var rules = ["default-src 'none'", "img-src data:", "style-src 'unsafe-inline'"]
    if !script.isEmpty { rules.append("script-src 'sha256-\(digest(of: script))'") }
    rules += ["base-uri 'none'", "form-action 'none'"]
    return rules.joined(separator: "; ")
  }

  private static func digest(of text: String) -> String {
    let digits = Array(SHA256.hexDigest(of: Array(text.utf8)))
    let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
      UInt8(String(digits[$0...$0 + 1]), radix: 16)
    }
    return Data(bytes).base64EncodedString()
  }
}

extension PageWriter {
  /// The foot of a figure; empty without a caption.
  func caption(_ text: String) -> String {
    text.isEmpty ? "" : "<figcaption>\(Markup.escaped(text))</figcaption>\n"
  }

  /// Data for a script.
  func data(_ json: String) -> String { "<script type=\"application/json\">\(json)</script>\n" }
}
