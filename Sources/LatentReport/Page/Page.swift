import LatentFiles

/// A report as one file of HTML that opens anywhere.
///
/// A page is a value: a title, a sentence, and sections of blocks. Its file needs nothing else: pictures, style
/// and script are inside, and a content security policy forbids the browser to fetch anything, and to run any script
/// but the page's own, whatever stands in its text. It follows the reader's choice of light or dark and of less
/// motion, fits a phone, can be worked by keyboard, and prints with everything visible.
///
/// ```swift
/// var page = Page("Two kinds of eruption", summary: "272 eruptions fall into two groups.")
/// page.sections = [
///   Page.Section("The fit", [
///     .keyFigures([.init("ln p(x), nats a row", "−4.16")]),
///     .figure(trace, caption: "The bound rises and levels off."),
///   ])
/// ]
/// try page.write(to: "report.html")
/// ```
///
/// **Text** may be anything; it is never markup.
public struct Page: Sendable {
  /// What the page is about, in a few words.
  public var title: String
  /// The result in a sentence that needs no prior knowledge.
  public var summary: String
  /// In the order of reading; three or more get a table of contents.
  public var sections: [Section]
  /// How, when and from what the page was made; may be empty.
  public var footer: String
  /// The language of its text, a BCP 47 tag.
  public var language: String
  /// After so many seconds the browser reads the file again, where it is being rewritten; `nil`: never.
  public var refresh: Int?

  /// A heading and what stands under it.
  public struct Section: Sendable {
    public var heading: String
    public var blocks: [Block]

    public init(_ heading: String, _ blocks: [Block]) {
      self.heading = heading
      self.blocks = blocks
    }
  }

  public init(
    _ title: String, summary: String, _ sections: [Section] = [], footer: String = "", language: String = "en"
  ) {
    self.title = title
    self.summary = summary
    self.sections = sections
    self.footer = footer
    self.language = language
  }

  /// The page as a document of HTML, in UTF-8; the same page gives the same characters.
  ///
  /// - Throws: an `ImageError` of a picture in it.
  public func html() throws(ImageError) -> String {
    var writer = PageWriter()
    return try writer.document(self)
  }

  /// Writes the page as a whole or not at all, so a reader of a page that is rewritten never sees a part.
  ///
  /// - Throws: `ImageError` or `FileError`.
  public func write(to path: String) throws {
    try AtomicFile.write(text: try html(), to: path)
  }
}
