// D dimensions, K components

public import LatentEvidence
public import LatentNumerics

/// Gaussian components 𝒩(x | μ[k], Σ[k]), with or without a prior on μ and Σ.
public struct GaussianEmission<Scalar: LatentScalar>: Emission {
  public typealias Parameters = GaussianParameters
  public typealias Statistics = GaussianStatistics
  public typealias Densities = GaussianDensities<Scalar>

  public let dimensions: Int
  public let covariance: CovarianceStructure
  /// The prior on θ; nil for maximum likelihood.
  public let prior: GaussianPrior?

  /// - Throws: `.wrongWidth` for a prior of another dimension.
  public init(
    dimensions: Int, covariance: CovarianceStructure = .full, prior: GaussianPrior? = nil
  ) throws(InferenceError) {
    if let prior, prior.mean.count != dimensions {
      throw .wrongWidth(expected: dimensions, actual: prior.mean.count)
    }
    self.dimensions = dimensions
    self.covariance = covariance
    self.prior = prior
  }

  public var isVariational: Bool { false }

  public func freeParameters(components K: Int) -> Int {
    K * dimensions + covariance.freeParameters(components: K, dimensions: dimensions)
  }

  public func densities(
    at θ: GaussianParameters, logWeights: [Double], threads: Int
  ) throws(InferenceError) -> GaussianDensities<Scalar> {
    try GaussianDensities(θ, logWeights: logWeights, prior: prior, threads: threads)
  }

  public func sampler(at θ: GaussianParameters) throws(InferenceError) -> any EmissionSampler {
    try GaussianSampler(θ)
  }
}

/// θ of K Gaussian components.
public struct GaussianParameters: EmissionParameters {
  /// μ, `[K, D]`.
  public var means: Matrix<Double>
  /// Σ.
  public var covariances: Covariances

  public init(means: Matrix<Double>, covariances: Covariances) {
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

  public var components: Int { means.rows }
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

  /// The variances of the mixture with these weights, `[D]`.
  func totalVariances(weights: [Double]) -> [Double] {
    means.totalVariances(weights: weights) { variances(of: $0) }
  }

  /// The marginal of these columns, in this order; for full covariances.
  func selecting(columns: [Int]) -> Self {
    guard case .full(let all) = covariances else { return self }
    return Self(
      means: means.selecting(columns: columns),
      covariances: .full(all.map { $0.selecting(rows: columns).selecting(columns: columns) }))
  }
}

/// Draws x = μ[k] + L[k] ε.
struct GaussianSampler: EmissionSampler {
  private let means: Matrix<Double>
  private let factors: [Cholesky]

  init(_ θ: GaussianParameters) throws(InferenceError) {
    means = θ.means
    var factors: [Cholesky] = []
    for k in 0..<θ.components {
      guard let factor = Cholesky(θ.covariance(of: k)) else {
        throw .notPositiveDefinite("the covariance of component \(k + 1)")
      }
      factors.append(factor)
    }
    self.factors = factors
  }

  func draw(from k: Int, using stream: inout RandomStream) -> [Double] {
    let D = means.columns
    let ε = (0..<D).map { _ in stream.normal() }
    return factors[k].lower.withUnsafeElements { L in
      (0..<D).map { i in
        var sum = means[k, i]
        for j in 0...i { sum += L[i * D + j] * ε[j] }
        return sum
      }
    }
  }
}
