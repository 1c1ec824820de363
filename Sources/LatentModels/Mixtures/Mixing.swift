// K components, R[k] their expected numbers of rows, N their sum

import LatentDistributions
import LatentEvidence
import LatentNumerics

/// How the weights π of a mixture are inferred.
public enum Mixing: Sendable, Equatable {
  /// A point, by maximum likelihood.
  case maximumLikelihood
  /// A point, the mode under the uniform density on the simplex, (K − 1)!: the same weights as by maximum likelihood,
  /// and a bound that counts the prior.
  case uniformPrior
  /// A distribution q(π), Dirichlet like its prior, which has the concentration α₀ for every component. Small α₀ lets
  /// components go empty.
  case dirichlet(concentration: Double)
  /// A distribution over sticks: the Dirichlet process with concentration α, whose weights are
  ///
  ///     π[k] = v[k] Π_{j<k} (1 − v[j]),   v[k] ~ Beta(1, α),
  ///
  /// without end; q(z) is 0 beyond the first K components, so the bound is one on the process's own ln p(x) for any K, and
  /// does not fall when K grows. See ``Sticks`` for their order.
  case stickBreaking(concentration: Double)

  /// The number of free parameters of K weights.
  public func freeParameters(components: Int) -> Int {
    if case .stickBreaking = self { components } else { components - 1 }
  }

  /// Whether q(π) is a distribution, and not a point.
  public var isDistribution: Bool {
    switch self {
    case .maximumLikelihood, .uniformPrior: false
    case .dirichlet, .stickBreaking: true
    }
  }

  /// ln K! where the prior treats all components alike: each labelling of a fit is another maximum of the same height,
  /// and the bound, which is taken at one of them, may count them all. 0 for sticks, whose order matters.
  ///
  /// - Source: Bishop (2006), §10.2.4.
  public func logLabellings(components: Int) -> Double {
    if case .stickBreaking = self { 0 } else { logGamma(Double(components) + 1) }
  }

  /// - Throws: `.invalidParameter` for a concentration that is not positive.
  func validate() throws(InferenceError) {
    switch self {
    case .maximumLikelihood, .uniformPrior: break
    case .dirichlet(let α), .stickBreaking(let α):
      guard α > 0, α.isFinite else {
        throw .invalidParameter(name: "concentration", value: "\(α)", requirement: "greater than 0")
      }
    }
  }

  /// The θ-step: π[k] = R[k] / N; α[k] = α₀ + R[k]; for sticks see ``Sticks``.
  func parameters(counts: [Double]) -> MixingParameters {
    switch self {
    case .maximumLikelihood, .uniformPrior:
      let total = counts.reduce(0, +)
      return .weights(counts.map { $0 / total })
    case .dirichlet(let α): return .dirichlet(counts.map { α + $0 })
    case .stickBreaking(let α): return .sticks(Sticks(counts: counts, concentration: α))
    }
  }

  /// KL(q(π) ‖ p(π)), or −ln p(π) for a point with a prior, and the size of the numbers it is a difference of, in nats.
  ///
  /// - Throws: `.invalidParameter` for parameters of another kind.
  func parameterKL(
    at parameters: MixingParameters
  ) throws(InferenceError) -> (value: Double, magnitude: Double) {
    switch (self, parameters) {
    case (.maximumLikelihood, .weights): return (0, 0)
    case (.uniformPrior, .weights(let π)): return (-Dirichlet.uniform(π.count).logDensity(π), 0)
    case (.dirichlet(let α), .dirichlet(let concentration)):
      let prior = Dirichlet(Array(repeating: α, count: concentration.count))
      return (
        Dirichlet(concentration).divergence(from: prior),
        logGamma(concentration.reduce(0, +)).magnitude
      )
    case (.stickBreaking(let α), .sticks(let sticks)):
      let prior = Beta(1, α)
      return (
        sticks.shapes.reduce(0) { $0 + $1.divergence(from: prior) },
        sticks.shapes.reduce(0) { $0 + logGamma($1.a + $1.b).magnitude }
      )
    default:
      throw .invalidParameter(
        name: "mixing", value: "\(parameters.kind)", requirement: "the weights of a model of this kind")
    }
  }

  /// ln ∫ Πₖ π[k]^R[k] p(π) dπ, in nats, the marginal probability of assignments with these counts; for a point its
  /// maximum. For sticks in their best order, (Πₖ α Γ(1 + R[k]) / (α + Σ_{j≥k} R[j])) Γ(α) / Γ(α + N).
  func logMarginal(counts: [Double]) -> Double {
    switch self {
    case .maximumLikelihood, .uniformPrior:
      let N = counts.reduce(0, +)
      return counts.reduce(0) { $1 > 0 ? $0 + $1 * Double.log($1 / N) : $0 }
    case .dirichlet(let α):
      return Dirichlet(Array(repeating: α, count: counts.count)).logNormalizer
        - Dirichlet(counts.map { α + $0 }).logNormalizer
    case .stickBreaking(let α):
      let prior = Beta(1, α)
      return Sticks(counts: counts, concentration: α).shapes.reduce(0) {
        $0 + prior.logNormalizer - $1.logNormalizer
      }
    }
  }

  /// The parameters for these shares of N rows.
  func start(weights: [Double], total N: Double) -> MixingParameters {
    isDistribution ? parameters(counts: weights.map { $0 * N }) : .weights(weights)
  }

  /// R, `[K]`: the number of rows that the parameters say belong to each component.
  ///
  /// - Parameter total: the number of rows, for a point, which knows but their shares.
  func expectedCounts(at parameters: MixingParameters, total: Double) -> [Double] {
    switch (self, parameters) {
    case (.dirichlet(let α), .dirichlet(let concentration)): concentration.map { Swift.max($0 - α, 0) }
    case (_, .sticks(let sticks)): sticks.counts
    default: parameters.weights.map { $0 * total }
    }
  }
}
