import RealModule

extension RandomStream {
  /// A gamma number with mean `shape * scale` and variance `shape * scale²`.
  ///
  /// Below shape 0.01 or so many draws are smaller than any positive number and come out as 0:
  /// `logarithmOfGamma(shape:)` keeps them apart. Takes a varying number of words.
  ///
  /// - Parameters:
  ///   - shape: finite, positive.
  ///   - scale: finite, positive.
  /// - Source: Marsaglia and Tsang (2000), "A simple method for generating gamma variables".
  public mutating func gamma(shape: Double, scale: Double = 1) -> Double {
    precondition(scale > 0 && scale.isFinite, "a scale is finite and positive")
    return shape >= 1
      ? scale * gamma(shapeFromOne: shape) : scale * Double.exp(logarithmOfGamma(shape: shape))
  }

  /// The logarithm of a gamma number of scale 1; finite for shapes down to 1e-305.
  ///
  /// A shape below 1 is raised by one and the number multiplied by U^(1/shape): a sum of logarithms, which
  /// does not underflow. Below shape 1e-305 the result may be −∞.
  ///
  /// - Parameter shape: finite, positive.
  public mutating func logarithmOfGamma(shape: Double) -> Double {
    precondition(shape > 0 && shape.isFinite, "a shape is finite and positive")
    if shape >= 1 { return Double.log(gamma(shapeFromOne: shape)) }
    let raised = Double.log(gamma(shapeFromOne: 1 + shape))
    return raised + Double.log(openUniform()) / shape
  }

  /// A point of the simplex with density proportional to Π xₖ^(αₖ − 1).
  ///
  /// Normalised gamma numbers, kept as logarithms: however small the αₖ, the result is not NaN and sums to 1
  /// up to rounding.
  ///
  /// - Parameter concentration: α, finite and positive, at least one.
  /// - Complexity: O(K).
  public mutating func dirichlet(_ concentration: [Double]) -> [Double] {
    precondition(!concentration.isEmpty, "a Dirichlet distribution has at least one component")
    let logarithms = concentration.map { logarithmOfGamma(shape: $0) }
    let largest = logarithms.reduce(-.infinity, Swift.max)
    if largest == -.infinity {
      // All α below 1e-305: the limit is a corner, chosen in proportion to α.
      let scale = concentration.reduce(0, Swift.max)
      let corner = categorical(weights: concentration.map { $0 / scale })
      return concentration.indices.map { $0 == corner ? 1 : 0 }
    }
    let ratios = logarithms.map { Double.exp($0 - largest) }
    let total = ratios.reduce(0, +)
    return ratios.map { $0 / total }
  }

  /// Rejection from a transformed normal number, for shapes from 1; about 1.05 rounds at most.
  private mutating func gamma(shapeFromOne shape: Double) -> Double {
    precondition(shape.isFinite, "a shape is finite and positive")
    let d = shape - 1.0 / 3
    let c = 1 / Double.sqrt(9 * d)
    while true {
      let x = normal()
      let t = c * x
      guard t > -1 else { continue }
      let u: Double = openUniform()
      let square = x * x
      let v = (1 + t) * (1 + t) * (1 + t)
      if u < 1 - 0.0331 * square * square { return d * v }
      // ln u < x²/2 + d(1 − v + ln v), with v = (1 + t)³ expanded so that large d loses nothing
      let bracket = 3 * (Double.log(onePlus: t) - t) - t * t * (3 + t)
      if Double.log(u) < 0.5 * square + d * bracket { return d * v }
    }
  }
}
