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

  /// Every column shifted to mean 0 and scaled to variance 1 (divisor N, missing cells left out).
  ///
  /// - Returns: the table with the means and standard deviations that were taken away, `[D]` each.
  /// - Throws: `.constantColumn`, `.missingColumn`.
  /// - Complexity: O(N·D), two passes, sums in double precision.
  public func standardized() throws(DataError) -> (
    table: Table, means: [Double], standardDeviations: [Double]
  ) {
    var means = [Double](repeating: 0, count: columns)
    var deviations = means
    var result = self
    for j in 0..<columns {
      let present = values.column(j).lazy.filter { !$0.isNaN }.map { Double($0) }
      let column = Array(present)
      let name = columnNames?[j]
      guard let first = column.first else { throw .missingColumn(source: source, column: j + 1, name: name) }
      guard column.contains(where: { $0 != first }) else {
        throw .constantColumn(source: source, column: j + 1, name: name)
      }
      // Scaled by the largest magnitude, neither sum overflows.
      let scale = column.reduce(0) { max($0, abs($1)) }
      let count = Double(column.count)
      let mean = column.reduce(0) { $0 + $1 / scale } / count
      let variance = column.reduce(0) { $0 + ($1 / scale - mean) * ($1 / scale - mean) } / count
      means[j] = mean * scale
      deviations[j] = variance.squareRoot() * scale
      guard deviations[j] > 0, deviations[j].isFinite else {
        throw .constantColumn(source: source, column: j + 1, name: name)
      }
    }
    result.values = Matrix(rows: rows, columns: columns) { target in
      values.withUnsafeElements { elements in
        for i in 0..<rows {
          for j in 0..<columns {
            let value = (Double(elements[i * columns + j]) - means[j]) / deviations[j]
            target.initializeElement(at: i * columns + j, to: Scalar(value))
          }
        }
      }
    }
    return (result, means, deviations)
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
