// K states; R₁[k] the expected number of sequences that begin in state k, Ξ[j, k] of transitions from j to k

import LatentDistributions
import LatentEvidence
import LatentNumerics

/// How the probabilities of a Markov chain are inferred: π of the first state, `[K]`, and A[j, k] of state k after j, `[K, K]`.
public enum ChainPrior: Sendable, Equatable {
  /// Points, by maximum likelihood.
  case maximumLikelihood
  /// Points, the mode under Dirichlet densities: of π with these concentrations, all alike, and of each row of A with
  /// `transition`, and `stickiness` more for staying. Concentrations are at least 1, where 1 is the uniform density.
  case mode(initial: Double, transition: Double, stickiness: Double = 0)
  /// Distributions q(π) and q(A), Dirichlet like their priors. Small concentrations let states go empty.
  case dirichlet(initial: Double, transition: Double, stickiness: Double = 0)

  /// Whether q(π) and q(A) are distributions, and not points.
  public var isDistribution: Bool { if case .dirichlet = self { true } else { false } }

  /// - Throws: `.invalidParameter` for a concentration out of its range.
  func validate() throws(InferenceError) {
    let least: Double
    let numbers: [Double]
    switch self {
    case .maximumLikelihood: return
    case .mode(let initial, let transition, let stickiness):
      (least, numbers) = (1, [initial, transition, stickiness])
    case .dirichlet(let initial, let transition, let stickiness):
      (least, numbers) = (0, [initial, transition, stickiness])
    }
    for (name, value) in zip(["initial", "transition"], numbers) {
      guard value.isFinite, value > 0, value >= least else {
        throw .invalidParameter(
          name: "\(name) concentration", value: "\(value)",
          requirement: least == 1 ? "at least 1 for a posterior mode" : "greater than 0")
      }
    }
    guard numbers[2] >= 0, numbers[2].isFinite else {
      throw .invalidParameter(name: "stickiness", value: "\(numbers[2])", requirement: "at least 0")
    }
  }

  /// The concentrations of the prior of π, and of row j of A; nil for maximum likelihood.
  private func concentrations(states K: Int) -> (initial: [Double], row: (_ j: Int) -> [Double])? {
    switch self {
    case .maximumLikelihood: nil
    case .mode(let initial, let transition, let stickiness),
      .dirichlet(let initial, let transition, let stickiness):
      (
        Array(repeating: initial, count: K),
        { j in (0..<K).map { transition + ($0 == j ? stickiness : 0) } }
      )
    }
  }

  /// The θ-step: π ∝ R₁ + α − 1 and A[j, k] ∝ Ξ[j, k] + α[j, k] − 1 for points, with α = 1 for maximum likelihood;
  /// concentrations α + R₁ and α + Ξ for distributions.
  ///
  /// Where nothing says what a row should be, since no sequence goes on from its state, any row attains the maximum: the
  /// row is uniform.
  ///
  /// - Source: Bishop (2006), eqs. 13.18, 13.19; MacKay (1997), Ensemble learning for hidden Markov models.
  func parameters(initial R: [Double], transitions Ξ: Matrix<Double>) -> ChainParameters {
    let K = R.count
    let α = concentrations(states: K)
    func shares(_ counts: [Double], _ prior: [Double]?) -> [Double] {
      let sums = prior.map { zip(counts, $0).map { Swift.max($0 + ($1 - 1), 0) } } ?? counts
      let total = sums.reduce(0, +)
      guard total > 0 else { return Array(repeating: 1 / Double(K), count: K) }
      return sums.map { $0 / total }
    }
    if isDistribution, let α {
      return ChainParameters(
        kind: .dirichlet, initial: zip(R, α.initial).map(+),
        transitions: Matrix((0..<K).map { j in zip(Ξ.row(j), α.row(j)).map(+) }))
    }
    return ChainParameters(
      kind: .probabilities, initial: shares(R, α?.initial),
      transitions: Matrix((0..<K).map { shares(Ξ.row($0), α?.row($0)) }))
  }

  /// KL(q(π, A) ‖ p(π, A)), or −ln p(π, A) for points with a prior, and the size of the numbers it is the sum of, in nats.
  ///
  /// - Throws: `.invalidParameter` for parameters of another kind.
  func parameterKL(
    at θ: ChainParameters
  ) throws(InferenceError) -> (value: Double, magnitude: Double) {
    guard (θ.kind == .dirichlet) == isDistribution else {
      throw .invalidParameter(
        name: "chain", value: θ.kind.rawValue, requirement: "the parameters of a model of this kind")
    }
    guard let α = concentrations(states: θ.states) else { return (0, 0) }
    let rows = [(θ.initial, α.initial)] + (0..<θ.states).map { (θ.transitions.row($0), α.row($0)) }
    return rows.reduce(into: (0, 0)) { sum, row in
      if isDistribution {
        sum.0 += Dirichlet(row.0).divergence(from: Dirichlet(row.1))
        sum.1 += logGamma(row.0.reduce(0, +)).magnitude
      } else {
        let value = Dirichlet(row.1).logDensity(row.0)
        sum.0 -= value
        sum.1 += value.magnitude
      }
    }
  }
}
