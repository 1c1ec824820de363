// N observations, D dimensions, K components; m the cells that a row lacks, o the others

public import LatentEvidence
public import LatentNumerics

extension Mixture where Family: ImputingEmission {
  /// What missing cells most likely were, with how far off that may be:
  ///
  ///     E[x_m | x_o] = Σₖ r[k] E[x_m | x_o, k],   Var[x_m | x_o] = Σₖ r[k] (Var[x_m | x_o, k] + (E[x_m | x_o, k] − E[x_m | x_o])²)
  ///
  /// For a category the value is the code of the most likely one. Deviations are the roots of the expected loss: of the
  /// squared error for a number (its standard deviation), of being another category (1 − its probability) for a
  /// category; 0 for a cell that was observed.
  ///
  /// - Returns: the table with its missing cells filled, observed ones untouched, and the deviations, both `[N, D]`, in the
  ///   order of the source.
  /// - Throws: `.wrongWidth`; `.notFinite` with the row; `.notPositiveDefinite`.
  public func imputed(
    _ x: Rows<Scalar>, at θ: Parameters, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> (values: Matrix<Scalar>, deviations: Matrix<Scalar>) {
    var values = x.inSourceOrder(x.values)
    var deviations = Matrix<Scalar>(rows: x.rows, columns: x.columns)
    let parts = try eachIncompleteRow(of: x, at: θ, threads: threads) { row, r, cells in
      Self.expectation(of: row, responsibilities: r, cells)
    }
    for part in parts {
      for (l, j) in part.missing.enumerated() {
        values[part.row, j] = Scalar(part.result[l].value)
        deviations[part.row, j] = Scalar(part.result[l].loss.squareRoot())
      }
    }
    return (values, deviations)
  }

  /// Multiple imputations: tables whose missing cells are drawn from p(x_m | x_o), a component z ~ r and then the cells
  /// of a row jointly. Analyses of each, pooled, carry the uncertainty of what was missing.
  ///
  /// Row n of the source takes its draws from the substream n of `stream`, one table after the other: they depend
  /// neither on the number of threads nor on how many tables follow.
  ///
  /// - Returns: M tables, `[N, D]` each, in the order of the source.
  /// - Throws: `.wrongWidth`; `.notFinite` with the row; `.notPositiveDefinite`.
  /// - Source: Rubin (1987); θ is taken as known.
  public func imputations(
    _ x: Rows<Scalar>, at θ: Parameters, draws M: Int, using stream: RandomStream,
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> [Matrix<Scalar>] {
    precondition(M >= 0, "a number of tables")
    let complete = x.inSourceOrder(x.values)
    var tables = Array(repeating: complete, count: M)
    let parts = try eachIncompleteRow(of: x, at: θ, threads: threads) { row, r, cells in
      var stream = stream.substream(row.source)
      return (0..<M).map { _ in
        let k = stream.categorical(weights: r)
        return cells.draw(of: row.values, component: k, using: &stream)
      }
    }
    for part in parts {
      for m in 0..<M {
        for (l, j) in part.missing.enumerated() { tables[m][part.row, j] = Scalar(part.result[m][l]) }
      }
    }
    return tables
  }

  private typealias SourceRow = (source: Int, values: [Double])

  /// Calls `body` with every row that lacks cells, its responsibilities, and its cells' conditionals.
  private func eachIncompleteRow<Result: Sendable>(
    of x: Rows<Scalar>, at θ: Parameters, threads: Int,
    _ body: @Sendable (SourceRow, [Double], any ConditionalCells) -> Result
  ) throws(InferenceError) -> [(row: Int, missing: [Int], result: Result)] {
    guard x.columns == dimensions else { throw .wrongWidth(expected: dimensions, actual: x.columns) }
    guard x.hasMissingCells(in: 0..<x.rows) else { return [] }
    let responsibilities = try posterior(of: x, at: θ, threads: threads).responsibilities
    let imputer = try emission.imputer(at: θ.emission)
    let lanes = Lanes.ofRows(x.rows)
    let isWhole = x.isWhole
    let parts = try Lanes.map(lanes.count, threads: threads) {
      (lane) throws(InferenceError) -> [(row: Int, missing: [Int], result: Result)] in
      var results: [(row: Int, missing: [Int], result: Result)] = []
      for run in x.runs(in: lanes[lane]) {
        let missing = x.missingColumns(of: run.rows.lowerBound)
        guard !missing.isEmpty else { continue }
        let cells = try imputer.conditional(missing: missing)
        for i in run.rows {
          let row = isWhole ? x.sourceIndex(of: i) : i
          let values = x.values.row(i).map { Double($0) }
          let r = responsibilities.row(row).map { Double($0) }
          results.append((row, missing, body((x.sourceIndex(of: i), values), r, cells)))
        }
      }
      return results
    }
    return parts.flatMap { $0 }
  }

  /// Value and expected loss of each missing cell.
  private static func expectation(
    of row: SourceRow, responsibilities r: [Double], _ cells: any ConditionalCells
  ) -> [(value: Double, loss: Double)] {
    let total = r.reduce(0, +)
    let parts = r.indices.filter { r[$0] > 0 }
      .map { (weight: r[$0] / total, cells: cells.cells(of: row.values, component: $0)) }
    return (parts.first?.cells ?? []).indices.map { cell in
      var (mean, probabilities): (Double, [Double]) = (0, [])
      for part in parts {
        switch part.cells[cell] {
        case .number(let m, _): mean += part.weight * m
        case .category(let p):
          if probabilities.isEmpty { probabilities = Array(repeating: 0, count: p.count) }
          for c in p.indices { probabilities[c] += part.weight * p[c] }
        }
      }
      if let best = probabilities.indices.max(by: { probabilities[$0] < probabilities[$1] }) {
        return (Double(best), Swift.max(1 - probabilities[best], 0))
      }
      var variance = 0.0
      for case (let weight, .number(let m, let v)) in parts.map({ ($0.weight, $0.cells[cell]) }) {
        variance += weight * (v + (m - mean) * (m - mean))
      }
      return (mean, variance)
    }
  }
}
