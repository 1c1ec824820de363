// N observations, D dimensions, K components; S the sample covariance

import LatentEvidence
import LatentNumerics

/// A proper covariance for one of K components, from the sample: S′ / K^(2/D), see `GaussianPrior.scaled`.
struct SampleScale {
  /// The mean of the rows, `[D]`.
  let mean: [Double]
  /// S′ / K^(2/D), `[D, D]`, positive definite; diagonal where the structure has no more.
  let covariance: Matrix<Double>
  /// Whether the data leave open so much that a prior has to say it: images with constant pixels, fewer rows than a
  /// dense covariance has columns. Rows of weight 0 are none.
  let isDegenerate: Bool

  /// - Throws: `.noVariation` when all rows are alike; `.notFinite` when the moments overflow; `.columnMissing`.
  init<Scalar: LatentScalar>(
    of x: Rows<Scalar>, components K: Int, covariance structure: CovarianceStructure, sharesUnits: Bool,
    threads: Int
  ) throws(InferenceError) {
    let (mean, S) = try SampleMoments.meanAndCovariance(of: x, threads: threads)
    guard mean.allSatisfy(\.isFinite), S.elements.allSatisfy(\.isFinite) else {
      throw .notFinite(quantity: "sample covariance", row: nil)
    }
    let (N, D) = (x.countedRows, x.columns)
    let variances = S.diagonal
    let average = variances.reduce(0, +) / Double(D)
    guard average > 0 else { throw .noVariation }

    var typical: Matrix<Double>
    let isSingular: Bool
    switch structure {
    case .full, .tied:
      typical = S
      // N rows leave a covariance of rank N − 1, whatever rounding makes of it.
      isSingular = N <= D || !Self.isWellConditioned(S)
      isDegenerate = N <= D || (sharesUnits && isSingular)
    case .diagonal:
      typical = .diagonal(variances)
      isSingular = variances.contains(0)
      isDegenerate = sharesUnits && isSingular
    case .spherical:
      typical = .diagonal(Array(repeating: average, count: D))
      isSingular = false
      isDegenerate = false
    }
    if isSingular {
      for j in 0..<D {
        if sharesUnits {
          typical[j, j] += 0.05 * average
        } else if variances[j] == 0 {
          typical[j, j] = 0.01 * average
        } else if structure != .diagonal {
          typical[j, j] *= 1.001
        }
      }
    }
    let factor = 1 / Double.pow(Double(K), 2 / Double(D))
    typical.withUnsafeMutableElements { for i in 0..<$0.count { $0[i] *= factor } }
    self.mean = mean
    covariance = typical
  }

  /// Whether every conditional variance, relative to its column's, is far above rounding.
  private static func isWellConditioned(_ S: Matrix<Double>) -> Bool {
    guard let factor = Cholesky(S) else { return false }
    return (0..<S.rows).allSatisfy { factor.lower[$0, $0] * factor.lower[$0, $0] > 1e-9 * S[$0, $0] }
  }
}
