/// Which columns of a source are values, labels and weights.
struct ColumnChoice {
  /// The columns of the values, in their order.
  let values: [Int]
  let label: Int?
  let weight: Int?

  /// - Throws: `.unknownColumn`, `.duplicateColumn`.
  init(_ options: ReadOptions, _ lookup: ColumnLookup) throws(DataError) {
    var taken: [Int] = []
    func take(_ column: String?) throws(DataError) -> Int? {
      guard let column else { return nil }
      let index = try lookup.index(of: column)
      guard !taken.contains(index) else { throw .duplicateColumn(source: lookup.source, name: column) }
      taken.append(index)
      return index
    }
    label = try take(options.labels)
    weight = try take(options.weights)
    var chosen = Array(0..<lookup.count)
    if let columns = options.columns { chosen = try lookup.indices(of: columns) }
    values = chosen.filter { !taken.contains($0) }
  }
}

/// Finds columns by name or number.
struct ColumnLookup {
  let source: String
  let count: Int
  let names: [String]?
  /// The numbers that columns go by; nil for 1…count.
  var numbers: [Int]? = nil

  /// The index of the column with this name; without such a name, of the column with this number from 1.
  ///
  /// - Throws: `.unknownColumn`; `.duplicateColumn` when several have the name.
  func index(of column: String) throws(DataError) -> Int {
    if let names, let first = names.firstIndex(of: column) {
      guard names.lastIndex(of: column) == first else { throw .duplicateColumn(source: source, name: column) }
      return first
    }
    let numbers = numbers ?? Array(1..<count + 1)
    if let number = Int(column), let index = numbers.firstIndex(of: number) { return index }
    throw .unknownColumn(source: source, name: column, available: names ?? numbers.map { "\($0)" })
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
