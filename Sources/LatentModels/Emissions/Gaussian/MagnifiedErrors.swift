// ε unit of rounding, Λ = Σ⁻¹, κⱼ² = Σⱼⱼ Λⱼⱼ the ratio of column j's variance to its variance given all other columns

/// How far rounding may move the bound where covariances are ill-conditioned, in nats: the part of `Bound.roundoff` that
/// grows with κ. Each is the largest over the components.
struct MagnifiedErrors: Sendable {
  /// 4ε Σⱼ κⱼ: of whitening one row; independent from row to row.
  private var whitening = 0.0
  /// 2 Σⱼ ((εκⱼ)² + (εμⱼ)² Λⱼⱼ): of the factor and the mean, the same for all rows; of second order, since the bound
  /// is stationary in both.
  private var parameters = 0.0
  /// 8 Σⱼ (ε sⱼ Λⱼⱼ)², with s the larger of the variances of the component and of the mixture, about whose means the
  /// moments were taken: of the moments that the covariance was made from; of second order, and averaged over the rows.
  private var moments = 0.0
  /// 8δ Σⱼ κⱼ², with δ the unit in double precision: of a prior's density.
  private var prior = 0.0

  /// - Parameter precisions: Λⱼⱼ of the full (one for each component) or tied (one) covariances; otherwise none.
  init(of θ: GaussianParameters, weights: [Double], precisions: [[Double]], unit ε: Double, hasPrior: Bool) {
    let total = θ.totalVariances(weights: weights)
    for k in 0..<θ.components {
      let Λ = precisions.isEmpty ? nil : precisions[precisions.count == 1 ? 0 : k]
      var (whitening, parameters, moments, prior) = (0.0, 0.0, 0.0, 0.0)
      for (j, variance) in θ.variances(of: k).enumerated() {
        let given = Λ.map { 1 / $0[j] } ?? variance
        let (square, μ) = (variance / given, θ.means[k, j])
        whitening += 4 * ε * square.squareRoot()
        parameters += 2 * ε * ε * (square + μ * (μ / given))
        let moment = ε * Swift.max(variance, total[j]) / given
        moments += 8 * moment * moment
        if hasPrior { prior += 8 * .ulpOfOne * square }
      }
      self.whitening = Swift.max(self.whitening, whitening)
      self.parameters = Swift.max(self.parameters, parameters)
      self.moments = Swift.max(self.moments, moments)
      self.prior += prior
    }
  }

  /// For the bound of `rows` rows.
  func total(rows: Double) -> Double {
    rows.squareRoot() * whitening + rows * parameters + moments + prior
  }
}
