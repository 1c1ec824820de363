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

  /// Component k at a point θ.
  init(_ θ: FactorParameters, _ k: Int) {
    self.init(mean: θ.means.row(k), loadings: θ.loadings[k], noise: θ.noiseVariances(of: k))
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

  /// y[i, ·] = Ψ^-½ (x[i] − μ) over the observed columns.
  ///
  /// - Parameters:
  ///   - x: the first row; row-major, D columns.
  ///   - rows: how many rows are whitened.
  ///   - selecting: which rows, counted from `x`; nil for the first ones.
  ///   - observed: the columns that are observed, ascending; nil for all.
  ///   - y: receives `[rows, o]`.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func whiten<Scalar: LatentScalar>(
    _ x: UnsafePointer<Scalar>, rows: Int, selecting: [Int]? = nil, observed: [Int]?,
    into y: UnsafeMutablePointer<Double>
  ) {
    let D = mean.count
    mean.withUnsafeBufferPointer { μ in
      scales.withUnsafeBufferPointer { s in
        for i in 0..<rows {
          let row = x + (selecting.map { $0[i] } ?? i) * D
          if let observed {
            let out = y + i * observed.count
            for (a, j) in observed.enumerated() { out[a] = (Double(row[j]) - μ[j]) * s[j] }
          } else {
            let out = y + i * D
            for j in 0..<D { out[j] = (Double(row[j]) - μ[j]) * s[j] }
          }
        }
      }
    }
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

  /// The columns that are not missing, ascending.
  static func observed(missing: [Int], of D: Int) -> [Int] {
    var isMissing = [Bool](repeating: false, count: D)
    for j in missing { isMissing[j] = true }
    return (0..<D).filter { !isMissing[$0] }
  }
}
