public import LatentNumerics

/// A mean of draws with its standard error.
public struct MonteCarloMean: Sendable, CustomStringConvertible {
  public let value: Double
  public let standardError: Double

  /// - Parameter draws: independent; at least two.
  public init(_ draws: [Double]) {
    precondition(draws.count > 1, "a standard error needs two draws")
    let n = Double(draws.count)
    let mean = draws.reduce(0, +) / n
    value = mean
    standardError = (draws.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1) / n).squareRoot()
  }

  /// Whether a number lies within some standard errors of the mean, five unless told.
  public func agrees(with expected: Double, errors: Double = 5) -> Bool {
    (value - expected).magnitude <= errors * standardError + 1e-12 * expected.magnitude
  }

  public var description: String { "\(value) ± \(standardError)" }
}

extension RandomStream {
  /// A well conditioned random covariance, `[D, D]`: A Aᵀ / D + ½ I.
  public mutating func covariance(_ D: Int, scale: Double = 1) -> Matrix<Double> {
    let a = (0..<D * D).map { _ in normal() }
    var matrix = Matrix<Double>(rows: D, columns: D)
    for i in 0..<D {
      for j in 0..<D {
        var sum = i == j ? 0.5 : 0
        for l in 0..<D { sum += a[i * D + l] * a[j * D + l] / Double(D) }
        matrix[i, j] = scale * sum
      }
    }
    return matrix
  }
}
