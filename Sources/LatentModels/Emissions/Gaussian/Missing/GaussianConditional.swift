// D dimensions; m the missing columns, o the observed ones; Λ = Σ⁻¹

import LatentNumerics
import RealModule

/// p(x_m | x_o) of one Gaussian for one pattern of missing cells, by whichever block is smaller:
///
///     E[x_m − μ_m | x_o] = −Λ_mm⁻¹ Λ_mo d_o = Σ_mo Σ_oo⁻¹ d_o,   Cov = Λ_mm⁻¹ = Σ_mm − Σ_mo Σ_oo⁻¹ Σ_om,
///
/// with d_o = x_o − μ_o.
///
/// - Source: Bishop (2006), eqs. 2.73, 2.75, 2.81, 2.82.
struct GaussianConditional {
  /// m, ascending.
  let missing: [Int]
  /// ½ (|m| ln 2π − ln |Λ_mm|): what not observing x_m adds to the log density of the row filled with its mean.
  let logVolume: Double
  private let form: Form
  private let columns: Int

  private enum Form {
    /// The factor of Λ_mm, and Λ_m, `[|m|, D]`.
    case precision(Cholesky, rows: Matrix<Double>)
    /// The factor L of Σ_oo, L⁻¹ Σ_om transposed, `[|m|, |o|]`, and Σ_mm.
    case covariance(Cholesky, white: Matrix<Double>, own: Matrix<Double>, observed: [Int])
  }

  /// - Parameters:
  ///   - Σ: positive definite, `[D, D]`.
  ///   - Λ: its inverse, with D rows and D columns or more.
  ///   - logDeterminant: ln |Σ|.
  ///   - missing: ascending, not empty.
  /// - Complexity: O(min(|m|, |o|)³ + |m|·D), and O(|o|²·|m|) where fewer cells are observed than missing.
  init(
    covariance Σ: Matrix<Double>, precision Λ: Matrix<Double>, logDeterminant: Double, missing: [Int]
  ) {
    let D = Σ.rows
    self.missing = missing
    columns = D
    let volume = 0.5 * Double(missing.count) * Double.log(2 * .pi)
    if 2 * missing.count <= D {
      let rows = Λ.selecting(rows: missing)
      // Rounding may leave Λ_mm indefinite where Σ is nearly singular; Σ_oo is not, as Σ has a factor.
      if let factor = Cholesky(rows.selecting(columns: missing)) {
        form = .precision(factor, rows: rows)
        logVolume = volume - 0.5 * factor.logDeterminant
        return
      }
    }
    let isMissing = missing.reduce(into: [Bool](repeating: false, count: D)) { $0[$1] = true }
    let observed = (0..<D).filter { !isMissing[$0] }
    let rows = Σ.selecting(rows: missing)
    let factor =
      Cholesky(Σ.selecting(rows: observed).selecting(columns: observed))
      ?? Cholesky(lower: .identity(observed.count))
    let white = factor.whitening(rows.selecting(columns: observed))
    let own = rows.selecting(columns: missing)
    form = .covariance(factor, white: white, own: own, observed: observed)
    logVolume = volume + 0.5 * (logDeterminant - factor.logDeterminant)
  }

  /// E[x_m − μ_m | x_o] for rows of deviations `[count, D]`, whose missing elements are 0: `[count, |m|]`.
  func means(_ deviations: UnsafePointer<Double>, rows count: Int) -> Matrix<Double> {
    let M = missing.count
    var result = Matrix<Double>(rows: count, columns: M)
    switch form {
    case .precision(let factor, let rows):
      result.withUnsafeMutableElements { result in
        rows.withUnsafeElements { rows in
          BLAS.multiply(
            m: count, n: M, k: columns, alpha: -1, deviations, stride: columns, by: rows.baseAddress!,
            stride: rows.count / M, transposingSecond: true, into: result.baseAddress!, stride: M)
        }
        factor.lower.withUnsafeElements { L in
          BLAS.solveRows(
            m: count, n: M, lower: L.baseAddress!, stride: M, into: result.baseAddress!, stride: M)
          BLAS.solveRows(
            m: count, n: M, lower: L.baseAddress!, stride: M, transposing: true, into: result.baseAddress!,
            stride: M)
        }
      }
    case .covariance(let factor, let white, _, let observed):
      let O = observed.count
      guard O > 0 else { return result }
      var d = Matrix<Double>(rows: count, columns: O)
      d.withUnsafeMutableElements { d in
        for i in 0..<count {
          for (j, o) in observed.enumerated() { d[i * O + j] = deviations[i * columns + o] }
        }
      }
      let whitened = factor.whitening(d)
      result.withUnsafeMutableElements { result in
        whitened.withUnsafeElements { d in
          white.withUnsafeElements { white in
            BLAS.multiply(
              m: count, n: M, k: O, d.baseAddress!, stride: O, by: white.baseAddress!, stride: O,
              transposingSecond: true, into: result.baseAddress!, stride: M)
          }
        }
      }
    }
    return result
  }

  /// Cov(x_m | x_o), `[|m|, |m|]`. O(|m|³), or O(|m|²·|o|).
  func covariance() -> Matrix<Double> {
    switch form {
    case .precision(let factor, _): return factor.inverse()
    case .covariance(_, let white, let own, let observed):
      var result = own
      let (M, O) = (missing.count, observed.count)
      guard O > 0 else { return result }
      result.withUnsafeMutableElements { result in
        white.withUnsafeElements { white in
          BLAS.multiply(
            m: M, n: M, k: O, alpha: -1, white.baseAddress!, stride: O, by: white.baseAddress!, stride: O,
            transposingSecond: true, beta: 1, into: result.baseAddress!, stride: M)
        }
      }
      return result
    }
  }
}
