/// A model that goes on from observations it has seen and will not see again: their statistics stay with it.
///
/// Earlier observations enter each θ-step by their statistics S₀, and the bound by what these say of θ:
///
///     L = L(new observations) + E_q[ln p(x₀, z₀ | θ)] + H(q(z₀))
///
/// So they act as a prior does, and are counted in `Bound.parameterKL`. With the earlier observations' evidence given, `value`
/// is a bound on all observations, old and new; it is as tight as an earlier q can be that is not taken anew. Any ascent
/// can climb it.
///
/// - Source: Neal & Hinton (1998): a batch whose turn does not come again.
public struct Continuation<Base: LinearModel>: LinearModel {
  public typealias Observations = Base.Observations
  public typealias Parameters = Base.Parameters
  public typealias Statistics = Base.Statistics
  public typealias ModelOracle = ContinuationOracle<Base.ModelOracle>

  public let base: Base
  /// S₀.
  public let earlier: Statistics
  /// H(q(z₀)), and what the model leaves out of its expected log joint density.
  private let entropy: Double

  /// - Parameters:
  ///   - base: the model of all observations, earlier ones and new.
  ///   - earlier: the statistics of the earlier observations, at `parameters`.
  ///   - parameters: those that the earlier fit ended with.
  ///   - evidence: the earlier observations' part of the bound there (`Bound.evidence`).
  /// - Throws: what `expectedLogJoint(of:at:)` throws.
  public init(
    _ base: Base, earlier: Statistics, at parameters: Parameters, evidence: Double
  ) throws(InferenceError) {
    self.base = base
    self.earlier = earlier
    entropy = evidence - (try base.expectedLogJoint(of: earlier, at: parameters).value)
  }

  /// The earlier observations' part of the bound at some parameters, q(z₀) left as it was: no parameters' divergence, and
  /// no observations counted.
  public func earlierBound(at parameters: Parameters) throws(InferenceError) -> Bound {
    let joint = try base.expectedLogJoint(of: earlier, at: parameters)
    return Bound(
      reconstruction: joint.observed, latentKL: -joint.latent - entropy, count: 0, roundoff: joint.roundoff)
  }

  public func oracle(
    at parameters: Parameters, threads: Int
  ) throws(InferenceError) -> ContinuationOracle<Base.ModelOracle> {
    let earlier = try earlierBound(at: parameters)
    return ContinuationOracle(
      base: try base.oracle(at: parameters, threads: threads), evidence: earlier.evidence,
      roundoff: earlier.roundoff + 4 * .ulpOfOne * entropy.magnitude)
  }

  public func parameters(
    maximizing statistics: Statistics, threads: Int
  ) throws(InferenceError) -> Parameters {
    var all = statistics
    all += earlier
    return try base.parameters(maximizing: all, threads: threads)
  }

  public func withinLimits(_ parameters: Parameters) -> Parameters { base.withinLimits(parameters) }

  public func expectedLogJoint(
    of statistics: Statistics, at parameters: Parameters
  ) throws(InferenceError) -> ExpectedLogJoint {
    try base.expectedLogJoint(of: statistics, at: parameters)
  }
}

/// The oracle of a model beside what earlier observations say of its parameters.
public struct ContinuationOracle<Base: Oracle>: Oracle {
  public typealias Observations = Base.Observations
  public typealias Statistics = Base.Statistics

  let base: Base
  /// E_q[ln p(x₀, z₀ | θ)] + H(q(z₀)).
  let evidence: Double
  let roundoff: Double

  public var zero: Statistics { base.zero }
  public var parameterKL: Double { base.parameterKL - evidence }

  public func accumulate(
    _ x: Observations, into statistics: inout Statistics
  ) throws(InferenceError) -> Bound {
    var bound = try base.accumulate(x, into: &statistics)
    bound.roundoff += roundoff
    return bound
  }
}
