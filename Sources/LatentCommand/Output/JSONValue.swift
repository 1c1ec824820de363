/// A JSON text in the making. Objects keep the order of their keys.
enum JSONValue: Sendable {
  case null
  case bool(Bool)
  case integer(Int)
  case unsigned(UInt64)
  /// Written with the digits that read back as the same number; null where it is not finite.
  case number(Double)
  case string(String)
  case array([JSONValue])
  case object([(String, JSONValue)])

  static func numbers(_ values: [Double]) -> JSONValue { .array(values.map { .number($0) }) }
  static func strings(_ values: [String]) -> JSONValue { .array(values.map { .string($0) }) }
  static func optional<Value>(_ value: Value?, _ make: (Value) -> JSONValue) -> JSONValue {
    value.map(make) ?? .null
  }

  /// The text, indented; arrays of plain values on one line.
  var text: String {
    var text = ""
    write(to: &text, indentation: "")
    return text
  }

  private var isPlain: Bool {
    switch self {
    case .array, .object: false
    default: true
    }
  }

  private func write(to text: inout String, indentation: String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += "\(value)"
    case .unsigned(let value): text += "\(value)"
    case .number(let value): text += value.isFinite ? "\(value)" : "null"
    case .string(let value): Self.quote(value, to: &text)
    case .array(let values) where values.allSatisfy(\.isPlain):
      text += "["
      for (i, value) in values.enumerated() {
        if i > 0 { text += ", " }
        value.write(to: &text, indentation: indentation)
      }
      text += "]"
    case .array(let values):
      Self.list(values, "[", "]", to: &text, indentation) { $0.write(to: &$1, indentation: $2) }
    case .object(let entries):
      Self.list(entries, "{", "}", to: &text, indentation) { entry, text, indentation in
        Self.quote(entry.0, to: &text)
        text += ": "
        entry.1.write(to: &text, indentation: indentation)
      }
    }
  }

  private static func list<Element>(
    _ elements: [Element], _ open: String, _ close: String, to text: inout String, _ indentation: String,
    _ write: (Element, inout String, String) -> Void
  ) {
    guard !elements.isEmpty else {
      text += open + close
      return
    }
    text += open
    for (i, element) in elements.enumerated() {
      text += "\(i > 0 ? "," : "")\n\(indentation)  "
      write(element, &text, indentation + "  ")
    }
    text += "\n\(indentation)\(close)"
  }

  private static func quote(_ string: String, to text: inout String) {
    text += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\t": text += "\\t"
      case "\r": text += "\\r"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F:
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    text += "\""
  }
}
