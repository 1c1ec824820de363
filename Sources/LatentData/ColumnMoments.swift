// x values, w weights, m weighted mean, S weighted sum of squared deviations

public import LatentNumerics

/// The mean and variance of every column, taken in one pass over any number of tables; missing cells are left out, and a row
/// of weight w counts as w rows.
///
///     W ← W + w,   δ = x − m,   m ← m + (w / W) δ,   S ← S + w δ (x − m)
///
/// A column is kept in units of the power of two below its largest magnitude: neither sums nor squares overflow, nor do
/// they vanish, and the units round nothing.
///
/// - Source: West (1979), Updating mean and variance estimates: an improved method.
public struct ColumnMoments: Sendable {
  /// W, m and S of each column, in units of `scales`.
  private var weights: [Double]
  private var means: [Double]
  private var squares: [Double]
  private var scales: [Double]
  /// The magnitudes from which on a larger unit is needed.
  private var limits: [Double]

  /// The moments of no rows.
  public init(columns: Int) {
    weights = Array(repeating: 0, count: columns)
    means = weights
    squares = weights
    scales = weights
    limits = weights
  }

  /// Adds rows of as many columns, with their weights.
  ///
  /// - Complexity: O(N·D).
  @specialized(where Scalar == Double)
  @specialized(where Scalar == Float)
  public mutating func add<Scalar: LatentScalar>(_ table: Table<Scalar>) {
    let D = weights.count
    precondition(table.columns == D, "tables of equally many columns")
    table.values.withUnsafeElements { elements in
      for n in 0..<table.rows {
        let w = table.weights?[n] ?? 1
        guard w > 0 else { continue }
        for j in 0..<D {
          let value = Double(elements[n * D + j])
          guard !value.isNaN else { continue }
          if value.magnitude >= limits[j] { rescale(j, for: value.magnitude) }
          let x = value / scales[j]
          weights[j] += w
          let difference = x - means[j]
          means[j] += w / weights[j] * difference
          squares[j] += w * difference * (x - means[j])
        }
      }
    }
  }

  private mutating func rescale(_ j: Int, for magnitude: Double) {
    let exponent = max(Int(magnitude.exponent), Double.leastNormalMagnitude.exponent)
    let scale = Double(sign: .plus, exponent: exponent, significand: 1)
    let factor = scales[j] / scale
    means[j] *= factor
    squares[j] *= factor * factor
    (scales[j], limits[j]) = (scale, 2 * scale)
  }

  /// The means and standard deviations (divisor W), `[D]` each, by which columns are brought to mean 0 and variance 1.
  ///
  /// - Throws: `.missingColumn`, `.constantColumn`: of rows of positive weight.
  public func standardization(
    source: String, columnNames: [String]?
  ) throws(DataError) -> (means: [Double], standardDeviations: [Double]) {
    let deviations = weights.indices.map { (squares[$0] / weights[$0]).squareRoot() * scales[$0] }
    for j in weights.indices {
      let name = columnNames?[j]
      guard weights[j] > 0 else { throw .missingColumn(source: source, column: j + 1, name: name) }
      guard deviations[j] > 0, deviations[j].isFinite else {
        throw .constantColumn(source: source, column: j + 1, name: name)
      }
    }
    return (weights.indices.map { means[$0] * scales[$0] }, deviations)
  }
}
