// K components, R[k] their expected numbers of rows; places i = 0, 1, …

public import LatentDistributions
import LatentNumerics

/// q(v) of the first K sticks of a Dirichlet process, each a beta distribution:
///
///     q(v[i]) = Beta(1 + R[i], α + Σ_{j>i} R[j]),
///
/// where place i holds the component with the i-th largest R. Components may change places freely in the θ-step, and of
/// all orders this one makes the bound largest: with the best q(v) it depends on the order only through
/// −Σᵢ ln(α + Σ_{j≥i} R[j]), every term of which is largest if the larger counts come first. So components keep their
/// numbers, places change, and the bound never falls.
///
/// - Source: Blei & Jordan (2006), Bayesian Analysis 1(1); the last stick, and the bound that holds for the process itself,
///   Kurihara, Welling & Teh (2007) and Hughes & Sudderth (2013).
public struct Sticks: Sendable, Equatable {
  /// The component in each place, `[K]`.
  public let order: [Int]
  /// q(v[i]) for each place, `[K]`.
  public let shapes: [Beta]

  /// The best q(v) and order for these counts.
  public init(counts: [Double], concentration α: Double) {
    order = counts.indices.sorted { counts[$0] > counts[$1] || (counts[$0] == counts[$1] && $0 < $1) }
    var after = 0.0
    var shapes: [Beta] = []
    for k in order.reversed() {
      shapes.append(Beta(1 + counts[k], α + after))
      after += counts[k]
    }
    self.shapes = shapes.reversed()
  }

  init?(order: [Int], first: [Double], second: [Double]) {
    guard !order.isEmpty, order.sorted() == Array(order.indices), first.count == order.count,
      second.count == order.count, (first + second).allSatisfy({ $0 > 0 && $0.isFinite })
    else { return nil }
    self.order = order
    shapes = zip(first, second).map { Beta($0, $1) }
  }

  /// R, `[K]`.
  public var counts: [Double] { byComponent(shapes.map { Swift.max($0.a - 1, 0) }) }

  /// E[π], `[K]`; what is missing to 1 belongs to components that no row has.
  public var weights: [Double] {
    var left = 1.0
    return byComponent(
      shapes.map { v in
        defer { left *= 1 - v.mean }
        return left * v.mean
      })
  }

  /// E[Πᵢ (1 − v[i])]: the weight of all components beyond the first K.
  public var remainder: Double { shapes.reduce(1) { $0 * (1 - $1.mean) } }

  /// E[ln π], `[K]`, in nats.
  public var expectedLogarithm: [Double] {
    var left = 0.0
    return byComponent(
      shapes.map { v in
        let (one, zero) = v.expectedLogarithms
        defer { left += zero }
        return left + one
      })
  }

  /// Numbers of the places in the order of the components.
  func byComponent(_ values: [Double]) -> [Double] {
    var result = values
    for (place, k) in order.enumerated() { result[k] = values[place] }
    return result
  }
}
