/// Where a verb speaks: results to standard output, everything else to standard error.
struct Console: Sendable {
  /// Whether notes and progress are left out.
  let isQuiet: Bool
  /// Whether standard output holds one JSON object and nothing else.
  let isJSON: Bool

  init(_ options: ReportOptions) { self.init(isQuiet: options.quiet, isJSON: options.json) }

  private init(isQuiet: Bool, isJSON: Bool) {
    self.isQuiet = isQuiet
    self.isJSON = isJSON
  }

  /// For work that is a part of another's.
  static let silent = Console(isQuiet: true, isJSON: false)

  /// A line on standard error, unless `--quiet`.
  func note(_ text: String) {
    if !isQuiet { StandardError.write(text + "\n") }
  }

  /// A line on standard error, whatever the options.
  func alert(_ text: String) {
    // On a terminal a bar may stand in the line.
    StandardError.write((StandardError.isTerminal ? "\r\u{1B}[K" : "") + text + "\n")
  }

  /// Lines on standard output.
  func result(_ text: String) throws { try StandardOutput.write(text + "\n") }

  /// The result of a verb: as JSON, or in words.
  func result(_ json: @autoclosure () -> JSONValue, orText text: @autoclosure () -> String) throws {
    try result(isJSON ? json().text : text())
  }
}
