import LatentNumerics

extension Table {
  /// The table with the whole numbers of each column turned into codes 0…L−1 of its levels.
  ///
  /// - Parameter known: the levels of each column, such as those of a fitted model; nil for the numbers that there
  ///   are, ascending.
  /// - Returns: a table with ``Table/levels``; missing cells stay missing. The image shape stays.
  /// - Throws: `.invalidCategory` for a number that is not whole; `.unknownCategory` for one that is not among the
  ///   known levels; `.columnCountMismatch`; without known levels `.missingColumn`, `.tooManyLevels`.
  /// - Complexity: O(N·D), and sorting the levels.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public func categorized(levels known: [[String]]? = nil) throws(DataError) -> Table {
    let coded = try coded(levels: known)
    if known == nil, let levels = coded.levels {
      try LevelOrder.check(levels, source: source, columnNames: columnNames, rows: rows)
    }
    return coded
  }

  /// As ``categorized(levels:)`` for a part of a table, whose number of levels says nothing.
  func coded(levels known: [[String]]?) throws(DataError) -> Table {
    let levels: [[String]]
    if let known { levels = known } else { levels = try wholeNumbers() }
    guard levels.count == columns else {
      throw .columnCountMismatch(source: source, expected: levels.count, actual: columns)
    }
    let codes = levels.map { levels in
      let numbers = levels.enumerated().compactMap { code, text in Int(text).map { ($0, code) } }
      return Dictionary(numbers, uniquingKeysWith: { first, _ in first })
    }
    var result = self
    result.levels = levels
    result.values = try Matrix(rows: rows, columns: columns) { target throws(DataError) in
      try values.withUnsafeElements { x throws(DataError) in
        for i in x.indices {
          let j = i % columns
          guard !x[i].isNaN else {
            target.initializeElement(at: i, to: .nan)
            continue
          }
          let number = try whole(x[i], at: i)
          guard let code = codes[j][number] else {
            throw .unknown(category: String(number), at: place(i), known: levels[j])
          }
          target.initializeElement(at: i, to: Scalar(code))
        }
      }
    }
    return result
  }

  /// The distinct values of each column.
  private func wholeNumbers() throws(DataError) -> [[String]] {
    var found = [Set<Int>](repeating: [], count: columns)
    try values.withUnsafeElements { x throws(DataError) in
      for i in x.indices where !x[i].isNaN { found[i % columns].insert(try whole(x[i], at: i)) }
    }
    return found.map { $0.sorted().map { String($0) } }
  }

  private func whole(_ value: Scalar, at index: Int) throws(DataError) -> Int {
    guard let whole = Int(exactly: value) else { throw .invalidCategory(at: place(index), text: "\(value)") }
    return whole
  }

  private func place(_ index: Int) -> CellPlace {
    values.place(of: index, source: source, columnNames: columnNames)
  }
}
