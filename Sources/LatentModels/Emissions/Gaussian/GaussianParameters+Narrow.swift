import LatentNumerics

extension GaussianParameters: NarrowingParameters {
  /// The columns with the smallest variance, given the columns before them, against the mixture's.
  public func narrowestDirections(weights: [Double]) -> [NarrowDirection] {
    let total = totalVariances(weights: weights)
    return (0..<components).map { k in
      let variances: [Double]
      switch covariances {
      case .full, .tied:
        variances = Cholesky(covariance(of: k))?.lower.diagonal.map { $0 * $0 } ?? self.variances(of: k)
      case .diagonal, .spherical: variances = self.variances(of: k)
      }
      let relative = zip(variances, total).map { $1 > 0 ? $0 / $1 : 1 }
      let column = relative.indices.min { relative[$0] < relative[$1] } ?? 0
      return NarrowDirection(column: column, relativeVariance: relative[column])
    }
  }
}
