extension Page {
  /// Rows of text under headings.
  public struct Table: Sendable {
    public struct Column: Sendable, ExpressibleByStringLiteral {
      public var title: String
      /// Whether its cells are numbers, which stand on the right.
      public var isNumeric: Bool

      public init(_ title: String, isNumeric: Bool = false) {
        self.title = title
        self.isNumeric = isNumeric
      }

      public init(stringLiteral title: String) { self.init(title) }

      /// A column of numbers.
      public static func number(_ title: String) -> Self { Self(title, isNumeric: true) }
    }

    public var columns: [Column]
    /// The cells, each row as long as there are columns.
    public var rows: [[String]]
    /// What the table shows; may be empty.
    public var caption: String
    /// Whether the first cell of a row names it.
    public var namesRows: Bool

    /// - Precondition: each row has a cell for each column.
    public init(_ columns: [Column], _ rows: [[String]], caption: String = "", namesRows: Bool = true) {
      precondition(rows.allSatisfy { $0.count == columns.count }, "a row has a cell for each column")
      self.columns = columns
      self.rows = rows
      self.caption = caption
      self.namesRows = namesRows
    }
  }
}
