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
    let responsibilities = try responsibilities(ofIncomplete: x, at: θ, threads: threads)
    return try emission.imputed(x, responsibilities: responsibilities, at: θ.emission, threads: threads)
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
    let responsibilities = try responsibilities(ofIncomplete: x, at: θ, threads: threads)
    let parts = try emission.eachIncompleteRow(
      of: x, responsibilities: responsibilities, at: θ.emission, threads: threads
    ) { row, r, cells in
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

  /// r, `[N, K]`; none where no cell is missing.
  private func responsibilities(
    ofIncomplete x: Rows<Scalar>, at θ: Parameters, threads: Int
  ) throws(InferenceError) -> Matrix<Scalar> {
    guard x.columns == dimensions else { throw .wrongWidth(expected: dimensions, actual: x.columns) }
    guard x.hasMissingCells(in: 0..<x.rows) else { return Matrix(rows: 0, columns: components) }
    return try posterior(of: x, at: θ, threads: threads).responsibilities
  }
}
