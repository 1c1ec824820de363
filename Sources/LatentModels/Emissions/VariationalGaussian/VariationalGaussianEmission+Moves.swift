// K components, D dimensions; R the counts, W₀, ν₀, β₀ the prior, see VariationalGaussianEmission

public import LatentEvidence
import LatentNumerics
import RealModule

extension VariationalGaussianEmission: RestructuringEmission {
  public var sharesParameters: Bool { covariance == .tied }

  /// In two halves along the longest axis of the component's E[Λ]⁻¹, columns taken in units of the mixture's standard
  /// deviations; along its widest column for diagonal precisions, and along the longest axis of the means' scatter for
  /// spherical ones, which have no axis of their own.
  public func splitting(
    _ k: Int, of statistics: GaussianStatistics, at parameters: VariationalGaussianParameters
  ) -> GaussianStatistics? {
    let R = statistics.counts.reduce(0, +)
    guard R > 0, statistics.counts[k] > 0 else { return nil }
    let total = parameters.expected.totalVariances(weights: statistics.counts.map { $0 / R })
    let units = total.map { $0 > 0 ? $0.squareRoot() : 1 }
    let D = dimensions
    var axis = [Double](repeating: 0, count: D)
    switch parameters.expected.covariances {
    case .diagonal(let variances):
      let widths = (0..<D).map { variances[k, $0].squareRoot() / units[$0] }
      axis[widths.indices.max { widths[$0] < widths[$1] } ?? 0] = 1
    case .full, .tied:
      guard let longest = Self.longestAxis(of: parameters.expected.covariance(of: k), units) else {
        return nil
      }
      axis = longest
    case .spherical:
      var scatter = Matrix<Double>(rows: D, columns: D)
      let means = parameters.expected.means
      for l in 0..<parameters.components {
        for i in 0..<D {
          for j in 0..<D {
            scatter[i, j] +=
              statistics.counts[l] * (means[l, i] - prior.mean[i]) * (means[l, j] - prior.mean[j])
          }
        }
      }
      guard let longest = Self.longestAxis(of: scatter, Array(repeating: 1, count: D)) else { return nil }
      axis = longest
    }
    // The axis at unit length in the data's own units, and the deviation along it.
    let Σ = parameters.expected.covariance(of: k)
    var precision = 0.0
    switch parameters.expected.covariances {
    case .full, .tied:
      guard let factor = Cholesky(Σ) else { return nil }
      precision = factor.whitening(Matrix([axis])).elements.reduce(0) { $0 + $1 * $1 }
    case .diagonal, .spherical:
      for j in 0..<D { precision += axis[j] * axis[j] / Σ[j, j] }
    }
    guard precision > 0, precision.isFinite else { return nil }
    return statistics.splitting(k, along: axis, deviation: 1 / precision.squareRoot())
  }

  /// The direction a u of the eigenvector of the largest eigenvalue, columns taken in these units.
  private static func longestAxis(of matrix: Matrix<Double>, _ units: [Double]) -> [Double]? {
    var scaled = matrix
    for i in units.indices { for j in units.indices { scaled[i, j] /= units[i] * units[j] } }
    guard let eigen = SymmetricEigen(scaled), let largest = eigen.values.last, largest > 0 else { return nil }
    let u = eigen.vectors.row(units.count - 1)
    return zip(u, units).map { $0 * $1 }
  }

  /// Σₖ of the ratio of the Normal–Wishart normalisers of posterior and prior:
  ///
  ///     ln Γ_D(½ν) − ln Γ_D(½ν₀) + ½ν₀ ln |W₀⁻¹| − ½ν ln |W⁻¹| + ½D ln(β₀/β)
  ///
  /// - Source: Murphy (2007), Conjugate Bayesian analysis of the Gaussian distribution, eq. 266.
  public func logMarginal(of statistics: GaussianStatistics) throws(InferenceError) -> Double {
    let q = try parameters(maximizing: statistics, threads: 1)
    let (D, ν0) = (dimensions, prior.degreesOfFreedom)
    var total = q.meanPrecisions.reduce(0) { $0 + 0.5 * Double(D) * Double.log(prior.meanPrecision / $1) }
    /// One precision with the log determinants of its scales.
    func dense(_ ν: Double, _ posterior: Matrix<Double>, _ scale: Cholesky) throws(InferenceError) -> Double {
      guard let factor = Cholesky(posterior) else { throw .notPositiveDefinite("the expected covariance") }
      let logDeterminant = factor.logDeterminant + Double(D) * Double.log(ν)
      return multivariateLogGamma(0.5 * ν, dimension: D) - multivariateLogGamma(0.5 * ν0, dimension: D)
        + 0.5 * (ν0 * scale.logDeterminant - ν * logDeterminant)
    }
    func gamma(_ ν: Double, _ variance: Double, _ scale: Double) -> Double {
      logGamma(0.5 * ν) - logGamma(0.5 * ν0) + 0.5 * (ν0 * Double.log(scale) - ν * Double.log(ν * variance))
    }
    switch q.expected.covariances {
    case .full(let all):
      guard let scale = Cholesky(prior.scale) else { throw .notPositiveDefinite("the prior's scale") }
      for (k, posterior) in all.enumerated() { total += try dense(q.degreesOfFreedom[k], posterior, scale) }
    case .tied(let shared):
      guard let scale = Cholesky(prior.scale) else { throw .notPositiveDefinite("the prior's scale") }
      total += try dense(q.degreesOfFreedom[0], shared, scale)
    case .diagonal(let all):
      for k in 0..<all.rows {
        for j in 0..<D { total += gamma(q.degreesOfFreedom[k], all[k, j], prior.scale[j, j]) }
      }
    case .spherical(let all):
      for k in all.indices { total += gamma(q.degreesOfFreedom[k], all[k], prior.sphericalScale) }
    }
    return total
  }
}
