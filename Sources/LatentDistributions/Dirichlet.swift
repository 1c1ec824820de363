public import LatentNumerics
import RealModule

/// The Dirichlet distribution of weights π on the simplex, with concentrations α, `[K]`:
///
///     ln p(π) = ln Γ(Σ α[k]) − Σ ln Γ(α[k]) + Σ (α[k] − 1) ln π[k]
///
/// - Source: Bishop (2006), §2.2.1.
public struct Dirichlet: Sendable, Equatable {
  /// α, `[K]`.
  public let concentration: [Double]

  public init(_ concentration: [Double]) {
    precondition(
      !concentration.isEmpty && concentration.allSatisfy { $0 > 0 && $0.isFinite },
      "positive, finite concentrations")
    self.concentration = concentration
  }

  /// The uniform distribution on the simplex of K weights.
  public static func uniform(_ K: Int) -> Dirichlet { Dirichlet(Array(repeating: 1, count: K)) }

  /// The terms of the log density that do not depend on π, in nats.
  public var logNormalizer: Double {
    logGamma(concentration.reduce(0, +)) - concentration.reduce(0) { $0 + logGamma($1) }
  }

  /// ln p(π), in nats, with respect to the first K − 1 weights. A weight of 0 whose concentration is 1
  /// contributes nothing.
  public func logDensity(_ weights: [Double]) -> Double {
    precondition(weights.count == concentration.count, "a weight for every concentration")
    return zip(weights, concentration).reduce(logNormalizer) { sum, pair in
      pair.1 == 1 ? sum : sum + (pair.1 - 1) * .log(pair.0)
    }
  }

  /// E[π] = α / Σα, `[K]`.
  public var mean: [Double] {
    let total = concentration.reduce(0, +)
    return concentration.map { $0 / total }
  }

  /// E[ln π] = ψ(α[k]) − ψ(Σα), `[K]`, in nats.
  public var expectedLogarithm: [Double] {
    let total = digamma(concentration.reduce(0, +))
    return concentration.map { digamma($0) - total }
  }

  /// KL(self ‖ other), in nats.
  public func divergence(from other: Dirichlet) -> Double {
    precondition(other.concentration.count == concentration.count, "distributions of different dimensions")
    return zip(zip(concentration, other.concentration), expectedLogarithm).reduce(
      logNormalizer - other.logNormalizer
    ) { $0 + ($1.0.0 - $1.0.1) * $1.1 }
  }

  /// One draw.
  public func sample(using stream: inout RandomStream) -> [Double] { stream.dirichlet(concentration) }
}
