import LatentNumerics

extension Table {
  /// The columns of these names or numbers (from 1), in this order. The image shape is dropped.
  ///
  /// - Throws: `.unknownColumn`, `.duplicateColumn`.
  public func selecting(columns names: [String]) throws(DataError) -> Table {
    selecting(columns: try lookup.indices(of: names))
  }

  private func selecting(columns indices: [Int]) -> Table {
    Table(
      source: source, values: values.selecting(columns: indices),
      columnNames: columnNames.map { all in indices.map { all[$0] } }, labels: labels, weights: weights,
      levels: levels.map { all in indices.map { all[$0] } },
      columnNumbers: indices.map { columnNumbers?[$0] ?? $0 + 1 }, labelNumber: labelNumber,
      framesPerSequence: framesPerSequence)
  }

  private func removing(column index: Int) -> Table {
    selecting(columns: (0..<columns).filter { $0 != index })
  }

  /// The table with a column of whole numbers turned into labels.
  ///
  /// - Throws: `.unknownColumn`, `.duplicateColumn`; `.invalidLabel` for a number that is not whole.
  public func labelled(byColumn name: String) throws(DataError) -> Table {
    let index = try lookup.index(of: name)
    var rest = removing(column: index)
    rest.labels = try labels(at: index)
    rest.labelNumber = columnNumbers?[index] ?? index + 1
    return rest
  }

  /// The table with a column of numbers turned into weights, as exact as `Scalar` holds them.
  ///
  /// - Throws: `.unknownColumn`, `.duplicateColumn`; `.invalidWeight` for one that is missing, negative or infinite;
  ///   `.zeroWeights`, `.extremeWeights`.
  public func weighted(byColumn name: String) throws(DataError) -> Table {
    let index = try lookup.index(of: name)
    var rest = removing(column: index)
    rest.weights = try weights(at: index)
    try rest.checkWeights(column: name)
    return rest
  }

  private func labels(at index: Int) throws(DataError) -> [String] {
    var labels: [String] = []
    labels.reserveCapacity(rows)
    for (row, value) in values.column(index).enumerated() {
      guard let whole = Int(exactly: value) else { throw .invalidLabel(source: source, row: row + 1) }
      labels.append(String(whole))
    }
    return labels
  }

  private func weights(at index: Int) throws(DataError) -> [Double] {
    let weights = values.column(index).map { Double($0) }
    for (row, weight) in weights.enumerated() {
      guard let fault = WeightFault(of: weight) else { continue }
      let place = values.place(of: row * columns + index, source: source, columnNames: columnNames)
      throw .invalidWeight(at: place, text: "\(weight)", fault: fault)
    }
    return weights
  }

  /// Refuses weights that are all zero, or too large or too small to compute with.
  func checkWeights(column: String) throws(DataError) {
    guard let weights else { return }
    try WeightFault.check(total: weights.reduce(0, +), source: source, column: column)
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
    let choice = try ColumnChoice(options, lookup)
    var chosen = choice.values == Array(0..<columns) ? self : selecting(columns: choice.values)
    if let index = choice.label {
      chosen.labels = try labels(at: index)
      chosen.labelNumber = index + 1
    }
    if let index = choice.weight { chosen.weights = try weights(at: index) }
    return options.isCategorical ? try chosen.coded(levels: options.levels) : chosen
  }

  /// This table, read with these options, when as a whole it has something to learn from.
  ///
  /// - Throws: `.allMissing`, `.zeroWeights`, `.extremeWeights`, `.missingColumn`, `.tooManyLevels`.
  func checked(_ options: ReadOptions) throws(DataError) -> Table {
    let hasValue = values.count == 0 || values.withUnsafeElements { $0.contains { !$0.isNaN } }
    guard hasValue else { throw .allMissing(source: source) }
    if let column = options.weights { try checkWeights(column: column) }
    if options.levels == nil, let levels {
      try LevelOrder.check(levels, source: source, columnNames: columnNames, rows: rows)
    }
    return self
  }
}

extension WeightFault {
  /// Refuses weights of which this is the sum, where rows cannot be weighted by them.
  ///
  /// - Throws: `.zeroWeights`, `.extremeWeights`.
  public static func check(total: Double, source: String, column: String) throws(DataError) {
    guard total > 0 else { throw .zeroWeights(source: source, column: column) }
    guard total >= 1e-100, total <= 1e100 else {
      throw .extremeWeights(source: source, column: column, total: total)
    }
  }

  /// What is wrong with a number as a weight, or nil.
  init?(of weight: Double) {
    if weight.isNaN {
      self = .missing
    } else if weight.isInfinite {
      self = .infinite
    } else if weight < 0 {
      self = .negative
    } else {
      return nil
    }
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
