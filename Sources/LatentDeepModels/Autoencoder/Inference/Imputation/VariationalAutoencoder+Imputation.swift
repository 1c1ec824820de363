// N rows, D columns; m the cells that a row lacks, o the others; M tables

public import LatentEvidence
import LatentNetworks
public import LatentNumerics

extension VariationalAutoencoder {
  /// What missing cells most likely were, with how far off that may be.
  ///
  /// With weights w̄ of draws z that stand for p(z | x_o):
  ///
  ///     E[x_m | x_o] ≈ Σ w̄ E[x_m | z],   Var[x_m | x_o] ≈ Σ w̄ (Var[x_m | z] + (E[x_m | z] − E[x_m | x_o])²)
  ///
  /// A row with nothing observed gets what the model says without data. Where the data are probabilities of binary cells, those observed are
  /// drawn once, and a missing one gets a probability.
  ///
  /// - Parameters:
  ///   - x: the rows, in the order of the source what is returned.
  ///   - θ: the parameters.
  ///   - method: where z comes from.
  ///   - stream: what is drawn; a row's draws are its own, at any number of threads.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Throws: what `validate(_:)` throws; `.invalidParameter` for a missing condition, which a model does not explain, for a method without
  ///   steps or proposals, and for proposals from a point; `.notFinite` with the row.
  /// - Complexity: O(N·S) evaluations of the decoder for S proposals or steps.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func imputed(
    _ x: Rows<Scalar>, at θ: ParameterVector<Scalar>, by method: AutoencoderImputation = .posterior(),
    using stream: RandomStream = RandomStream(seed: 0), threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> AutoencoderImputed<Scalar> {
    try require(method, x)
    let rows = try incompleteRows(of: x, at: θ, by: method, threads: threads) {
      (block) throws(InferenceError) -> [Imputation] in
      switch method {
      case .posterior(let proposals, let refinements):
        try proposed(block, x, count: proposals, refinements: refinements, stream).map {
          (one) throws(InferenceError) in try expected(one, block, x)
        }
      case .chain(let steps): try chain(block, x, steps: steps, stream)
      }
    }
    var (values, deviations) = (
      x.inSourceOrder(x.values), Matrix<Scalar>(rows: x.rows, columns: x.columns)
    )
    var sizes = [Double](repeating: method.proposals.map { Double($0) } ?? 0, count: x.rows)
    for row in rows {
      let source = x.sourceIndex(of: row.row)
      for (j, column) in modelledColumns.enumerated() where x.values[row.row, column].isNaN {
        values[source, column] = Scalar(row.values[j])
        deviations[source, column] = Scalar(row.deviations[j])
      }
      sizes[source] = row.effectiveSize
    }
    let sorted = rows.map(\.effectiveSize).sorted()
    let isWeighted = method.proposals != nil
    return AutoencoderImputed(
      values: values, deviations: deviations, effectiveSampleSizes: isWeighted ? sizes : nil,
      medianEffectiveSampleSize: isWeighted && !sorted.isEmpty ? sorted[(sorted.count - 1) / 2] : nil)
  }

