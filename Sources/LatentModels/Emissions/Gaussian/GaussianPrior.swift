// N observations, D dimensions, K components
// μₚ prior mean, κ its precision relative to Σ, ν degrees of freedom, Λ scale

import LatentDistributions
public import LatentEvidence
public import LatentNumerics
import RealModule

/// The Normal–inverse-Wishart prior on the parameters of a Gaussian mixture, and its relatives for the other
/// covariance structures:
///
///     full       μ[k] | Σ[k] ~ 𝒩(μₚ, Σ[k]/κ),  Σ[k] ~ IW(ν, Λ)             a = ν + D + 2
///     tied       μ[k] | Σ ~ 𝒩(μₚ, Σ/κ),        Σ ~ IW(ν, Λ)                a = ν + D + K + 1
///     diagonal   μ[k]ⱼ ~ 𝒩(μₚⱼ, σ²[k]ⱼ/κ),      σ²[k]ⱼ ~ IG(ν/2, Λⱼⱼ/2)     a = ν + 3
///     spherical  μ[k] ~ 𝒩(μₚ, σ²[k] I/κ),      σ²[k] ~ IG(ν/2, tr Λ/2D)    a = ν + D + 2
///
/// where a is what the prior adds to the count in the mode's denominator.
///
/// - Source: Fraley & Raftery (2007), Bayesian regularization for normal mixture estimation and model-based
///   clustering, Journal of Classification 24, 155–181. They give every column of a diagonal covariance the same
///   scale; here each has its own, so that a column's unit does not matter.
public struct GaussianPrior: Sendable, Equatable {
  /// μₚ, `[D]`.
  public let mean: [Double]
  /// κ.
  public let meanPrecision: Double
  /// ν.
  public let degreesOfFreedom: Double
  /// Λ, `[D, D]`.
  public let scale: Matrix<Double>

  /// - Throws: `.invalidParameter`; `.notPositiveDefinite` for Λ.
  public init(
    mean: [Double], meanPrecision: Double, degreesOfFreedom: Double, scale: Matrix<Double>
  ) throws(InferenceError) {
    guard meanPrecision > 0, meanPrecision.isFinite else {
      throw .invalidParameter(
        name: "mean precision", value: "\(meanPrecision)", requirement: "greater than 0")
    }
    guard degreesOfFreedom > Double(mean.count - 1), degreesOfFreedom.isFinite else {
      throw .invalidParameter(
        name: "degrees of freedom", value: "\(degreesOfFreedom)",
        requirement: "greater than \(mean.count - 1), the number of columns less 1")
    }
    guard scale.rows == mean.count, scale.columns == mean.count else {
      throw .wrongWidth(expected: mean.count, actual: scale.columns)
    }
    guard Cholesky(scale) != nil else { throw .notPositiveDefinite("the prior's scale") }
    self.mean = mean
    self.meanPrecision = meanPrecision
    self.degreesOfFreedom = degreesOfFreedom
    self.scale = scale
  }

