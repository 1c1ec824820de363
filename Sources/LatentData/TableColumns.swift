import LatentNumerics

extension Table {
  /// The columns of these names or numbers (from 1), in this order. The image shape is dropped.
  ///
  /// - Throws: `.unknownColumn`, `.duplicateColumn`.
  public func selecting(columns names: [String]) throws(DataError) -> Table {
    let indices = try lookup.indices(of: names)
    return Table(
      source: source, values: values.selecting(columns: indices),
      columnNames: columnNames.map { all in indices.map { all[$0] } }, labels: labels)
  }

  /// One column as an array, such as weights, and the table without it.
  ///
  /// - Throws: `.unknownColumn`, `.duplicateColumn`.
  public func removing(column name: String) throws(DataError) -> (column: [Scalar], rest: Table) {
    let index = try lookup.index(of: name)
    let kept = (0..<columns).filter { $0 != index }
    let rest = Table(
      source: source, values: values.selecting(columns: kept),
      columnNames: columnNames.map { all in kept.map { all[$0] } }, labels: labels)
    return (values.column(index), rest)
  }

  /// The table with a column of whole numbers turned into labels.
  ///
  /// - Throws: `.unknownColumn`, `.duplicateColumn`; `.invalidLabel` for a number that is not whole.
  public func labelled(byColumn name: String) throws(DataError) -> Table {
    var (column, rest) = try removing(column: name)
    var labels: [String] = []
    labels.reserveCapacity(column.count)
    for (row, value) in column.enumerated() {
      guard let whole = Int(exactly: value) else { throw .invalidLabel(source: source, row: row + 1) }
      labels.append(String(whole))
    }
    rest.labels = labels
    return rest
  }

  /// This table when all its values are finite or missing, and not all missing.
  ///
  /// - Throws: `.empty`, `.infiniteCell`, `.allMissing`.
  public func validated() throws(DataError) -> Table {
    guard rows > 0, columns > 0 else { throw .empty(source: source) }
    try values.check(source: source, columnNames: columnNames)
    return self
  }

  /// This table when no value is missing either.
  ///
  /// - Throws: as ``validated()``; `.missingCell`, naming the first.
  public func complete() throws(DataError) -> Table {
    let table = try validated()
    let gap = table.values.withUnsafeElements { $0.firstIndex { $0.isNaN } }
    guard let gap else { return table }
    throw .missingCell(at: values.place(of: gap, source: source, columnNames: columnNames))
  }

  private var lookup: ColumnLookup { ColumnLookup(source: source, count: columns, names: columnNames) }

  /// The table that the options ask for, from one that holds all columns.
  func choosing(_ options: ReadOptions) throws(DataError) -> Table {
    guard options.columns != nil || options.labels != nil else { return self }
    var labels: [String]?
    var rest = self
    if let label = options.labels {
      labels = try labelled(byColumn: label).labels
      if options.columns == nil { rest = try removing(column: label).rest }
    }
    if let chosen = options.columns {
      rest = try rest.selecting(columns: chosen.filter { $0 != options.labels })
    }
    rest.labels = labels
    return rest
  }
}

extension Matrix {
  /// Refuses infinite values, and a matrix that holds nothing but missing ones.
  func check(source: String, columnNames: [String]?) throws(DataError) {
    try refuseInfinite(source: source, columnNames: columnNames)
    let hasValue = withUnsafeElements { $0.contains { !$0.isNaN } }
    guard hasValue else { throw .allMissing(source: source) }
  }

  /// Refuses infinite values.
  func refuseInfinite(source: String, columnNames: [String]?) throws(DataError) {
    let infinite = withUnsafeElements { $0.firstIndex { $0.isInfinite } }
    guard let infinite else { return }
    throw .infiniteCell(
      at: place(of: infinite, source: source, columnNames: columnNames),
      text: withUnsafeElements { "\($0[infinite])" })
  }

  func place(of index: Int, source: String, columnNames: [String]?) -> CellPlace {
    let column = index % columns
    return CellPlace(
      source: source, position: .row(index / columns + 1), column: column + 1,
      columnName: columnNames?[column])
  }
}