  /// Multiple imputations: tables whose missing cells are drawn from p(x_m | x_o), those of a row jointly. Analyses of each, pooled, carry the
  /// uncertainty of what was missing.
  ///
  /// - Parameters:
  ///   - x: the rows.
  ///   - θ: the parameters.
  ///   - M: the number of tables; a table is the same however many follow.
  ///   - method: a chain has an end for each table; proposals are resampled by their weights.
  ///   - stream: what is drawn; a row's draws are its own.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Returns: M tables, `[N, D]` each, in the order of the source.
  /// - Throws: what ``imputed(_:at:by:using:threads:)`` throws.
  /// - Source: Rubin (1987); θ is taken as known.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  public func imputations(
    _ x: Rows<Scalar>, at θ: ParameterVector<Scalar>, draws M: Int,
    by method: AutoencoderImputation = .posterior(), using stream: RandomStream = RandomStream(seed: 0),
    threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> [Matrix<Scalar>] {
    try requirePositive(M, "number of draws")
    try require(method, x)
    let rows = try incompleteRows(of: x, at: θ, by: method, threads: threads) {
      (block) throws(InferenceError) -> [(row: Int, draws: [[Scalar]])] in
      switch method {
      case .posterior(let proposals, let refinements):
        return try proposed(block, x, count: proposals, refinements: refinements, stream).map {
          (row: $0.row, draws: resampled($0, M, block, x, stream))
        }
      case .chain(let steps):
        let ends = try (0..<M).map { m throws(InferenceError) in
          try chainEnds(block, x, steps: steps, number: m, stream)
        }
        return block.rows.enumerated().map { place, row in (row: row, draws: ends.map { $0[place] }) }
      }
    }
    let complete = x.inSourceOrder(x.values)
    var tables = [Matrix<Scalar>](repeating: complete, count: M)
    for row in rows {
      let source = x.sourceIndex(of: row.row)
      for (j, column) in modelledColumns.enumerated() where x.values[row.row, column].isNaN {
        for m in 0..<M { tables[m][source, column] = row.draws[m][j] }
      }
    }
    return tables
  }

  /// The modelled columns.
  var modelledColumns: [Int] { dataColumns ?? Array(0..<configuration.columns) }

  private func require(_ method: AutoencoderImputation, _ x: Rows<Scalar>) throws(InferenceError) {
    switch method {
    case .chain(let steps): try requirePositive(steps, "number of steps of a chain")
    case .posterior(let proposals, let refinements):
      try requirePositive(proposals, "number of proposals")
      guard refinements >= 0 else {
        throw .invalidParameter(
          name: "number of refinements", value: "\(refinements)", requirement: "not negative")
      }
      guard configuration.posterior != .point else {
        throw .invalidParameter(
          name: "posterior", value: "a point",
          requirement: "a distribution, for weighted proposals; a chain needs none")
      }
    }
    try requireWidth(x)
    guard x.missing != nil else { return }
    for i in 0..<x.rows {
      for column in configuration.condition where x.values[i, column].isNaN {
        throw .invalidParameter(
          name: "condition in row \(x.sourceIndex(of: i) + 1), column \(column + 1)", value: "missing",
          requirement: "observed, as a model given it does not say what it is")
      }
    }
  }

  /// Calls `body` with blocks of the rows that lack cells.
  private func incompleteRows<Element: Sendable>(
    of x: Rows<Scalar>, at θ: ParameterVector<Scalar>, by method: AutoencoderImputation, threads: Int,
    _ body: @Sendable (Block) throws(InferenceError) -> [Element]
  ) throws(InferenceError) -> [Element] {
    let size: Int
    switch method {
    case .chain: size = Self.block
    case .posterior(let proposals, let refinements):
      size =
        refinements > 0 ? Self.block : Swift.max(1, 2 * Self.block / Swift.min(proposals, 2 * Self.block))
    }
    return try sweep(x, at: θ, blocksOf: size, threads: threads) { (block) throws(InferenceError) in
      // Complete rows come first.
      guard let first = block.rows.first(where: { !x.missingColumns(of: $0).isEmpty }) else { return [] }
      let lacking = block.rows.filter { $0 >= first }
      return try body(
        Block(workspace: block.workspace, rows: lacking[...], table: block.table, point: block.point))
    }
  }
}

/// What missing cells of a row are expected to be, over the modelled columns.
struct Imputation: Sendable {
  let row: Int
  let values: [Double]
  let deviations: [Double]
  let effectiveSize: Double
}

extension AutoencoderImputation {
  /// The number of proposals.
  var proposals: Int? {
    if case .posterior(let proposals, _) = self { proposals } else { nil }
  }
}
