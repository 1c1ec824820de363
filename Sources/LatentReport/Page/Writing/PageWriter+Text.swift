extension PageWriter {
  mutating func write(_ figures: [Page.KeyFigure]) {
    guard !figures.isEmpty else { return }
    write("<dl class=\"key-figures\">\n")
    for figure in figures {
      let note =
        figure.note.isEmpty ? "" : "<dd class=\"note\">\(Markup.escaped(Markup.brief(figure.note)))</dd>"
      write(
        "<div><dt>\(Markup.escaped(Markup.brief(figure.name)))</dt>"
          + "<dd>\(Markup.escaped(Markup.brief(figure.value)))</dd>\(note)</div>\n")
    }
    write("</dl>\n")
  }

  mutating func write(_ findings: [Page.Finding]) {
    guard !findings.isEmpty else { return }
    write("<ul class=\"findings\">\n")
    for finding in findings {
      let (sign, name) =
        switch finding.severity {
        case .good: ("✓", "Good")
        case .note: ("i", "Note")
        case .warning: ("!", "Warning")
        }
      write(
        "<li class=\"\(finding.severity.rawValue)\"><span class=\"sign\" aria-hidden=\"true\">\(sign)</span>")
      write(
        "<div><p><span class=\"hidden\">\(name): </span><strong>\(Markup.escaped(finding.what))</strong></p>")
      if !finding.why.isEmpty { write("<p>\(Markup.escaped(finding.why))</p>") }
      if !finding.whatToTry.isEmpty {
        let items = finding.whatToTry.map { "<li>\(Markup.escaped($0))</li>" }.joined()
        write("<p class=\"try\">What to try</p><ul>\(items)</ul>")
      }
      write("</div></li>\n")
    }
    write("</ul>\n")
  }

  /// Characters of a cell that needs no second line.
  private static let shortCell = 22

  mutating func write(_ table: Page.Table) {
    let label = table.caption.isEmpty ? "Table" : Markup.escaped(Markup.brief(table.caption))
    needs(.regions)
    write("<div class=\"scroll\" data-region=\"\(label)\">\n<table>\n")
    if !table.caption.isEmpty { write("<caption>\(Markup.escaped(table.caption))</caption>\n") }
    func side(_ column: Page.Table.Column) -> String { column.isNumeric ? " class=\"number\"" : "" }
    // A column of short texts stays in one line, as words in narrow columns would be broken anywhere.
    let sides = table.columns.indices.map { j in
      if table.columns[j].isNumeric { return side(table.columns[j]) }
      return table.rows.allSatisfy { $0[j].count <= Self.shortCell } ? " class=\"short\"" : ""
    }
    write("<thead><tr>")
    for column in table.columns {
      write("<th scope=\"col\"\(side(column))>\(Markup.escaped(column.title))</th>")
    }
    write("</tr></thead>\n<tbody>\n")
    for row in table.rows {
      write("<tr>")
      for (index, cell) in row.enumerated() {
        // A cell of ten thousand characters scrolls within itself.
        let text =
          cell.count > 300
          ? "<div class=\"long\" tabindex=\"0\">\(Markup.escaped(cell))</div>" : Markup.escaped(cell)
        write(
          index == 0 && table.namesRows
            ? "<th scope=\"row\"\(sides[index])>\(text)</th>" : "<td\(sides[index])>\(text)</td>")
      }
      write("</tr>\n")
    }
    write("</tbody>\n</table>\n</div>\n")
  }
}
