// K components

import LatentDistributions
public import LatentFiles
import LatentNumerics

/// How the weights π of a mixture are inferred.
public enum Mixing: Sendable, Equatable {
  /// A point, by maximum likelihood.
  case maximumLikelihood
  /// A point, the mode under the uniform density on the simplex, (K − 1)!: the same weights as by maximum likelihood,
  /// and a bound that counts the prior.
  case uniformPrior

  /// The number of free parameters of K weights.
  public func freeParameters(components: Int) -> Int { components - 1 }

  /// The θ-step: π[k] = R[k] / N.
  func parameters(counts: [Double]) -> MixingParameters {
    let total = counts.reduce(0, +)
    return .weights(counts.map { $0 / total })
  }

  /// KL(q(π) ‖ p(π)), or −ln p(π) for a point with a prior, in nats.
  func parameterKL(at parameters: MixingParameters) -> Double {
    switch (self, parameters) {
    case (.maximumLikelihood, .weights): 0
    case (.uniformPrior, .weights(let π)): -Dirichlet.uniform(π.count).logDensity(π)
    }
  }

  /// The parameters whose weights are these.
  func start(weights: [Double]) -> MixingParameters {
    .weights(weights)
  }
}

/// π, or the hyperparameters of q(π).
public enum MixingParameters: Sendable, Equatable {
  /// π, `[K]`: not negative, summing to 1.
  case weights([Double])

  /// K.
  public var components: Int {
    switch self {
    case .weights(let π): π.count
    }
  }

  /// π, or E_q[π], `[K]`.
  public var weights: [Double] {
    switch self {
    case .weights(let π): π
    }
  }

  /// ln π, or E_q[ln π], `[K]`.
  var logWeights: [Double] {
    switch self {
    case .weights(let π): π.map { Double.log($0) }
    }
  }
}

extension MixingParameters: Archivable {
  /// A tensor `weights` `[K]`.
  public func write(to archive: inout Archive, at path: String) {
    switch self {
    case .weights(let π): archive.set("\(path)/weights", π)
    }
  }

  /// Reads and checks them: weights not negative that sum to 1.
  public init(from archive: Archive, at path: String) throws(FileError) {
    let weights: [Double] = try archive.vector("\(path)/weights")
    guard !weights.isEmpty, weights.allSatisfy({ $0 >= 0 && $0 <= 1 }), abs(weights.reduce(0, +) - 1) < 1e-6
    else { throw archive.invalidValue("\(path)/weights") }
    self = .weights(weights)
  }
}
