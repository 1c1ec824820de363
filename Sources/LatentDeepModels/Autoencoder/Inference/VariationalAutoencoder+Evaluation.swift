// N rows

public import LatentEvidence
public import LatentNumerics

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
    let layers =
      configuration.secondLayer == nil
      ? [] : [0, 1].map { layer in mean(rows.map { $0.layers[layer] }).value }
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
      diagnosis: try diagnosis(of: x, at: θ, noise: noise, threads: threads), layerDivergences: layers)
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
  /// What the latent dimensions carry.
  public let diagnosis: AutoencoderDiagnosis
  /// KL(q ‖ p) of each layer where there are two, the one next to the data first, in nats an observation: E_q[ln q(z | ·) − ln p(z | ·)].
  public let layerDivergences: [Double]

  /// A latent dimension each; where there are two layers, those of the layer next to the data first.
  public var dimensions: [Dimension] { diagnosis.dimensions }

  /// The mean of ln p(x) by importance sampling.
  public struct Importance: Sendable, Codable, Equatable {
    /// In nats an observation.
    public let bound: Double
    public let standardError: Double
    public let draws: Int
    /// Half of the rows have an effective sample size at most this.
    public let medianEffectiveSampleSize: Double
  }

  public typealias Dimension = AutoencoderDiagnosis.Dimension

  /// The number of dimensions that are active.
  public var activeUnits: Int { diagnosis.activeUnits }
}
