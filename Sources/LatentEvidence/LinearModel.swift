/// A conjugate model whose expected log joint density is a function of the statistics.
///
/// In an exponential family E_q[ln p(x, z | θ)] is linear in the statistics of q. So the bound of observations whose q was
/// taken at other parameters is known without looking at them again.
///
/// - Source: Neal & Hinton (1998), A view of the EM algorithm that justifies incremental, sparse, and other variants.
public protocol LinearModel: ConjugateModel {
  /// E_q[ln p(x, z | θ)] of the observations that the statistics stand for, in two parts, in nats.
  ///
  /// A term that depends on x alone may be left out, but then always.
  ///
  /// - Throws: what `oracle(at:threads:)` throws.
  func expectedLogJoint(
    of statistics: Statistics, at parameters: Parameters
  ) throws(InferenceError) -> ExpectedLogJoint
}

/// E_q[ln p(x, z | θ)], with the expectation over q(θ) too where θ has one, in nats.
public struct ExpectedLogJoint: Sendable, Hashable {
  /// E_q[ln p(x | z, θ)].
  public var observed: Double
  /// E_q[ln p(z | θ)].
  public var latent: Double
  /// The size that the rounding error of their sum may have.
  public var roundoff: Double

  public init(observed: Double, latent: Double, roundoff: Double? = nil) {
    self.observed = observed
    self.latent = latent
    self.roundoff = roundoff ?? 32 * .ulpOfOne * (observed.magnitude + latent.magnitude)
  }

  /// E_q[ln p(x, z | θ)].
  public var value: Double { observed + latent }
}
