// D dimensions, L factors, o observed columns; V = Ψ^-½ W, M = I + VᵀV = H Hᵀ

import LatentEvidence
import LatentNumerics

/// One component prepared for rows: whitened by its noise, x becomes y = Ψ^-½ (x − μ) = V z + ε.
struct FactorComponent: Sendable {
  /// μ, `[D]`.
  let mean: [Double]
  /// ψ^-½, `[D]`.
  let scales: [Double]
  /// V, `[D, L]`.
  let loadings: Matrix<Double>
  /// What is added to M besides I + VᵀV, `[L, L]`: the spread of q(W), for variational Bayes.
  let spread: Matrix<Double>?
  /// What an observed cell of column j adds to the log density besides squares, `[D]`.
  let cellConstants: [Double]
  /// What a missing cell adds: 0 where parameters are points.
  let absentConstant: Double

  init(
    mean: [Double], loadings: Matrix<Double>, noise: [Double], spread: Matrix<Double>? = nil,
    cellOffset: Double = 0, absentConstant: Double = 0
  ) {
    self.mean = mean
    scales = noise.map { 1 / $0.squareRoot() }
    self.loadings = loadings.scalingRows(by: scales)
    self.spread = spread
    cellConstants = noise.map { cellOffset - 0.5 * Double.log(2 * .pi * $0) }
    self.absentConstant = absentConstant
  }

  /// The size of whitened rows, D + tr VᵀV, which sets the size of rounding errors.
  var magnitude: Double { Double(mean.count) + loadings.rowSquares().reduce(0, +) }

  /// Prepares a pattern of missing cells.
  ///
  /// - Parameters:
  ///   - observed: the columns that are observed, ascending; nil for all.
  ///   - logWeight: ln π, added to the constant.
  /// - Throws: `.notFinite` where M is no matrix of numbers.
  /// - Complexity: O(o·L² + L³).
  func pattern(observed: [Int]?, logWeight: Double) throws(InferenceError) -> FactorPattern {
    let L = loadings.columns
    let V = observed.map { loadings.selecting(rows: $0) } ?? loadings
    var M = V.multiplied(by: V, transposingFirst: true)
    for l in 0..<L { M[l, l] += 1 }
    if let spread { M.add(spread) }
    guard let H = Cholesky(M) else { throw .notFinite(quantity: "factor precision", row: nil) }
    let inverseFactor = H.invertedLower()
    let cells =
      observed.map { columns in
        columns.reduce(Double(mean.count - columns.count) * absentConstant) { $0 + cellConstants[$1] }
      } ?? cellConstants.reduce(0, +)
    return FactorPattern(
      projection: H.whitening(V), inverseFactor: inverseFactor,
      covariance: inverseFactor.multiplied(by: inverseFactor, transposingFirst: true),
      constant: logWeight + cells - 0.5 * H.logDeterminant)
  }
}

/// What is prepared of one component for one pattern of missing cells. With y the whitened observed cells and u = Pᵀ y,
///
///     ln (π p(x)) = c − ½ (‖y‖² − ‖u‖²),   z | x ~ 𝒩(H⁻ᵀ u, M⁻¹)
struct FactorPattern: Sendable {
  /// P = V H⁻ᵀ, `[o, L]`; its rows are H⁻¹ v.
  let projection: Matrix<Double>
  /// H⁻¹, `[L, L]`, lower triangular.
  let inverseFactor: Matrix<Double>
  /// M⁻¹, `[L, L]`.
  let covariance: Matrix<Double>
  /// c, in nats.
  let constant: Double
}
