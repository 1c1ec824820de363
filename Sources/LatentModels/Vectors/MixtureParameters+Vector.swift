// K components

public import LatentEvidence

extension MixtureParameters: VectorParameters where EmissionParameters: VectorParameters {
  /// The coordinates of the weights, then those of the components.
  public var vector: [Double] { mixing.vector + emission.vector }

  public func replacing(vector: [Double]) -> Self? {
    var reader = VectorReader(vector)
    guard let mixing = mixing.replacing(vector: reader.next(mixing.vector.count)),
      let emission = emission.replacing(vector: reader.remaining)
    else { return nil }
    return Self(mixing: mixing, emission: emission)
  }
}

extension MixingParameters: VectorParameters {
  /// √π, on a sphere, so that an empty component is a point like others; logarithms of the hyperparameters of q(π).
  public var vector: [Double] {
    switch self {
    case .weights(let π): π.map { $0.squareRoot() }
    case .dirichlet(let α): α.map { Double.log($0) }
    // By components, which keep their numbers where sticks change places.
    case .sticks(let sticks):
      sticks.byComponent(sticks.shapes.map { Double.log($0.a) })
        + sticks.byComponent(sticks.shapes.map { Double.log($0.b) })
    }
  }

  public func replacing(vector: [Double]) -> Self? {
    let K = components
    switch self {
    case .weights:
      let squares = vector.map { $0 > 0 ? $0 * $0 : 0 }
      let total = squares.reduce(0, +)
      guard total > 0, total.isFinite else { return nil }
      return .weights(squares.map { $0 / total })
    case .dirichlet:
      let α = vector.map { Double.exp($0) }
      return α.areProper ? .dirichlet(α) : nil
    case .sticks(let sticks):
      let shapes = vector.map { Double.exp($0) }
      guard shapes.areProper else { return nil }
      return Sticks(
        order: sticks.order, first: sticks.order.map { shapes[$0] },
        second: sticks.order.map { shapes[K + $0] }
      ).map { .sticks($0) }
    }
  }
}
