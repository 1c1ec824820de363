// N observations, K components

public import LatentEvidence
public import LatentNumerics

extension Mixture {
  /// E[π], and the components: one more of either, the prior's, for a Dirichlet process, whose known components lack the
  /// expected weight of those that no row has. Where the family knows no such component, the others share that weight.
  func predictiveComponents(at θ: Parameters) -> (weights: [Double], emission: Family.Parameters) {
    let remainder = θ.mixing.remainder
    guard remainder > 0 else { return (θ.weights, θ.emission) }
    guard let more = emission.appendingUnseen(to: θ.emission) else {
      return (θ.weights.map { $0 / (1 - remainder) }, θ.emission)
    }
    return (θ.weights + [remainder], more)
  }

  /// ln p(x | D) of every row, `[N]`, in nats, in the order of the source, by the posterior predictive density:
  ///
  ///     p(x | D) ≈ Σₖ E[π[k]] ∫ p(x | θ[k]) q(θ[k]) dθ[k],
  ///
  /// a mixture of Student-t densities; of what is observed, where cells are missing.
  ///
  /// - Throws: `.wrongWidth`; `.notPositiveDefinite`; `.notFinite` with the row.
  /// - Source: Bishop (2006), eqs. 10.78–10.82.
  public func predictiveLogDensity<S>(
    of x: Rows<S>, at θ: Parameters, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> [Double] where Family == VariationalGaussianEmission<S> {
    guard x.columns == dimensions else { throw .wrongWidth(expected: dimensions, actual: x.columns) }
    let predictive = try predictive(at: θ)
    let lanes = Lanes.ofRows(x.rows)
    let values = Lanes.map(lanes.count, threads: threads) { lane in
      lanes[lane].map { n in predictive.logDensity(of: x.values.row(n).map { Double($0) }) }
    }.flatMap { $0 }
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(quantity: "density", row: x.sourceIndex(of: bad))
    }
    return x.inSourceOrder(values)
  }

  /// The same for Bernoulli components, whose predictive density is a mixture of them with the probabilities E[μ].
  ///
  /// - Throws: `.wrongWidth`; `.notBinary`.
  public func predictiveLogDensity<S>(
    of x: Rows<S>, at θ: Parameters, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> [Double] where Family == VariationalBernoulliEmission<S> {
    let (weights, parameters) = predictiveComponents(at: θ)
    let point = try BernoulliMixture<S>(components: weights.count, dimensions: dimensions)
    return try point.logDensity(
      of: x, at: .init(mixing: .weights(weights), emission: parameters.mean), threads: threads)
  }

  /// The same for categorical components, whose predictive density is a mixture of them with the probabilities E[p].
  ///
  /// - Throws: `.wrongWidth`; `.unknownCategory`.
  public func predictiveLogDensity<S>(
    of x: Rows<S>, at θ: Parameters, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> [Double] where Family == VariationalCategoricalEmission<S> {
    let (weights, parameters) = predictiveComponents(at: θ)
    let point = try CategoricalMixture<S>(components: weights.count, columns: emission.columns)
    return try point.logDensity(
      of: x, at: .init(mixing: .weights(weights), emission: parameters.mean), threads: threads)
  }

  /// The same for factor analysers, by the Gaussians with the moments of the posterior predictive.
  ///
  /// - Throws: `.wrongWidth`; `.notFinite` with the row.
  public func predictiveLogDensity<S>(
    of x: Rows<S>, at θ: Parameters, threads: Int = Lanes.availableThreads
  ) throws(InferenceError) -> [Double] where Family == VariationalFactorEmission<S> {
    let (weights, parameters) = predictiveComponents(at: θ)
    let point = try FactorMixture<S>(
      components: weights.count, dimensions: dimensions, factors: emission.factors, noise: .isotropic)
    return try point.logDensity(
      of: x, at: FactorMixtureParameters(mixing: .weights(weights), emission: parameters.predictive),
      threads: threads)
  }
}
