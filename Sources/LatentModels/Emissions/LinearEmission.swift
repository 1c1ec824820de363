// K components, R[k] their expected numbers of rows

public import LatentEvidence

/// A family in which E_q[ln p(x | z, θ)] is linear in the statistics, so that it is known at other parameters than those
/// that the statistics were taken at, without the rows.
///
/// Exponential families are. Where a component has latent variables of its own besides z (missing cells, factors),
/// they count with x, and the entropy of their q does not depend on θ and is left out.
public protocol LinearEmission: Emission {
  /// Σₙ Σₖ r[n,k] E[ln p(x[n] | z = k, θ)], in nats, from the statistics of the rows.
  ///
  /// - Throws: `.notPositiveDefinite`, `.notFinite`.
  func expectedLogLikelihood(
    of statistics: Statistics, at parameters: Parameters
  ) throws(InferenceError) -> LinearTerm
}

/// A sum, and the size of what it is the sum of, which sets the size of its rounding error.
public struct LinearTerm: Sendable, Hashable {
  /// In nats.
  public var value: Double
  /// The sum of the magnitudes, in nats.
  public var magnitude: Double

  public init(value: Double = 0, magnitude: Double = 0) {
    self.value = value
    self.magnitude = magnitude
  }

  /// Adds a number.
  mutating func add(_ term: Double) {
    value += term
    magnitude += term.magnitude
  }

  /// Adds r · l with 0 · ln 0 = 0.
  mutating func add(_ r: Double, times l: Double) {
    if r != 0 { add(r * l) }
  }
}

extension Mixture: LinearModel where Family: LinearEmission {
  /// E_q[ln p(x | z, θ)] by the family, and E_q[ln p(z | θ)] = Σₖ R[k] ln π[k], with its expectation for variational Bayes.
  ///
  /// - Complexity: that of a θ-step and of preparing the densities.
  public func expectedLogJoint(
    of statistics: Statistics, at θ: Parameters
  ) throws(InferenceError) -> ExpectedLogJoint {
    guard θ.dimensions == dimensions else { throw .wrongWidth(expected: dimensions, actual: θ.dimensions) }
    let observed = try emission.expectedLogLikelihood(of: statistics, at: θ.emission)
    var latent = LinearTerm()
    for (R, logWeight) in zip(statistics.counts, θ.mixing.logWeights) { latent.add(R, times: logWeight) }
    guard observed.value.isFinite, latent.value.isFinite else {
      throw .notFinite(quantity: "expected log density", row: nil)
    }
    return ExpectedLogJoint(
      observed: observed.value, latent: latent.value,
      roundoff: 32 * .ulpOfOne * (observed.magnitude + latent.magnitude))
  }
}
