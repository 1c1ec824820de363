// N rows, L latent dimensions

public import LatentEvidence
public import LatentNumerics
import RealModule

extension VariationalAutoencoder {
  /// How well the model does on rows, such as ones held out: its bound with its terms, ln p(x) by importance sampling, and what the
  /// latent dimensions carry.
  ///
  /// - Parameters:
  ///   - x: the rows.
  ///   - θ: the parameters.
  ///   - draws: of the importance-weighted bound, a row; 0 for none, and a point has none.
  ///   - noise: what q's draws come from, and binary cells where the data are probabilities.
  ///   - threads: the number of threads; the result does not depend on it.
  /// - Throws: what `validate(_:)` throws; `.notFinite` with the row.
  public func evaluate(
    _ x: Rows<Scalar>, at θ: ParameterVector<Scalar>, draws: Int = 100,
    noise: RandomStream = RandomStream(seed: 0), threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> AutoencoderEvaluation {
    let rows = try rowBounds(of: x, at: θ, noise: noise, threads: threads)
    let weights = x.weights.map { $0.elements }
    func mean(_ values: [Double]) -> RowMean { RowMean(values, weights: weights) }
    let (reconstruction, divergence) = (mean(rows.map(\.reconstruction)), mean(rows.map(\.divergence)))
    let W = x.totalWeight
    let bound = Bound(
      reconstruction: W * reconstruction.value, latentKL: W * divergence.value, count: W,
      estimate: .monteCarlo(draws: configuration.bound.draws),
      roundoff: Double(Scalar.ulpOfOne) * W * reconstruction.value.magnitude)
    let importance =
      draws > 0 && configuration.posterior != .point
      ? try importanceLogLikelihood(of: x, at: θ, draws: draws, noise: noise, threads: threads)
      : nil
    let sourceWeights = weights.map { x.inSourceOrder($0) }
    return AutoencoderEvaluation(
      bound: bound, standardError: mean(rows.map { $0.reconstruction - $0.divergence }).standardError,
      reconstructionStandardError: reconstruction.standardError,
      divergenceStandardError: divergence.standardError,
      importance: importance.map {
        let mean = RowMean($0.logLikelihoods, weights: sourceWeights)
        return AutoencoderEvaluation.Importance(
          bound: mean.value, standardError: mean.standardError, draws: draws,
          medianEffectiveSampleSize: $0.medianEffectiveSampleSize)
      },
      dimensions: try dimensions(of: x, at: θ, weights: sourceWeights, noise: noise, threads: threads))
  }

  /// What each latent dimension carries.
  private func dimensions(
    of x: Rows<Scalar>, at θ: ParameterVector<Scalar>, weights: [Double]?, noise: RandomStream, threads: Int
  ) throws(InferenceError) -> [AutoencoderEvaluation.Dimension] {
    let q = try posterior(of: x, at: θ, noise: noise, threads: threads)
    return (0..<configuration.latent).map { l in
      let (μ, σ) = (q.means.column(l), q.deviations.column(l))
      let mean = RowMean(μ, weights: weights).value
      let divergences = zip(μ, σ).map { μ, σ in
        configuration.posterior == .point ? 0 : 0.5 * (μ * μ + σ * σ - 1) - Double.log(σ)
      }
      return AutoencoderEvaluation.Dimension(
        divergence: RowMean(divergences, weights: weights).value,
        varianceOfMeans: RowMean(μ.map { ($0 - mean) * ($0 - mean) }, weights: weights).value)
    }
  }
}

/// How well an auto-encoder does on some rows.
public struct AutoencoderEvaluation: Sendable, Codable, Equatable {
  /// The bound of all rows, with its terms.
  public let bound: Bound
  /// The standard errors of the bound an observation and of its terms, as estimates for rows like these.
  public let standardError: Double
  public let reconstructionStandardError: Double
  public let divergenceStandardError: Double
  /// The importance-weighted bound; nil where it was not asked for.
  public let importance: Importance?
  /// A latent dimension each.
  public let dimensions: [Dimension]

  /// The mean of ln p(x) by importance sampling.
  public struct Importance: Sendable, Codable, Equatable {
    /// In nats an observation.
    public let bound: Double
    public let standardError: Double
    public let draws: Int
    /// Half of the rows have an effective sample size at most this.
    public let medianEffectiveSampleSize: Double
  }

  /// What a latent dimension carries.
  public struct Dimension: Sendable, Codable, Equatable {
    /// KL(𝒩(μ, σ²) ‖ 𝒩(0, 1)) with the moments of q, in nats an observation; 0 for a point.
    public let divergence: Double
    /// The variance over rows of E_q[z].
    public let varianceOfMeans: Double

    /// Whether the rows tell in this dimension: the variance is above 0.01.
    ///
    /// - Source: Burda, Grosse & Salakhutdinov (2016), §5.2.
    public var isActive: Bool { varianceOfMeans > 0.01 }
  }

  /// The number of dimensions that are active.
  public var activeUnits: Int { dimensions.count(where: \.isActive) }
}