  /// The weak prior scaled from the data: μₚ the mean, κ = 0.01, ν = D + 2, Λ = S / K^(2/D) with the sample
  /// covariance S.
  ///
  /// That Λ does not exist where the structure needs an inverse that S does not have; then it is taken from S′, which
  /// is S with more variance: a thousandth of its own in every column (full, tied), and a hundredth of the columns' mean
  /// variance in one that has none.
  ///
  /// Two cases leave the prior more to say than one row's worth. Images (all columns in one unit) with pixels that
  /// never change, and fewer rows than a full or tied covariance has columns: there Λ = a S′ / K^(2/D), with the a of
  /// the structure above, makes S′ / K^(2/D) the prior's mode, and the prior weighs as much as a rows a component. For
  /// images S′ is S with a twentieth of the mean variance in every column.
  ///
  /// - Parameters:
  ///   - x: the observations, `[N, D]`; their moments, where cells are missing or rows carry weights, are those of
  ///     `SampleMoments`.
  ///   - K: the number of components that the prior is for.
  ///   - covariance: the structure the prior is for.
  ///   - sharesUnits: whether all columns are in one unit (pixels, say).
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Throws: `.noVariation` when all rows are alike; `.notFinite` when the moments overflow; `.columnMissing`.
  public static func scaled<Scalar: LatentScalar>(
    to x: Rows<Scalar>, components K: Int, covariance: CovarianceStructure = .full,
    sharesUnits: Bool = false, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> GaussianPrior {
    let sample = try SampleScale(
      of: x, components: K, covariance: covariance, sharesUnits: sharesUnits, threads: threads)
    let D = x.columns
    let ν = Double(D + 2)
    var Λ = sample.covariance
    if sample.isDegenerate {
      let a = additionalDegrees(ν, dimensions: D, structure: covariance, components: K)
      Λ.withUnsafeMutableElements { for i in 0..<$0.count { $0[i] *= a } }
    }
    return try GaussianPrior(
      mean: sample.mean, meanPrecision: 0.01, degreesOfFreedom: ν, scale: Λ)
  }

  /// tr Λ / D.
  var sphericalScale: Double { scale.diagonal.reduce(0, +) / Double(mean.count) }

  /// a, what the prior adds to the count in the denominator of the covariance's mode.
  func additionalDegrees(structure: CovarianceStructure, components K: Int) -> Double {
    Self.additionalDegrees(degreesOfFreedom, dimensions: mean.count, structure: structure, components: K)
  }

  private static func additionalDegrees(
    _ ν: Double, dimensions: Int, structure: CovarianceStructure, components K: Int
  ) -> Double {
    let D = Double(dimensions)
    return switch structure {
    case .full: ν + D + 2
    case .tied: ν + D + Double(K) + 1
    case .diagonal: ν + 3
    case .spherical: ν + D + 2
    }
  }

  /// ln p(θ), in nats, given the Cholesky factors of the full (K of them) or tied (one) covariances.
  ///
  /// - Complexity: O(K·D³) for full, less for the others.
  func logDensity(
    of θ: GaussianParameters, factors: [Cholesky], threads: Int
  ) -> Double {
    let (K, D) = (θ.components, θ.dimensions)
    let κ = meanPrecision
    // Log density of μ[k] given a covariance with this log determinant and whitened offset.
    func meanTerm(logDeterminant: Double, squaredDistance: Double) -> Double {
      -0.5 * (Double(D) * Double.log(2 * .pi / κ) + logDeterminant + κ * squaredDistance)
    }
    func offset(_ k: Int) -> Matrix<Double> {
      Matrix(rows: 1, columns: D, elements: (0..<D).map { θ.means[k, $0] - mean[$0] })
    }
    func square(_ m: Matrix<Double>) -> Double { m.elements.reduce(0) { $0 + $1 * $1 } }

    switch θ.covariances {
    case .full, .tied:
      guard let scaleFactor = Cholesky(scale) else { return -.infinity }
      let wishart = InverseWishart(degreesOfFreedom: degreesOfFreedom, scale: scaleFactor)
      let covarianceTerms = Lanes.map(factors.count, threads: D > 64 ? threads : 1) {
        wishart.logDensity(factors[$0])
      }
      let meanTerms = (0..<K).map { k in
        let factor = factors[factors.count == 1 ? 0 : k]
        return meanTerm(
          logDeterminant: factor.logDeterminant, squaredDistance: square(factor.whitening(offset(k))))
      }
      return covarianceTerms.reduce(0, +) + meanTerms.reduce(0, +)
    case .diagonal(let variances):
      var total = 0.0
      for k in 0..<K {
        for j in 0..<D {
          let offset = θ.means[k, j] - mean[j]
          total +=
            -0.5 * (Double.log(2 * .pi / κ * variances[k, j]) + κ * offset * offset / variances[k, j])
          total += InverseGamma(shape: 0.5 * degreesOfFreedom, scale: 0.5 * scale[j, j])
            .logDensity(variances[k, j])
        }
      }
      return total
    case .spherical(let variances):
      let gamma = InverseGamma(shape: 0.5 * degreesOfFreedom, scale: 0.5 * sphericalScale)
      return (0..<K).reduce(0) { total, k in
        total
          + meanTerm(
            logDeterminant: Double(D) * Double.log(variances[k]),
            squaredDistance: square(offset(k)) / variances[k]) + gamma.logDensity(variances[k])
      }
    }
  }
}
