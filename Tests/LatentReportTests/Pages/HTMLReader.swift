import Testing

/// The elements of a page, in order, by a reader that insists on what a browser forgives: every element is closed, and
/// in the right order.
struct HTMLReader {
  final class Element {
    let name: String
    let attributes: [String: String]
    let parent: Element?
    /// All text in it, unescaped.
    fileprivate(set) var text = ""

    init(_ name: String, _ attributes: [String: String], in parent: Element?) {
      self.name = name
      self.attributes = attributes
      self.parent = parent
    }

    subscript(_ attribute: String) -> String? { attributes[attribute] }

    func isInside(_ name: String) -> Bool { parent.map { $0.name == name || $0.isInside(name) } ?? false }
  }

  private static let empty: Set = ["meta", "link", "img", "input", "br", "hr"]

  static func read(_ html: String) throws -> [Element] {
    var elements: [Element] = []
    var open: [Element] = []
    var rest = html[...]
    #expect(rest.hasPrefix("<!DOCTYPE html>\n"))
    rest = rest.dropFirst("<!DOCTYPE html>".count)
    while let start = rest.firstIndex(of: "<") {
      let text = unescaped(rest[..<start])
      for element in open { element.text += text }
      rest = rest[start...].dropFirst()
      let end = try #require(rest.firstIndex(of: ">"), "a tag ends")
      var tag = rest[..<end]
      rest = rest[end...].dropFirst()
      if tag.hasPrefix("/") {
        let name = String(tag.dropFirst())
        let closed = open.popLast()
        let last = try #require(closed, "</\(name)> closes something")
        try #require(last.name == name, "</\(name)> closes <\(last.name)>")
        continue
      }
      let closesItself = tag.hasSuffix("/")
      if closesItself { tag = tag.dropLast() }
      let name = String(tag.prefix { !$0.isWhitespace })
      let element = try Element(name, attributes(tag.dropFirst(name.count)), in: open.last)
      elements.append(element)
      if name == "script" || name == "style" {
        // What stands in them is no markup, up to the first closing tag.
        let close = try #require(rest.firstRange(of: "</\(name)>"))
        element.text = String(rest[..<close.lowerBound])
        rest = rest[close.upperBound...]
      } else if !closesItself, !empty.contains(name) {
        open.append(element)
      }
    }
    #expect(open.isEmpty, "\(open.map(\.name)) are closed")
    return elements
  }

  private static func attributes(_ text: Substring) throws -> [String: String] {
    var result: [String: String] = [:]
    var rest = text.drop { $0.isWhitespace }
    while !rest.isEmpty {
      let name = String(rest.prefix { $0 != "=" && !$0.isWhitespace })
      rest = rest.dropFirst(name.count)
      var value = ""
      if rest.first == "=" {
        rest = rest.dropFirst()
        try #require(rest.first == "\"", "a value of \(name) is quoted")
        let close = try #require(rest.dropFirst().firstIndex(of: "\""))
        value = unescaped(rest.dropFirst()[..<close])
        rest = rest[close...].dropFirst()
      }
      try #require(result[name] == nil, "\(name) is given once")
      result[name] = value
      rest = rest.drop { $0.isWhitespace }
    }
    return result
  }

  static func unescaped(_ text: Substring) -> String {
    String(text).replacing("&lt;", with: "<").replacing("&gt;", with: ">").replacing("&quot;", with: "\"")
      .replacing("&#39;", with: "'").replacing("&amp;", with: "&")
  }
}

extension [HTMLReader.Element] {
  func named(_ names: String...) -> [HTMLReader.Element] { filter { names.contains($0.name) } }

  func classed(_ name: String) -> [HTMLReader.Element] {
    filter { $0["class"]?.split(separator: " ").contains { $0 == name } ?? false }
  }
}
