// N rows, D dimensions, K components; m the cells that a row lacks

import LatentEvidence
import LatentNumerics

extension ImputingEmission {
  /// A row that lacks cells: its place in the source, and its values.
  typealias SourceRow = (source: Int, values: [Double])

  /// What missing cells most likely were and how far off that may be, given the components' probabilities, `[N, K]` in the
  /// order of the source; both `[N, D]`. See `Mixture.imputed`.
  func imputed<R: LatentScalar>(
    _ x: Rows<Scalar>, responsibilities: Matrix<R>, at θ: Parameters, threads: Int
  ) throws(InferenceError) -> (values: Matrix<Scalar>, deviations: Matrix<Scalar>) {
    var values = x.inSourceOrder(x.values)
    var deviations = Matrix<Scalar>(rows: x.rows, columns: x.columns)
    let parts = try eachIncompleteRow(of: x, responsibilities: responsibilities, at: θ, threads: threads) {
      Self.expectation(of: $0, responsibilities: $1, $2)
    }
    for part in parts {
      for (l, j) in part.missing.enumerated() {
        values[part.row, j] = Scalar(part.result[l].value)
        deviations[part.row, j] = Scalar(part.result[l].loss.squareRoot())
      }
    }
    return (values, deviations)
  }

  /// Calls `body` with every row that lacks cells, its responsibilities, and its cells' conditionals.
  func eachIncompleteRow<R: LatentScalar, Result: Sendable>(
    of x: Rows<Scalar>, responsibilities: Matrix<R>, at θ: Parameters, threads: Int,
    _ body: @Sendable (SourceRow, [Double], any ConditionalCells) -> Result
  ) throws(InferenceError) -> [(row: Int, missing: [Int], result: Result)] {
    guard x.hasMissingCells(in: 0..<x.rows) else { return [] }
    let imputer = try imputer(at: θ)
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
