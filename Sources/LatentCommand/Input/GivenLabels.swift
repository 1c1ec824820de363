import Latent

// Categories beside the columns of the data, as columns of a conditional model: 1 for a row's own and 0 for the others.

extension AutoencoderLabels {
  /// The categories that rows have, numbers by their value and others by the alphabet.
  ///
  /// - Parameter source: what messages call the rows.
  /// - Throws: `ConditionError` for a row without any, and for more than are categories.
  init(_ labels: [String], name: String, source: String) throws(ConditionError) {
    if let row = labels.firstIndex(of: "") { throw .noLabel(source: source, row: row + 1, name: name) }
    let levels = Set(labels)
    try ConditionError.check(levels: levels.count, source: source, name: name)
    let numbers = levels.compactMap { text in Double(text).map { (text, $0) } }
    self.init(
      name: name,
      levels: numbers.count == levels.count
        ? numbers.sorted { ($0.1, $0.0) < ($1.1, $1.0) }.map(\.0) : levels.sorted())
  }

  /// The numbers of rows' categories among the levels.
  ///
  /// - Parameters:
  ///   - source: what messages call the rows.
  ///   - model: what they call the model.
  /// - Throws: `ConditionError` for one that is not among them.
  func codes(of labels: [String], source: String, model: String) throws(ConditionError) -> [Int] {
    let codes = Dictionary(uniqueKeysWithValues: levels.enumerated().map { ($1, $0) })
    var result: [Int] = []
    result.reserveCapacity(labels.count)
    for (row, label) in labels.enumerated() {
      guard let code = codes[label] else {
        guard label.isEmpty else {
          throw .unknownLabel(
            source: source, row: row + 1, label: label, name: name, model: model, known: levels)
        }
        throw .noLabel(source: source, row: row + 1, name: name)
      }
      result.append(code)
    }
    return result
  }

  /// Rows of columns with those of the categories after them.
  func beside<Scalar: LatentScalar>(_ values: Matrix<Scalar>, _ codes: [Int]) -> Matrix<Scalar> {
    let (D, K) = (values.columns, levels.count)
    return Matrix(rows: values.rows, columns: D + K) { target in
      values.withUnsafeElements { source in
        for (n, code) in codes.enumerated() {
          for j in 0..<D { target.initializeElement(at: n * (D + K) + j, to: source[n * D + j]) }
          for k in 0..<K { target.initializeElement(at: n * (D + K) + D + k, to: k == code ? 1 : 0) }
        }
      }
    }
  }
}

extension FitData {
  /// Puts the categories of the rows beside them, and beside those held out.
  ///
  /// - Parameter all: the categories of all rows of the source.
  mutating func give(_ all: [String], as labels: AutoencoderLabels) throws {
    func beside(_ rows: Rows<Scalar>, _ numbers: [Int]?) throws -> Rows<Scalar> {
      let codes = try labels.codes(
        of: numbers.map { $0.map { all[$0] } } ?? all, source: source, model: "the fit")
      return Rows(
        labels.beside(rows.inSourceOrder(rows.values), codes), weights: rows.weightsInSourceOrder)
    }
    rows = try beside(rows, rowNumbers?.fitted)
    if let heldOut { self.heldOut = try beside(heldOut, rowNumbers?.heldOut) }
  }
}
