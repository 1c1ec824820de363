extension FactorParameters: NarrowingParameters {
  /// The columns whose noise is smallest against the mixture's variance.
  public func narrowestDirections(weights: [Double]) -> [NarrowDirection] {
    let total = totalVariances(weights: weights)
    return (0..<components).map { k in
      let relative = zip(noiseVariances(of: k), total).map { $1 > 0 ? $0 / $1 : 1 }
      let column = relative.indices.min { relative[$0] < relative[$1] } ?? 0
      return NarrowDirection(column: column, relativeVariance: relative[column])
    }
  }
}
