/// Signs on buttons, drawn so that they do not depend on a font.
enum Icon {
  static let first = icon("M4 3v10M13 3 6 8l7 5z")
  static let back = icon("M10.5 3.5 6 8l4.5 4.5", isOpen: true)
  static let play = icon("M4.5 2.5v11L13 8z", name: "play") + icon("M5 3v10M11 3v10", name: "pause")
  static let on = icon("M5.5 3.5 10 8l-4.5 4.5", isOpen: true)
  static let last = icon("M12 3v10M3 3l7 5-7 5z")

  private static func icon(_ path: String, isOpen: Bool = false, name: String? = nil) -> String {
    let role = name.map { " class=\"\($0)\"" } ?? ""
    return "<svg\(role) aria-hidden=\"true\" viewBox=\"0 0 16 16\" width=\"16\" height=\"16\" "
      + "fill=\"\(isOpen ? "none" : "currentColor")\" stroke=\"currentColor\" stroke-width=\"2\" "
      + "stroke-linejoin=\"round\" stroke-linecap=\"round\"><path d=\"\(path)\"/></svg>"
  }
}
