/// Text as HTML and JSON take it.
enum Markup {
  /// Text between tags or in an attribute; no character of it is markup, and lines are joined.
  static func escaped(_ text: String) -> String { SVGWriter.escaped(text) }

  /// The same with its lines.
  static func lines(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { escaped(String($0)) }
      .joined(separator: "\n")
  }

  /// At most so many characters.
  static func brief(_ text: String, to limit: Int = 300) -> String {
    text.count > limit ? text.prefix(limit) + "…" : text
  }
}

/// Writes values as JSON that can stand inside a script of HTML: `<` is written as an escape, so neither `</script>` nor
/// `<!--` can occur.
enum JSON {
  static func string(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": result += "\\\""
      case "\\": result += "\\\\"
      case "\n": result += "\\n"
      case "<", "\u{2028}", "\u{2029}", "\u{7F}", "\0"..."\u{1F}":
        let digits = String(scalar.value, radix: 16)
        result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result + "\""
  }

  static func array(_ items: some Sequence<String>) -> String { "[\(items.joined(separator: ","))]" }

  static func array(_ items: some Sequence<Int>) -> String { array(items.map(String.init)) }

  static func strings(_ items: some Sequence<String>) -> String { array(items.map(string)) }

  /// - Precondition: finite, as all numbers of JSON are.
  static func number(_ value: Double) -> String {
    precondition(value.isFinite, "JSON has finite numbers only")
    return value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : String(value)
  }

  static func object(_ members: KeyValuePairs<String, String>) -> String {
    "{\(members.map { string($0.key) + ":" + $0.value }.joined(separator: ","))}"
  }
}
