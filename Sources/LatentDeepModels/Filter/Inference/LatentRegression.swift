// n frames, L latent dimensions, K columns of truth

public import LatentEvidence
public import LatentNumerics

/// A linear regression of ground truth on latent states by least squares: how much of the truth a linear map finds in them.
///
///     y ≈ W z + b,   R²[k] = 1 − Σ (y[k] − ŷ[k])² / Σ (y[k] − ȳ[k])²
///
/// - Source: the measure of Karl, Soelch, Bayer & van der Smagt (2017), ICLR, table 1.
public struct LatentRegression: Sendable, Equatable {
  /// W, `[L, K]`.
  public let coefficients: Matrix<Double>
  /// b, `[K]`.
  public let offsets: [Double]

  /// The least squares fit; a latent direction in which nothing varies has no part in it.
  ///
  /// - Parameters:
  ///   - truth: `[n, K]`, finite.
  ///   - states: `[n, L]`, finite.
  /// - Throws: `.tooFewRows` with fewer than L + 2 frames; `.notFinite` where a number is not.
  public init<Scalar: LatentScalar>(
    of truth: Matrix<Double>, on states: Matrix<Scalar>
  ) throws(InferenceError) {
    let z = states.converted(to: Double.self)
    let (n, L, K) = (z.rows, z.columns, truth.columns)
    precondition(truth.rows == n, "a state for each row of truth")
    guard n >= L + 2 else { throw .tooFewRows(rows: n, needed: L + 2) }
    let (means, centres) = (Self.means(z), Self.means(truth))
    guard means.allSatisfy(\.isFinite), centres.allSatisfy(\.isFinite) else {
      throw .notFinite(quantity: "state or truth", row: nil)
    }
    var gram = Matrix<Double>(rows: L, columns: L)
    var cross = Matrix<Double>(rows: L, columns: K)
    for i in 0..<n {
      for a in 0..<L {
        let δ = z[i, a] - means[a]
        for b in 0...a { gram[a, b] += δ * (z[i, b] - means[b]) }
        for k in 0..<K { cross[a, k] += δ * (truth[i, k] - centres[k]) }
      }
    }
    // Correlations, and a ridge at rounding for directions that do not vary.
    let scales = (0..<L).map { gram[$0, $0] > 0 ? gram[$0, $0].squareRoot() : 1 }
    for a in 0..<L {
      for b in 0...a { gram[a, b] /= scales[a] * scales[b] }
      gram[a, a] += 1e-12
      for k in 0..<K { cross[a, k] /= scales[a] }
    }
    guard let factor = Cholesky(gram) else { throw .notPositiveDefinite("the covariance of the states") }
    let inverse = factor.inverse()
    var W = Matrix<Double>(rows: L, columns: K)
    for a in 0..<L {
      for k in 0..<K {
        var sum = 0.0
        for b in 0..<L { sum += inverse[a, b] * cross[b, k] }
        W[a, k] = sum / scales[a]
      }
    }
    coefficients = W
    offsets = (0..<K).map { k in
      (0..<L).reduce(centres[k]) { $0 - means[$1] * W[$1, k] }
    }
  }

  /// R² of each column of truth, of the same frames or others; 1 at best, below 0 where the mean of the truth would do better. NaN for a column
  /// that does not vary.
  public func determination<Scalar: LatentScalar>(
    of truth: Matrix<Double>, on states: Matrix<Scalar>
  ) -> [Double] {
    precondition(
      truth.rows == states.rows && truth.columns == offsets.count && states.columns == coefficients.rows,
      "truth and states of other shapes")
    let z = states.converted(to: Double.self)
    let centres = Self.means(truth)
    return (0..<truth.columns).map { k in
      var (residual, total) = (0.0, 0.0)
      for i in 0..<truth.rows {
        var fitted = offsets[k]
        for l in 0..<z.columns { fitted += z[i, l] * coefficients[l, k] }
        residual += (truth[i, k] - fitted) * (truth[i, k] - fitted)
        total += (truth[i, k] - centres[k]) * (truth[i, k] - centres[k])
      }
      return total > 0 ? 1 - residual / total : .nan
    }
  }

  private static func means(_ x: Matrix<Double>) -> [Double] {
    var sums = [Double](repeating: 0, count: x.columns)
    for i in 0..<x.rows { for j in 0..<x.columns { sums[j] += x[i, j] } }
    return sums.map { $0 / Double(Swift.max(x.rows, 1)) }
  }
}
