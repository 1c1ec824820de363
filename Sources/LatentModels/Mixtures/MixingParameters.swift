// K components

import LatentDistributions
public import LatentFiles
import LatentNumerics

/// π, or the hyperparameters of q(π).
public enum MixingParameters: Sendable, Equatable {
  /// π, `[K]`: not negative, summing to 1.
  case weights([Double])
  /// The concentrations of a Dirichlet q(π), `[K]`.
  case dirichlet([Double])
  /// q(v) of sticks.
  case sticks(Sticks)

  /// K.
  public var components: Int {
    switch self {
    case .weights(let π): π.count
    case .dirichlet(let α): α.count
    case .sticks(let sticks): sticks.order.count
    }
  }

  /// π, or E_q[π], `[K]`; it sums to 1 except for sticks, where ``remainder`` is missing.
  public var weights: [Double] {
    switch self {
    case .weights(let π): π
    case .dirichlet(let α): Dirichlet(α).mean
    case .sticks(let sticks): sticks.weights
    }
  }

  /// The expected weight of components beyond the K of the parameters: 0 but for sticks.
  public var remainder: Double {
    if case .sticks(let sticks) = self { sticks.remainder } else { 0 }
  }

  /// ln π, or E_q[ln π], `[K]`.
  var logWeights: [Double] {
    switch self {
    case .weights(let π): π.map { Double.log($0) }
    case .dirichlet(let α): Dirichlet(α).expectedLogarithm
    case .sticks(let sticks): sticks.expectedLogarithm
    }
  }

  /// What the parameters are, for messages.
  var kind: String {
    switch self {
    case .weights: "a point"
    case .dirichlet: "a Dirichlet distribution"
    case .sticks: "sticks"
    }
  }
}

extension MixingParameters: Archivable {
  /// A tensor `weights` `[K]`, or `concentrations` `[K]`, or `sticks/order`, `sticks/first` and `sticks/second`, `[K]`
  /// each.
  public func write(to archive: inout Archive, at path: String) {
    switch self {
    case .weights(let π): archive.set("\(path)/weights", π)
    case .dirichlet(let α): archive.set("\(path)/concentrations", α)
    case .sticks(let sticks):
      archive.set("\(path)/sticks/order", sticks.order)
      archive.set("\(path)/sticks/first", sticks.shapes.map(\.a))
      archive.set("\(path)/sticks/second", sticks.shapes.map(\.b))
    }
  }

  /// Reads and checks them: weights not negative that sum to 1, concentrations positive, an order of all components.
  public init(from archive: Archive, at path: String) throws(FileError) {
    if archive.contains("\(path)/concentrations") {
      let concentrations: [Double] = try archive.vector("\(path)/concentrations")
      guard !concentrations.isEmpty, concentrations.allSatisfy({ $0 > 0 && $0.isFinite }) else {
        throw archive.invalidValue("\(path)/concentrations")
      }
      self = .dirichlet(concentrations)
      return
    }
    if archive.contains("\(path)/sticks/order") {
      guard
        let sticks = Sticks(
          order: try archive.vector("\(path)/sticks/order", of: Int.self),
          first: try archive.vector("\(path)/sticks/first"),
          second: try archive.vector("\(path)/sticks/second"))
      else { throw archive.invalidValue("\(path)/sticks") }
      self = .sticks(sticks)
      return
    }
    let weights: [Double] = try archive.vector("\(path)/weights")
    guard !weights.isEmpty, weights.allSatisfy({ $0 >= 0 && $0 <= 1 }), abs(weights.reduce(0, +) - 1) < 1e-6
    else { throw archive.invalidValue("\(path)/weights") }
    self = .weights(weights)
  }
}
