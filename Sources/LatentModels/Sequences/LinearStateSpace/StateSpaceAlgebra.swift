import LatentEvidence
import LatentNumerics

// Small matrices in double, for what depends on parameters and on which entries are missing.
extension Matrix<Double> {
  /// self + f · other.
  func adding(_ other: Matrix<Double>, times f: Double = 1) -> Matrix<Double> {
    precondition(rows == other.rows && columns == other.columns, "matrices of different shapes")
    var result = self
    result.withUnsafeMutableElements { a in
      other.withUnsafeElements { b in for i in 0..<a.count { a[i] += f * b[i] } }
    }
    return result
  }

  /// self selfᵀ.
  var squared: Matrix<Double> { multiplied(by: self, transposingSecond: true) }

  /// (A + Aᵀ) / 2.
  var symmetric: Matrix<Double> {
    var result = adding(transposed())
    result.scale(by: 0.5)
    return result
  }

  /// A root B of a covariance, B Bᵀ = A, also where A is singular: the Cholesky factor, or where there is none eigenvectors times
  /// roots of eigenvalues, both of the correlations, so that no unit decides what rounding is. Eigenvalues that rounding may
  /// have made negative count as 0.
  ///
  /// - Throws: `.notFinite`; `.notPositiveDefinite`, with the name, for a variance or an eigenvalue below 0.
  func covarianceRoot(_ name: String) throws(InferenceError) -> Matrix<Double> {
    guard isFinite else { throw .notFinite(quantity: name, row: nil) }
    if let factor = Cholesky(self) { return factor.lower }
    guard diagonal.allSatisfy({ $0 >= 0 }) else { throw .notPositiveDefinite(name) }
    let scales = diagonal.map { $0.squareRoot() }
    let inverses = scales.map { $0 > 0 ? 1 / $0 : 0 }
    let isCertain = (0..<rows).allSatisfy { i in
      scales[i] > 0 || (0..<columns).allSatisfy { self[i, $0] == 0 && self[$0, i] == 0 }
    }
    let correlations = scalingRows(by: inverses).transposed().scalingRows(by: inverses)
    guard isCertain, correlations.isFinite, let eigen = SymmetricEigen(correlations.symmetric),
      eigen.values.allSatisfy({ $0 >= -Self.negligible * Double(rows) })
    else { throw .notPositiveDefinite(name) }
    let roots = eigen.values.map { Swift.max($0, 0).squareRoot() }
    return eigen.vectors.scalingRows(by: roots).transposed().scalingRows(by: scales)
  }

  /// How far below 0 the θ-step's rounding may bring an eigenvalue of correlations, a dimension: it takes what is left of
  /// moments some thousand times as large.
  private static var negligible: Double { 1e-12 }

  /// The lower triangular root of Σ B Bᵀ over these matrices, by orthogonal transformations.
  static func lowerRoot(ofSum parts: [Matrix<Double>]) -> Matrix<Double> {
    lowerRoot(of: beside(parts))
  }

  /// L with L Lᵀ = A Aᵀ.
  static func lowerRoot(of wide: Matrix<Double>) -> Matrix<Double> {
    var work = wide
    let m = wide.rows
    return Matrix(rows: m, columns: m) { l in
      work.withUnsafeMutableElements { a in
        if m > 0 { BLAS.lowerRoot(m: m, n: wide.columns, a.baseAddress!, into: l.baseAddress!) }
      }
    }
  }

  /// These matrices side by side.
  static func beside(_ parts: [Matrix<Double>]) -> Matrix<Double> {
    let columns = parts.reduce(0) { $0 + $1.columns }
    var result = Matrix(rows: parts[0].rows, columns: columns)
    result.withUnsafeMutableElements { target in
      var offset = 0
      for part in parts {
        part.withUnsafeElements { source in
          for i in 0..<part.rows {
            for j in 0..<part.columns { target[i * columns + offset + j] = source[i * part.columns + j] }
          }
        }
        offset += part.columns
      }
    }
    return result
  }

  /// These matrices one below the other.
  static func stacking(_ parts: [Matrix<Double>]) -> Matrix<Double> {
    Matrix(
      rows: parts.reduce(0) { $0 + $1.rows }, columns: parts[0].columns,
      elements: parts.flatMap { $0.elements })
  }

  /// A part of the matrix, copied.
  func part(rows r: Range<Int>, columns c: Range<Int>) -> Matrix<Double> {
    self[rows: r].selecting(columns: Array(c))
  }

  /// Every row b becomes L⁻¹ b, or L⁻ᵀ b.
  func solvingRows(_ lower: Matrix<Double>, transposing: Bool = false) -> Matrix<Double> {
    var result = self
    guard count > 0 else { return result }
    result.withUnsafeMutableElements { b in
      lower.withUnsafeElements { l in
        BLAS.solveRows(
          m: rows, n: columns, lower: l.baseAddress!, stride: columns, transposing: transposing,
          into: b.baseAddress!, stride: columns)
      }
    }
    return result
  }

  /// max |A − B|.
  func distance(from other: Matrix<Double>) -> Double {
    withUnsafeElements { a in
      other.withUnsafeElements { b in
        var largest = 0.0
        for i in 0..<a.count { largest = Swift.max(largest, (a[i] - b[i]).magnitude) }
        return largest
      }
    }
  }

  /// Whether every row differs from the other's by no more than `share` of its own largest element: rows are as far apart in scale
  /// as the states' units.
  func hasSettled(from other: Matrix<Double>, within share: Double) -> Bool {
    (0..<rows).allSatisfy { i in
      var (change, size) = (0.0, 0.0)
      for j in 0..<columns {
        change = Swift.max(change, (self[i, j] - other[i, j]).magnitude)
        size = Swift.max(size, self[i, j].magnitude)
      }
      return change <= share * size
    }
  }

  /// max |A|.
  var largest: Double { withUnsafeElements { $0.reduce(0) { Swift.max($0, $1.magnitude) } } }

  /// Whether all elements are finite.
  var isFinite: Bool { withUnsafeElements { $0.allSatisfy(\.isFinite) } }

  /// A v.
  func times(_ v: [Double]) -> [Double] {
    (0..<rows).map { i in
      var sum = 0.0
      for j in 0..<columns { sum += self[i, j] * v[j] }
      return sum
    }
  }
}
