import Foundation

/// An error with words: what is wrong, where, and what to do.
protocol Explained: Error {
  /// One message, without the program's name; may have several lines.
  var explanation: String { get }
  var exitStatus: Int32 { get }
}

extension Explained {
  var exitStatus: Int32 { ExitStatus.badInput }
}

/// Pieces of wording.
enum Wording {
  /// Text from outside between quotes, with nothing in it that a terminal would obey.
  static func quoted(_ text: String) -> String {
    let clean = text.unicodeScalars.map { scalar -> String in
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: "\u{FFFD}"
      default: String(scalar)
      }
    }.joined()
    return "\"\(clean)\""
  }

  /// `a`, `a or b`, `a, b or c`.
  static func choice(_ names: [String], _ conjunction: String = "or") -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return "\(names.dropLast().joined(separator: ", ")) \(conjunction) \(last)"
  }

  /// A list that may be long.
  static func list(_ names: [String], most: Int = 12) -> String {
    let shown = names.prefix(most).joined(separator: ", ")
    return names.count > most ? "\(shown), … (\(names.count) in all)" : shown
  }

  /// `column 2 ("waiting")`.
  static func column(_ number: Int, _ name: String?) -> String {
    "column \(number)" + (name.map { " (\(quoted($0)))" } ?? "")
  }

  /// The operating system's words.
  static func system(_ code: Int32) -> String { String(cString: strerror(code)) }
}
