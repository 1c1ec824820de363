// N observations, p free parameters, r[n, k] the responsibilities

import LatentNumerics

/// Criteria that trade the likelihood of a fit against its number of parameters. Smaller is better for each of them.
///
/// - Source: Akaike (1974); Schwarz (1978); Biernacki, Celeux & Govaert (2000) for ICL. R's mclust reports −BIC.
public struct InformationCriteria: Sendable, Hashable {
  /// ln p(x | θ), in nats.
  public let logLikelihood: Double
  /// p.
  public let freeParameters: Int
  /// N, the total weight.
  public let observations: Double
  /// −Σₙₖ r ln r, in nats.
  public let entropy: Double

  public init(logLikelihood: Double, freeParameters: Int, observations: Double, entropy: Double) {
    self.logLikelihood = logLikelihood
    self.freeParameters = freeParameters
    self.observations = observations
    self.entropy = entropy
  }

  /// −2 ln p(x | θ) + 2p.
  public var aic: Double { -2 * logLikelihood + 2 * Double(freeParameters) }

  /// −2 ln p(x | θ) + p ln N.
  public var bic: Double { -2 * logLikelihood + Double(freeParameters) * Double.log(observations) }

  /// BIC − 2 Σₙₖ r ln r: BIC of the rows together with their clusters, so that overlapping components count against
  /// a model.
  public var icl: Double { bic + 2 * entropy }
}
