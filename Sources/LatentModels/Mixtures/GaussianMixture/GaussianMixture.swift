// N observations, D dimensions, K components

public import LatentEvidence
public import LatentNumerics

/// The Gaussian mixture
///
///     p(x | θ) = Σₖ π[k] 𝒩(x | μ[k], Σ[k]),
///
/// fitted by coordinate ascent: EM to the maximum likelihood, or, with a prior, to the posterior mode.
///
/// The type parameter is the precision of the observations and of the arithmetic over rows; parameters and
/// statistics are double.
///
/// - Source: Bishop (2006), §9.2; the prior: Fraley & Raftery (2007), Journal of Classification 24.
public struct GaussianMixture<Scalar: LatentScalar>: ConjugateModel {
  public typealias Observations = Matrix<Scalar>
  public typealias Parameters = GaussianMixtureParameters
  public typealias Statistics = GaussianMixtureStatistics
  public typealias ModelOracle = GaussianMixtureOracle<Scalar>

  /// K.
  public let components: Int
  /// D.
  public let dimensions: Int
  public let covariance: CovarianceStructure
  /// The prior on θ; nil for maximum likelihood.
  public let prior: GaussianMixturePrior?

  /// - Throws: `.invalidParameter` without a component or a dimension; `.wrongWidth` for a prior of another
  ///   dimension.
  public init(
    components: Int, dimensions: Int, covariance: CovarianceStructure = .full,
    prior: GaussianMixturePrior? = nil
  ) throws(InferenceError) {
    guard components > 0 else {
      throw .invalidParameter(name: "components", value: "\(components)", requirement: "at least 1")
    }
    guard dimensions > 0 else {
      throw .invalidParameter(name: "dimensions", value: "\(dimensions)", requirement: "at least 1")
    }
    if let prior, prior.mean.count != dimensions {
      throw .wrongWidth(expected: dimensions, actual: prior.mean.count)
    }
    self.components = components
    self.dimensions = dimensions
    self.covariance = covariance
    self.prior = prior
  }

  /// The number of free parameters: K − 1 weights, K·D means, and the covariances.
  public var freeParameters: Int {
    components - 1 + components * dimensions
      + covariance.freeParameters(components: components, dimensions: dimensions)
  }
}

/// θ of a Gaussian mixture.
public struct GaussianMixtureParameters: Sendable, Equatable {
  /// π, `[K]`: positive, summing to 1.
  public var weights: [Double]
  /// μ, `[K, D]`.
  public var means: Matrix<Double>
  /// Σ.
  public var covariances: Covariances

  public init(weights: [Double], means: Matrix<Double>, covariances: Covariances) {
    precondition(weights.count == means.rows, "a weight for every mean")
    self.weights = weights
    self.means = means
    self.covariances = covariances
  }

  /// The covariances, in as few numbers as their structure has.
  public enum Covariances: Sendable, Equatable {
    /// Σ[k], K matrices `[D, D]`.
    case full([Matrix<Double>])
    /// Σ, `[D, D]`.
    case tied(Matrix<Double>)
    /// The diagonals of Σ[k], `[K, D]`.
    case diagonal(Matrix<Double>)
    /// σ²[k], `[K]`.
    case spherical([Double])

    public var structure: CovarianceStructure {
      switch self {
      case .full: .full
      case .tied: .tied
      case .diagonal: .diagonal
      case .spherical: .spherical
      }
    }
  }

  /// K.
  public var components: Int { weights.count }
  /// D.
  public var dimensions: Int { means.columns }

  /// Σ[k] as a dense matrix, `[D, D]`.
  public func covariance(of component: Int) -> Matrix<Double> {
    switch covariances {
    case .full(let all): all[component]
    case .tied(let shared): shared
    case .diagonal(let all): .diagonal(all.row(component))
    case .spherical(let all): .diagonal(Array(repeating: all[component], count: dimensions))
    }
  }

  /// The variances of component `k`, the diagonal of Σ[k], `[D]`.
  func variances(of k: Int) -> [Double] {
    switch covariances {
    case .full(let all): all[k].diagonal
    case .tied(let shared): shared.diagonal
    case .diagonal(let all): all.row(k)
    case .spherical(let all): Array(repeating: all[k], count: dimensions)
    }
  }

  /// The variances of the mixture, `[D]`: Σₖ π[k] (Σ[k]ⱼⱼ + (μ[k]ⱼ − μ̄ⱼ)²).
  var totalVariances: [Double] {
    let D = dimensions
    var mean = [Double](repeating: 0, count: D)
    for k in 0..<components { for j in 0..<D { mean[j] += weights[k] * means[k, j] } }
    var total = [Double](repeating: 0, count: D)
    for k in 0..<components {
      let within = variances(of: k)
      for j in 0..<D {
        let offset = means[k, j] - mean[j]
        total[j] += weights[k] * (within[j] + offset * offset)
      }
    }
    return total
  }
}
