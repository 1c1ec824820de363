/// The evidence lower bound of a batch of observations, in nats:
///
///     L(q, θ) = E_q[ln p(x | z, θ)] − KL(q(z) ‖ p(z | θ)) − KL(q(θ) ‖ p(θ))
///
/// Maximised; a total over the observations, with no constant dropped, so that bounds of different models of
/// the same data can be compared: those of maximum likelihood and of variational Bayes. With q(z) the exact posterior
/// and θ a point with a prior, `value` is ln p(x | θ) + ln p(θ), whose second term is a density over θ and changes
/// with the number and the units of the parameters: compare such fits by `evidence` or on data held out.
///
/// - Source: Bishop (2006), §9.4 and §10.1.
public struct Bound: Sendable, Codable, Hashable {
  /// E_q[ln p(x | z, θ)].
  public var reconstruction: Double
  /// KL(q(z) ‖ p(z | θ)).
  public var latentKL: Double
  /// KL(q(θ) ‖ p(θ)); −ln p(θ) where θ is a point with a prior; 0 for maximum likelihood.
  public var parameterKL: Double
  /// The number of observations (their total weight, where they carry weights).
  public var count: Double
  /// How the expectations were taken.
  public var estimate: Estimate
  /// The size that the rounding error of `value` may have: what two evaluations at the same q and θ, summed
  /// in another order, may differ by.
  public var roundoff: Double

  public init(
    reconstruction: Double, latentKL: Double, parameterKL: Double = 0, count: Double,
    estimate: Estimate = .exact, roundoff: Double = 0
  ) {
    self.reconstruction = reconstruction
    self.latentKL = latentKL
    self.parameterKL = parameterKL
    self.count = count
    self.estimate = estimate
    self.roundoff = roundoff
  }

  /// The bound of no observations.
  public static let zero = Bound(reconstruction: 0, latentKL: 0, count: 0)

  /// L = reconstruction − latentKL − parameterKL.
  public var value: Double { reconstruction - latentKL - parameterKL }

  /// The part that belongs to the observations, E_q[ln p(x | z, θ)] − KL(q(z) ‖ p(z | θ)): ln p(x | θ) where
  /// q is the exact posterior.
  public var evidence: Double { reconstruction - latentKL }

  /// `value / count`; 0 without observations.
  public var perObservation: Double { count > 0 ? value / count : 0 }

  /// Whether every term is a finite number.
  public var isFinite: Bool { reconstruction.isFinite && latentKL.isFinite && parameterKL.isFinite }

  /// The bound of two batches together. `parameterKL` adds as well: give it to one of them.
  public static func += (a: inout Bound, b: Bound) {
    a.reconstruction += b.reconstruction
    a.latentKL += b.latentKL
    a.parameterKL += b.parameterKL
    a.count += b.count
    a.roundoff += b.roundoff
    if a.estimate == .exact { a.estimate = b.estimate }
  }

  /// How an expectation under q was taken.
  public enum Estimate: Sendable, Codable, Hashable {
    /// In closed form.
    case exact
    /// By averaging over draws from q.
    case monteCarlo(draws: Int)
    /// From a batch of so many observations, scaled up to all: a noisy estimate.
    case minibatch(observations: Int)
  }
}
