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

  /// The size of what the cells' constants are the sum of: those of columns that hardly vary are large, and may cancel others.
  var constantMagnitude: Double {
    cellConstants.reduce(Double(mean.count) * absentConstant.magnitude) { $0 + $1.magnitude }
  }

  /// What rounding of the mean and of the noise does to the bound, in nats a row and in all: both of second order, since the
  /// bound is stationary in them. With ε the unit in double precision and vⱼ = ‖wⱼ‖² + ψⱼ,
  ///
  ///     a row     2 Σⱼ ε² (μⱼ² + vⱼ) / ψⱼ   of the mean and the loadings;
  ///     in all    8 Σⱼ (ε vⱼ / ψⱼ)²         of the noise, a small difference of moments as large as vⱼ.
  var magnified: (row: Double, whole: Double) {
    let squares = loadings.rowSquares()
    var (row, whole) = (0.0, 0.0)
    for (j, s) in scales.enumerated() {
      let (offset, ratio) = (Double.ulpOfOne * mean[j] * s, Double.ulpOfOne * (1 + squares[j]))
      row += 2 * (offset * offset + .ulpOfOne * ratio)
      whole += 8 * ratio * ratio
    }
    return (row, whole)
  }

  /// Prepares a pattern of missing cells.
  ///
  /// - Parameters:
  ///   - missing: the columns that are missing, ascending.
  ///   - logWeight: ln π, added to the constant.
  /// - Throws: `.notFinite` where M is no matrix of numbers.
  /// - Complexity: O(o·L² + L³).
  func pattern(missing: [Int] = [], logWeight: Double) throws(InferenceError) -> FactorPattern {
    let L = loadings.columns
    var M = gram(without: missing)
    for l in 0..<L { M[l, l] += 1 }
    if let spread { M.add(spread) }
    guard let H = Cholesky(M) else { throw .notFinite(quantity: "factor precision", row: nil) }
    let inverseFactor = H.invertedLower()
    // Every row has this constant, so an error of it counts as often as there are rows; columns of one noise add the same
    // number D times.
    var cells = CompensatedSum()
    cells.add(product: Double(missing.count), absentConstant)
    var next = 0
    for (j, constant) in cellConstants.enumerated() {
      if next < missing.count, missing[next] == j { next += 1 } else { cells.add(constant) }
    }
    return FactorPattern(
      inverseFactor: inverseFactor, covariance: H.inverse(lower: inverseFactor),
      constant: logWeight + cells.value - 0.5 * H.logDeterminant)
  }

  /// VᵀV over the columns that are observed; summed anew, since taking the missing ones off would cancel.
  private func gram(without missing: [Int]) -> Matrix<Double> {
    let (D, L) = (loadings.rows, loadings.columns)
    // A product call costs more than a small product.
    guard D * L * L < 1 << 14 else {
      let observed = FactorPattern.observed(missing: missing, of: D)
      let V = missing.isEmpty ? loadings : loadings.selecting(rows: observed)
      return V.multiplied(by: V, transposingFirst: true)
    }
    var M = Matrix<Double>(rows: L, columns: L)
    M.withUnsafeMutableElements { m in
      loadings.withUnsafeElements { v in
        var next = 0
        for j in 0..<D {
          if next < missing.count, missing[next] == j {
            next += 1
            continue
          }
          for a in 0..<L {
            let value = v[j * L + a]
            for b in 0..<L { m[a * L + b] += value * v[j * L + b] }
          }
        }
      }
    }
    return M
  }

  /// y[i, ·] = Ψ^-½ (x[i] − μ), and 0 in the place of a missing cell: there it says nothing, neither in Vᵀ y nor in ‖y‖².
  ///
  /// - Parameters:
  ///   - x: the first row; row-major, D columns.
  ///   - rows: how many rows are whitened.
  ///   - selecting: which rows, counted from `x`; nil for the first ones.
  ///   - y: receives `[rows, D]`.
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  func whiten<Scalar: LatentScalar>(
    _ x: UnsafePointer<Scalar>, rows: Int, selecting: [Int]? = nil, into y: UnsafeMutablePointer<Double>
  ) {
    let D = mean.count
    mean.withUnsafeBufferPointer { μ in
      scales.withUnsafeBufferPointer { s in
        for i in 0..<rows {
          let (row, out) = (x + (selecting.map { $0[i] } ?? i) * D, y + i * D)
          for j in 0..<D {
            let value = (Double(row[j]) - μ[j]) * s[j]
            out[j] = row[j].isNaN ? 0 : value
          }
        }
      }
    }
  }
}

/// What is prepared of one component for one pattern of missing cells. With y the whitened cells (0 where missing) and
/// u = H⁻¹ Vᵀ y,
///
///     ln (π p(x)) = c − ½ (‖y‖² − ‖u‖²),   z | x ~ 𝒩(H⁻ᵀ u, M⁻¹)
struct FactorPattern: Sendable {
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

  /// H⁻¹ t for each row t of `[rows, L]`; in place.
  func project(_ t: UnsafeMutablePointer<Double>, rows: Int) {
    let L = covariance.rows
    inverseFactor.withUnsafeElements { h in
      for i in 0..<rows {
        let t = t + i * L
        for l in stride(from: L - 1, through: 0, by: -1) {
          var sum = 0.0
          for m in 0...l { sum += h[l * L + m] * t[m] }
          t[l] = sum
        }
      }
    }
  }

  /// E[z] = H⁻ᵀ u for a row u, `[L]`.
  func mean(of u: UnsafePointer<Double>, into z: UnsafeMutablePointer<Double>) {
    let L = covariance.rows
    inverseFactor.withUnsafeElements { h in
      for l in 0..<L { z[l] = 0 }
      for m in 0..<L { for l in 0...m { z[l] += h[m * L + l] * u[m] } }
    }
  }
}
