/// What becomes of each column of a text.
struct CSVColumns: Sendable {
  /// A column is a number's place in the row of values, the label, or passed over.
  static let label = -1
  static let ignored = -2

  /// One entry a column of the text: its place among the values, or `label` or `ignored`.
  private(set) var roles: [Int]
  /// The number of values a row.
  let width: Int
  /// The names of the values, where there is a header.
  let names: [String]?
  let hasLabel: Bool

  /// Resolves the choice of columns.
  ///
  /// - Throws: `.unknownColumn`, `.duplicateColumn`.
  init(count: Int, header: [String]?, options: ReadOptions, source: String) throws(DataError) {
    let lookup = ColumnLookup(source: source, count: count, names: header)
    roles = Array(repeating: Self.ignored, count: count)
    if let columns = options.columns {
      for (place, index) in try lookup.indices(of: columns).enumerated() { roles[index] = place }
    } else {
      roles = Array(0..<count)
    }
    hasLabel = options.labels != nil
    if let labels = options.labels {
      let index = try lookup.index(of: labels)
      let place = roles[index]
      roles[index] = Self.label
      if place >= 0 { for i in roles.indices where roles[i] > place { roles[i] -= 1 } }
    }
    width = roles.count { $0 >= 0 }
    guard let header else {
      names = nil
      return
    }
    var chosen = Array(repeating: "", count: width)
    for (index, place) in roles.enumerated() where place >= 0 { chosen[place] = header[index] }
    names = chosen
  }
}

/// Finds columns by name or number.
struct ColumnLookup {
  let source: String
  let count: Int
  let names: [String]?

  /// The index of the column with this name; without such a name, of the column with this number from 1.
  ///
  /// - Throws: `.unknownColumn`; `.duplicateColumn` when several have the name.
  func index(of column: String) throws(DataError) -> Int {
    if let names, let first = names.firstIndex(of: column) {
      guard names.lastIndex(of: column) == first else { throw .duplicateColumn(source: source, name: column) }
      return first
    }
    if let number = Int(column), (1...count).contains(number) { return number - 1 }
    throw .unknownColumn(source: source, name: column, available: names ?? (0..<count).map { "\($0 + 1)" })
  }

  /// The indices of several columns, each at most once.
  func indices(of columns: [String]) throws(DataError) -> [Int] {
    var indices: [Int] = []
    var seen: Set<Int> = []
    for column in columns {
      let index = try index(of: column)
      guard seen.insert(index).inserted else { throw .duplicateColumn(source: source, name: column) }
      indices.append(index)
    }
    return indices
  }
}
